"""The catalogue: complete, tied together, loaded once however often (KPI-1)."""

import itertools

import pytest
import yaml

from ledger.selectors.lines import newest_number
from registry.models import System
from telemetry.models import Kpi, KpiDefinition, KpiTemplate
from telemetry.rules.band_faults import faults_of
from telemetry.rules.events import COMPUTED
from telemetry.rules.kpi_checks import (
    BETTER,
    BOTH_SIDES,
    CATEGORIES,
    NEEDED,
    OWNER_ROLES,
    PREFIX,
    TIMINGS,
)
from telemetry.rules.scorecards import PERSPECTIVES
from telemetry.services.catalogue import FILE, load_catalogue
from telemetry.services.kpi_templates import TEMPLATES
from tests.registry.factories import call

CATALOGUE = yaml.load(FILE.read_text(), Loader=yaml.CSafeLoader)
DATA = CATALOGUE["kpis"]
BY_ID = {entry["id"]: entry for entry in DATA}
KINDS = yaml.safe_load(TEMPLATES.read_text())["templates"]
# What KPI-1 names beside the first hundred and eleven, by the id that it has here.
NAMED = {
    "error_propagation_rate", "misuse_rate", "average_handle_time", "first_contact_resolution",
    "defect_escape_rate", "lead_time_for_changes", "review_latency", "backlog_age",
    "response_consistency", "reviewer_agreement", "customer_harm_incidents", "sentiment",
    "conversation_length", "win_rate", "sales_cycle_length", "response_rate", "meetings_booked",
    "rework_time", "sla_compliance", "mtta", "time_to_resolution", "handoff_quality",
    "review_load", "unanswered_rate", "knowledge_age", "fallback_usage", "hours_reallocated",
    "canary_agreement", "skip_rate",
}  # fmt: skip
# Too much and too little are both bad; the first catalogue had one side only.
MENDED = (
    "deployment_frequency", "retraining_frequency", "refusal_rate", "task_success_partial",
    "intervention_rate", "escalation_rate",
)  # fmt: skip


def without(wanted):
    """The KPIs for which something does not hold."""
    return [entry["id"] for entry in DATA if not wanted(entry)]


def test_there_are_more_than_a_hundred_and_forty_kpis_each_once():
    assert len(DATA) == len(BY_ID) >= 140


def test_what_the_requirements_name_is_there():
    assert NAMED - set(BY_ID) == set()


@pytest.mark.parametrize("name", NEEDED)
def test_every_kpi_says_what_nobody_can_do_without(name):
    assert without(lambda entry: 0 < len(entry[name].strip()) <= NEEDED[name]) == []


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("category", CATEGORIES),
        ("better", BETTER),
        ("timing", TIMINGS),
        ("owner_role", OWNER_ROLES),
        ("perspective", PERSPECTIVES),
    ],
)
def test_every_kpi_has_one_of_the_known_words(name, allowed):
    assert without(lambda entry: entry[name] in allowed) == []


def test_every_explanation_is_at_most_three_sentences_of_its_own():
    texts = [entry["explanation"] for entry in DATA]

    assert len(set(texts)) == len(texts)
    assert without(lambda entry: entry["explanation"].count(". ") <= 2) == []
    assert without(lambda entry: entry["explanation"].endswith(".")) == []


def test_a_value_is_expected_between_each_five_minutes_and_each_quarter():
    assert without(lambda entry: 300 <= entry["cadence_seconds"] <= 7_776_000) == []


def test_every_counter_metric_is_another_kpi_or_is_explained():
    for entry in DATA:
        counter = entry["counter_metric"]
        assert counter in set(BY_ID) - {entry["id"]} if counter else entry["counter_metric_note"]


def test_every_business_kpi_has_a_guardrail():
    guarded = [one for one in DATA if one["category"] in ("business", "support", "sales")]

    assert [one["id"] for one in guarded if not one["counter_metric"]] == []


def test_every_kpi_has_bands_that_can_be_used_with_a_least_sample():
    assert without(lambda entry: entry["bands"]) == []
    assert {one["id"]: faults_of(band) for one in DATA for band in one["bands"]
            if faults_of(band)} == {}  # fmt: skip
    assert without(lambda entry: all(band["least_n"] >= 1 for band in entry["bands"])) == []


def test_a_band_breaches_on_the_side_that_is_bad():
    sides = {"higher": "below", "lower": "above"}

    wrong = [
        one["id"]
        for one, band in ((one, band) for one in DATA for band in one["bands"])
        if band["direction"] != sides.get(one["better"], "outside")
    ]

    assert wrong == []


@pytest.mark.parametrize("kpi", MENDED)
def test_what_is_bad_on_both_sides_has_limits_on_both(kpi):
    assert BY_ID[kpi]["better"] in BOTH_SIDES
    assert all(band["warning"] > 0 > band["low"]["warning"] for band in BY_ID[kpi]["bands"])


def test_what_is_computed_from_decisions_is_in_the_catalogue():
    assert set(COMPUTED) <= set(BY_ID)


def test_shares_are_ratios_between_0_and_1():
    assert without(lambda entry: entry["unit"] != "percent") == []
    assert without(lambda entry: "100*" not in entry["formula"]) == []


def test_no_shipped_id_begins_as_those_of_an_organisation_do():
    assert without(lambda entry: not entry["id"].startswith(PREFIX)) == []


def test_every_kind_of_system_begins_with_three_to_five_kpis_that_exist():
    assert set(KINDS) == set(System.Kind.values) - {"record"}
    assert all(3 <= len(lines) <= 5 for lines in KINDS.values())
    assert {line["kpi"] for line in itertools.chain(*KINDS.values())} <= set(BY_ID)


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_holds_each_perspective_and_says_what_is_done(kind):
    lines = KINDS[kind]

    assert {line["perspective"] for line in lines} == set(PERSPECTIVES)
    assert all(0 < len(line["on_breach"]) <= 200 and len(line["why"]) <= 200 for line in lines)


@pytest.mark.django_db
def test_loading_again_writes_nothing():
    first = call(load_catalogue)
    number = newest_number()

    again = call(load_catalogue)

    assert (first, again) == (len(DATA), 0)
    assert newest_number() == number


@pytest.mark.django_db
def test_loading_brings_what_is_computed_and_what_to_begin_with():
    call(load_catalogue)

    assert set(Kpi.objects.filter(computed=True).values_list("pk", flat=True)) == set(COMPUTED)
    assert KpiTemplate.objects.filter(kind="agent", in_use=True).count() == len(KINDS["agent"])


@pytest.mark.django_db
def test_loading_mends_what_differs_and_keeps_what_it_meant():
    call(load_catalogue)
    Kpi.objects.filter(pk="accuracy").update(name="Accurracy")

    changed = call(load_catalogue)

    kept = KpiDefinition.objects.get(key="accuracy")
    assert changed == 1
    assert Kpi.objects.get(pk="accuracy").name == "Accuracy"
    assert (kept.name, kept.state, kept.number) == ("Accurracy", "superseded", 1)


@pytest.mark.django_db
def test_a_template_that_is_no_longer_shipped_is_put_away(tmp_path):
    call(load_catalogue)
    rest = {**KINDS, "agent": KINDS["agent"][:3]}
    file = tmp_path / "templates.yaml"
    file.write_text(yaml.safe_dump({"version": "next", "templates": rest}))

    call(load_catalogue, templates=file)

    held = KpiTemplate.objects.filter(kind="agent")
    assert (held.count(), held.filter(in_use=True).count()) == (len(KINDS["agent"]), 3)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"counter_metric": "nothing"}, KeyError),
        ({"bands": [{"profile": "example"}]}, ValueError),
        ({"id": "own_accuracy"}, ValueError),
    ],
)
def test_a_catalogue_that_does_not_hang_together_is_not_loaded(tmp_path, changes, error):
    entries = [BY_ID["recall"] | changes, BY_ID["precision"] | {"counter_metric": None}]
    file = tmp_path / "kpis.yaml"
    file.write_text(yaml.safe_dump({"version": "next", "kpis": entries}))

    with pytest.raises(error):
        call(load_catalogue, file=file)

    assert not Kpi.objects.exists()
