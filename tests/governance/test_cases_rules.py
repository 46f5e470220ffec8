"""Cases, the pure part: words, keys, proposals, holds, reports, proofs, notices."""

import datetime as dt
import uuid

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.breach import Breach
from governance.rules.case_words import Facts, figure, group_words, points, summary, title
from governance.rules.dedup import dedup_key
from governance.rules.notices import Notice, body, subject
from governance.rules.proof_rules import Measured, measured_rule
from governance.rules.proposals import hold_binds, is_worse, promoted_severity, proposed_severity
from governance.rules.reports import reported_severity
from governance.rules.severity import Severity, SeverityMatrix
from governance.selectors.policies import REFERENCE

AT = dt.datetime(2026, 11, 15, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
MATRIX = SeverityMatrix.from_data(yaml.safe_load((REFERENCE / "severity.yaml").read_text()))


def facts(**changes):
    """A critical accuracy."""
    arguments = {
        "system": "Claims-form reader",
        "kpi_id": "accuracy",
        "kpi": "Accuracy",
        "unit": "ratio",
        "segment": "",
        "kind": "breach",
        "state": "CRITICAL",
        "value": 0.846,
        "low": None,
        "high": None,
        "n": 500,
        "direction": "below",
        "warning": 0.9317,
        "critical": 0.8917,
        "instant_critical": None,
        "baseline": 0.9717,
        "window_seconds": 604800,
        "window_end": AT,
        "version": "4.0",
    }
    return Facts(**(arguments | changes))


def gap(**changes):
    """The gap of claims approval."""
    arguments = {
        "system": "Claims approval",
        "kpi_id": "demographic_parity_difference",
        "kpi": "Demographic parity difference",
        "kind": "fairness",
        "value": 0.1724,
        "low": 0.1365,
        "high": 0.2082,
        "n": 2400,
        "direction": "above",
        "warning": 0.08,
        "critical": 0.12,
        "baseline": -0.0053,
        "version": "2.3",
        "group": "under_23",
        "reference": "23_and_over",
        "positive": "approve",
    }
    return facts(**(arguments | changes))


def breach(**changes):
    """A critical breach."""
    arguments = {
        "standing_id": 1,
        "series_id": 1,
        "system_id": uuid.UUID(int=1),
        "kpi_id": "accuracy",
        "environment": "production",
        "segment": "",
        "category": "technical",
        "kind": "breach",
        "from_state": "WARNING",
        "to_state": "CRITICAL",
        "instant": False,
        "window_end": AT,
        "value": 0.8,
        "low": None,
        "high": None,
        "n": 500,
        "threshold_version_id": uuid.UUID(int=2),
        "onset_at": AT,
        "onset_method": "",
        "fairness_flag": False,
    }
    return Breach(**(arguments | changes))


# ---------------------------------------------------------------- words
@pytest.mark.parametrize(
    ("found", "words"),
    [
        (facts(), "Accuracy fell to 84.6 %"),
        (facts(segment="region=north"), "Accuracy for north fell to 84.6 %"),
        (gap(), "Under 23 got 'approve' 17 points less often than 23 and over"),
        (
            gap(value=-0.05, positive=""),
            "Under 23 got the favourable answer 5 points more often than 23 and over",
        ),
        (
            facts(kpi="Latency p95", unit="ms", value=1372.45, direction="above"),
            "Latency p95 rose to 1,372.5 ms",
        ),
        (
            facts(kpi="Boundary violations", unit="count", value=1.0, direction="above"),
            "Boundary violations: 1 in a week",
        ),
        (facts(kind="silence", value=None), "No readings of Accuracy since 15 November 2026"),
        (facts(value=None), "Accuracy is in breach"),
        (
            facts(direction="outside", warning=0.9, value=0.95),
            "Accuracy rose to 95 %",
        ),
    ],
)
def test_the_title_is_one_plain_sentence_with_figures(found, words):
    assert title(found) == words


def test_a_long_title_is_cut_to_what_its_column_holds():
    assert len(title(facts(kpi="k" * 400))) == 200


def test_the_summary_says_reading_limit_and_baseline():
    assert summary(gap()) == (
        "In the week to 15 November 2026, version 2.3 of Claims approval stood at 17 points in "
        "Demographic parity difference, from 2,400 cases, 95 % interval 13.7 to 20.8. "
        "Critical is 12 points or above. The baseline is minus 0.5 points."
    )


def test_an_instant_limit_is_called_so():
    found = facts(kpi="Spend", value=1.06, direction="above", instant=True, instant_critical=1.0)

    assert "At once critical is 100 % or above." in summary(found)


def test_silence_is_not_known_to_be_good():
    assert "not known to be good" in summary(facts(kind="silence", value=None))


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(0.5, "ratio", "50 %"), (3.0, "count", "3"), (12.34, "EUR", "12.3 EUR")],
)
def test_figures_are_said_in_their_unit(value, unit, words):
    assert figure(value, unit) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0.01, "1 point"), (0.045, "4.5 points"), (-0.2, "20 points")]
)
def test_differences_are_said_in_points(value, words):
    assert points(value) == words


def test_a_segment_is_said_in_words():
    assert group_words("age_group=under_23") == "under 23"


# ---------------------------------------------------------------- keys
def key(**changes):
    """The key of a cause."""
    arguments = {
        "system_id": uuid.UUID(int=1),
        "kpi_id": "accuracy",
        "segment": "",
        "environment": "production",
        "kind": "breach",
    }
    return dedup_key(**(arguments | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"system_id": uuid.UUID(int=2)},
        {"kpi_id": "recall"},
        {"segment": "a=b"},
        {"environment": "test"},
        {"kind": "silence"},
    ],
)
def test_another_cause_has_another_key(changes):
    assert key(**changes) != key()


@given(st.text(), st.text(), st.text(), st.text())
def test_parts_of_a_key_never_run_into_each_other(one, two, three, four):
    same = (one, two) == (three, four)

    assert (key(kpi_id=one, segment=two) == key(kpi_id=three, segment=four)) is same or (
        "\x1f" in one + two + three + four
    )


# ---------------------------------------------------------------- severity
@pytest.mark.parametrize(
    ("changes", "tier", "severity"),
    [
        ({}, "medium", Severity.MODERATE),
        ({"to_state": "WARNING"}, "medium", Severity.WATCH),
        ({"instant": True}, "high", Severity.SEVERE),
        ({"kind": "silence", "to_state": "NO_DATA"}, "medium", Severity.MINOR),
        ({"kind": "silence", "to_state": "NO_DATA", "watch_only": True}, "high", Severity.WATCH),
        ({"fairness_flag": True, "to_state": "WARNING"}, "low", Severity.MODERATE),
        ({"category": "trust_compliance"}, "high", Severity.MAJOR),
    ],
)
def test_the_matrix_proposes(changes, tier, severity):
    assert proposed_severity(MATRIX, breach(**changes), tier) is severity


def test_a_watch_that_is_promoted_is_minor_at_least():
    assert promoted_severity(Severity.WATCH) is Severity.MINOR
    assert promoted_severity(Severity.MAJOR) is Severity.MAJOR


@pytest.mark.parametrize(
    ("answers", "severity"),
    [
        ({}, Severity.MINOR),
        ({"personal_data": "yes"}, Severity.MAJOR),
        ({"person_harmed": "yes"}, Severity.SEVERE),
        ({"critical_service": "unknown"}, Severity.MINOR),
    ],
)
def test_a_report_proposes_by_its_answers(answers, severity):
    assert reported_severity(MATRIX, answers, "medium") is severity


# ---------------------------------------------------------------- holds
@pytest.mark.parametrize(
    ("changes", "recovered", "received", "binds"),
    [
        ({}, False, AT, True),
        ({}, False, AT + 7 * DAY, False),
        ({}, True, AT, False),
        ({"instant": True}, False, AT, False),
    ],
)
def test_a_hold_binds_only_what_still_stands(changes, recovered, received, binds):
    found = hold_binds(
        breach=breach(**changes),
        held_state="CRITICAL",
        recovered=recovered,
        until=AT + 7 * DAY,
        received=received,
    )

    assert found is binds


def test_only_a_worse_standing_is_worse():
    assert is_worse("CRITICAL", "WARNING")
    assert not is_worse("WARNING", "CRITICAL")
    assert not is_worse("WARNING", "RECOVERING")


# ---------------------------------------------------------------- proofs
def series(**changes):
    """A series with the bands of accuracy."""
    arguments = {
        "series_id": 7,
        "kpi_id": "accuracy",
        "words": "Accuracy",
        "direction": "below",
        "warning": 0.93,
        "critical": 0.89,
        "recover_warning": 0.95,
        "instant_critical": 0.5,
        "low_side": None,
        "least_n": 200,
        "window_seconds": 604800,
        "cadence_seconds": 604800,
    }
    return Measured(**(arguments | changes))


@pytest.mark.parametrize(
    ("changes", "limits"),
    [
        ({}, {"above": 0.95, "instant_low": 0.5}),
        ({"recover_warning": None}, {"above": 0.93, "instant_low": 0.5}),
        (
            {"direction": "above", "recover_warning": 0.04, "instant_critical": None},
            {"below": 0.04},
        ),
        (
            {
                "direction": "outside",
                "recover_warning": 0.2,
                "instant_critical": None,
                "low_side": {"warning": 0.05, "recover_warning": 0.07},
            },
            {"below": 0.2, "above": 0.07},
        ),
    ],
)
def test_a_measured_proof_lies_on_the_safe_side_of_recovery(changes, limits):
    rule = measured_rule(series(**changes), {"windows": 3})

    names = ("above", "below", "instant_low", "instant_high")
    assert {name: rule[name] for name in names if name in rule} == limits


def test_a_measured_proof_keeps_series_samples_and_defaults():
    rule = measured_rule(series(), {"windows": 3, "counts_from": "received"})

    assert (rule["series_id"], rule["least_n"], rule["windows"]) == (7, 200, 3)
    assert rule["counts_from"] == "received"


# ---------------------------------------------------------------- notices
def notice(**changes):
    """A call to acknowledge."""
    arguments = {
        "stage": "acknowledge",
        "number": "INC-2026-0041",
        "title": "Accuracy fell to 84.6 %",
        "summary": "Read badly.",
        "severity": "major",
        "due_at": AT + DAY,
        "fired_at": AT,
        "zone": "Europe/Berlin",
        "level": 0,
        "repeat": 0,
        "url": "https://x/incidents/1/",
    }
    return Notice(**(arguments | changes))


def test_a_call_has_one_verb_and_the_deadline_in_the_readers_zone():
    assert subject(notice()) == (
        "Acknowledge INC-2026-0041 by Mon 16 Nov 2026 01:00: Accuracy fell to 84.6 %"
    )


def test_a_passed_deadline_is_called_overdue():
    assert "overdue since" in subject(notice(fired_at=AT + 2 * DAY))


def test_a_higher_level_is_told_that_it_waits_below():
    assert subject(notice(level=2)).startswith("Overdue or at risk: acknowledge")
    assert "comes to your level" in body(notice(level=2))


def test_a_reminder_says_so():
    assert "This is a reminder." in body(notice(repeat=1))


def test_who_is_called_for_somebody_unreachable_is_told_why():
    assert "nobody who can be reached" in body(notice(level=2, unroutable=True))
