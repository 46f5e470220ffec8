"""The net under every test: what a service changed without an entry fails the test that ran it.

Factories that save for themselves are `told`: one entry tells of all that they made. What a test
function saves is excused, once for each save, as are the statements of `by_hand`. A test that goes
round the services on purpose is marked `bypass`.
"""

import datetime as dt
import functools
import sys
from collections import Counter
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction

from ledger import touches
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.services.entries import append_entry

LIBRARIES = ("ledger.governed", "ledger.touches", "django", "simple_history", "contextlib", "knox",
             "tests.net", "registry.models")  # fmt: skip
UNTOLD = """
SELECT c.tab || ':' || c.pk_text, c.op FROM ledger_rowchange c
 WHERE NOT EXISTS (SELECT 1 FROM ledger_entry e
                    WHERE e.txid = c.txid AND (e.id = c.entry_id
                      OR c.tab || ':' || c.pk_text = ANY (e.touched)))
UNION ALL SELECT tab || ':' || pk_text, op FROM ledger_unmatchedchange
"""
SETUP = machine("set-up", kind="command")
AT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
_nets = []
_telling = []


def told(factory):
    """Let one entry tell of everything that a factory saves; the outermost one writes it."""

    @functools.wraps(factory)
    def make(*arguments, **named):
        if _telling:
            return factory(*arguments, **named)
        _telling.append(factory)
        try:
            with transaction.atomic():
                made = factory(*arguments, **named)
                if keys := touches.take():
                    _tell(factory.__name__, keys)
                return made
        finally:
            _telling.pop()

    return make


def _tell(name, keys):
    with acting_as(SETUP):
        append_entry(
            verb="profile.loaded", actor=SETUP, at=AT, subject=("test", name, name), touched=keys
        )


@contextmanager
def by_hand():
    """Excuse what the statements of the block change."""
    before = Counter(key for key, _ in _untold())
    yield
    if _nets:
        _nets[-1].excused.update(Counter(key for key, _ in _untold()) - before)


def _untold():
    with connection.cursor() as cursor:
        cursor.execute(UNTOLD)
        return cursor.fetchall()


@contextmanager
def watched(*, inside_transaction):
    """Yield the net of one test: `untold()` returns the changes that no entry tells of."""
    net = Net(len(connection.savepoint_ids) if inside_transaction else None)
    kept = touches.note, touches.note_keys, transaction.Atomic.__exit__
    _nets.append(net)
    touches.note = net.left_out(touches.note, touches.key_of)
    touches.note_keys = net.left_out(touches.note_keys, str)
    transaction.Atomic.__exit__ = net.leave(transaction.Atomic.__exit__)
    try:
        yield net
    finally:
        touches.note, touches.note_keys, transaction.Atomic.__exit__ = kept
        _nets.remove(net)


class Net:
    """Counts what the test saved itself, and ends a service's transaction where it would end.

    `depth` is how many savepoints stand outside the services, None where they really commit.
    """

    def __init__(self, depth):
        self.depth = depth
        self.excused = Counter()

    def left_out(self, original, key_of):
        """Return `touches.note` or `note_keys` that leaves out what a test saved."""

        def note(rows):
            rows = list(rows)
            if not _telling and _saved_by_a_test():
                self.excused.update(key_of(row) for row in rows)
                return
            original(rows)

        return note

    def leave(self, original):
        """Return `Atomic.__exit__` after which nothing waits that a commit would have dropped."""

        def leave(atomic, *exception):
            original(atomic, *exception)
            if self.depth is not None and len(connection.savepoint_ids) <= self.depth:
                touches.take()

        return leave

    def untold(self):
        """Return 'table:pk op' of every change that no entry of its transaction tells of."""
        try:
            rows = _untold()
        except DatabaseError:
            # The test left its transaction aborted: nothing of it would be committed.
            return []
        strange = Counter(row[0] for row in rows) - self.excused
        return sorted(f"{key} {op}" for key, op in set(rows) if key in strange)


def _saved_by_a_test():
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if not name.startswith(LIBRARIES):
            return name.startswith(("tests.", "bench.", "conftest"))
        frame = frame.f_back
    return False
