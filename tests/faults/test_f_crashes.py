"""F1, F3 and F4 with processes that are killed: at every statement, in the middle, at once.

The processes are copies of this one, on a database of their own, and die by SIGKILL.
"""

import datetime as dt
import itertools
import os
import signal
import uuid
from types import SimpleNamespace

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from governance.models import Ballot, Decision, EscalationFiring, Resolution
from governance.services.closings import close_round
from incidents.models import Action
from ledger.context import acting_as
from ledger.rules.actors import machine
from outbox import timer_kinds
from outbox.models import Message, Timer
from outbox.services.sweeps import SWEEP, SweepReport, fire_timers
from outbox.services.timers import Arming, arm_timers
from tests.faults.processes import ended, forked, killed_at, owner_of, side_by_side
from tests.governance.organisation import (
    AT,
    another_series,
    convened,
    decided,
    organised,
    read,
    standing,
    vote,
)

HOUR = dt.timedelta(hours=1)
OFFICER = machine("returning officer")
KIND = "test.effect"
EFFECTS = "CREATE TABLE effect (key text NOT NULL, at timestamptz NOT NULL DEFAULT now())"
"""No key of its own: what is done twice stands there twice."""
life = SimpleNamespace(left=None)
"""How many effects a process may still take before it is killed; None for any number."""


def fire(at=AT, *, batch=50):
    """Fire what is due, as a sweep does."""
    with acting_as(SWEEP):
        fire_timers(at=at, batch=batch, report=SweepReport())


def steps_due():
    """The calls to acknowledge that should have been made by now."""
    return Timer.objects.filter(
        kind="escalation.step", payload__stage="acknowledge", due_at__lte=AT
    )


def kill_at_each(call, *, every, then):
    """Kill a process at its 1st, (1+every)th … statement until it comes to its end; return how
    often it was killed. `then` looks at what each left behind."""
    for killed, statement in enumerate(itertools.count(1, every)):
        if not killed_at(statement, call):
            return killed
        then()
    raise AssertionError("unreachable")


# ---------------------------------------------------------------- F1
@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.full)])
def test_f1_killed_at_any_statement_of_a_firing_every_timer_fires_once(own_database, every):
    read(organised())
    due = steps_due().count()

    def whole():
        """What fired, fired whole: with its row, its message and its reminder."""
        fired = EscalationFiring.objects.filter(repeat=0).count()
        assert steps_due().filter(state="fired").count() == fired

    killed = kill_at_each(fire, every=every, then=whole)

    assert killed > 20 // every
    assert due == 1
    assert EscalationFiring.objects.filter(rule__startswith="acknowledge").count() == due
    assert not Timer.objects.filter(state="armed", due_at__lte=AT).exists()
    assert Message.objects.filter(key__startswith="step:").count() == due


# ---------------------------------------------------------------- F3
def take_effect(*, timer, at):
    """Write one row; a process with a life of so many effects is killed right behind its last."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO effect (key) VALUES (%s)", [timer.key])
    if life.left is not None:
        life.left -= 1
        if not life.left:
            os.kill(os.getpid(), signal.SIGKILL)


def effects():
    """The keys of all effects, as often as each was taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM effect")
        return [key for (key,) in cursor.fetchall()]


def killed_in_the_middle():
    """Come again until there is something to take, and be killed in the middle of it."""
    life.left = 3
    while True:
        fire(batch=10)


def hinted_three_times():
    """Every hint comes three times."""
    for _ in range(3):
        fire(batch=10)


@pytest.mark.parametrize(
    ("processes", "timers", "kills"),
    [(4, 60, 1), pytest.param(8, 400, 3, marks=pytest.mark.full)],
)
def test_f3_processes_that_are_killed_and_hinted_again_take_each_effect_once(
    own_database, processes, timers, kills
):
    with psycopg.connect(owner_of(own_database)) as owner:
        owner.execute(EFFECTS)
        owner.execute(f"GRANT SELECT, INSERT ON effect TO {settings.DATABASE_APPLICATION_ROLE}")
    timer_kinds.register(KIND, lock=timer_kinds.lock_nothing, fire=take_effect)
    keys = [f"t{number}" for number in range(timers)]
    arm_timers(armings=[Arming(KIND, key, uuid.uuid4(), AT) for key in keys], at=AT)

    killed = [ended(pid) for pid in [forked(killed_in_the_middle) for _ in range(kills)]]
    left_over = effects()
    went_on = [ended(pid) for pid in [forked(hinted_three_times) for _ in range(processes)]]
    fire()

    assert killed == [-signal.SIGKILL] * kills
    assert left_over == []
    assert went_on == [0] * processes
    assert sorted(effects()) == sorted(keys)
    assert not Timer.objects.exclude(state="fired").exists()


# ---------------------------------------------------------------- F4
def closing(decision):
    """Count the round as the engine does."""
    with acting_as(OFFICER):
        close_round(decision_id=decision.pk, actor=OFFICER, at=AT + HOUR)


@pytest.mark.parametrize("every", [45, pytest.param(1, marks=pytest.mark.full)])
def test_f4_killed_at_any_statement_of_the_count_there_is_one_resolution(own_database, every):
    of = organised()
    decision = convened(of, decided(of))
    for member in of.members:
        vote(decision, member)

    def whole():
        """Nothing of the count is left behind."""
        assert not Resolution.objects.exists()
        assert Decision.objects.get(pk=decision.pk).state == "open"

    killed = kill_at_each(lambda: closing(decision), every=every, then=whole)
    closing(decision)

    assert killed > 0
    assert Resolution.objects.count() == 1
    assert Action.objects.filter(incident=decision.incident).count() == 1
    assert Decision.objects.get(pk=decision.pk).state == "adopted"


def decided_of_segment(of, segment):
    """An incident of a segment of its own: the same cause again would join the first."""
    place = standing(of.house, of.threshold, series=another_series(of.house, segment=segment))
    return decided(of, standing_id=place.pk, series_id=place.series_id, segment=segment)


@pytest.mark.parametrize("races", [1, pytest.param(500, marks=pytest.mark.full)])
def test_f4_two_final_ballots_of_one_seat_leave_one_however_often(own_database, races):
    of = organised()
    with side_by_side(2) as at_once:
        for number in range(races):
            seat = number % len(of.members)
            if seat == 0:
                decision = convened(of, decided_of_segment(of, f"region={number}"))
            lost = at_once(
                lambda one=decision, by=of.members[seat]: vote(one, by, "for", final=True),
                lambda one=decision, by=of.members[seat]: vote(one, by, "against", final=True),
            )
            assert [getattr(error, "code", error) for error in lost] == ["final_ballot_cast"]

    assert Ballot.objects.filter(final=True).count() == races
