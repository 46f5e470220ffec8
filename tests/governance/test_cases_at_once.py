"""Escalation and cases under concurrency: real commits, several sweeps, many readings at once."""

import datetime as dt
import threading

from django.db import connection

from governance.models import BreachCause, EscalationFiring, Watch
from governance.services.cases import open_or_join
from incidents.models import Incident
from outbox.models import Message, Timer
from outbox.services.sweeps import sweep
from tests.governance.organisation import (
    AT,
    another_series,
    breach,
    organised,
    read,
    standing,
)

DAY = dt.timedelta(days=1)


def at_once(calls):
    """Run calls on threads that start together; return what went wrong."""
    start = threading.Barrier(len(calls))
    wrong = []

    def run(call):
        start.wait()
        try:
            call()
        except Exception as error:  # noqa: BLE001  whatever a caller would meet
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_f25_forty_breaches_of_one_cause_at_once_are_one_incident(own_database):
    of = organised()
    places = [
        standing(of.house, of.threshold, series=another_series(of.house, days=days))
        for days in range(2, 42)
    ]

    wrong = at_once(
        [
            lambda place=place: open_or_join(
                breaches=[breach(of, standing_id=place.pk, series_id=place.series_id)], at=AT
            )
            for place in places
        ]
    )

    assert wrong == []
    assert Incident.objects.count() == 1
    assert BreachCause.objects.count() == 40


def test_warnings_of_one_cause_at_once_are_one_watch(own_database):
    of = organised()

    wrong = at_once([lambda: read(of, to_state="WARNING")] * 8)

    assert wrong == []
    assert Watch.objects.count() == 1


def test_f3_two_sweeps_at_once_fire_each_step_once(own_database):
    of = organised()
    for number in range(6):
        place = standing(
            of.house, of.threshold, series=another_series(of.house, segment=f"region={number}")
        )
        read(of, standing_id=place.pk, series_id=place.series_id, segment=f"region={number}")

    wrong = at_once([lambda: sweep(at=AT), lambda: sweep(at=AT)])
    sweep(at=AT)

    assert wrong == []
    assert EscalationFiring.objects.filter(repeat=0, level=0).count() == 6
    assert Message.objects.filter(key__startswith="step:").count() == 6


def test_a_watch_that_falls_due_during_a_worse_reading_becomes_one_incident(own_database):
    of = organised()
    read(of, to_state="WARNING")

    wrong = at_once(
        [
            lambda: sweep(at=AT + 7 * DAY),
            lambda: read(of, to_state="CRITICAL", at=AT + 7 * DAY),
        ]
    )
    sweep(at=AT + 8 * DAY)

    assert wrong == []
    assert Incident.objects.count() == 1
    assert not Timer.objects.filter(kind="watch.due", state="armed").exists()
