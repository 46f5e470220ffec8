"""Where answers are worst: the newest events of a system by topic, version and segment."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from registry.models import System
from telemetry.rules.answers import SliceCounts, Worst, shown, worst_slices
from telemetry.selectors.told import keys_of, told_among

NEWEST = 5000
KEYS = """
SELECT e.at, e.event_id FROM telemetry_decision_event e
 WHERE e.system_id = %(system)s AND e.at >= %(since)s AND e.at <= %(until)s
 ORDER BY e.at DESC, e.event_id DESC LIMIT %(limit)s
"""
# Groups under ten do not leave the database.
SLICES = """
WITH {told}, parts AS (
  SELECT t.*, s.of, s.part FROM told t
    JOIN telemetry_decision_event e
      ON e.system_id = %(system)s AND e.at = t.at AND e.event_id = t.event_id
   CROSS JOIN LATERAL (
     SELECT '' AS of, '' AS part
     UNION ALL SELECT 'topic', e.topic WHERE e.topic <> ''
     UNION ALL SELECT 'version', e.version_label
     UNION ALL SELECT 'segment:' || g.key, g.value FROM jsonb_each_text(e.segment) g
   ) s
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

    The first slice, without a name, is all of them. Labels that came later count. Two queries; no
    slice under ten events. Events are those until `at`.
    """
    given: dict[str, Any] = {
        "system": system.pk,
        "since": at - timedelta(days=days),
        "until": at,
        "limit": NEWEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(KEYS, given)
        keys = cursor.fetchall()
        if not keys:
            return [], []
        cursor.execute(SLICES.format(told=told_among()), keys_of(system.pk, keys))
        rows = shown(SliceCounts(*row) for row in cursor.fetchall())
    whole = next((row for row in rows if not row.of), None)
    parts = [row for row in rows if row.of]
    return ([whole] if whole else []) + parts, worst_slices(parts, whole)
