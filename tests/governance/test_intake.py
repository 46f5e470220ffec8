"""Several deliveries at once, held readings, and KPIs computed from decision events."""

import datetime as dt
import threading

import pytest
from django.db import connection

from governance.models import Standing
from governance.rules.stated import Stated
from governance.services.intake import judge_ended_windows, release_quarantined
from incidents.models import Incident
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.refusals import Invalid
from outbox.models import Message
from telemetry.models import (
    Batch,
    DecisionEvent,
    Measurement,
    OpenWindow,
    QuarantinedReading,
    Series,
    SeriesState,
)
from telemetry.services.computations import define_computation
from tests.registry.factories import call
from tests.telemetry.factory import (
    AT,
    DAY,
    START,
    catalogue,
    event,
    measured,
    row,
    series_of,
    take,
    take_events,
    threshold,
)

SWEEP = machine("sweep")
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def no_second_try(monkeypatch):
    """A deadlock is shown, not tried again."""
    monkeypatch.setattr("ledger.retries.TRIES", 1)


def in_threads(*calls):
    """Run calls at once on connections of their own; raise what any of them raised."""
    start, failures = threading.Barrier(len(calls)), []

    def run(one):
        try:
            start.wait(5)
            one()
        except Exception as error:  # noqa: BLE001  shown to the test below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,)) for one in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if failures:
        raise failures[0]


def test_two_deliveries_at_once_on_the_same_series_lose_and_double_nothing(
    own_database, no_second_try
):
    system = measured()
    segments = [f"shop={number}" for number in range(20)]
    threshold(system, segment=segments[0])

    def send(days, names):
        for day in days:
            take([row(system, 0.7, day=day, segment=name) for name in names])

    in_threads(
        lambda: send(range(0, 20, 2), segments),
        lambda: send(range(1, 20, 2), segments[::-1]),
        lambda: send(range(20), segments[::-1]),
    )

    assert Measurement.objects.count() == 20 * 20
    assert set(SeriesState.objects.values_list("stored", flat=True)) == {20}
    assert Standing.objects.get().state == "CRITICAL"
    assert Incident.objects.filter(system=system).count() == 1


def test_the_same_rows_at_once_in_opposite_orders_do_not_deadlock(own_database, no_second_try):
    system = measured()
    take([row(system, day=-1, segment=f"shop={shop}") for shop in range(200)])

    for first in range(0, 24, 8):
        rows = [
            row(system, day=first + day, segment=f"shop={shop}")
            for shop in range(200)
            for day in range(8)
        ]
        in_threads(lambda: take(rows), lambda: take(rows[::-1]))  # noqa: B023  runs at once

    assert set(SeriesState.objects.values_list("stored", flat=True)) == {25}


def test_two_senders_that_make_the_same_series_at_once_make_it_once(own_database, no_second_try):
    system = measured(stated=None)

    in_threads(
        *[
            lambda number=number: take(
                [row(system, day=number, segment=f"shop={shop}") for shop in range(30)]
            )
            for number in range(3)
        ]
    )

    assert Series.objects.filter(system=system).count() == 30
    assert Measurement.objects.count() == 90


def test_a_threshold_approved_while_its_series_is_born_judges_it(own_database, no_second_try):
    systems = [measured(stated=None) for _ in range(4)]

    in_threads(
        lambda: [take([row(system, 0.7, day=day) for day in range(2)]) for system in systems],
        lambda: [threshold(system) for system in systems],
    )
    for system in systems:
        take([row(system, 0.7, day=2)])

    assert list(Standing.objects.values_list("state", flat=True)) == ["CRITICAL"] * 4


@pytest.mark.django_db
def test_a_held_reading_is_judged_once_its_window_has_ended():
    system = measured()
    ends = [AT + n * HOUR for n in (1, 2)]
    take([row(system, 0.7, window_end=end.isoformat()) for end in ends])

    with acting_as(SWEEP):
        released = release_quarantined(AT + 3 * HOUR)
        again = release_quarantined(AT + 3 * HOUR)

    assert (released, again) == (2, 0)
    assert Standing.objects.get(series=series_of(system)).state == "CRITICAL"


@pytest.mark.django_db
def test_a_held_reading_is_not_released_before_its_window_has_ended():
    system = measured()
    take([row(system, 0.7, window_end=(AT + 2 * HOUR).isoformat())])

    with acting_as(SWEEP):
        released = release_quarantined(AT + HOUR)

    assert released == 0
    assert Measurement.objects.count() == 0


@pytest.mark.django_db
def test_a_held_reading_expires_after_a_week_with_a_notice_to_the_owner():
    system = measured()
    take([row(system, 0.7, window_end=(AT + 30 * DAY).isoformat())])

    with acting_as(SWEEP):
        release_quarantined(AT + 8 * DAY)
        release_quarantined(AT + 31 * DAY)

    assert QuarantinedReading.objects.get().expired_at == AT + 8 * DAY
    assert Measurement.objects.count() == 0
    assert Message.objects.get(person_id=system.owner_id).address == system.owner.email


@pytest.mark.django_db
def test_nothing_is_kept_of_a_batch_that_is_refused_as_a_whole():
    system = measured()

    with pytest.raises(Invalid):
        take([row(system), row(system, day=1, kpi="no_such")], on_error="refuse_all")

    assert not Measurement.objects.exists()
    assert not Series.objects.exists()
    assert not Batch.objects.filter(kind="measurements").exists()


def computed(system, kpi="accuracy", **changes):
    """Have a KPI computed by the day."""
    arguments = {"system_id": system.pk, "kpi_id": kpi, "window": 86400}
    return call(define_computation, **(arguments | changes))


def decisions(system, count=20, *, right=20, day=0, offset=0, **changes):
    """Decisions of one day, of which the first so many are right."""
    midnight = START.replace(hour=0) + day * DAY
    return [
        event(
            system,
            f"{day}-{offset + number}",
            at=midnight + (offset + number) * dt.timedelta(minutes=1),
            answer="approve",
            truth="approve" if number < right else "refuse",
            **changes,
        )
        for number in range(count)
    ]


def readings(system, **where):
    """(window_end, value, n) of the newest revisions of a computed series, in order."""
    rows = Measurement.objects.filter(series=series_of(system, **where)).order_by(
        "window_end", "-revision"
    )
    newest = {}
    for one in rows:
        newest.setdefault(one.window_end, (one.value, one.n))
    return list(newest.values())


@pytest.mark.django_db
def test_a_window_that_has_ended_is_computed_in_the_request():
    system = measured(stated=None)
    computed(system)

    receipt = take_events(decisions(system, right=15))

    assert receipt.computed == 1
    assert readings(system) == [(0.75, 20)]


@pytest.mark.django_db
def test_a_breach_of_a_computed_kpi_opens_an_incident():
    system = measured()
    computed(system)

    receipt = take_events(decisions(system, right=10) + decisions(system, right=10, day=1))

    assert len(receipt.incidents) == 1


@pytest.mark.django_db
def test_events_sent_again_change_nothing():
    system = measured(stated=None)
    computed(system)
    take_events(decisions(system))

    receipt = take_events(decisions(system))

    assert (receipt.accepted, receipt.repeated, receipt.computed) == (0, 20, 0)
    assert DecisionEvent.objects.count() == 20


@pytest.mark.django_db
def test_an_event_with_other_content_is_refused():
    system = measured(stated=None)
    first = decisions(system, 2)
    take_events(first)

    receipt = take_events([first[0] | {"segment": {"shop": "1"}}, *decisions(system, 1, day=1)])

    assert (receipt.accepted, [one.row for one in receipt.rejected]) == (1, [1])


@pytest.mark.django_db
def test_late_events_make_a_new_revision_only_if_the_figure_changes():
    system = measured(stated=None)
    computed(system)
    take_events(decisions(system))

    take_events(decisions(system, 20, right=0, offset=100))
    take_events([event(system, "unlabelled", at=START.replace(hour=1))])

    assert readings(system) == [(0.5, 40)]
    assert sorted(Measurement.objects.values_list("revision", flat=True)) == [0, 1]


@pytest.mark.django_db
def test_an_open_window_is_computed_by_the_sweep_once_it_has_ended():
    system = measured(stated=None)
    computed(system)
    midnight = AT.replace(hour=0)
    take_events(
        [event(system, n, at=midnight + n * HOUR / 10, answer="a", truth="a") for n in range(20)]
    )

    with acting_as(SWEEP):
        early = judge_ended_windows(AT)
        late = judge_ended_windows(midnight + DAY)

    assert (early, late) == (0, 1)
    assert not OpenWindow.objects.exists()


@pytest.mark.django_db
def test_fewer_than_ten_cases_give_no_reading():
    system = measured(stated=None)
    computed(system)

    receipt = take_events(decisions(system, 9, right=9))

    assert receipt.computed == 0
    assert not Series.objects.filter(system=system).exists()


@pytest.mark.django_db
def test_a_computation_by_attribute_gives_a_series_for_each_value_and_one_for_all():
    system = measured(stated=None)
    computed(system, attribute="shop")

    take_events(
        decisions(system, 10, right=10, segment={"shop": "1"})
        + decisions(system, 10, right=5, offset=10, segment={"shop": "2"})
    )

    assert readings(system) == [(0.75, 20)]
    assert readings(system, segment="shop=1") == [(1.0, 10)]
    assert readings(system, segment="shop=2") == [(0.5, 10)]


@pytest.mark.django_db
def test_a_gap_between_groups_is_computed_with_its_interval_and_opens_a_fairness_incident():
    gap = "demographic_parity_difference"
    bands = Stated(
        direction="above", warning=0.08, critical=0.12, judged_by="lower_bound", fires_k=1,
        fires_n=1, recover_warning=0.04,
    )  # fmt: skip
    system = measured(stated=None)
    threshold(system, stated=bands, kpi=gap, segment="age=young")
    computed(
        system, gap, attribute="age", reference="old", group="young", positive="approve",
        legal_basis="AI Act Art. 10(5)",
    )  # fmt: skip

    receipt = take_events(
        decisions(system, 200, segment={"age": "old"})
        + [
            one | {"answer": "refuse" if n % 2 else "approve"}
            for n, one in enumerate(decisions(system, 200, offset=200, segment={"age": "young"}))
        ]
    )

    one = Measurement.objects.get()
    assert (one.value, one.n) == (0.5, 200)
    assert one.low < 0.5 < one.high
    assert [incident.kind for incident in receipt.incidents] == ["fairness"]


@pytest.mark.django_db
def test_counts_and_shares_of_the_limit_are_computed_over_all_events():
    system = measured(stated=None, kind="agent")
    computed(system, "boundary_violations")
    computed(system, "budget_consumption", limit=100.0)
    computed(system, "decision_volume")
    computed(system, "latency_p95")

    take_events(
        [
            one | {"spend": 10.0, "latency_ms": float(n), "boundary_violation": n == 3}
            for n, one in enumerate(decisions(system, 20))
        ]
    )

    assert readings(system, kpi="boundary_violations") == [(1.0, 20)]
    assert readings(system, kpi="budget_consumption") == [(2.0, 20)]
    assert readings(system, kpi="decision_volume") == [(20.0, 20)]
    assert readings(system, kpi="latency_p95") == [(18.0, 20)]


def test_two_deliveries_of_events_for_one_window_count_all_of_them(own_database, no_second_try):
    catalogue()
    system = measured(stated=None)
    computed(system)

    in_threads(
        *[
            lambda offset=offset: take_events(decisions(system, 50, right=50, offset=offset))
            for offset in (0, 50, 100)
        ]
    )

    assert readings(system) == [(1.0, 150)]
