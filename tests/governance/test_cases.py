"""Cases: what becomes of a breach."""

import datetime as dt

import pytest

from governance.models import BreachCause, Hold, Watch
from governance.services.cases import note_recovery
from incidents.models import Incident
from incidents.rules.plan import from_text
from ledger.context import acting_as
from ledger.selectors.lines import lines_of_incident
from tests.governance.organisation import (
    AT,
    another_series,
    open_incidents,
    organised,
    read,
    standing,
)
from tests.incidents.factory import SETUP, forced

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def of():
    """An organisation at medium tier."""
    return organised()


def test_a_critical_breach_opens_an_incident_with_the_severity_of_the_matrix(of):
    (incident,) = read(of)

    assert (incident.state, incident.severity) == ("OPEN", "moderate")
    assert (incident.owner, incident.live_version) == (of.house.owner, of.house.bad)


def test_the_title_says_what_happened_in_words_with_figures(of):
    (incident,) = read(of)

    assert incident.title == "Accuracy fell to 84.6 %"
    assert "version 2.3 of Claims approval stood at" in incident.summary


def test_the_plan_is_frozen_from_the_policy_in_force(of):
    (incident,) = read(of)

    plan = from_text(incident.plan)
    assert (plan.policy_id, plan.policy_sha256) == (str(of.policy.pk), of.policy.sha256)
    assert plan.times["major"]["execution"] == "8h"


def test_the_cause_ties_the_incident_to_its_threshold_version(of):
    (incident,) = read(of)

    cause = BreachCause.objects.get(incident=incident)
    assert (cause.standing, cause.threshold_version) == (of.standing, of.threshold)
    assert cause.value == 0.846


def test_a_further_reading_of_the_same_breach_leaves_one_incident_and_no_trace(of):
    (incident,) = read(of)
    version = Incident.objects.get(pk=incident.pk).version

    again = read(of, at=AT + DAY, value=0.84)

    assert again == []
    assert Incident.objects.get(pk=incident.pk).version == version


def test_a_breach_of_a_further_series_of_the_same_cause_joins(of):
    (incident,) = read(of)
    other = standing(of.house, of.threshold, series=another_series(of.house, days=7))

    read(of, standing_id=other.pk, series_id=other.series_id)

    assert open_incidents(of).count() == 1
    assert incident.causes.count() == 2


def test_a_worse_standing_raises_the_severity_of_the_incident_that_it_joins(of):
    of.house.system.risk_tier = "high"
    (incident,) = read(_tier(of, "high"), to_state="WARNING")

    read(of, to_state="CRITICAL")

    assert (incident.severity, _again(incident).severity) == ("minor", "major")


def test_the_severity_never_falls_by_itself(of):
    (incident,) = read(of)

    read(of, to_state="WARNING", from_state="CRITICAL")

    assert _again(incident).severity == "moderate"


def test_a_breach_of_another_segment_is_another_incident(of):
    read(of)
    other = standing(
        of.house, of.threshold, series=another_series(of.house, segment="region=north")
    )

    read(of, segment="region=north", standing_id=other.pk, series_id=other.series_id)

    assert open_incidents(of).count() == 2


def test_a_fairness_gap_that_excludes_zero_is_never_below_moderate(of):
    (incident,) = read(
        _tier(of, "low"),
        kind="fairness",
        category="trust_compliance",
        to_state="WARNING",
        fairness_flag=True,
    )

    assert incident.severity == "moderate"


def test_an_executed_boundary_violation_at_high_tier_is_severe(of):
    (incident,) = read(_tier(of, "high"), kind="boundary", instant=True)

    assert incident.severity == "severe"


def test_a_warning_that_the_matrix_calls_a_watch_opens_no_incident(of):
    opened = read(of, to_state="WARNING")

    assert opened == []
    assert Watch.objects.get(system=of.house.system).state == "open"


def test_a_recovery_is_noted_on_the_incident_and_closes_nothing(of):
    (incident,) = read(of)

    note_recovery(standing_ids=[of.standing.pk], at=AT + DAY)

    found = _again(incident)
    assert (found.state, found.recovered_at) == ("OPEN", AT + DAY)


def test_a_relapse_takes_the_recovery_back(of):
    (incident,) = read(of)
    note_recovery(standing_ids=[of.standing.pk], at=AT + DAY)

    read(of, at=AT + 2 * DAY)

    assert BreachCause.objects.get(incident=incident).recovered_at is None


def test_without_a_policy_the_shipped_small_profile_serves(of):
    of.policy.state = "superseded"
    _save(of.policy)

    (incident,) = read(of)

    assert from_text(incident.plan).profile == "small"
    assert from_text(incident.plan).policy_id == ""


def test_eva_12_a_hold_keeps_the_same_standing_breach_from_opening_anew(of):
    _ended(read(of)[0], AT + DAY)

    opened = read(of, at=AT + 2 * DAY, from_state="CRITICAL")

    assert opened == []
    assert Hold.objects.get().until_at == AT + 8 * DAY


def test_eva_12_after_the_hold_the_standing_breach_opens_again(of):
    _ended(read(of)[0], AT + DAY)

    opened = read(of, at=AT + 8 * DAY, from_state="CRITICAL")

    assert len(opened) == 1


def test_eva_13_a_worse_standing_ends_the_hold_at_once(of):
    _ended(read(_tier(of, "high"), to_state="WARNING")[0], AT + DAY)

    opened = read(of, at=AT + 2 * DAY, to_state="CRITICAL")

    assert len(opened) == 1


def test_eva_13_an_instant_limit_ends_the_hold_at_once(of):
    _ended(read(of)[0], AT + DAY)

    opened = read(of, at=AT + 2 * DAY, instant=True)

    assert len(opened) == 1


def test_eva_14_a_hold_does_not_bind_a_relapse_after_an_ok_in_between(of):
    _ended(read(of)[0], AT + DAY)
    note_recovery(standing_ids=[of.standing.pk], at=AT + 2 * DAY)

    opened = read(of, at=AT + 3 * DAY)

    assert len(opened) == 1


def test_eva_14_a_hold_does_not_bind_a_relapse_after_a_proven_repair(of):
    (incident,) = read(of)
    note_recovery(standing_ids=[of.standing.pk], at=AT + DAY)
    _ended(_again(incident), AT + 2 * DAY)

    opened = read(of, at=AT + 3 * DAY)

    assert len(opened) == 1


def test_the_opening_is_in_the_ledger_by_the_evaluator(of):
    (incident,) = read(of)

    lines = lines_of_incident(incident_id=incident.pk)
    assert [(line.verb, line.actor) for line in lines][-1] == ("incident.opened", "evaluator")


def _tier(of, tier):
    of.house.system.risk_tier = tier
    _save(of.house.system)
    return of


def _save(row):
    with acting_as(SETUP):
        row.save()


def _again(incident):
    return Incident.objects.get(pk=incident.pk)


def _ended(incident, at):
    forced(incident, "CLOSED", at)
    found = _again(incident)
    found.closed_at = at
    _save(found)
