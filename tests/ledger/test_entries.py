"""Entries are written with the change or not at all, and stay as they are."""

import datetime as dt

import orjson
import pytest
import rfc8785
from django.db import ProgrammingError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.models import Entry, Queue
from ledger.rules.actors import machine
from ledger.rules.canonical import canonical
from ledger.services.entries import OutsideTransaction, append_entry

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)


def write(**changes):
    arguments = {
        "verb": "request.refused",
        "actor": machine("evaluator"),
        "at": AT,
        "subject": ("request", "1", "POST /x"),
    }
    return append_entry(**(arguments | changes))


@pytest.mark.django_db
def test_an_entry_keeps_who_what_when_and_waits_for_sealing():
    number = write(reason="because", before={"state": "OPEN"}, after={"state": "CLOSED"})

    entry = Entry.objects.get(pk=number)
    body = orjson.loads(bytes(entry.body))
    assert body["who"] == {
        "kind": "system",
        "id": "evaluator",
        "name": "evaluator",
        "role": "engine",
    }
    assert (body["before"], body["after"]) == ({"state": "OPEN"}, {"state": "CLOSED"})
    assert body["at"] == "2026-11-20T09:00:00+00:00"
    assert Queue.objects.filter(entry_id=number).exists()


@pytest.mark.django_db
def test_a_verb_that_nobody_registered_is_a_defect():
    with pytest.raises(KeyError, match="not registered"):
        write(verb="cat.fed")


def test_an_entry_outside_a_transaction_is_refused(own_database):
    with pytest.raises(OutsideTransaction):
        write()

    assert Entry.objects.count() == 0


def test_an_entry_rolls_back_with_its_change(own_database):
    with pytest.raises(RuntimeError), transaction.atomic():
        write()
        raise RuntimeError

    assert Entry.objects.count() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET verb = 'x'",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
    ],
)
def test_the_application_role_has_no_right_to_rewrite_entries(own_database, statement):
    with transaction.atomic():
        write()

    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_a_float_in_an_entry_is_refused():
    with pytest.raises(TypeError, match="float"):
        write(details={"value": 0.5})


KEYS = st.text(st.characters(codec="ascii"), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_canonical_bytes_agree_with_rfc8785(body):
    assert canonical(body) == rfc8785.dumps(body)


def test_the_owner_meets_the_trigger(own_database, server):
    import psycopg

    with transaction.atomic():
        write()

    owner = own_database.replace("countersign_app", "countersign_owner")
    with psycopg.connect(owner) as direct, pytest.raises(psycopg.errors.CheckViolation):
        direct.execute("DELETE FROM ledger_queue")
        direct.execute("DELETE FROM ledger_entry")
