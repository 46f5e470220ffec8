"""The shipped bands agree with the profiles, and become thresholds that can be used (KPI-1, KPI-4).

The figures stand here a second time, as the profiles give them: (warning, critical, least sample).
"""

import pytest
import yaml

from governance.rules.band_checks import validate
from governance.rules.bands import Firing, Rule
from governance.rules.stated import Stated, bands_as_stated, resolved
from telemetry.models import Kpi
from telemetry.rules.band_faults import faults_of
from telemetry.rules.band_words import in_words
from telemetry.rules.bands_data import proposal_of
from telemetry.selectors.catalogue import proposed_bands
from telemetry.services.catalogue import FILE, load_catalogue
from tests.registry.factories import call

DATA = yaml.load(FILE.read_text(), Loader=yaml.CSafeLoader)["kpis"]
BY_ID = {entry["id"]: entry for entry in DATA}
STATED = {name for name in Stated.__dataclass_fields__}
GOOD = {
    "profile": "example", "mode": "absolute", "direction": "above", "warning": 1, "critical": 2,
    "fires": "2:3", "least_n": 1,
}  # fmt: skip
# kpi: mode, small (warning, critical, least n), bank (the same), fires
PROFILES = {
    "accuracy": ("points", (-0.04, -0.08, 200), (-0.02, -0.05, 400), "2:3"),
    "f1": ("points", (-0.04, -0.08, 200), (-0.02, -0.05, 400), "2:3"),
    "recall": ("points", (-0.04, -0.08, 200), (-0.02, -0.05, 400), "2:3"),
    "precision": ("points", (-0.04, -0.08, 200), (-0.02, -0.05, 400), "2:3"),
    "roc_auc": ("share", (-0.03, -0.06, 400), (-0.02, -0.04, 400), "2:3"),
    "pr_auc": ("share", (-0.03, -0.06, 400), (-0.02, -0.04, 400), "2:3"),
    "demographic_parity_difference": ("absolute", (0.08, 0.12, 100), (0.05, 0.10, 200), "1:1"),
    "equal_opportunity_difference": ("absolute", (0.08, 0.12, 100), (0.05, 0.10, 200), "1:1"),
    "disparate_impact_ratio": ("absolute", (0.90, 0.85, 100), (0.90, 0.85, 200), "1:1"),
    "psi": ("absolute", (0.10, 0.25, 1000), (0.10, 0.20, 1000), "2:3"),
    "human_override_rate": ("share", (0.5, 1.0, 200), (0.3, 0.75, 200), "2:3"),
    "latency_p95": ("share", (0.25, 1.0, 100), (0.10, 0.5, 100), "3:3"),
    "error_budget_burn": ("absolute", (6, 14.4, 1), (6, 14.4, 1), "1:1"),
    "error_budget_spent": ("absolute", (0.75, 1.0, 1), (0.5, 0.9, 1), "1:1"),
    "hallucination_rate": ("absolute", (0.04, 0.08, 100), (0.02, 0.04, 200), "1:1"),
    "groundedness": ("absolute", (0.90, 0.80, 100), (0.93, 0.88, 100), "2:3"),
    "format_compliance": ("absolute", (0.995, 0.990, 200), (0.998, 0.995, 200), "2:3"),
    "toxicity_rate": ("absolute", (0.002, 0.005, 500), (0.001, 0.003, 500), "1:1"),
    "policy_violations_per_1k_actions": ("absolute", (2, 5, 500), (1, 3, 500), "1:1"),
    "tool_call_success_rate": ("points", (-0.02, -0.05, 50), (-0.01, -0.03, 50), "2:3"),
    "reopen_rate": ("points", (0.03, 0.06, 100), (0.02, 0.04, 100), "2:3"),
    "cost_per_prediction": ("share", (0.20, 0.40, 500), (0.10, 0.25, 500), "1:1"),
    "monitoring_coverage": ("absolute", (0.95, 0.85, 1), (0.9999, 0.95, 1), "1:1"),
    "reading_silence": ("absolute", (2, 3, 1), (1.5, 3, 1), "1:1"),
    "time_to_stop": ("absolute", (30, 120, 1), (10, 30, 1), "1:1"),
}
# What is an incident at its first occurrence: kpi, warning before that, by profile.
INSTANT = {
    "boundary_violations": (None, None),
    "unapproved_version_answers": (None, None),
    "budget_consumption": (0.8, 0.7),
}


def band_of(kpi, profile, variant=""):
    bands = BY_ID[kpi]["bands"]
    return next(b for b in bands if (b["profile"], b.get("variant", "")) == (profile, variant))


def proposed(kpi, profile="small", **changes):
    ends = {name: BY_ID[kpi].get(name) for name in ("unit", "lowest", "highest", "neutral")}
    return proposal_of(BY_ID[kpi]["bands"], profile=profile, **(ends | changes))


@pytest.mark.parametrize("kpi", PROFILES)
def test_the_bands_are_those_of_both_profiles(kpi):
    mode, small, bank, fires = PROFILES[kpi]

    for profile, figures in (("small", small), ("bank", bank)):
        band = band_of(kpi, profile)
        assert (band["warning"], band["critical"], band["least_n"]) == figures
        assert (band["mode"], band["fires"]) == (mode, fires)


@pytest.mark.parametrize("kpi", INSTANT)
def test_what_is_instant_is_so_in_both_profiles(kpi):
    for profile, warning in zip(("small", "bank"), INSTANT[kpi], strict=True):
        band = band_of(kpi, profile)
        assert (band["instant_critical"], band.get("warning")) == (1, warning)
        assert band["fires"] == "1:1"


def test_the_finer_points_of_the_profiles_are_data_too():
    assert band_of("hallucination_rate", "bank", "advice")["critical"] == 0.02
    assert band_of("roc_auc", "small")["least_positive"] == 50
    assert band_of("tool_call_success_rate", "bank")["least_per"] == "tool"
    assert band_of("latency_p95", "small")["for_seconds"] == 900
    assert band_of("human_override_rate", "bank")["floor"] == {"critical": 0.005}
    assert [band_of("budget_consumption", one)["stop_at"] for one in ("small", "bank")] == [1.1, 1]
    for kpi in ("demographic_parity_difference", "hallucination_rate", "disparate_impact_ratio"):
        assert band_of(kpi, "small")["judged_by"] == "lower_bound"


@pytest.mark.parametrize("kpi", BY_ID)
def test_every_band_becomes_a_threshold_that_judging_takes(kpi):
    entry = BY_ID[kpi]
    usual = 0.5 if entry["unit"] == "ratio" else 100.0

    for band in entry["bands"]:
        found = proposed(kpi, band["profile"], variant=band.get("variant", ""), baseline=usual)
        stated = resolved(Stated(**{name: found[name] for name in STATED & set(found)}))
        rule = Rule(
            bands=bands_as_stated(stated),
            firing=Firing(stated.fires_k, stated.fires_n, stated.for_seconds),
            least_n=stated.least_n,
            recover_windows=stated.recover_windows,
            judged_by=stated.judged_by,
        )
        assert validate(rule) == ()


def test_recovery_lies_at_half_the_distance_to_warning_held_for_two_windows():
    relative, absolute = proposed("accuracy"), proposed("groundedness")

    assert (relative["recover_warning"], relative["recover_windows"]) == (-0.02, 2)
    assert absolute["recover_warning"] == pytest.approx(0.95)


def test_a_limit_on_the_good_side_already_recovers_where_it_begins():
    assert proposed("time_to_first_response")["recover_warning"] is None


def test_a_floor_is_folded_into_the_lower_limits_of_a_baseline():
    beside, folded = proposed("human_override_rate"), proposed("human_override_rate", baseline=0.1)

    assert beside["floor"] == {"critical": 0.005}
    assert folded["low"]["critical"] == pytest.approx(-0.95)
    assert "floor" not in folded


def test_below_a_baseline_that_is_near_the_floor_everything_is_critical():
    folded = proposed("human_override_rate", baseline=0.008)

    assert "warning" not in folded["low"]
    assert folded["low"]["critical"] == pytest.approx(-0.375)


def test_a_profile_without_bands_of_its_own_takes_the_example():
    assert proposed("mae", "bank")["profile"] == "example"
    assert proposal_of([], profile="bank", unit="ratio") is None


@pytest.mark.django_db
def test_the_proposal_of_a_stored_kpi_is_that_of_its_data():
    call(load_catalogue)

    found = proposed_bands(Kpi.objects.get(pk="accuracy"), "bank", baseline=0.9)

    assert (found["warning"], found["baseline"], found["least_n"]) == (-0.02, 0.9, 400)


@pytest.mark.parametrize(
    ("kpi", "words"),
    [
        (
            "accuracy",
            "warning 4 points under the baseline; critical 8 points under the baseline"
            " (2 of 3 windows)",
        ),
        ("boundary_violations", "instant critical ≥ 1 (one window)"),
        (
            "latency_p95",
            "warning 25 % over the objective; critical 100 % over the objective (for 15 minutes)",
        ),
    ],
)
def test_a_band_is_said_in_words(kpi, words):
    assert in_words(band_of(kpi, "small"), share=BY_ID[kpi]["unit"] == "ratio") == words


@pytest.mark.parametrize(
    "changes",
    [
        {"profile": "mine"},
        {"direction": "up"},
        {"direction": ["above"]},
        {"mode": "share"},
        {"fires": "3:2"},
        {"fires": 23},
        {"least_n": None},
        {"least_n": True},
        {"least_n": 10**12},
        {"warning": "1"},
        {"warning": float("nan")},
        {"warning": 10**400},
        {"warning": None, "critical": None},
        {"warning": 3},
        {"low": {"warning": 0}},
        {"direction": "outside"},
        {"direction": "outside", "low": {"warning": 0, "other": 1}},
        {"direction": "outside", "low": {"warning": 0, "critical": 1}},
        {"floor": {"critical": 0}},
        {"stop_at": float("inf")},
        {"note": "\x00"},
        {"note": 3},
        {"for_seconds": -1},
        {"judged_by": "eye"},
        {"unheard": 1},
    ],
)
def test_a_band_that_makes_no_sense_is_refused_in_words(changes):
    assert faults_of(GOOD) == ()
    assert faults_of(GOOD | changes) != ()


@pytest.mark.parametrize("entry", [None, [], "above", 3])
def test_what_is_no_band_at_all_is_refused_in_words(entry):
    assert faults_of(entry) == ("A band is a set of named values.",)
