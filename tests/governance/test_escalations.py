"""Escalation: fired once, people found at the firing, reminders that neither drift nor end."""

import datetime as dt
from itertools import pairwise

import pytest

from governance.models import EscalationFiring
from governance.selectors.recipients import resolve
from governance.services.acknowledgements import acknowledge_step
from ledger.context import acting_as
from ledger.rules.refusals import Forbidden
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message, Timer
from outbox.services.sweeps import SWEEP, SweepReport, fire_timers, sweep
from registry.models import Delegation, Leave, RoleAssignment
from tests.governance.organisation import AT, organised, read
from tests.incidents.factory import SETUP, acting, do, forced, person

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
HALF = AT + 4 * HOUR
"""Half of one business day (09:00 to 17:00) after Monday 09:00."""
FULL = AT + 8 * HOUR


@pytest.fixture
def of():
    """An organisation at medium tier, its office open 09:00 to 17:00 UTC from Monday to Friday."""
    made = organised()
    calendar = made.house.unit.calendar
    calendar.hours = {str(day): [["09:00", "17:00"]] for day in range(1, 6)}
    with acting_as(SETUP):
        calendar.save()
    return made


@pytest.fixture
def incident(of):
    """A moderate incident: acknowledge within one business day."""
    (opened,) = read(of)
    return opened


def fired(incident, *, stage="acknowledge"):
    """The steps of a stage that fired: (level, repeat, names)."""
    rows = EscalationFiring.objects.filter(incident=incident, rule__startswith=stage)
    return [
        (row.level, row.repeat, [one["name"] for one in row.recipients])
        for row in rows.order_by("pk")
    ]


def away(who, until=AT + 60 * DAY):
    """Somebody is on leave."""
    with acting_as(SETUP):
        Leave(user=who, from_at=AT - DAY, until_at=until).save(force_insert=True)


def delegate(principal, to):
    """Somebody acts for somebody."""
    with acting_as(SETUP):
        Delegation(
            principal=principal, delegate=to, from_at=AT - DAY, until_at=AT + 60 * DAY, reason="x"
        ).save(force_insert=True)


def run_to(at):
    """Sweep whenever something is due until `at`, as a sweep does that is never down."""
    for _ in range(60):
        following = Timer.objects.filter(state="armed", next_try_at__lte=at)
        due = following.order_by("next_try_at").values_list("next_try_at", flat=True).first()
        if due is None:
            break
        fire(due)
    sweep(at=at)


def fire(at):
    """Fire what is due, as a sweep does; its other jobs have nothing to do here."""
    with acting_as(SWEEP):
        fire_timers(at=at, batch=500, report=SweepReport())


# ---------------------------------------------------------------- steps
def test_the_owner_is_called_once_at_the_opening(of, incident):
    sweep(at=AT)

    assert fired(incident) == [(0, 0, [of.house.owner.name])]
    assert fired(incident, stage="findings") == []


def test_the_call_names_the_verb_and_the_deadline_in_its_subject(of, incident):
    sweep(at=AT)

    told = Message.objects.get(subject_id=incident.pk)
    assert told.subject.startswith(f"Acknowledge {incident.number} by Mon 16 Nov 2026 18:00")


def test_the_deputy_is_told_at_half_of_the_time(of, incident):
    run_to(HALF)

    assert (1, 0, [of.house.deputy.name]) in fired(incident)


def test_the_executive_is_told_at_the_deadline_and_the_external_seat_a_day_later(of, incident):
    run_to(FULL + DAY)

    found = fired(incident)
    assert (2, 0, [of.house.executive.name]) in found
    assert (3, 0, ["Member 3", "Substitute 3"]) in found


def test_repeated_sweeps_fire_a_step_once(of, incident):
    for _ in range(3):
        sweep(at=AT)

    assert len(fired(incident)) == 1
    assert Message.objects.filter(subject_id=incident.pk).count() == 1


def test_leaving_the_stage_stops_its_steps(of, incident):
    do(incident, "acknowledge", of.house.owner, at=AT + HOUR)

    run_to(FULL)

    assert [row for row in fired(incident) if row[0] > 0] == []


def test_a_firing_records_expression_people_and_lateness(of, incident):
    sweep(at=AT)
    sweep(at=HALF + 2 * HOUR)

    firing = EscalationFiring.objects.get(incident=incident, level=1)
    (line,) = [
        line
        for line in lines_of_incident(incident_id=incident.pk)
        if line.verb == "escalation.fired" and line.body["details"]["level"] == 1
    ]
    assert (firing.expression, firing.due_at, firing.fired_at) == ("deputy", HALF, HALF + 2 * HOUR)
    assert line.body["details"]["late_seconds"] == 7200


def test_a_later_policy_leaves_the_steps_of_an_open_incident(of, incident):
    of.policy.state = "superseded"
    with acting_as(SETUP):
        of.policy.save()

    run_to(HALF)

    assert (1, 0, [of.house.deputy.name]) in fired(incident)


# ---------------------------------------------------------------- people
def test_people_are_found_when_the_step_fires_not_when_it_is_armed(of, incident):
    new = person(name="New executive", unit=of.house.unit, role="executive")
    away(of.house.executive)

    run_to(FULL)

    assert (2, 0, [new.name]) in fired(incident)


def test_a_delegate_stands_in_for_somebody_who_is_away(of, incident):
    away(of.house.deputy)
    delegate(of.house.deputy, of.house.engineer)

    run_to(HALF)

    firing = EscalationFiring.objects.get(incident=incident, level=1)
    assert firing.recipients[0]["name"] == of.house.engineer.name
    assert firing.recipients[0]["how"] == "delegate for deputy"


def test_without_delegate_the_owner_stands_in_for_the_deputy(of, incident):
    away(of.house.deputy)

    run_to(HALF)

    assert (1, 0, [of.house.owner.name]) in fired(incident)


def test_the_next_role_up_stands_in_for_a_role_that_nobody_holds(of, incident):
    found = resolve(expression="role:emergency", incident=incident, at=AT)

    assert [(one.person, one.how) for one in found] == [(of.house.executive, "next role up")]


def test_validators_who_are_in_conflict_are_not_called_to_validate(of, incident):
    incident = forced(incident, "VALIDATION")
    with acting_as(SETUP):
        RoleAssignment(
            user=of.house.owner, role="compliance", unit=of.house.unit, from_at=AT - DAY
        ).save(force_insert=True)

    found = resolve(expression="responsible", incident=incident, at=AT)

    assert of.house.owner not in [one.person for one in found]
    assert of.house.compliance in [one.person for one in found]


def test_where_nobody_is_reached_the_next_level_is_called_now(of, incident):
    for who in ("owner", "deputy", "secretary", "executive"):
        away(getattr(of.house, who))

    run_to(HALF)

    firing = EscalationFiring.objects.get(incident=incident, level=1, repeat=0)
    assert firing.unroutable
    assert (3, 0, ["Member 3", "Substitute 3"]) in fired(incident)


def test_an_unroutable_step_is_on_record_and_operations_are_told(of, incident):
    admin = person(name="Admin", unit=of.house.unit, role="administrator")
    for who in ("owner", "deputy", "secretary", "executive"):
        away(getattr(of.house, who))

    run_to(HALF)

    verbs = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert "escalation.unroutable" in verbs
    assert Message.objects.filter(person_id=admin.pk).exists()


def test_f10_removing_everyone_one_by_one_never_leaves_a_silent_gap(of, incident):
    for who in ("owner", "deputy", "secretary", "executive", "risk", "compliance", "verifier"):
        away(getattr(of.house, who))
        found = resolve(expression="role:executive", incident=incident, at=AT)
        assert found or who in ("executive", "risk", "compliance", "verifier")

    run_to(FULL + DAY)

    steps = EscalationFiring.objects.filter(incident=incident, repeat=0)
    assert all(row.recipients or row.unroutable for row in steps)


# ---------------------------------------------------------------- reminders
def test_reminders_count_from_the_scheduled_time(of, incident):
    sweep(at=AT)
    sweep(at=HALF + HOUR)

    following = Timer.objects.get(key__contains="acknowledge@", key__endswith=":1:1")
    assert following.due_at == HALF + 4 * HOUR


def test_after_a_downtime_a_reminder_is_not_sent_at_once(of, incident):
    sweep(at=AT)
    sweep(at=HALF + 30 * DAY)

    following = Timer.objects.get(key__contains="acknowledge@", key__endswith=":1:1")
    assert following.due_at == HALF + 30 * DAY + dt.timedelta(minutes=15)
    assert following.state == "armed"
    assert [row[1] for row in fired(incident) if row[0] == 1] == [0]


@pytest.mark.parametrize("reminders", [14, pytest.param(56, marks=pytest.mark.full)])
def test_f19_reminders_never_fall_silent(of, incident, reminders):
    sweep(at=AT)
    at = HALF
    for _ in range(reminders):
        fire(at)
        at = _next_reminder(incident, level_step=1)

    gap = at - EscalationFiring.objects.filter(incident=incident, step=1).latest("pk").due_at
    fired_at = list(
        EscalationFiring.objects.filter(incident=incident, step=1, rule__startswith="acknowledge")
        .order_by("repeat")
        .values_list("due_at", flat=True)
    )
    waits = [later - earlier for earlier, later in pairwise(fired_at)]
    assert gap == 8 * DAY
    assert waits[8:12] == [DAY, 2 * DAY, 4 * DAY, 8 * DAY]
    assert reminders < 50 or at - HALF > 365 * DAY


def test_who_has_it_gets_no_more_reminders_but_levels_above_are_told(of, incident):
    run_to(HALF)
    have_it(incident, of.house.deputy)

    run_to(FULL + DAY)

    reminders = Message.objects.filter(
        key__contains="acknowledge@", key__startswith="step:", person_id=of.house.deputy.pk
    )
    assert reminders.count() == 1
    assert (2, 0, [of.house.executive.name]) in fired(incident)


def test_who_was_not_told_cannot_take_it(of, incident):
    run_to(HALF)

    with pytest.raises(Forbidden) as refusal:
        have_it(incident, of.house.auditor)

    assert refusal.value.who_can == (of.house.deputy.name,)


def have_it(incident, who):
    """Say 'I have it' for the deputy's step."""
    firing = EscalationFiring.objects.get(incident=incident, level=1, repeat=0)
    with acting_as(acting(who)):
        acknowledge_step(
            incident_id=incident.pk, rule=firing.rule, step=firing.step, actor=acting(who), at=HALF
        )


def _next_reminder(incident, *, level_step):
    rows = Timer.objects.filter(
        subject_id=incident.pk,
        state="armed",
        payload__step=level_step,
        kind="escalation.step",
        payload__stage="acknowledge",
    )
    return rows.get().due_at
