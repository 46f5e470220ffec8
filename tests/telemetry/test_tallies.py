"""Sums by hour: the same as the events say, whatever came when, how often and in which order.

TEL-2.
"""

import datetime as dt
import random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.actors import machine
from telemetry.models import Measurement, Tally, TallyScope
from telemetry.rules.tallies import EARLIEST, LAYOUT, MEASURES
from telemetry.selectors.counts import Bucket, count_events
from telemetry.selectors.tallies import counts_of_windows
from telemetry.services.tallies import differing_hours, extend_tallies, rebuild_tallies
from tests.telemetry.factory import (
    AT,
    DAY,
    START,
    computed,
    event,
    label,
    measured,
    take_events,
    take_labels,
)

HOUR = dt.timedelta(hours=1)
SWEEP = machine("sweep")
MIDNIGHT = START.replace(hour=0)
LABELS = {
    "truth": ["a", "b"],
    "actual": [0.1, -2.0, 0.0],
    "overridden": [True, False],
    "hallucinated": [True, False],
    "outcome": ["success", "partial", "failure"],
    "corrected_seconds": [0.1, 90.0],
}


def tallied(**changes):
    """A system whose sums reach back to its first event."""
    system = measured(stated=None)
    computed(system, "precision", positive="a", attribute="shop", **changes)
    computed(system, "mae")
    take_events([event(system, "first", at=AT)])
    while extend_tallies(AT):
        pass
    return system


def sums():
    """Every tally by environment, attribute, hour and part."""
    rows = Tally.objects.select_related("scope")
    return {
        (row.scope.environment, row.scope.attribute, row.hour, row.part): row.sums for row in rows
    }


numbers = st.sampled_from([None, 0.0, 0.1, 0.2, -1e15, 1e-9, 3.0])
answers = st.sampled_from([None, "a", "b"])
events = st.builds(
    lambda hour, shop, where, told: (
        {
            "at": MIDNIGHT + hour * HOUR,
            "segment": {"shop": shop} if shop else {},
            "environment": where,
        }
        | {name: value for name, value in told.items() if value is not None}
    ),
    st.integers(0, 30),
    st.sampled_from(["", "1", "2"]),
    st.sampled_from(["production", "production", "staging"]),
    st.fixed_dictionaries(
        {
            "answer": answers,
            "truth": answers,
            "predicted": numbers,
            "actual": numbers,
            "spend": numbers,
            "cost": numbers,
            "tool_calls": st.sampled_from(
                [None, [{"tool": "t", "outcome": "ok"}, {"tool": "u", "outcome": "timeout"}]]
            ),
            "approvals": st.sampled_from([None, [{"granted": True}, {"granted": False}, {}]]),
        }
    ),
)
labels = st.tuples(
    st.integers(0, 7), st.sampled_from(sorted(LABELS)), st.integers(0, 5), st.integers(0, 2),
    st.sampled_from(["", "r1"]),
)  # fmt: skip


def label_rows(system, told, found):
    """Labels of the events; the same key says the same."""
    rows = {}
    for number, kind, choice, day, reviewer in found:
        if number < len(told):
            options = LABELS[kind]
            row = label(
                system, number, at=dt.datetime.fromisoformat(told[number]["at"]), kind=kind,
                value=options[choice % len(options)], labelled_at=AT - day * DAY,
                reviewer=reviewer,
            )  # fmt: skip
            rows.setdefault((number, kind, day, reviewer), row)
    return list(rows.values())


def deliver(system, pieces):
    """Send pieces one delivery each: ('event' or 'label', row)."""
    for kind, row in pieces:
        (take_events if kind == "event" else take_labels)([row])


@pytest.mark.django_db
@pytest.mark.parametrize("examples", [2, pytest.param(150, marks=pytest.mark.full)])
def test_any_order_and_duplication_of_events_and_labels_gives_the_sums_the_rows_say(examples):
    system = tallied()

    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.lists(events, min_size=1, max_size=6), st.lists(labels, max_size=8), st.randoms())
    def check(told, found, chance):
        rows = [event(system, number, **one) for number, one in enumerate(told)]
        pieces = [("event", one) for one in rows]
        pieces += [("label", one) for one in label_rows(system, rows, found)]
        with transaction.atomic():
            deliver(system, pieces)
            in_order = sums()
            transaction.set_rollback(True)
        mixed = pieces + random.Random(chance.random()).sample(pieces, len(pieces) // 2)
        chance.shuffle(mixed)
        with transaction.atomic():
            deliver(system, mixed)
            assert sums() == in_order
            assert differing_hours(system_id=system.pk) == 0
            transaction.set_rollback(True)

    check()


@pytest.mark.django_db
def test_windows_from_sums_say_what_windows_from_events_say():
    system = tallied()
    rows = [
        event(system, n, at=MIDNIGHT + n * HOUR / 2, answer="ab"[n % 2], truth="a",
              segment={"shop": str(n % 3)}, predicted=n / 7, actual=n / 3, cost=0.1 * n)
        for n in range(60)
    ]  # fmt: skip
    take_events(rows[1::2])
    take_events(rows)
    take_labels([label(system, n, at=MIDNIGHT + n * HOUR / 2, value="b") for n in range(9)])
    buckets = {
        Bucket("production", seconds, MIDNIGHT + 2 * DAY, "shop", "a")
        for seconds in (3600, 86400, 7 * 86400)
    }

    from_sums = counts_of_windows(system_id=system.pk, buckets=buckets)

    assert from_sums == count_events(system_id=system.pk, buckets=buckets)
    assert sum(one[""].events for one in from_sums.values()) == 12 + 60


@pytest.mark.django_db
def test_sums_begin_with_the_events_to_come_and_reach_back_a_month_a_sweep():
    system = measured(stated=None)
    computed(system)
    take_events([event(system, n, at=AT - n * 20 * DAY) for n in range(5)])
    before = Tally.objects.count()

    steps = []
    while extend_tallies(AT):
        steps.append(TallyScope.objects.get().since)

    assert before == 0
    assert steps == sorted(steps, reverse=True)
    assert steps[-1] == EARLIEST
    assert Tally.objects.count() == 5
    assert differing_hours(system_id=system.pk) == 0


@pytest.mark.django_db
def test_a_rebuild_mends_what_is_wrong_and_is_on_record():
    system = tallied()
    take_events([event(system, n, at=MIDNIGHT + n * HOUR, answer="a") for n in range(4)])
    right = sums()
    Tally.objects.update(sums=[1] * len(MEASURES))
    wrong = differing_hours(system_id=system.pk)

    with acting_as(SWEEP):
        rebuild_tallies(system_ids=[system.pk], actor=SWEEP, at=AT)

    assert wrong == len(right)
    assert sums() == right
    assert Entry.objects.filter(verb="tallies.rebuilt").count() == 1


@pytest.mark.django_db
def test_sums_in_another_order_are_not_read_but_begun_anew():
    system = tallied()
    TallyScope.objects.update(layout="of yesterday")
    bucket = Bucket("production", 86400, MIDNIGHT + DAY, "", "")
    take_events([event(system, 1, at=MIDNIGHT)])

    counted = counts_of_windows(system_id=system.pk, buckets={bucket})

    assert counted[bucket][""].events == 1
    assert set(TallyScope.objects.values_list("layout", flat=True)) == {LAYOUT}
    assert not Tally.objects.filter(hour__lt=AT).exists()


@pytest.mark.django_db
def test_a_late_event_changes_the_figure_that_was_made_from_sums():
    system = tallied()
    rows = [event(system, n, at=MIDNIGHT + n * HOUR, predicted=1.0, actual=0.0) for n in range(12)]
    take_events(rows[:11])

    receipt = take_events([rows[11] | {"actual": 13.0}])

    assert receipt.computed == 1
    found = Measurement.objects.filter(series__kpi_id="mae").order_by("revision")
    assert [(one.revision, one.value, one.n) for one in found] == [(0, 1.0, 11), (1, 23 / 12, 12)]
