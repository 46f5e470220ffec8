"""TEL-1, AUD-4: months are made ahead, once, and leave as a whole, those in DEFAULT as well."""

import datetime as dt
import uuid

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.actors import machine
from registry.rules.retention import Cover
from telemetry.models import DecisionEvent, EventLabel, Heartbeat, Measurement
from telemetry.services.heartbeats import record_heartbeat
from telemetry.services.partitions import make_partitions
from telemetry.services.retention import drop_events, drop_months
from tests.incidents.factory import house
from tests.telemetry.factory import (
    catalogue,
    event,
    label,
    measured,
    row,
    take,
    take_events,
    take_labels,
)

READINGS = "telemetry_measurement"
TWO_MONTHS = ((7, 10), (7, 31), (8, 1))
LATER = dt.datetime(2031, 11, 5, 8, 0, tzinfo=dt.UTC)


def partitions():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname ~ '_20(31|32)[0-9]{2}$'")
        return {row[0] for row in cursor.fetchall() if not row[0].endswith("pkey")}


@pytest.mark.django_db
def test_four_months_of_every_table_are_made_across_the_turn_of_the_year():
    made = make_partitions(LATER)

    assert made == 12
    assert {
        "telemetry_measurement_203111", "telemetry_measurement_203202",
        "telemetry_decision_event_203112", "telemetry_decision_event_203201",
    } <= partitions()  # fmt: skip
    assert Entry.objects.filter(verb="partitions.made").count() == 1


@pytest.mark.django_db
def test_a_second_sweep_makes_nothing_and_writes_nothing():
    make_partitions(LATER)

    assert make_partitions(LATER) == 0
    assert Entry.objects.filter(verb="partitions.made").count() == 1


def test_the_application_role_makes_partitions_through_the_function_only(own_database):
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE x PARTITION OF telemetry_measurement FOR VALUES FROM ('2040-01-01') "
            "TO ('2040-02-01')"
        )

    assert make_partitions(LATER) == 12


@pytest.mark.django_db
def test_beats_are_rows_and_the_ledger_tells_of_the_first_after_a_silence():
    system, actor = house().system, machine("gateway")
    with acting_as(actor):
        for minutes in (0, 1, 2, 120):
            record_heartbeat(
                system_id=system.pk, actor=actor, at=LATER + dt.timedelta(minutes=minutes)
            )

    assert Heartbeat.objects.count() == 4
    assert Entry.objects.filter(verb="heartbeat.received").count() == 2


@pytest.mark.django_db
def test_labels_leave_with_the_month_of_their_events_and_not_before():
    system = measured(stated=None)
    months = ["2020-01", "2020-02"]
    for month in months:
        make_month(month)
        at = dt.datetime.fromisoformat(f"{month}-10T00:00:00+00:00")
        take_events([event(system, 1, at=at)])
        take_labels([label(system, 1, at=at)])

    before = dt.datetime(2020, 2, 1, tzinfo=dt.UTC)
    dry = drop_events(before=before, cover=Cover(), dry=True)
    gone = drop_events(before=before, cover=Cover())

    assert (dry.count, dry.names) == (gone.count, gone.names) == (2, ("2020-01",))
    assert EventLabel.objects.get().at.month == DecisionEvent.objects.get().at.month == 2


def in_default(table):
    """How many rows lie in no month of their own."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}_default")
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_readings_of_a_month_without_a_partition_leave_with_their_month():
    system = measured(stated=None)
    long_ago = [dt.datetime(2019, month, day, tzinfo=dt.UTC) for month, day in TWO_MONTHS]
    take([row(system, 0.9, window_end=at.isoformat()) for at in long_ago])
    before = dt.datetime(2019, 8, 1, tzinfo=dt.UTC)

    dry = drop_months(parent=READINGS, before=before, cover=Cover(), dry=True)
    kept = in_default(READINGS)
    gone = drop_months(parent=READINGS, before=before, cover=Cover())

    assert (dry.count, dry.names) == (gone.count, gone.names) == (2, ("2019-07",))
    assert (kept, in_default(READINGS)) == (3, 1)
    assert [one.window_end.month for one in Measurement.objects.all()] == [8]


@pytest.mark.django_db
def test_a_hold_keeps_a_month_that_has_no_partition():
    system = measured(stated=None)
    take([row(system, 0.9, window_end="2019-07-10T00:00:00+00:00")])
    cover = Cover(systems={system.pk: (uuid.uuid4(),)})

    gone = drop_months(parent=READINGS, before=LATER, cover=cover)

    assert (gone.count, Measurement.objects.count()) == (0, 1)
    assert gone.met


@pytest.mark.django_db
@pytest.mark.bypass
def test_what_is_left_in_default_stays_append_only_after_a_month_was_settled():
    system = measured(stated=None)
    ends = [dt.datetime(2019, month, day, tzinfo=dt.UTC) for month, day in TWO_MONTHS]
    take([row(system, 0.9, window_end=at.isoformat()) for at in ends])
    drop_months(parent=READINGS, before=dt.datetime(2019, 8, 1, tzinfo=dt.UTC), cover=Cover())

    for wrong in ("UPDATE {} SET value = 1", "DELETE FROM {}", "TRUNCATE {}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(wrong.format(f"{READINGS}_default"))

    assert in_default(READINGS) == 1


@pytest.mark.django_db
def test_a_month_that_began_while_nothing_ran_gets_its_partition_with_its_rows():
    system = measured(stated=None)
    take_events([event(system, 1, at=LATER)], at=LATER)
    lay = in_default("telemetry_decision_event")

    made = make_partitions(LATER)

    assert (lay, in_default("telemetry_decision_event")) == (1, 0)
    assert made == 12
    assert DecisionEvent.objects.get().at == LATER


def test_the_application_role_settles_a_month_through_the_function_only(own_database):
    catalogue()
    system = measured(stated=None)
    take([row(system, 0.9, window_end="2019-07-10T00:00:00+00:00")])

    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {READINGS} DETACH PARTITION {READINGS}_default")

    gone = drop_months(parent=READINGS, before=LATER, cover=Cover(), among=["2019-07"])
    assert (gone.count, Measurement.objects.count()) == (1, 0)


def make_month(month):
    """Make the partitions of a month long past."""
    with connection.cursor() as cursor:
        for parent in ("telemetry_decision_event", "telemetry_event_label"):
            cursor.execute(
                "SELECT telemetry_make_partition(%s, %s)",
                [parent, dt.date.fromisoformat(f"{month}-01")],
            )
