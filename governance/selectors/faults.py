"""Who sends a series, and what else the same sender sends."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from ledger.selectors.at_once import Question, Rows, instant

# What the product makes of events is sent by the stream of events of its system. What a release
# from quarantine stored says nothing of who sent it.
SENT_BY = """
SELECT s.id, s.system_id, s.cadence_seconds, coalesce(st.last_valid_at, s.created_at) AS heard_at,
       st.window_end, b.received_at,
       CASE WHEN b.kind = 'computed' THEN 'events:' || s.system_id::text || ':' || s.environment
            ELSE b.sender_id END AS sender_id,
       CASE WHEN b.kind = 'computed' THEN 'decision events' ELSE b.source END AS source
  FROM telemetry_series s
  JOIN telemetry_series_state st ON st.series_id = s.id
  JOIN telemetry_kpi k ON k.id = s.kpi_id AND NOT k.off
  JOIN LATERAL (SELECT m.batch_id FROM telemetry_measurement m WHERE m.series_id = s.id
                 ORDER BY m.window_end DESC, m.revision DESC LIMIT 1) r ON true
  JOIN telemetry_batch b ON b.id = r.batch_id AND b.kind <> 'release'
 WHERE s.cadence_seconds IS NOT NULL AND st.judged_by IS NOT NULL
"""
OF_SERIES = f"{SENT_BY} AND s.id = ANY(%s)"
# Of every series that was tied to these incidents.
OF_INCIDENTS = f"""
{SENT_BY} AND s.id = ANY(ARRAY(
  SELECT t.series_id FROM governance_breachcause c
    JOIN governance_standing t ON t.id = c.standing_id
   WHERE c.incident_id = ANY(%s)))
"""  # noqa: S608  a statement of ours
OF_SENDERS = f"""
SELECT * FROM ({SENT_BY}) AS sent WHERE (sender_id, source) IN (
  SELECT * FROM unnest(%s::text[], %s::text[]))
"""  # noqa: S608  a statement of ours


class Sender(NamedTuple):
    """Who sends, as batches name it: the token or connector, and what it calls its source."""

    sender_id: str
    source: str

    @property
    def key(self) -> str:
        """The name of the cause."""
        return "\x1f".join(("sender", self.sender_id, self.source))


@dataclass(frozen=True, slots=True)
class Fed:
    """A series with when it was heard last (valid, and at all), and its sender."""

    series_id: int
    system_id: UUID
    cadence: int
    heard_at: datetime
    read_at: datetime | None
    received_at: datetime
    sender: Sender


def senders_of(*, series_ids: Collection[int]) -> Mapping[int, Fed]:
    """Return who sent each series last; one that has never sent is missing."""
    return {one.series_id: one for one in _fed(OF_SERIES, [list(series_ids)])}


def senders_asked(incidents: Sequence[UUID]) -> Question:
    """Return the question who sent each series that was tied to incidents, for `senders_told`."""
    return OF_INCIDENTS, [list(incidents)]


def senders_told(rows: Rows) -> Mapping[int, Fed]:
    """Return who sent each series last; one that has never sent is missing."""
    return {
        series: Fed(
            series, UUID(system), cadence, instant(heard), instant(read) if read else None,
            instant(received), Sender(sender, source),
        )
        for series, system, cadence, heard, read, received, sender, source in rows
    }  # fmt: skip


def fed_by(*, senders: Collection[Sender]) -> Mapping[Sender, list[Fed]]:
    """Return every judged series with a cadence whose last reading came from each sender."""
    wanted = sorted(set(senders))
    found: dict[Sender, list[Fed]] = {sender: [] for sender in wanted}
    columns = [[one.sender_id for one in wanted], [one.source for one in wanted]]
    for one in _fed(OF_SENDERS, columns):
        found[one.sender].append(one)
    return found


def segments_gone(*, series_ids: Collection[int]) -> set[int]:
    """Return which silent series are segments whose whole is still heard: the segment is gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id FROM telemetry_series s JOIN telemetry_series_state st"
            " ON st.series_id = s.id JOIN telemetry_series w ON w.system_id = s.system_id"
            " AND w.kpi_id = s.kpi_id AND w.environment = s.environment AND w.segment = ''"
            " AND w.window_seconds = s.window_seconds"
            " JOIN telemetry_series_state wt ON wt.series_id = w.id"
            " WHERE s.id = ANY(%s) AND s.segment <> ''"
            " AND wt.last_valid_at > coalesce(st.last_valid_at, s.created_at)"
            " + s.cadence_seconds * interval '1 second'",
            [list(series_ids)],
        )
        return {series for (series,) in cursor.fetchall()}


def _fed(statement: str, arguments: Sequence[list[int] | list[str]]) -> list[Fed]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(arguments))
        return [
            Fed(series, system, cadence, heard, read, received, Sender(sender, source))
            for series, system, cadence, heard, read, received, sender, source in cursor.fetchall()
        ]
