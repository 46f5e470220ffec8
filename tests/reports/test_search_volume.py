"""A search at 100,000 incidents: how long its statement takes (issue 8, deliverable 6)."""

import datetime as dt
import os
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident
from outbox import clock
from registry.selectors.searching import search
from tests.governance import organisation as org
from tests.incidents import factory as cases
from tests.incidents.factory import AT, grant, person
from tests.registry.factories import unit

pytestmark = [pytest.mark.full, pytest.mark.bypass]
ROWS = 100_000
BOUND = 50.0
ROUNDS = 5
TRIES = 4
CHANGED = {
    "id": "gen_random_uuid()",
    "number": "'INC-2025-' || lpad(n::text, 6, '0')",
    "dedup_key": "md5(n::text)",
    "title": "'Readings of load ' || n || ' left their band'"
    " || CASE WHEN n % 10 = 0 THEN ' while claims waited' ELSE '' END"
    " || CASE WHEN n % 100 = 0 THEN ' in fraud' ELSE '' END"
    " || CASE WHEN n % 1000 = 0 THEN ' with kestrels' ELSE '' END",
    "summary": "repeat('The window of the third shift fell below what was agreed. ', 4)",
    "system_id": "CASE WHEN n % 2 = 0 THEN p.system_id ELSE %s END",
    "state": "CASE WHEN n % 20 = 0 THEN 'DECISION' ELSE 'CLOSED' END",
    "opened_at": "p.opened_at - n * interval '7 minutes'",
    "detected_at": "p.opened_at - n * interval '7 minutes'",
}


@pytest.fixture(autouse=True)
def _taken_back(own_database):
    """Take the rows back before constraints look at them: none went through the machine.

    In a database of its own: what other tests took back leaves tables that are large and empty,
    of which PostgreSQL expects what is never so.
    """
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def fill(pattern, beside):
    """Write as many incidents as an organisation gathers in years, half of them beside."""
    fields = [one.column for one in Incident._meta.concrete_fields]
    values = ", ".join(CHANGED.get(name, f"p.{name}").replace("%", "%%") for name in fields)
    values = values.replace("ELSE %%s END", "ELSE %s END")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO incidents_incident ({', '.join(fields)}) SELECT {values}"
            " FROM incidents_incident p, generate_series(1, %s) n WHERE p.id = %s",
            [beside.pk, ROWS, pattern.pk],
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def least(statements):
    """What they take, of up to `TRIES` times the least: others on the machine only ever add."""
    found = milliseconds(statements)
    for _ in range(TRIES - 1):
        if found >= BOUND:
            found = min(found, milliseconds(statements))
    return found


def milliseconds(statements):
    """What some statements take of the server's processor, once each; the machine may be busy."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
        before = ticks(backend)
        for statement in statements * ROUNDS:
            cursor.execute(statement.replace("%", "%%"), [])
            cursor.fetchall()
        return (ticks(backend) - before) * 1000 / os.sysconf("SC_CLK_TCK") / ROUNDS


def ticks(process):
    """The time that a process of this machine has had, in ticks of its clock."""
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(told[11]) + int(told[12])


def test_a_search_among_a_hundred_thousand_incidents_takes_less_than_50_ms():
    clock.shift(AT - dt.datetime.now(dt.UTC))
    of = org.organised()
    beside = cases.house().system
    fill(cases.opened(of.house), beside)
    named = person(unit=unit())
    grant(named, "engineer", system=of.house.system)
    slow = {}

    for who, user in {"unit": of.house.compliance, "seat": of.chair, "named": named}.items():
        for text in ("band", "claims", "fraud kestrel", "zebra", "512", "b"):
            with CaptureQueriesContext(connection) as asked:
                search(text=text, user=user, at=AT)
            slow[who, text] = least([one["sql"] for one in asked.captured_queries])

    clock.shift(dt.timedelta(0))
    print(slow)
    assert {key: value for key, value in slow.items() if value >= BOUND} == {}
