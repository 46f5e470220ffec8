"""What tests of sealing write, and what somebody with the owner's role does to it."""

import datetime as dt
import json
from contextlib import contextmanager

import orjson
import psycopg
from django.db import transaction

from ledger.models import Checkpoint, Entry, Leaf, Queue
from ledger.rules.actors import machine
from ledger.services.entries import append_entry
from ledger.services.sealing import seal

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
ORIGIN = "countersign.localhost/ledger"
OPERATOR = machine("operator", kind="command", channel="command")


def write(count=1, **changes):
    """Write entries in one transaction; return their numbers."""
    arguments = {
        "verb": "request.refused",
        "actor": machine("evaluator"),
        "at": AT,
        "subject": ("request", "1", "POST /x"),
    }
    with transaction.atomic():
        return [append_entry(**(arguments | changes)) for _ in range(count)]


def sealed(count=1, **changes):
    """Write entries and seal them."""
    write(count, **changes)
    return seal(at=AT)


def body_of(seq):
    """The body of the entry behind a leaf."""
    return orjson.loads(bytes(Leaf.objects.select_related("entry").get(pk=seq).entry.body))


def verbs():
    """The verbs of the leaves in their order."""
    return list(Leaf.objects.order_by("seq").values_list("entry__verb", flat=True))


def whole():
    """Whether every entry is sealed exactly once, without gaps in the tree or in any stream."""
    places = {}
    for seq, leaf in enumerate(Leaf.objects.order_by("seq")):
        if leaf.seq != seq or leaf.stream_seq != places.get(leaf.stream, 0):
            return False
        places[leaf.stream] = leaf.stream_seq + 1
    return Leaf.objects.count() == Entry.objects.count() and not Queue.objects.exists()


def kept_lines(folder):
    """The lines of the list outside."""
    return [json.loads(line) for line in (folder / "checkpoints.jsonl").read_text().splitlines()]


@contextmanager
def as_owner(url):
    """A session of the role that owns the tables, with their triggers switched off for good."""
    tables = ("leaf", "node", "checkpoint", "signingkey", "entry")
    with psycopg.connect(url.replace("countersign_app", "countersign_owner")) as session:
        for table in tables:
            session.execute(f"ALTER TABLE ledger_{table} DISABLE TRIGGER USER")
        yield session
        session.execute("SET CONSTRAINTS ALL IMMEDIATE")


def restore(url, size):
    """Put the database back to what a backup made at this size holds."""
    with as_owner(url) as session:
        gone = "SELECT entry_id FROM ledger_leaf WHERE seq >= %s"
        (known,) = session.execute(
            "SELECT max(entry_id) FROM ledger_leaf WHERE seq < %s", [size]
        ).fetchone()
        session.execute(f"INSERT INTO ledger_queue {gone} AND entry_id <= %s", [size, known or 0])
        session.execute("DELETE FROM ledger_queue WHERE entry_id > %s", [known or 0])
        session.execute("DELETE FROM ledger_leaf WHERE seq >= %s", [size])
        session.execute("DELETE FROM ledger_entry WHERE id > %s", [known or 0])
        session.execute("DELETE FROM ledger_checkpoint WHERE size > %s", [size])
        session.execute("DELETE FROM ledger_signingkey WHERE from_size > %s", [size])


def newest():
    """The newest checkpoint."""
    return Checkpoint.objects.order_by("-id").first()
