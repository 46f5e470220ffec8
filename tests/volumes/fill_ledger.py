"""What fills the ledger and the engine: 100,000 entries of as many cases, what waits, what is late.

`FILLS` names each by what it fills. All take a House of tests.volumes.house.
"""

from psycopg import sql

from incidents.models import Incident
from ledger.models import Entry
from outbox.models import Message, Timer
from tests.volumes import fill_cases

AGO = "- n * interval '1 second'"


def cases(house):
    """An entry of each of 100,000 cases, one in ten of which names no system."""
    fill_cases.incidents(house)
    table = sql.Identifier("ledger_entry")
    fields = [one.column for one in Entry._meta.concrete_fields if not one.generated]
    fresh = {"id": "p.id + 1000000 + one.place", "incident_id": "one.id",
             "system_id": "CASE WHEN one.place % 10 > 0 THEN p.system_id END"}  # fmt: skip
    values = ", ".join(fresh.get(name, f"p.{name}") for name in fields)
    key = Entry.objects.filter(
        incident_id=house.gallery.made.validation.pk, verb="incident.acknowledged"
    ).values_list("pk", flat=True)[0]
    house.owned(
        table,
        sql.SQL(
            f"INSERT INTO {{}} ({', '.join(fields)}) SELECT {values} FROM ledger_entry p,"
            " (SELECT id, row_number() OVER (ORDER BY number) AS place FROM incidents_incident"
            " WHERE number LIKE 'INC-2025-%') AS one WHERE p.id = {}"
        ).format(table, sql.Literal(key)),
    )
    numbers = "pg_get_serial_sequence('ledger_entry', 'id')"
    newest = "SELECT max(id) FROM ledger_entry"
    house.owned(table, sql.SQL(f"SELECT setval({numbers}, ({newest}))"))
    assert Entry.objects.count() > 100_000
    assert Incident.objects.count() > 100_000


def strange(house):
    """Entries about cases of a system that only who sees everything sees."""
    key = "'00000000-0000-4000-8000-000000000000'::uuid"
    _newest(house, "incident.acknowledged", incident_id="gen_random_uuid()", system_id=key)


def sign_ins(house):
    """Entries about no system and no case."""
    _newest(house, "incident.acknowledged", incident_id="NULL", system_id="NULL")


def refusals(house):
    """Refused attempts on one case: every one is an exception."""
    _newest(house, "incident.acknowledged", verb="'request.refused'")


def _newest(house, copied, **changed):
    """Entries by a machine, newer than all others; what is written next is numbered after them."""
    pattern = Entry.objects.filter(verb=copied).first()
    changed = {"actor_id": "'machine'", "actor_kind": "'system'", **changed}
    house.fill(Entry, pattern.pk, **changed)
    numbers = "pg_get_serial_sequence('ledger_entry', 'id')"
    newest = "SELECT max(id) FROM ledger_entry"
    house.owned(sql.Identifier("ledger_entry"), sql.SQL(f"SELECT setval({numbers}, ({newest}))"))


def waiting(house):
    """Messages that are due and not out, and timers that should have fired long ago."""
    pattern = Message.objects.filter(form="single", carried_by=None).first()
    house.fill(
        Message, pattern.pk, key="'w' || n", state="'queued'", attempts="n % 2",
        created_at=f"p.created_at {AGO}", next_attempt_at=f"p.created_at {AGO}",
    )  # fmt: skip
    timer = Timer.objects.filter(subject_id=house.gallery.made.validation.pk).first()
    house.fill(
        Timer, timer.pk, key="'w' || n", subject_id="gen_random_uuid()", state="'armed'",
        due_at=f"p.armed_at {AGO}", next_try_at=f"p.armed_at {AGO}",
    )  # fmt: skip


FILLS = {
    **fill_cases.FILLS,
    **{name: fill for name, fill in globals().items()
       if callable(fill) and fill.__module__ == __name__},
}  # fmt: skip
