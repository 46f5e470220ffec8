"""Every way round the services is refused, or found by its row change and answered by a case."""

import datetime as dt

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import QuerySet

from config import embedded
from governance.models import IntegrityCause
from governance.services.integrity import open_integrity_cases
from incidents.models import Incident, Participation
from ledger.context import acting_as
from ledger.governed import BypassRefused
from ledger.models import Entry, RowChange, UnmatchedChange
from ledger.services.reconciliation import reconcile
from outbox.services.sweeps import sweep
from registry.models import Unit, User
from registry.services import record_leave
from tests.incidents.factory import SETUP, house, opened, person, version
from tests.registry import factories

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.bypass


def as_owner(url):
    """Connect as the owner of the tables."""
    return psycopg.connect(url.replace(embedded.APPLICATION, embedded.OWNER), autocommit=True)


def as_superuser(server, url):
    """Connect as the server's superuser."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    return psycopg.connect(server.admin, dbname=name, autocommit=True)


def by_statement(url, statement, arguments=()):
    """Execute a statement as the application role, past every model."""
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)


def by_owner(url, statement, arguments=()):
    """Execute a statement as the owner, as with psql."""
    with as_owner(url) as direct:
        direct.execute(statement, arguments)


def unmatched():
    """Return what was found, in words."""
    rows = UnmatchedChange.objects.order_by("id")
    return [(row.tab, row.op, row.role) for row in rows]


@pytest.mark.parametrize(
    "bypass",
    [
        lambda units: units.update(name="x"),
        lambda units: units.delete(),
        lambda units: units._raw_delete("default"),
        lambda units: units.bulk_create([Unit(name="x")]),
        lambda units: units.bulk_update(list(units), ["name"]),
        lambda units: units.first().delete(),
        lambda units: units.first().save_base(raw=True),
        lambda units: Unit._base_manager.filter().update(name="x"),
        lambda units: User.objects.filter().update(is_superuser=True),
        lambda units: units.first().people.add(User.objects.first()),
        lambda units: units.first().people.clear(),
        lambda units: units.first().people.remove(units.first().people.first()),
        lambda units: units.first().people.set([]),
        lambda units: Participation.objects.all().delete(),
    ],
)
def test_a_queryset_passes_no_service(db, bypass):
    opened(house())

    with acting_as(SETUP), pytest.raises(BypassRefused):
        bypass(Unit.objects.all())


@pytest.mark.parametrize("name", ["aupdate", "adelete", "abulk_create", "abulk_update"])
def test_the_asynchronous_twins_call_the_refused_ones(name):
    assert getattr(type(Unit.objects.all()), name) is getattr(QuerySet, name)


@pytest.mark.parametrize("by", [by_statement, pytest.param(by_owner, marks=pytest.mark.full)])
@pytest.mark.parametrize(
    ("statement", "operation"),
    [
        pytest.param(
            "UPDATE registry_user SET is_superuser = true WHERE name LIKE 'Owner%%'", "U",
            marks=pytest.mark.full),
        pytest.param(
            "INSERT INTO registry_user_groups (user_id, group_id) SELECT u.id, g.id"
            " FROM registry_user u, auth_group g LIMIT 1", "I", marks=pytest.mark.full),
        pytest.param(
            "UPDATE registry_system SET purpose = 'another'", "U", marks=pytest.mark.full),
        ("UPDATE incidents_incident SET severity = 'minor'", "U"),
        pytest.param(
            "UPDATE registry_servicetoken SET expiry = NULL", "U", marks=pytest.mark.full),
    ],
)  # fmt: skip
def test_raw_sql_is_found_and_a_case_opened(own_database, by, statement, operation):
    of = house()
    opened(of)
    arranged(of)
    reconcile(AT)

    by(own_database, statement)
    sweep(at=AT)

    role = embedded.OWNER if by is by_owner else embedded.APPLICATION
    assert [(row[1], row[2]) for row in unmatched()] == [(operation, role)]
    case = Incident.objects.get(kind="integrity")
    assert case.owner in (of.compliance, of.verifier)
    assert role in case.summary
    assert IntegrityCause.objects.get().incident == case


def arranged(of):
    """Make what the statements change: a group and a token, each told."""
    Group.objects.create(name="x")
    factories.token(systems=[of.system])


def test_rows_copied_into_a_table_are_found(own_database):
    of = house()
    reconcile(AT)

    with as_owner(own_database) as direct, direct.cursor() as cursor:
        columns = "id, name, calendar_id"
        with cursor.copy(f"COPY registry_unit ({columns}) FROM STDIN") as copy:
            row = ("11111111-1111-4111-8111-111111111111", "smuggled", of.unit.calendar_id)
            copy.write_row(row)
    found = reconcile(AT)

    assert (found.unmatched, unmatched()) == (1, [("registry_unit", "I", embedded.OWNER)])


def test_a_deleted_row_is_found_where_the_owner_deletes(own_database):
    opened(house())
    reconcile(AT)

    by_owner(
        own_database,
        "INSERT INTO registry_leave (id, from_at, until_at, user_id)"
        " SELECT gen_random_uuid(), now(), now() + interval '1 day', id FROM registry_user LIMIT 1",
    )
    by_owner(own_database, "DELETE FROM registry_leave")
    reconcile(AT)

    assert [row[:2] for row in unmatched()] == [("registry_leave", "I"), ("registry_leave", "D")]


def test_the_replica_role_does_not_pass_the_net(own_database, server):
    opened(house())
    reconcile(AT)

    with as_superuser(server, own_database) as direct:
        direct.execute("SET session_replication_role = replica")
        direct.execute("UPDATE registry_system SET purpose = 'another'")
        with pytest.raises(psycopg.errors.CheckViolation):
            direct.execute("DELETE FROM incidents_transition")
    reconcile(AT)

    assert [row[:2] for row in unmatched()] == [("registry_system", "U")]


@pytest.mark.full
def test_a_temporary_table_does_not_catch_what_the_trigger_writes(own_database):
    house()
    reconcile(AT)

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE ledger_rowchange (LIKE public.ledger_rowchange)")
        cursor.execute("UPDATE registry_system SET purpose = 'another'")
        cursor.execute("DROP TABLE pg_temp.ledger_rowchange")
    reconcile(AT)

    assert [row[:2] for row in unmatched()] == [("registry_system", "U")]


@pytest.mark.full
def test_an_entry_of_another_transaction_does_not_cover_a_change(own_database):
    of = house()
    reconcile(AT)

    by_statement(own_database, "UPDATE registry_system SET purpose = 'another'")
    with acting_as(SETUP):
        version(of.system, "3.0", of.author, of.deputy)
    reconcile(AT)

    assert [row[:2] for row in unmatched()] == [("registry_system", "U")]


@pytest.mark.full
def test_a_change_beside_an_honest_one_in_the_same_transaction_is_found(own_database):
    of = house()
    reconcile(AT)

    with transaction.atomic(), acting_as(SETUP):
        record_leave(user_id=of.owner.pk, from_at=AT, until_at=AT + dt.timedelta(days=1),
                     actor=SETUP, at=AT)  # fmt: skip
        by_statement(own_database, "UPDATE registry_system SET purpose = 'another'")
    reconcile(AT)

    assert [row[:2] for row in unmatched()] == [("registry_system", "U")]


@pytest.mark.full
def test_what_was_rolled_back_leaves_nothing(own_database):
    house()
    reconcile(AT)

    with pytest.raises(RuntimeError), transaction.atomic():
        by_statement(own_database, "UPDATE registry_system SET purpose = 'another'")
        raise RuntimeError
    reconcile(AT)

    assert unmatched() == []
    assert not RowChange.objects.exists()


@pytest.mark.full
def test_what_is_still_running_waits(own_database):
    house()
    reconcile(AT)

    with as_owner(own_database) as direct, direct.transaction():
        direct.execute("UPDATE registry_system SET purpose = 'another'")
        early = reconcile(AT)
    late = reconcile(AT)

    assert (early.unmatched, late.unmatched) == (0, 1)


@pytest.mark.full
def test_a_found_change_is_an_entry_of_the_ledger(own_database):
    house()
    reconcile(AT)

    by_statement(own_database, "UPDATE registry_system SET purpose = 'another'")
    reconcile(AT)

    entry = Entry.objects.get(verb="ledger.changes_unmatched")
    assert b'"tables":{"registry_system":1}' in bytes(entry.body)
    assert entry.actor_name == "reconciler"


@pytest.mark.full
def test_a_finding_is_a_case_once(own_database):
    house()
    reconcile(AT)
    by_statement(own_database, "UPDATE registry_system SET purpose = 'another'")

    for _ in range(3):
        sweep(at=AT)

    assert Incident.objects.filter(kind="integrity").count() == 1


@pytest.mark.full
def test_many_transactions_at_once_are_one_case(own_database):
    house()
    reconcile(AT)

    for number in range(5):
        by_owner(own_database, "UPDATE registry_system SET purpose = %s", [str(number)])
    sweep(at=AT)

    case = Incident.objects.get(kind="integrity")
    assert case.integrity_causes.count() == 5
    assert "4 further findings" in case.title


@pytest.mark.full
def test_without_anybody_but_administrators_nothing_is_opened_and_nothing_lost(own_database):
    unit = Unit.objects.first()
    assert unit is None
    alone = person(name="Admin")
    reconcile(AT)
    by_statement(own_database, "UPDATE registry_user SET name = 'X'")
    reconcile(AT)

    assert open_integrity_cases(AT) == 0
    assert Incident.objects.count() == 0
    assert UnmatchedChange.objects.get().pk_text == str(alone.pk)


@pytest.mark.full
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger_rowchange (tab, pk_text, op, txid, role, at)"
        " VALUES ('x', 'x', 'I', pg_current_xact_id(), 'x', now())",
        "UPDATE ledger_rowchange SET tab = 'x'",
        "DELETE FROM ledger_rowchange",
        "TRUNCATE ledger_rowchange",
        "INSERT INTO ledger_unmatchedchange (tab, pk_text, op, txid, role, at, found_at)"
        " VALUES ('x', 'x', 'I', pg_current_xact_id(), 'x', now(), now())",
        "DELETE FROM ledger_unmatchedchange",
        "DELETE FROM registry_system",
        "TRUNCATE registry_system CASCADE",
        "ALTER TABLE registry_system DISABLE TRIGGER USER",
        "CREATE TRIGGER mine AFTER INSERT ON pg_temp.mine FOR EACH ROW"
        " EXECUTE FUNCTION countersign_note_change('id', 'False')",
    ],
)
def test_the_application_role_cannot_touch_the_net(own_database, statement):
    house()
    by_statement(own_database, "CREATE TEMP TABLE mine (id int)")

    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        by_statement(own_database, statement)


@pytest.mark.full
def test_the_owner_does_not_delete_the_trace_of_a_change(own_database):
    house()
    reconcile(AT)
    by_owner(own_database, "UPDATE registry_system SET purpose = 'another'")

    with pytest.raises(psycopg.errors.CheckViolation, match="no entry tells of"):
        by_owner(own_database, "DELETE FROM ledger_rowchange")
    with pytest.raises(psycopg.errors.CheckViolation):
        by_owner(own_database, "UPDATE ledger_rowchange SET tab = 'x'")

    assert reconcile(AT).unmatched == 1


@pytest.mark.full
def test_a_transition_whose_entry_it_names_is_settled(own_database):
    opened(house())

    assert reconcile(AT).unmatched == 0
    assert Incident.objects.count() == 1


@pytest.mark.full
def test_a_state_moved_by_hand_is_refused_at_the_commit(own_database):
    opened(house())

    with pytest.raises((IntegrityError, psycopg.errors.CheckViolation), match="newest transition"):
        by_owner(own_database, "UPDATE incidents_incident SET state = 'CLOSED'")
