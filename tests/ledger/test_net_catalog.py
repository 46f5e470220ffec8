"""What the net watches, table by table, and what each role may: read from the catalog."""

import re
from pathlib import Path

import psycopg
import pytest
from django.db import ProgrammingError, connection

from config import embedded

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "ledger" / "net.md"
ROLE = embedded.APPLICATION
NAMED = re.compile(r"`([a-z_0-9…]+)`")
LETTERS = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}
# Functions of the owner that the application role may call; they check what they are asked.
DEFINERS = {
    "countersign_reconcile", "countersign_erase_printed", "telemetry_make_partition",
    "telemetry_drop_partition", "telemetry_settle_partition",
}  # fmt: skip


def rows(statement, arguments=()):
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(arguments) or None)
        return cursor.fetchall()


def tables():
    """Return every table of ours but histories and partitions."""
    found = rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition"
    )
    return {name for (name,) in found if not re.search("_historical", name)}


def triggers(pattern):
    """Return {table: whether it fires always} of the triggers whose names end so."""
    found = rows(
        "SELECT c.relname, t.tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgname LIKE %s AND NOT t.tgisinternal",
        [f"%{pattern}"],
    )
    return {table: enabled == "A" for table, enabled in found}


def written(heading):
    """Return the tables that a table of the document names, each with what stands beside them."""
    part = DOCUMENT.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line.split("|")[1:3] for line in part.splitlines() if line.startswith("| `")]
    return {name: said.strip() for names, said in lines for name in NAMED.findall(names)
            if "…" not in name}  # fmt: skip


def rights():
    """Return {table: the application role's rights}."""
    found = rows(
        "SELECT c.relname, p.privilege FROM pg_class c, unnest(%s::text[]) AS p(privilege)"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND has_table_privilege(%s, c.oid, p.privilege)",
        [sorted(LETTERS), ROLE],
    )
    held = {}
    for table, privilege in found:
        held.setdefault(table, set()).add(privilege)
    return held


@pytest.mark.django_db
def test_every_table_is_watched_or_has_a_reason_not_to_be():
    watched, reasons = written("What is watched"), written("What is not, and why")

    assert set(watched) | set(reasons) == tables()
    assert not set(watched) & set(reasons)


@pytest.mark.django_db
def test_the_document_names_what_the_database_watches():
    assert set(written("What is watched")) == set(triggers("_net")) == set(triggers("_net_update"))


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["_net", "_net_update", "_no_truncate", "_append_only"])
def test_the_triggers_fire_for_the_replica_role_too(ending):
    found = triggers(ending)

    assert found
    assert all(found.values())


@pytest.mark.django_db
def test_the_document_names_every_column_that_is_not_noted():
    found = rows(
        "SELECT c.relname, pg_get_triggerdef(t.oid) FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname LIKE '%%_net_update'"
    )
    ignored = {
        table: set(re.findall(r"'\{([a-z_,]+)\}'", definition)[0].split(","))
        for table, definition in found
        if "'{" in definition
    }

    told = {
        table: set(NAMED.findall(said))
        for table, said in written("What is watched").items()
        if said and not said.startswith("inserts")
    }
    assert ignored == told


@pytest.mark.django_db
def test_truncate_is_refused_on_every_watched_table_and_every_partition():
    partitions = {name for (name,) in rows("SELECT relname FROM pg_class WHERE relispartition"
                                           " AND relkind = 'r'")}  # fmt: skip

    assert len(partitions) >= 16
    assert partitions | set(written("What is watched")) <= set(triggers("_no_truncate"))


@pytest.mark.django_db
def test_the_application_role_owns_nothing_and_makes_nothing():
    owned = rows("SELECT count(*) FROM pg_class WHERE relowner = %s::regrole", [ROLE])
    creates = rows(
        "SELECT has_schema_privilege(%s, 'public', 'CREATE'), rolsuper, rolcreaterole,"
        " rolbypassrls, rolreplication, rolcreatedb FROM pg_roles WHERE rolname = %s",
        [ROLE, ROLE],
    )

    assert owned == [(0,)]
    assert creates == [(False, False, False, False, False, False)]


@pytest.mark.django_db
def test_the_application_role_is_a_member_of_no_role():
    assert rows("SELECT 1 FROM pg_auth_members WHERE member = %s::regrole", [ROLE]) == []


@pytest.mark.django_db
def test_no_table_may_be_truncated_or_get_triggers_from_the_application_role():
    strong = {"TRUNCATE", "REFERENCES", "TRIGGER"}

    assert {table for table, held in rights().items() if held & strong} == set()


@pytest.mark.django_db
def test_append_only_tables_may_be_read_and_added_to():
    appended = set(triggers("_append_only")) - {"ledger_rowchange", "ledger_unmatchedchange"}
    held = rights()

    assert {table: held[table] for table in appended if held[table] - {"SELECT", "INSERT"}} == {}


@pytest.mark.django_db
def test_from_watched_tables_nothing_may_be_deleted():
    held = rights()

    assert {table for table in written("What is watched") if "DELETE" in held[table]} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["ledger_rowchange", "ledger_unmatchedchange"])
def test_what_the_net_caught_may_only_be_read(table):
    assert rights()[table] == {"SELECT"}


@pytest.mark.django_db
def test_functions_of_the_owner_have_a_pinned_path_and_named_callers():
    found = rows(
        "SELECT proname, proconfig, has_function_privilege(%s, oid, 'EXECUTE') FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prosecdef",
        [ROLE],
    )

    unpinned = [name for name, config, _ in found if not _is_pinned(config)]
    assert unpinned == []
    assert {name for name, _, may in found if may} == DEFINERS


def _is_pinned(config):
    paths = [one for one in config or [] if one.startswith("search_path=")]
    return bool(paths) and paths[0].endswith("pg_temp")


@pytest.mark.bypass
def test_the_owner_empties_no_partition(own_database):
    owner = own_database.replace(embedded.APPLICATION, embedded.OWNER)

    with psycopg.connect(owner, autocommit=True) as direct:
        names = direct.execute(
            "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"
        ).fetchall()
        for (name,) in names:
            with pytest.raises(psycopg.errors.CheckViolation):
                direct.execute(f"TRUNCATE {name}")


@pytest.mark.bypass
def test_a_new_month_is_born_guarded(own_database):
    with connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_make_partition('telemetry_measurement', '2040-05-01')")
        with pytest.raises(ProgrammingError, match="permission denied"):
            cursor.execute("DELETE FROM telemetry_measurement_204005")

    owner = own_database.replace(embedded.APPLICATION, embedded.OWNER)
    with (
        psycopg.connect(owner, autocommit=True) as direct,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        direct.execute("TRUNCATE telemetry_measurement_204005")
