"""Timers fire once, in order, after the change that armed them; a failing one stops nobody."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection, transaction

from outbox import clock, timer_kinds
from outbox.models import Timer
from outbox.services.sweeps import SweepReport, fire_timers, sweep
from outbox.services.timers import arm_timer, cancel_timers

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
FIRED: list[str] = []


def _fire(*, timer, at):
    if timer.payload.get("fails"):
        raise RuntimeError("planted")
    FIRED.append(timer.key)
    if timer.payload.get("arms"):
        arm(key=timer.payload["arms"], due_at=timer.due_at + dt.timedelta(seconds=1))


@pytest.fixture(autouse=True)
def _kind():
    FIRED.clear()
    timer_kinds.register("test.kind", lock=timer_kinds.lock_nothing, fire=_fire)


def arm(*, key="a", due_at=AT, subject_id=None, **payload):
    return arm_timer(
        kind="test.kind",
        key=key,
        subject_id=subject_id or uuid.uuid4(),
        due_at=due_at,
        payload=payload,
        inputs={"why": "test"},
        at=AT,
    )


def fire(at=AT):
    report = SweepReport()
    fire_timers(at=at, batch=50, report=report)
    return report


@pytest.mark.django_db
def test_a_due_timer_fires_once_however_often_the_sweep_runs():
    timer = arm()

    fire(), fire()

    timer.refresh_from_db()
    assert FIRED == ["a"]
    assert (timer.state, timer.fired_at) == ("fired", AT)


@pytest.mark.django_db
def test_a_timer_armed_400_days_ahead_fires_when_its_instant_comes():
    arm(due_at=AT + dt.timedelta(days=400))

    before, after = fire().fired, fire(AT + dt.timedelta(days=400)).fired

    assert (before, after) == (0, 1)


@pytest.mark.django_db
def test_arming_twice_under_one_key_is_one_timer():
    first, second = arm(key="same"), arm(key="same", due_at=AT + dt.timedelta(days=1))

    assert first.pk == second.pk
    assert Timer.objects.count() == 1


@pytest.mark.django_db
def test_what_a_firing_arms_and_is_due_fires_in_the_same_sweep_in_order():
    arm(key="first", due_at=AT - dt.timedelta(hours=1), arms="second")

    fire()

    assert FIRED == ["first", "second"]


@pytest.mark.django_db
def test_a_failing_timer_is_put_off_with_its_error_and_the_others_fire():
    bad = arm(key="bad", fails=True, due_at=AT - dt.timedelta(minutes=5))
    arm(key="good")

    report = fire()

    bad.refresh_from_db()
    assert (report.fired, report.failed) == (1, 1)
    assert (bad.state, bad.attempts) == ("armed", 1)
    assert "planted" in bad.last_error
    assert bad.next_try_at > AT


@pytest.mark.django_db
def test_a_cancelled_timer_says_why_and_never_fires():
    subject = uuid.uuid4()
    timer = arm(subject_id=subject)

    cancel_timers(subject_id=subject, reason="left the stage", at=AT)
    fire()

    timer.refresh_from_db()
    assert (timer.state, timer.cancelled_reason) == ("cancelled", "left the stage")
    assert FIRED == []


@pytest.mark.django_db
def test_a_job_that_fails_does_not_stop_the_sweep(monkeypatch):
    def broken(at):
        raise RuntimeError("planted")

    monkeypatch.setattr("outbox.sweep_jobs.registered", lambda: {"broken": broken})
    arm()

    report = sweep(at=AT)

    assert (report.fired, report.jobs["broken"]) == (1, -1)


def test_eight_sweeps_at_once_fire_each_of_100_timers_once(own_database):
    for number in range(100):
        arm(key=f"t{number}")

    def run():
        try:
            fire()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sorted(FIRED) == sorted(f"t{number}" for number in range(100))


def test_a_timer_rolls_back_with_the_change_that_armed_it(own_database):
    with pytest.raises(RuntimeError), transaction.atomic():
        arm()
        raise RuntimeError

    assert Timer.objects.count() == 0


@pytest.mark.django_db
def test_the_clock_is_the_databases_and_moves_only_under_test():
    before = clock.now()
    clock.shift(dt.timedelta(days=3))
    moved = clock.now()
    clock.shift(dt.timedelta(0))

    assert before.tzinfo is not None
    assert dt.timedelta(days=3) <= moved - before < dt.timedelta(days=3, seconds=30)
