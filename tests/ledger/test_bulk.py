"""Set-wise writes pass one helper, which tells of every row that the net saw changing."""

import datetime as dt

import orjson
import pytest
from django.db import connection, transaction

from ledger.context import acting_as
from ledger.governed import BypassRefused
from ledger.models import Entry
from ledger.services import bulk
from ledger.services.bulk import audited_bulk
from ledger.services.migrations import recorded_migration
from ledger.services.reconciliation import reconcile
from registry.models import Unit, WorkCalendar
from tests.registry import factories as registry

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
SETUP = registry.SETUP


@pytest.fixture
def calendars(own_database):
    """Three calendars."""
    return [registry.calendar() for _ in range(3)]


def together(reason="a new zone for everybody"):
    """Open the audited block."""
    return audited_bulk(reason=reason, actor=SETUP, at=AT)


def told(verb="records.changed_together"):
    """Return the entries of a verb with their bodies."""
    rows = Entry.objects.filter(verb=verb).order_by("id")
    return [(row, orjson.loads(bytes(row.body))) for row in rows]


def test_an_update_is_told_row_by_row_with_its_reason(calendars):
    with acting_as(SETUP), together():
        WorkCalendar.objects.update(zone="Europe/Lisbon")

    ((entry, body),) = told()
    assert sorted(entry.touched) == sorted(f"registry_workcalendar:{one.pk}" for one in calendars)
    assert body["reason"] == "a new zone for everybody"
    assert body["details"]["rows"] == {"registry_workcalendar": 3}
    assert reconcile(AT).unmatched == 0


def test_raw_sql_in_the_block_is_told_too(calendars):
    with acting_as(SETUP), together(), connection.cursor() as cursor:
        cursor.execute("UPDATE registry_workcalendar SET zone = 'UTC'")

    assert len(told()[0][0].touched) == 3
    assert reconcile(AT).unmatched == 0


@pytest.mark.full
def test_a_block_that_changes_nothing_writes_nothing(calendars):
    with acting_as(SETUP), together():
        WorkCalendar.objects.filter(name="none").update(zone="UTC")

    assert told() == []


@pytest.mark.full
def test_a_block_that_fails_leaves_neither_rows_nor_entry(calendars):
    with acting_as(SETUP), pytest.raises(RuntimeError), together():
        WorkCalendar.objects.update(zone="UTC")
        raise RuntimeError

    assert told() == []
    assert not WorkCalendar.objects.filter(zone="UTC").exists()


@pytest.mark.full
def test_many_rows_are_several_entries(calendars, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)

    with acting_as(SETUP), together():
        WorkCalendar.objects.update(zone="UTC")

    assert [len(entry.touched) for entry, _ in told()] == [2, 1]
    assert reconcile(AT).unmatched == 0


@pytest.mark.full
def test_after_the_block_the_models_refuse_again(calendars):
    with acting_as(SETUP), together():
        WorkCalendar.objects.update(zone="UTC")

    with acting_as(SETUP), pytest.raises(BypassRefused):
        WorkCalendar.objects.update(zone="Europe/Berlin")


@pytest.mark.full
def test_what_was_saved_before_the_block_is_not_the_blocks(calendars):
    with acting_as(SETUP), transaction.atomic():
        registry.unit(hours=calendars[0])
        with together():
            WorkCalendar.objects.update(zone="UTC")

    ((entry, _),) = told()
    assert {key.partition(":")[0] for key in entry.touched} == {"registry_workcalendar"}


@pytest.mark.full
def test_a_recorded_migration_acts_as_a_named_command_and_tells_what_it_changed(calendars):
    def change(apps, editor):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE registry_workcalendar SET zone = 'UTC'")

    operation = recorded_migration("registry 0042", "zones are UTC now", change)
    with connection.schema_editor() as editor:
        operation.code(None, editor)

    ((entry, body),) = told("records.migrated")
    assert len(entry.touched) == 3
    assert body["who"]["kind"] == "command"
    assert body["who"]["name"] == "migration registry 0042"
    assert reconcile(AT).unmatched == 0


@pytest.mark.full
def test_a_recorded_migration_of_nothing_is_silent(own_database):
    operation = recorded_migration("registry 0042", "nothing to do", lambda apps, editor: None)

    with connection.schema_editor() as editor:
        operation.code(None, editor)

    assert Unit.objects.count() == 0
    assert told("records.migrated") == []


@pytest.mark.full
def test_a_recorded_migration_wants_a_reason():
    with pytest.raises(ValueError, match="reason"):
        recorded_migration("registry 0042", " ", lambda apps, editor: None)
