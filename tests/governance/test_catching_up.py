"""After a downtime (F38), and what no absence, answer or edit may hide (F10, F11, F39)."""

import datetime as dt
from itertools import pairwise

import pytest
from django.db import DatabaseError, connection, transaction

from governance.models import EscalationFiring, StepAcknowledgement
from governance.rules.policy import kept_policy
from governance.selectors.policies import shipped_profile
from governance.services.acknowledgements import acknowledge_step
from governance.services.policies import approve_policy, draft_policy
from incidents.models import Incident
from ledger.context import acting_as
from ledger.governed import BypassRefused
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message, Timer
from outbox.selectors import overdue_timers
from outbox.services.sweeps import SWEEP, SweepReport, fire_timers
from registry.models import Leave
from tests.governance.organisation import AT, another_series, organised, read, standing
from tests.incidents.factory import SETUP, acting, fresh, person

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
HOUR = 60 * MINUTE
DAY = 24 * HOUR
GAP = 15 * MINUTE
UP_AGAIN = AT + 3 * DAY
"""Thursday 09:00; everything of Monday's acknowledgement is overdue by then."""


@pytest.fixture
def of():
    """An organisation of high tier with a board, its office open from Monday to Friday."""
    made = organised(risk_tier="high")
    calendar = made.house.unit.calendar
    calendar.hours = {str(day): [["09:00", "17:00"]] for day in range(1, 6)}
    with acting_as(SETUP):
        calendar.save()
    made.board = person(name="Board", unit=made.house.unit, role="board")
    return made


def opened(of, number=0):
    """A major incident, of a segment of its own."""
    if not number:
        return read(of)[0]
    segment = f"region={number}"
    place = standing(of.house, of.threshold, series=another_series(of.house, segment=segment))
    return read(of, standing_id=place.pk, series_id=place.series_id, segment=segment)[0]


def fire(at):
    """Fire what is due, as a sweep does; its other jobs have nothing to do here."""
    with acting_as(SWEEP):
        fire_timers(at=at, batch=500, report=SweepReport())


def back_up(sweeps=6):
    """The sweeps after three days of downtime, one each quarter of an hour."""
    for number in range(sweeps):
        fire(UP_AGAIN + number * GAP)


def firsts(incident, stage="acknowledge"):
    """The first firing of each step of a stage: (level, fired at), in order."""
    rows = EscalationFiring.objects.filter(
        incident=incident, rule__startswith=stage, repeat=0
    ).order_by("fired_at", "level", "pk")
    return [(row.level, row.fired_at) for row in rows]


# ---------------------------------------------------------------- F38
def test_f38_every_overdue_step_fires_once_in_order(of):
    incident = opened(of)

    back_up()

    assert [level for level, _ in firsts(incident)] == [0, 1, 2, 3, 4]


def test_f38_a_level_is_not_told_before_the_one_below_had_time_to_answer(of):
    incident = opened(of)

    back_up()

    instants = [fired_at for _, fired_at in firsts(incident)]
    assert instants[0] == UP_AGAIN
    assert all(later - earlier >= GAP for earlier, later in pairwise(instants))


def test_f38_a_step_that_waits_is_not_counted_as_forgotten_and_says_why_it_waits(of):
    incident = opened(of)

    fire(UP_AGAIN)

    waits = Timer.objects.get(
        subject_id=incident.pk, payload__stage="acknowledge", payload__step=1, state="armed"
    )
    assert overdue_timers(at=UP_AGAIN + MINUTE) == 0
    assert waits.due_at < AT + DAY
    assert waits.inputs["waits_because"].startswith("level 0 was told late")


def test_f38_a_person_gets_one_digest_of_all_that_is_late(of):
    for number in range(3):
        opened(of, number)

    fire(UP_AGAIN)

    told = Message.objects.filter(person_id=of.house.owner.pk, key__startswith="catch-up:")
    steps = Message.objects.filter(person_id=of.house.owner.pk, key__startswith="step:")
    lines = [line for line in told.get().body.splitlines() if line.startswith("- ")]
    assert steps.count() == 0
    assert told.get().subject == f"Catch up on {len(lines)} matters: overdue, told late"
    assert {number for number in numbers() if any(number in line for line in lines)} == numbers()


def test_f38_lateness_is_on_record(of):
    incident = opened(of)

    fire(UP_AGAIN)

    late = [
        line.body["details"]["late_seconds"]
        for line in lines_of_incident(incident_id=incident.pk)
        if line.verb == "escalation.fired" and line.body["details"]["level"] == 0
    ]
    assert max(late) == 3 * 86400


def test_a_sweep_that_is_a_minute_late_delays_no_level(of):
    incident = opened(of)
    fire(AT)

    fire(AT + 2 * HOUR + MINUTE)
    fire(AT + 4 * HOUR + MINUTE)

    assert [level for level, _ in firsts(incident)] == [0, 1, 2]


def numbers():
    """The numbers of all incidents."""
    return set(Incident.objects.values_list("number", flat=True))


# ---------------------------------------------------------------- F39
def test_f39_having_it_hides_no_overdue_deadline(of):
    incident = opened(of)
    fire(AT)
    take(incident, of.house.owner, level=0)

    for instant in (2 * HOUR, 4 * HOUR, 12 * HOUR, DAY + 4 * HOUR, 2 * DAY + 4 * HOUR):
        fire(AT + instant)

    verbs = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert StepAcknowledgement.objects.count() == 1
    assert [level for level, _ in firsts(incident)] == [0, 1, 2, 3, 4]
    assert "incident.stage_overdue" in verbs


def take(incident, who, *, level):
    """Say 'I have it' to the first firing of a level."""
    firing = EscalationFiring.objects.filter(incident=incident, level=level).earliest("pk")
    with acting_as(acting(who)):
        acknowledge_step(
            incident_id=incident.pk, rule=firing.rule, step=firing.step, actor=acting(who), at=AT
        )


# ---------------------------------------------------------------- F10
def away(who):
    """Somebody is on leave for long."""
    with acting_as(SETUP):
        Leave(user=who, from_at=AT - DAY, until_at=AT + 60 * DAY).save(force_insert=True)


@pytest.mark.parametrize("at_once", [True, pytest.param(False, marks=pytest.mark.full)])
def test_f10_whom_nobody_can_reach_is_unroutable_and_the_next_level_is_asked(of, at_once):
    everybody = [
        getattr(of.house, name) for name in ("owner", "deputy", "secretary", "executive")
    ] + [*of.members, *of.substitutes, of.board]
    if at_once:
        for who in everybody[:-1]:
            away(who)
        everybody = everybody[-1:]
    for number, who in enumerate(everybody, start=1):
        away(who)
        incident = opened(of, number)
        for instant in (dt.timedelta(0), 2 * HOUR, 4 * HOUR, 12 * HOUR, 2 * DAY):
            fire(AT + instant)

        rows = list(EscalationFiring.objects.filter(incident=incident, repeat=0))
        assert rows
        assert all(row.recipients or row.unroutable for row in rows)
        assert all(_went_up(row, rows) for row in rows if row.unroutable)


def _went_up(row, rows):
    """Whether the next level fired no later than the one that reached nobody."""
    above = [one for one in rows if one.rule == row.rule and one.level > row.level]
    highest = row.level >= 4
    return highest or any(one.fired_at <= row.fired_at for one in above)


def test_f10_a_person_who_took_part_is_never_deleted(of):
    opened(of)

    with pytest.raises(BypassRefused):
        of.house.owner.delete()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM registry_user WHERE id = %s", [of.house.owner.pk])


# ---------------------------------------------------------------- F11
def edited(of):
    """A policy in force whose ladder is reordered, slower and shorter than the one before."""
    body = shipped_profile("small")
    ladder = body["escalation"]["ladder"]
    body["escalation"] |= {"ladder": [*reversed(ladder)], "repeats": ["9h"]}
    body["times"]["major"] |= {"acknowledge": "9bh"}
    author, approver = of.house.compliance, of.house.risk
    with acting_as(acting(author)):
        drafted = draft_policy(
            unit_id=of.house.unit.pk, body=body, reason="calmer", actor=acting(author), at=AT
        )
    with acting_as(acting(approver)):
        return approve_policy(policy_id=drafted.pk, actor=acting(approver), at=AT)


def test_f11_open_incidents_keep_their_plans_byte_for_byte(of):
    cases = [opened(of, number) for number in range(3)]
    before = [(case.plan, due_of(case)) for case in cases]

    policy = edited(of)
    new = opened(of, 7)

    assert [(fresh(case).plan, due_of(case)) for case in cases] == before
    assert kept_policy(policy.body).times["major"].acknowledge == "9bh"
    assert fresh(new).plan != before[0][0]
    with pytest.raises(BypassRefused):
        of.policy.delete()


def due_of(case):
    """When each timer of a case is due."""
    rows = Timer.objects.filter(subject_id=case.pk, state="armed")
    return sorted(rows.values_list("key", "due_at"))
