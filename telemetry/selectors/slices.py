"""Where answers are worst: the newest events of a system by topic, version and segment."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from registry.models import System
from telemetry.rules.answers import SliceCounts, Worst, shown, worst_slices

NEWEST = 5000
# The newest events are read once, with the columns that count; only their own labels beside them.
# Groups under ten do not leave the database.
SLICES = """
WITH newest AS MATERIALIZED (
  SELECT e.at, e.event_id, e.topic, e.version_label, e.segment, e.overridden, e.feedback,
    e.outcome, e.canary
    FROM telemetry_decision_event e
   WHERE e.system_id = %(system)s AND e.at >= %(since)s AND e.at <= %(until)s
   ORDER BY e.at DESC, e.event_id DESC LIMIT %(limit)s
), latest AS (
  SELECT DISTINCT ON (l.at, l.event_id, l.kind) l.at, l.event_id, l.kind, l.value #>> '{}' AS said
    FROM telemetry_event_label l
   WHERE l.system_id = %(system)s AND l.at >= %(since)s AND l.at <= %(until)s
     AND l.at >= (SELECT min(n.at) FROM newest n)
     AND l.kind IN ('overridden', 'feedback', 'outcome')
   ORDER BY l.at, l.event_id, l.kind, l.labelled_at DESC, l.reviewer DESC
), found AS (
  SELECT l.at, l.event_id,
    bool_or(l.said::boolean) FILTER (WHERE l.kind = 'overridden') AS overridden,
    max(l.said) FILTER (WHERE l.kind = 'feedback') AS feedback,
    max(l.said) FILTER (WHERE l.kind = 'outcome') AS outcome
    FROM latest l GROUP BY l.at, l.event_id
), parts AS (
  SELECT s.of, s.part, coalesce(f.overridden, n.overridden) AS overridden,
    coalesce(f.feedback, n.feedback) AS feedback, coalesce(f.outcome, n.outcome) AS outcome
    FROM newest n LEFT JOIN found f ON f.at = n.at AND f.event_id = n.event_id
   CROSS JOIN LATERAL (
     SELECT '' AS of, '' AS part
     UNION ALL SELECT 'topic', n.topic WHERE n.topic <> ''
     UNION ALL SELECT 'version', n.version_label
     UNION ALL SELECT 'segment:' || g.key, g.value FROM jsonb_each_text(n.segment) g
   ) s
   WHERE n.canary IS NULL
)
SELECT p.of, p.part, count(*),
  count(p.overridden), count(*) FILTER (WHERE p.overridden),
  count(*) FILTER (WHERE p.feedback <> ''), count(*) FILTER (WHERE p.feedback = 'down'),
  count(*) FILTER (WHERE p.outcome <> ''), count(*) FILTER (WHERE p.outcome = 'failure')
  FROM parts p GROUP BY p.of, p.part HAVING count(*) >= 10
 ORDER BY p.of, count(*) DESC, p.part LIMIT 500
"""


def slices_of(*, system: System, days: int, at: datetime) -> tuple[list[SliceCounts], list[Worst]]:
    """Return the slices of the newest 5,000 events of so many days, and the worst by measure.

    The first slice, without a name, is all of them. Labels that came later count. One query; no
    slice under ten events. Events are those until `at`.
    """
    given: dict[str, Any] = {
        "system": system.pk,
        "since": at - timedelta(days=days),
        "until": at,
        "limit": NEWEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(SLICES, given)
        rows = shown(SliceCounts(*row) for row in cursor.fetchall())
    whole = next((row for row in rows if not row.of), None)
    parts = [row for row in rows if row.of]
    return ([whole] if whole else []) + parts, worst_slices(parts, whole)
