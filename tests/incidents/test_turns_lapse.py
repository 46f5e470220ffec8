"""T03: an acknowledgement that nothing follows lapses; INC-C: the findings' time runs on."""

import datetime as dt

import pytest

from incidents.models import Evidence, Questions
from incidents.rules.transitions import INVESTIGATING, OPEN
from ledger.context import acting_as
from ledger.rules.refusals import Forbidden
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message, Timer
from outbox.services.sweeps import SWEEP, SweepReport, fire_timers
from tests.incidents.factory import AT, bring, clock_rule, do, evidence, fresh, opened, person, plan

DAY = dt.timedelta(days=1)
LIMITS = {f"ack_lapse_{severity}": "2bd" for severity in ("minor", "moderate", "major")} | {
    "ack_lapse_severe": "8h"
}
LAPSES = AT + 1 * DAY + dt.timedelta(hours=8)
"""Two business days (09:00 to 17:00) after Monday 09:00."""


@pytest.fixture
def incident(house):
    return bring(house, INVESTIGATING, plan=plan(limits=LIMITS))


def fire(at):
    with acting_as(SWEEP):
        fire_timers(at=at, batch=200, report=SweepReport())


def lapse(incident, at=LAPSES):
    fire(at)
    return fresh(incident)


def armed(incident, kind):
    rows = Timer.objects.filter(subject_id=incident.pk, state="armed", kind=kind)
    return list(rows.order_by("due_at").values_list("due_at", flat=True))


def stages(incident):
    rows = Timer.objects.filter(subject_id=incident.pk, state="armed")
    return {stage for stage in rows.values_list("payload__stage", flat=True) if stage}


def test_without_an_entry_the_acknowledgement_lapses_a_level_up(incident):
    before = lapse(incident, LAPSES - dt.timedelta(minutes=1))

    after = lapse(incident)

    assert (before.state, before.level) == (INVESTIGATING, 0)
    assert (after.state, after.level) == (OPEN, 1)


def test_the_record_says_since_when_nobody_entered_anything(incident):
    lapse(incident)

    told = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert "incident.acknowledgement_lapsed" in told
    assert "2026-11-16 09:00 UTC" in incident.transitions.order_by("version").last().reason


@pytest.mark.parametrize("who", ["owner", "deputy"])
def test_every_entry_of_the_owners_side_moves_the_lapse_on(incident, house, who):
    entered = AT + DAY + dt.timedelta(hours=1)
    evidence(incident, getattr(house, who), entered)

    found = lapse(incident)

    assert found.state == INVESTIGATING
    assert armed(incident, "incident.ack_lapse") == [entered + 2 * DAY]
    assert lapse(incident, entered + 2 * DAY).state == OPEN


def test_an_entry_of_compliance_does_not_move_it_on(incident, house):
    evidence(incident, house.compliance, AT + DAY)

    assert lapse(incident).state == OPEN


def test_inc_c_the_findings_deadline_runs_on_and_the_acknowledgement_is_asked_for_anew(incident):
    due_at = incident.stage_due_at

    found = lapse(incident)

    assert stages(incident) == {"acknowledge", "findings"}
    assert armed(incident, "incident.stage_deadline")[-1] == due_at
    assert found.stage_due_at == LAPSES + DAY


def test_inc_c_a_passed_findings_deadline_is_told_also_while_nobody_has_it(incident):
    due_at = incident.stage_due_at
    lapse(incident)

    fire(due_at)

    told = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert told.count("incident.stage_overdue") >= 1


def test_inc_c_what_was_written_is_kept_and_counts_when_it_is_acknowledged_again(incident, house):
    evidence(incident, house.owner)
    due_at = incident.stage_due_at
    lapse(incident)

    again = do(incident, "acknowledge", house.deputy, at=LAPSES, rights_affected="unknown")

    assert again.incident.stage_due_at == due_at
    assert Evidence.objects.filter(incident=incident, cycle=again.incident.cycle).count() == 1
    assert Questions.objects.filter(incident=incident).count() == 2
    do(incident, "submit_findings", house.owner, at=LAPSES)


def test_inc_c_a_regulatory_clock_runs_on(house):
    clock_rule()
    incident = opened(house, plan=plan(limits=LIMITS))
    do(incident, "acknowledge", house.owner, personal_data="yes")
    clock = incident.clocks.get()

    lapse(incident)

    assert incident.clocks.get().due_at == clock.due_at
    assert armed(incident, "incident.clock_due")[-1] == clock.due_at


def test_findings_that_came_back_keep_their_own_deadline_over_a_lapse(incident, house):
    evidence(incident, house.owner)
    do(incident, "submit_findings", house.owner)
    back = do(incident, "return_to_owner", house.compliance, at=AT + DAY).incident
    lapsed = lapse(incident, AT + 3 * DAY)

    again = do(incident, "acknowledge", house.owner, at=AT + 3 * DAY)

    assert lapsed.state == OPEN
    assert again.incident.stage_due_at == back.stage_due_at


def test_who_answers_for_it_is_told_that_it_lapsed(incident, house):
    lapse(incident)

    told = Message.objects.filter(subject_id=incident.pk, subject__startswith="Acknowledge again")
    assert set(told.values_list("person_id", flat=True)) == {house.owner.pk, house.deputy.pk}


def test_nobody_lets_it_lapse_by_hand(incident, house):
    with pytest.raises(Forbidden, match="nobody does it by hand"):
        do(incident, "ack_lapse", house.compliance)


def test_a_new_owner_has_time_of_their_own(incident, house):
    heir = person(name="Heir", unit=house.unit)
    do(incident, "reassign", house.owner, at=AT + DAY, fields={
        "owner_id": str(heir.pk), "deputy_id": str(house.owner.pk), "reason": "Leaves.",
    })  # fmt: skip

    assert lapse(incident).state == INVESTIGATING


def test_a_higher_severity_shortens_the_time_without_an_entry(incident, house):
    do(incident, "raise_severity", house.compliance, at=AT + dt.timedelta(hours=1))

    assert armed(incident, "incident.ack_lapse") == [AT + dt.timedelta(hours=8)]


def test_an_engine_that_lapses_twice_raises_two_levels(incident, house):
    lapse(incident)
    do(incident, "acknowledge", house.owner, at=LAPSES)

    found = lapse(incident, LAPSES + 2 * DAY)

    assert (found.state, found.level) == (OPEN, 2)


def test_a_plan_without_the_limit_never_lapses(house):
    incident = bring(house, INVESTIGATING)

    assert armed(incident, "incident.ack_lapse") == []
