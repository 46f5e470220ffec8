"""A trigger that was switched off leaves a trace, also where it is on again."""

import datetime as dt

import psycopg
import pytest
from django.db import connection

from config import embedded
from incidents.models import Incident
from ledger.models import Entry, Epoch
from ledger.services.net import look_at_net
from ledger.services.reconciliation import reconcile
from outbox.services.sweeps import sweep
from telemetry.services.partitions import make_partitions
from tests.incidents.factory import house

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
TABLE = "registry_system"
pytestmark = pytest.mark.bypass


def by_owner(url, *statements):
    """Execute statements as the owner of the tables."""
    owner = url.replace(embedded.APPLICATION, embedded.OWNER)
    with psycopg.connect(owner, autocommit=True) as direct:
        for statement in statements:
            direct.execute(statement)


def looks():
    """Return the verbs of the looks so far."""
    rows = Entry.objects.filter(verb__startswith="ledger.net").order_by("id")
    return list(rows.values_list("verb", flat=True))


def test_the_first_look_is_recorded_and_an_equal_one_is_not(own_database):
    assert (look_at_net(AT), look_at_net(AT)) == (0, 0)

    assert looks() == ["ledger.net_recorded"]


@pytest.mark.full
@pytest.mark.parametrize(
    "statements",
    [
        [f"ALTER TABLE {TABLE} DISABLE TRIGGER {TABLE}_net_update"],
        [f"ALTER TABLE {TABLE} DISABLE TRIGGER USER"],
        [f"ALTER TABLE {TABLE} ENABLE REPLICA TRIGGER {TABLE}_net_update"],
        [f"DROP TRIGGER {TABLE}_net_update ON {TABLE}"],
        [f"ALTER TABLE {TABLE} DISABLE TRIGGER {TABLE}_net_update",
         f"UPDATE {TABLE} SET purpose = 'another'",
         f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TABLE}_net_update"],
        ["CREATE OR REPLACE FUNCTION countersign_note_change() RETURNS trigger LANGUAGE plpgsql"
         " AS $$ BEGIN RETURN NULL; END $$"],
        ["ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_append_only"],
    ],
)  # fmt: skip
def test_what_the_owner_does_to_triggers_is_a_severe_case(own_database, statements):
    of = house()
    sweep(at=AT)

    by_owner(own_database, *statements)
    sweep(at=AT)

    case = Incident.objects.get(kind="integrity")
    assert looks() == ["ledger.net_recorded", "ledger.net_changed"]
    assert (case.severity, case.owner) == ("severe", of.compliance)
    assert "under the record changed" in case.title


@pytest.mark.full
def test_what_was_changed_meanwhile_is_not_seen_by_the_triggers(own_database):
    house()
    reconcile(AT)

    by_owner(
        own_database,
        f"ALTER TABLE {TABLE} DISABLE TRIGGER USER",
        f"UPDATE {TABLE} SET purpose = 'another'",
        f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TABLE}_net_update",
    )

    assert reconcile(AT).unmatched == 0


@pytest.mark.full
def test_a_month_made_ahead_is_recorded_and_no_case(own_database):
    house()
    sweep(at=AT)

    make_partitions(AT + dt.timedelta(days=900))
    sweep(at=AT)

    assert looks() == ["ledger.net_recorded", "ledger.net_recorded"]
    assert not Incident.objects.exists()


@pytest.mark.full
def test_what_a_migration_made_anew_is_recorded_and_no_case(own_database):
    look_at_net(AT)

    by_owner(
        own_database,
        "INSERT INTO django_migrations (app, name, applied) VALUES ('ledger', '0999_x', now())",
        f"DROP TRIGGER {TABLE}_no_truncate ON {TABLE}",
    )

    assert look_at_net(AT) == 0
    assert looks() == ["ledger.net_recorded", "ledger.net_recorded"]


@pytest.mark.full
def test_a_migration_covers_no_trigger_that_is_off(own_database):
    look_at_net(AT)

    by_owner(
        own_database,
        "INSERT INTO django_migrations (app, name, applied) VALUES ('ledger', '0999_x', now())",
        f"ALTER TABLE {TABLE} DISABLE TRIGGER {TABLE}_net",
    )

    assert look_at_net(AT) == 1


@pytest.mark.full
def test_after_a_log_was_reopened_triggers_made_anew_are_no_case(own_database):
    look_at_net(AT)
    newest = Entry.objects.latest("id").pk
    Epoch.objects.create(up_to=0, at=AT, reason="restored", entry_id=newest + 1)

    by_owner(
        own_database,
        f"ALTER TABLE {TABLE} DISABLE TRIGGER {TABLE}_net",
        f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TABLE}_net",
    )

    assert look_at_net(AT) == 0


@pytest.mark.full
def test_an_epoch_settles_the_changes_of_another_life(own_database):
    house()
    reconcile(AT)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET purpose = 'another'")
        cursor.execute("SELECT max(id) FROM ledger_rowchange")
        (newest,) = cursor.fetchone()
    Epoch.objects.create(up_to=newest, at=AT, reason="restored", entry_id=1)

    found = reconcile(AT)

    assert (found.settled, found.unmatched) == (1, 0)
