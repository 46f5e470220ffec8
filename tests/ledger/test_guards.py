"""What the database itself refuses: UPDATE, DELETE and TRUNCATE of evidence, by any role.

The application role has no right to it; the tables' owner and a superuser meet the trigger, also
in the role of a replica.
"""

import os

import psycopg
import pytest

from tests.conftest import url_of

EVIDENCE = (
    "ledger_entry", "ledger_leaf", "ledger_node", "ledger_checkpoint", "ledger_signingkey",
    "ledger_anchor", "ledger_epoch", "ledger_erasure", "ledger_unmatchedchange",
)  # fmt: skip
CHANGES = {
    "UPDATE": "UPDATE {} SET {}",
    "DELETE": "DELETE FROM {}",
    "TRUNCATE": "TRUNCATE {} CASCADE",
}
COLUMN = {
    "ledger_signingkey": "origin = 'x'",
    "ledger_erasure": "subject = 'x'",
    "ledger_leaf": "stream = 'x'",
}


ROWS = """
INSERT INTO ledger_entry (body, verb, object_type, object_id, object_label, actor_kind, actor_id,
  actor_name, at, touched)
VALUES ('{}', 'v', 't', '1', '', 'system', 'a', 'a', now(), '{}');
INSERT INTO ledger_leaf (seq, stream, stream_seq, sealed_at, hash, entry_id)
SELECT 0, 'organisation', 0, now(), '', id FROM ledger_entry;
INSERT INTO ledger_checkpoint (origin, size, root, note, frontier, sealed_at)
VALUES ('o', 1, '', '', '', now());
INSERT INTO ledger_signingkey (key_id, origin, vkey, from_size, since)
VALUES ('k', 'o', 'v', 0, now());
INSERT INTO ledger_node (level, index, hash) VALUES (9, 0, '');
INSERT INTO ledger_anchor (checkpoint_id, authority, token, gen_time, received_at)
SELECT id, 'x', '', now(), now() FROM ledger_checkpoint;
INSERT INTO ledger_epoch (up_to, at, reason, entry_id) VALUES (0, now(), '', 0);
INSERT INTO ledger_erasure (subject, at, entry_id) VALUES ('y', now(), 0);
INSERT INTO ledger_unmatchedchange (tab, pk_text, op, txid, role, at, found_at)
VALUES ('t', '1', 'U', pg_current_xact_id(), 'r', now(), now());
"""
ATTEMPTS = [
    pytest.param(statement.format(table, COLUMN.get(table, "id = id")), id=f"{kind} {table}")
    for table in EVIDENCE
    for kind, statement in CHANGES.items()
]


@pytest.fixture(scope="module")
def standing(server, template):
    """A database with rows in every table of the evidence, for attempts that must all fail."""
    name = f"tampered_{os.getpid()}_{template[-8:]}"
    with psycopg.connect(server.admin, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER countersign_owner")
    with psycopg.connect(url_of(server.owner, name)) as owner:
        owner.execute(ROWS)
    yield name
    with psycopg.connect(server.admin, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.mark.parametrize("statement", ATTEMPTS)
def test_the_application_role_has_no_right_to_it(standing, server, statement):
    with (
        psycopg.connect(url_of(server.application, standing)) as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"),
    ):
        session.execute(statement)


@pytest.mark.parametrize("statement", ATTEMPTS)
def test_the_owner_meets_the_trigger(standing, server, statement):
    with (
        psycopg.connect(url_of(server.owner, standing)) as session,
        pytest.raises(psycopg.errors.CheckViolation, match="append-only"),
    ):
        session.execute(statement)


@pytest.mark.parametrize("statement", ATTEMPTS)
def test_a_superuser_in_the_role_of_a_replica_meets_it_too(standing, server, statement):
    with psycopg.connect(url_of(server.admin, standing)) as session:
        session.execute("SET session_replication_role = replica")

        with pytest.raises(psycopg.errors.CheckViolation, match="append-only"):
            session.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "ALTER TABLE ledger_entry DISABLE TRIGGER USER",
        "DROP TRIGGER ledger_entry_append_only ON ledger_entry",
        "CREATE OR REPLACE FUNCTION countersign_refuse_change() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NEW; END'",
        "GRANT UPDATE ON ledger_entry TO CURRENT_USER",
    ],
)
def test_the_application_role_cannot_take_the_guards_away(standing, server, statement):
    with psycopg.connect(url_of(server.application, standing)) as session:
        session.execute("SET client_min_messages = error")
        before = granted(session)
        try:
            session.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            session.rollback()

        assert granted(session) == before == (False, "A")


def granted(session):
    return session.execute(
        "SELECT has_table_privilege('ledger_entry', 'UPDATE'), tgenabled::text FROM pg_trigger"
        " WHERE tgname = 'ledger_entry_append_only'"
    ).fetchone()
