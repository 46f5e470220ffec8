"""The rows that a batch of firings writes, laid down by bare COPY: what the database itself asks.

The rows of one batch are read back as text, given new keys, and copied in again while as many
timers are marked as fired, in one transaction: the indexes, triggers and keys are the product's.
"""

import time
from typing import Any

from django.db import connection, transaction

# Table, which of its rows are those of the batch, and what each copy has for itself ({k} numbers
# the copy; None is left to the table).
ROWS: tuple[tuple[str, str, dict[str, str | None]], ...] = (
    (
        "ledger_entry",
        "id > (SELECT max(id) - {batch} FROM ledger_entry)",
        {"id": "id + {k} * 1000000"},
    ),
    (
        "ledger_queue",
        "entry_id > (SELECT max(id) - {batch} FROM ledger_entry)",
        {"entry_id": "entry_id + {k} * 1000000", "id": None},
    ),
    (
        "governance_escalationfiring",
        "true",
        {"id": None, "rule": "rule || '#{k}'", "entry_number": "entry_number + {k} * 1000000"},
    ),
    (
        "outbox_message",
        "key LIKE 'step:%'",
        {"id": "gen_random_uuid()", "key": "key || '#{k}'"},
    ),
    (
        "outbox_timer",
        "payload ->> 'repeat' = '1' AND key NOT LIKE '%#%'",
        {"id": "gen_random_uuid()", "key": "key || '#{k}'", "due_at": "due_at + interval '9 y'",
         "next_try_at": "next_try_at + interval '9 y'"},
    ),
)  # fmt: skip
COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""
FIRED = """
UPDATE bench_armed SET state = 'fired', fired_at = clock_timestamp() WHERE id IN (
  SELECT id FROM bench_armed WHERE state = 'armed' LIMIT %s)
"""
# Timers as those of the product, with its indexes, so that no round of ours is taken away.
ARMED = """
CREATE TABLE bench_armed (LIKE outbox_timer INCLUDING ALL);
INSERT INTO bench_armed SELECT * FROM outbox_timer WHERE state = 'armed' LIMIT {number};
GRANT ALL ON bench_armed TO countersign_app
"""


class SameRows:
    """Copies of one batch's rows, each copy under keys of its own."""

    def __init__(self, batch: int, copies: int) -> None:
        self._batch = batch
        self._ready = [self._read(number) for number in range(1, copies + 1)]

    def _read(self, k: int) -> list[tuple[str, bytes]]:
        return [self._read_table(k, *row) for row in ROWS]

    def _read_table(
        self, k: int, table: str, where: str, changed: dict[str, str | None]
    ) -> tuple[str, bytes]:
        with connection.cursor() as cursor:
            cursor.execute(COLUMNS, [table])
            names = [name for (name,) in cursor.fetchall() if changed.get(name, name) is not None]
            values = ", ".join((changed.get(name) or f'"{name}"').format(k=k) for name in names)
            columns = ", ".join(f'"{name}"' for name in names)
            given = where.format(batch=self._batch)
            select = f"SELECT {values} FROM {table} WHERE {given} LIMIT {self._batch}"  # noqa: S608
            with cursor.copy(f"COPY ({select}) TO STDOUT") as copy:
                rows = b"".join(bytes(data) for data in copy)
        return f"COPY {table} ({columns}) FROM STDIN", rows

    def write(self) -> float:
        """Write one copy, with as many timers marked as fired; return the seconds."""
        tables = self._ready.pop()
        before = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(FIRED, [self._batch])
            for statement, rows in tables:
                self._copy(cursor, statement, rows)
        return time.perf_counter() - before

    @staticmethod
    def _copy(cursor: Any, statement: str, rows: bytes) -> None:
        with cursor.copy(statement) as copy:
            copy.write(rows)
