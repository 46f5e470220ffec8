"""T22: a deadline stands still by two persons, never at severe; regulatory clocks never do."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from incidents.models import ClockPause
from incidents.rules.plan import LadderStep
from incidents.rules.transitions import DECISION, EXECUTION, INVESTIGATING, OPEN, VALIDATION
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.models import Timer
from outbox.services.sweeps import SWEEP, SweepReport, fire_timers
from tests.incidents.factory import AT, bring, clock_rule, do, evidence, fresh, opened, plan

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
WEDNESDAY = AT + 2 * DAY
LADDER = (LadderStep(0, "50%", ("deputy",), level=1),)


@pytest.fixture
def incident(house):
    """Findings are due after ten business days, Friday of the week after, 17:00."""
    return bring(house, INVESTIGATING, plan=plan(limits={"pause_longest": "5bd"}, ladder=LADDER))


def paused(house, incident, *, at=AT, until=WEDNESDAY):
    do(incident, "pause_clock", house.owner, at=at, until=until.isoformat())
    return do(incident, "pause_clock", house.compliance, at=at, until=until.isoformat()).incident


def timers(incident, state="armed"):
    rows = Timer.objects.filter(subject_id=incident.pk, state=state, payload__stage="findings")
    return list(rows.order_by("due_at"))


def fire(at):
    with acting_as(SWEEP):
        fire_timers(at=at, batch=200, report=SweepReport())


def test_one_asks_and_nothing_stands_still_until_a_validator_agrees(house, incident):
    asked = do(incident, "pause_clock", house.owner)

    assert asked.incident.stage_due_at == incident.stage_due_at
    assert not ClockPause.objects.filter(incident=incident).exists()


def test_the_deadline_moves_on_by_the_working_time_of_the_pause(house, incident):
    found = paused(house, incident)

    assert found.stage_due_at == incident.stage_due_at + 4 * DAY
    pause = ClockPause.objects.get(incident=incident)
    assert (pause.asked_by, pause.approved_by) == (house.owner, house.compliance)
    assert (pause.stage, pause.from_at, pause.until_at) == ("findings", AT, WEDNESDAY)


def test_the_timers_move_as_new_rows_and_the_old_ones_are_kept(house, incident):
    before = [(timer.key, timer.due_at) for timer in timers(incident)]

    found = paused(house, incident)

    after = timers(incident)
    assert [(timer.key, timer.due_at) for timer in timers(incident, "cancelled")] == before
    assert len(after) == len(before) == 2
    assert after[-1].due_at == found.stage_due_at
    assert after[0].due_at > before[0][1]


def test_the_inputs_of_a_timer_explain_the_pause(house, incident):
    paused(house, incident)

    for timer in timers(incident):
        assert timer.inputs["pauses"] == [[AT.isoformat(), WEDNESDAY.isoformat()]]


def test_a_step_keeps_its_rule_so_that_who_has_it_is_not_asked_again(house, incident):
    rules = {timer.payload["rule"] for timer in timers(incident)}

    paused(house, incident)

    assert {timer.payload["rule"] for timer in timers(incident)} == rules


def test_regulatory_clocks_never_stand_still(house):
    clock_rule()
    incident = opened(house)
    do(incident, "acknowledge", house.owner, personal_data="yes")
    due_at = incident.clocks.get().due_at

    paused(house, incident)

    assert incident.clocks.get().due_at == due_at
    clock = Timer.objects.filter(subject_id=incident.pk, kind="incident.clock_due", state="armed")
    assert clock.order_by("due_at").last().due_at == due_at


def test_nobody_agrees_with_themselves(house, incident):
    do(incident, "pause_clock", house.compliance)

    again = do(incident, "pause_clock", house.compliance)

    assert again.transition.payload["step"] == "asked"
    assert not ClockPause.objects.filter(incident=incident).exists()


def test_the_owners_side_never_agrees(house, incident):
    do(incident, "pause_clock", house.compliance)

    with pytest.raises(Forbidden) as caught:
        do(incident, "pause_clock", house.deputy)

    assert house.risk.name in caught.value.who_can


def test_the_database_refuses_a_pause_by_one_person(house, incident):
    paused(house, incident)
    pause = ClockPause.objects.get(incident=incident)

    with pytest.raises(IntegrityError, match="pause_by_two_persons"), transaction.atomic():
        ClockPause.objects.filter(pk=pause.pk).update(asked_by=pause.approved_by)


def test_severe_never_pauses_and_raising_to_severe_ends_a_pause(house, incident):
    paused(house, incident)

    raised = do(incident, "raise_severity", house.compliance, at=AT + DAY).incident

    pause = ClockPause.objects.get(incident=incident)
    assert pause.ended_at == AT + DAY
    assert raised.stage_due_at == AT + 3 * DAY
    with pytest.raises(Conflict, match="never stands still"):
        do(raised, "pause_clock", house.owner, at=AT + DAY)


@pytest.mark.parametrize("state", [OPEN, EXECUTION])
def test_only_findings_a_validation_and_a_decision_stand_still(house, state):
    incident = bring(house, state)

    with pytest.raises(Conflict) as caught:
        do(incident, "pause_clock", house.owner)

    assert caught.value.code == "nothing_to_pause"


@pytest.mark.parametrize("state", [VALIDATION, DECISION])
def test_a_validation_and_a_decision_stand_still_as_well(house, state):
    incident = bring(house, state)

    found = paused(house, incident)

    assert found.stage_due_at > incident.stage_due_at


def bad(house, incident, until, by=None, at=AT):
    with pytest.raises(Invalid) as caught:
        do(incident, "pause_clock", by or house.owner, at=at, until=until.isoformat())
    return caught.value.fields["until"]


def test_a_pause_lasts_as_long_as_the_policy_lets_it_at_most(house, incident):
    assert "at most" in bad(house, incident, AT + 8 * DAY)
    assert "not in the future" in bad(house, incident, AT)


def test_who_agrees_may_shorten_and_not_lengthen_it(house, incident):
    do(incident, "pause_clock", house.owner, until=WEDNESDAY.isoformat())

    assert "longer than was asked for" in bad(
        house, incident, WEDNESDAY + HOUR, by=house.compliance
    )
    shorter = do(incident, "pause_clock", house.compliance, until=(WEDNESDAY - HOUR).isoformat())
    assert ClockPause.objects.get(incident=incident).until_at == WEDNESDAY - HOUR
    assert shorter.transition.payload["step"] == "agreed"


def test_pauses_of_one_stage_add_up_to_the_longest(house, incident):
    paused(house, incident, until=AT + 4 * DAY)
    do(incident, "resume_clock", house.owner, at=AT + 4 * DAY)

    assert "at most" in bad(house, incident, AT + 8 * DAY, at=AT + 4 * DAY)


def test_two_pauses_at_once_are_refused(house, incident):
    paused(house, incident)

    with pytest.raises(Conflict) as caught:
        do(incident, "pause_clock", house.owner)

    assert caught.value.code == "paused_already"


def test_a_passed_deadline_does_not_stand_still(house, incident):
    with pytest.raises(Conflict) as caught:
        do(incident, "pause_clock", house.owner, at=incident.stage_due_at)

    assert caught.value.code == "no_deadline_left"


def test_resuming_early_gives_back_only_the_time_that_passed(house, incident):
    paused(house, incident)

    found = do(incident, "resume_clock", house.owner, at=AT + DAY).incident

    assert ClockPause.objects.get(incident=incident).ended_at == AT + DAY
    assert found.stage_due_at == incident.stage_due_at + 3 * DAY
    assert timers(incident)[-1].due_at == found.stage_due_at
    assert timers(incident)[-1].inputs["pauses"] == [[AT.isoformat(), (AT + DAY).isoformat()]]


def test_at_its_end_the_deadline_runs_by_itself(house, incident):
    found = paused(house, incident)

    fire(WEDNESDAY)

    after = fresh(incident)
    assert after.stage_due_at == found.stage_due_at
    assert ClockPause.objects.get(incident=incident).ended_at == WEDNESDAY
    assert after.transitions.order_by("version").last().person is None


def test_what_does_not_stand_still_does_not_run_again(house, incident):
    with pytest.raises(Conflict) as caught:
        do(incident, "resume_clock", house.owner)

    assert caught.value.code == "not_paused"


def test_leaving_the_stage_ends_the_pause_and_the_time_left_is_that_at_its_end(house, incident):
    evidence(incident, house.owner)
    paused(house, incident)

    submitted = do(incident, "submit_findings", house.owner, at=AT + DAY)
    fire(WEDNESDAY)

    assert submitted.transition.payload["left"] == "4800bmin"
    assert fresh(incident).state == VALIDATION


def test_a_severity_that_changes_after_a_pause_keeps_what_it_gave(house, incident):
    paused(house, incident)
    do(incident, "resume_clock", house.owner, at=WEDNESDAY)

    raised = do(
        incident, "raise_severity", house.compliance, at=WEDNESDAY, severity="major"
    ).incident

    assert raised.stage_due_at == AT + 2 * DAY + 8 * HOUR + 2 * DAY
    assert timers(raised)[-1].inputs["pauses"] == [[AT.isoformat(), WEDNESDAY.isoformat()]]
