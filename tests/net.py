"""The net under every test: what a service changed without an entry fails the test that ran it.

What a test saves itself is excused, once for each save. A test that goes round the services on
purpose is marked `bypass`.
"""

import sys
from collections import Counter
from contextlib import contextmanager

from django.db import connection, transaction

from ledger import touches

LIBRARIES = ("ledger.governed", "ledger.touches", "django", "simple_history", "contextlib", "knox",
             "tests.net", "registry.models")  # fmt: skip
UNTOLD = """
SELECT c.tab || ':' || c.pk_text, c.op FROM ledger_rowchange c
 WHERE NOT EXISTS (SELECT 1 FROM ledger_entry e
                    WHERE e.txid = c.txid AND (e.id = c.entry_id
                      OR c.tab || ':' || c.pk_text = ANY (e.touched)))
"""


@contextmanager
def watched(*, inside_transaction):
    """Yield the net of one test: `untold()` returns the changes that no entry tells of."""
    net = Net(len(connection.savepoint_ids) if inside_transaction else 0)
    note, leave = touches.note, transaction.Atomic.__exit__
    touches.note = net.note(note)
    transaction.Atomic.__exit__ = net.leave(leave)
    try:
        yield net
    finally:
        touches.note, transaction.Atomic.__exit__ = note, leave


class Net:
    """Counts what the test saved itself, and ends a service's transaction where it would end."""

    def __init__(self, depth):
        self.depth = depth
        self.excused = Counter()

    def note(self, original):
        """Return `touches.note` that leaves out what a test saved."""

        def note(rows):
            rows = list(rows)
            if _saved_by_a_test():
                self.excused.update(touches.key_of(row) for row in rows)
                return
            original(rows)

        return note

    def leave(self, original):
        """Return `Atomic.__exit__` after which nothing waits that a commit would have dropped."""

        def leave(atomic, *exception):
            original(atomic, *exception)
            if len(connection.savepoint_ids) <= self.depth:
                touches.take()

        return leave

    def untold(self):
        """Return 'table:pk op' of every change that no entry of its transaction tells of."""
        with connection.cursor() as cursor:
            cursor.execute(UNTOLD)
            rows = cursor.fetchall()
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
