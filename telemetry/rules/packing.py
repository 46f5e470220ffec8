"""Readings as PostgreSQL's binary COPY takes them, a row at a time in one go.

https://www.postgresql.org/docs/current/sql-copy.html: every value stands behind its length, in
network byte order; an instant is microseconds since 2000.
"""

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

Pack = Callable[[Sequence[tuple[Any, ...]]], bytes]

BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
# Columns, then a length before each value: series, window_end, revision.
KEY = struct.Struct("!hiqiqii")
FLOAT, INTEGER = struct.Struct("!id"), struct.Struct("!ii")
# good, received_at, batch_id.
REST = struct.Struct("!i?iqi16s")
# A reading of value and n without bounds, which most are, in one go.
USUAL = struct.Struct("!hiqiqiiidii4s4si?iqi16s")


def pack_readings(rows: Sequence[tuple[Any, ...]]) -> bytes:
    """Return readings with received_at and batch_id as the data of a binary COPY.

    They are (series, window_end, revision, value, n, low, high, good, received_at, batch_id);
    value, n, low and high may be None.
    """
    ticks = {end: (end - EPOCH) // TICK for end in {row[1] for row in rows}}
    pieces, usual = [BEGIN], USUAL.pack
    arrived: datetime | None = None
    for series, end, revision, value, n, low, high, good, received, batch in rows:
        if received is not arrived:
            arrived, at = received, (received - EPOCH) // TICK
        if value is not None and n is not None and low is None and high is None:
            pieces.append(
                usual(
                    10, 8, series, 8, ticks[end], 4, revision, 8, value, 4, n, NULL, NULL,
                    1, good, 8, at, 16, batch.bytes,
                )
            )  # fmt: skip
        else:
            pieces += (
                KEY.pack(10, 8, series, 8, ticks[end], 4, revision),
                _float(value),
                NULL if n is None else INTEGER.pack(4, n),
                _float(low),
                _float(high),
                REST.pack(1, good, 8, at, 16, batch.bytes),
            )
    pieces.append(END)
    return b"".join(pieces)


def _float(value: float | None) -> bytes:
    return NULL if value is None else FLOAT.pack(8, value)
