"""A sweep that is killed while it fires: what it had begun is taken back, and fired once by the
next one."""

import datetime as dt
from collections import Counter

import pytest

from governance.models import EscalationFiring
from ledger.selectors.lines import lines_in_period
from outbox.models import Message, Timer
from outbox.services.sweeps import sweep
from tests.faults.processes import (
    holding,
    kill,
    other_sessions,
    sessions_that_wait,
    sweeping,
    swept,
    wait_until,
)
from tests.governance.organisation import AT, another_series, organised, read, standing

INCIDENTS = 9
LATER = AT + dt.timedelta(minutes=1)
# Firing a step arms its reminder; whoever holds the reminder's key keeps the firing waiting.
SAME_KEY = (
    "INSERT INTO outbox_timer (id, kind, key, subject_id, due_at, next_try_at, state, payload,"
    " inputs, armed_at, cancelled_reason, attempts, last_error) VALUES"
    " (gen_random_uuid(), 'escalation.step', %s, gen_random_uuid(), now(), now(), 'cancelled',"
    " '{}', '{}', now(), '', 0, '')"
)


def many_incidents():
    """As many incidents of one organisation, each of a segment of its own."""
    of = organised()
    for number in range(INCIDENTS):
        segment = f"region={number}"
        place = standing(of.house, of.threshold, series=another_series(of.house, segment=segment))
        read(of, standing_id=place.pk, series_id=place.series_id, segment=segment)


def due_steps():
    """The calls to acknowledge that are due, in the order in which they fire."""
    due = Timer.objects.filter(
        kind="escalation.step", state="armed", due_at__lte=LATER, payload__stage="acknowledge"
    )
    return list(due.order_by("due_at", "id"))


def reminder_of(step):
    """The key under which firing a step arms its reminder."""
    return step.key.removesuffix(":0") + ":1"


@pytest.mark.parametrize(
    "killed_at",
    [
        pytest.param(0, marks=pytest.mark.full),
        INCIDENTS // 2,
        pytest.param(INCIDENTS - 1, marks=pytest.mark.full),
    ],
)
def test_every_timer_of_a_killed_sweep_fires_once(own_database, killed_at):
    many_incidents()
    steps = due_steps()
    with holding(own_database, SAME_KEY, reminder_of(steps[killed_at])):
        process = sweeping(own_database, at=LATER)
        wait_until(sessions_that_wait, process=process)
        kill(process)
    wait_until(lambda: not other_sessions())
    left_behind = EscalationFiring.objects.count()

    swept(own_database, at=LATER)
    sweep(at=LATER)

    fired = EscalationFiring.objects.filter(repeat=0).values_list("incident", "rule", "step")
    assert left_behind == 0
    assert set(Counter(fired).values()) == {1}
    assert len(fired) == len(steps)
    assert not due_steps()
    assert entries("escalation.fired") == EscalationFiring.objects.count()
    assert Message.objects.filter(key__startswith="step:").count() == told()


def entries(verb):
    """How many entries of the ledger have a verb."""
    lines = lines_in_period(since=AT, until=LATER + dt.timedelta(hours=1))
    return sum(line.verb == verb for line in lines)


def told():
    """How many messages the firings on record stand for."""
    return sum(len(row.recipients) for row in EscalationFiring.objects.all())


@pytest.mark.full
def test_a_sweep_beside_a_stuck_one_waits_for_nothing_and_loses_nothing(own_database):
    many_incidents()
    steps = due_steps()
    with holding(own_database, SAME_KEY, reminder_of(steps[2])):
        first = sweeping(own_database, at=LATER)
        wait_until(sessions_that_wait, process=first)
        swept(own_database, at=LATER)
        beside = EscalationFiring.objects.count()
        kill(first)
    wait_until(lambda: not other_sessions())

    sweep(at=LATER)

    assert beside == 0
    assert EscalationFiring.objects.filter(repeat=0).count() == len(steps)
    assert not due_steps()
