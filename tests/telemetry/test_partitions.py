"""Months are made ahead, once, and the record says so."""

import datetime as dt

import pytest
from django.db import ProgrammingError, connection

from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.actors import machine
from registry.rules.retention import Cover
from telemetry.models import DecisionEvent, EventLabel, Heartbeat
from telemetry.services.heartbeats import record_heartbeat
from telemetry.services.partitions import make_partitions
from telemetry.services.retention import drop_events
from tests.incidents.factory import house
from tests.telemetry.factory import event, label, measured, take_events, take_labels

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


def make_month(month):
    """Make the partitions of a month long past."""
    with connection.cursor() as cursor:
        for parent in ("telemetry_decision_event", "telemetry_event_label"):
            cursor.execute(
                "SELECT telemetry_make_partition(%s, %s)",
                [parent, dt.date.fromisoformat(f"{month}-01")],
            )
