"""The latest reading of each series and what the evaluator carries, one statement each way."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection

from ledger.services.together import Statement, send_together

Row = tuple[int, datetime, int, float | None, int | None, float | None, float | None, bool]
"""A stored reading: series, window_end, revision, value, n, low, high, good."""

LATEST = ("window_end", "revision", "value", "n", "low", "high", "good")
NEWER = (
    "s.window_end IS NULL OR (excluded.window_end, excluded.revision) > (s.window_end, s.revision)"
)
KEEP_NEWER = ", ".join(
    f"{name} = CASE WHEN {NEWER} THEN excluded.{name} ELSE s.{name} END" for name in LATEST
)
# A window that ends at midnight belongs to the day before.
DAY = "((coalesce(u.first_end, u.window_end) - interval '1 microsecond') AT TIME ZONE 'UTC')::date"
ADVANCE = f"""
INSERT INTO telemetry_series_state AS s
  (series_id, {", ".join(LATEST)}, last_valid_at, stored, received_at, settled, dirty_from)
SELECT u.series_id, u.window_end, coalesce(u.revision, 0), u.value, u.n, u.low, u.high,
  coalesce(u.good, true),
  coalesce(u.last_valid_at, CASE WHEN coalesce(u.good, true) THEN u.window_end END),
  coalesce(u.stored, 1), %b, false, {DAY}
  FROM unnest(%b::bigint[], %b::timestamptz[], %b::int[], %b::float8[], %b::int[], %b::float8[],
              %b::float8[], %b::bool[], %b::timestamptz[], %b::int[], %b::timestamptz[])
    AS u(series_id, {", ".join(LATEST)}, last_valid_at, stored, first_end)
 ORDER BY u.series_id
ON CONFLICT (series_id) DO UPDATE SET
  {KEEP_NEWER},
  previous_end = s.window_end,
  last_valid_at = greatest(s.last_valid_at, excluded.last_valid_at),
  stored = s.stored + excluded.stored,
  received_at = excluded.received_at,
  dirty_from = least(s.dirty_from, excluded.dirty_from)
RETURNING s.series_id, s.previous_end, s.stored, s.judged_by::text, s.settled,
  CASE WHEN s.settled THEN NULL ELSE s.carried::text END
"""  # noqa: S608  names of ours

STEP_BACK = """
UPDATE telemetry_series_state s SET last_valid_at = (
  SELECT m.window_end FROM telemetry_measurement m
   WHERE m.series_id = s.series_id AND m.window_end <= s.last_valid_at AND m.good
     AND NOT EXISTS (SELECT 1 FROM telemetry_measurement newer
       WHERE newer.series_id = m.series_id AND newer.window_end = m.window_end
         AND newer.revision > m.revision)
     AND NOT EXISTS (SELECT 1 FROM telemetry_voidedreading v
       WHERE v.series_id = m.series_id AND v.window_end = m.window_end
         AND v.revision >= m.revision)
   ORDER BY m.window_end DESC LIMIT 1)
  FROM unnest(%s::bigint[], %s::timestamptz[]) AS u(series_id, window_end)
 WHERE s.series_id = u.series_id AND s.last_valid_at = u.window_end
"""


class State(NamedTuple):
    """A locked series as it was before this delivery.

    `judged_by` is a uuid as text; `carried` is the evaluator's JSON text, None when the series is
    settled or was never judged.
    """

    series_id: int
    previous_end: datetime | None
    stored: int
    judged_by: str | None
    settled: bool
    carried: str | None


class Judged(NamedTuple):
    """What the evaluator wants kept of a series."""

    series_id: int
    carried: dict[str, Any]
    judged_by: UUID | None
    settled: bool


def advance_states(rows: Sequence[Row], at: datetime) -> dict[int, State]:
    """Lock the series of rows in the order of their ids, keep the latest reading of each.

    `rows` are sorted by series, window_end and revision. Returns what was carried before.
    """
    return states_from(send_together([advancing(rows, at)])[0]) if rows else {}


def states_from(answered: Iterable[tuple[Any, ...]]) -> dict[int, State]:
    """Return the states that the statement of `advancing` answered, by series."""
    return {row[0]: State._make(row) for row in answered}


def advancing(rows: Sequence[Row], at: datetime) -> Statement:
    """Return the statement of `advance_states` for at least one row."""
    newest = _newest(rows)
    ids, ends, revisions, values, counts, lows, highs, goods, valids, stored, firsts = zip(
        *newest, strict=True
    )
    columns = [
        _array(ids),
        _array(ends),
        _array(revisions, usual=0),
        _array(values),
        _array(counts, usual=None),
        _array(lows, usual=None),
        _array(highs, usual=None),
        _array(goods, usual=True),
        # A value may come with its bad correction: then the last row is not the one that counts.
        "{}" if valids == ends and all(goods) else _array(valids),
        _array(stored, usual=1),
        "{}" if firsts == ends else _array(firsts),
    ]
    return ADVANCE, [at, *columns]


def step_back(rows: Sequence[Row], states: Mapping[int, State]) -> None:
    """Let what is late or no good say too which window was the last with a value that counts.

    A correction may take the newest value away, and a value may come after its correction.
    """
    edges = {one.series_id: one.previous_end for one in states.values() if one.previous_end}
    nowhere = datetime.min.replace(tzinfo=UTC)
    doubted = {row[:2] for row in rows if not row[7] or row[1] <= edges.get(row[0], nowhere)}
    if doubted:
        ids, ends = zip(*sorted(doubted), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(STEP_BACK, [list(ids), list(ends)])


def locked_states(series_ids: Collection[int]) -> dict[int, State]:
    """Lock series in the order of their ids, and return them as they are: nothing came."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT series_id, window_end, stored, judged_by::text, settled,"
            " CASE WHEN settled THEN NULL ELSE carried::text END"
            " FROM telemetry_series_state WHERE series_id = ANY(%s) ORDER BY series_id FOR UPDATE",
            [sorted(series_ids)],
        )
        return {row[0]: State._make(row) for row in cursor.fetchall()}


def carried_of(series_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return what is carried of series that the caller has locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT series_id, carried::text FROM telemetry_series_state"
            " WHERE series_id = ANY(%s) AND carried IS NOT NULL",
            [list(series_ids)],
        )
        return {series: orjson.loads(text) for series, text in cursor.fetchall()}


def keep_carried(judged: Sequence[Judged]) -> None:
    """Write back what the evaluator carries of series that the caller has locked."""
    if not judged:
        return
    columns: list[list[Any]] = [
        [one.series_id for one in judged],
        [orjson.dumps(one.carried).decode() for one in judged],
        [one.judged_by for one in judged],
        [one.settled for one in judged],
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE telemetry_series_state AS s"
            " SET carried = u.carried::jsonb, judged_by = u.judged_by, settled = u.settled"
            " FROM unnest(%s::bigint[], %s::text[], %s::uuid[], %s::bool[])"
            "   AS u(series_id, carried, judged_by, settled)"
            " WHERE s.series_id = u.series_id",
            columns,
        )


def _array(column: Sequence[Any], usual: Any = ()) -> str:
    """Return a column of numbers, booleans or instants as PostgreSQL writes an array.

    Empty where it holds the usual only: the statement fills that in. Dumping a thousand values one
    by one costs several times as much.
    """
    different = set(column)
    if different == {usual}:
        return "{}"
    texts = {one: "NULL" if one is None else str(one) for one in different}
    return "{" + ",".join([texts[one] for one in column]) + "}"


def _newest(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Return per series its last row, the newest window_end that is good, how many, the first."""
    found: list[tuple[Any, ...]] = []
    last: Row | None = None
    valid: datetime | None = None
    first: datetime | None = None
    count = 0
    for row in rows:
        if last is None:
            first = row[1]
        elif row[0] != last[0]:
            found.append((*last, valid, count, first))
            valid, count, first = None, 0, row[1]
        last, count = row, count + 1
        if row[7]:
            valid = row[1]
    if last is not None:
        found.append((*last, valid, count, first))
    return found
