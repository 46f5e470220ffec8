"""Counts of windows from the sums of their hours."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from telemetry.models import TallyScope
from telemetry.rules.tallies import LAYOUT, Counts, counts_of, hours_answer
from telemetry.selectors.counts import Bucket, count_events

Counted = dict[Bucket, dict[str, Counts]]
SUM = """
SELECT t.number, t.part, array_agg(t.total ORDER BY t.place) FROM (
  SELECT b.number, y.part, u.place, sum(u.value) AS total
    FROM unnest(%s::int[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
      AS b(number, scope_id, since, until)
    JOIN telemetry_tally y
      ON y.scope_id = b.scope_id AND y.hour >= b.since AND y.hour < b.until
   CROSS JOIN LATERAL unnest(y.sums) WITH ORDINALITY AS u(value, place)
   GROUP BY b.number, y.part, u.place) t
GROUP BY t.number, t.part
"""


def counts_of_windows(*, system_id: UUID, buckets: set[Bucket]) -> Counted:
    """Return the counts of each bucket for all its events ('') and each value of its attribute.

    From tallies where they reach back far enough and the window is made of hours; else from the
    events themselves. Both say the same.
    """
    scopes = _scopes(system_id)
    tallied = {
        bucket: scope
        for bucket in buckets
        if (scope := scopes.get((bucket.environment, bucket.attribute, bucket.positive)))
        and _answers(scope, bucket)
    }
    return _summed(tallied) | count_events(system_id=system_id, buckets=buckets.difference(tallied))


def _scopes(system_id: UUID) -> dict[tuple[str, str, str], TallyScope]:
    rows = TallyScope.objects.filter(system_id=system_id, layout=LAYOUT)
    return {(row.environment, row.attribute, row.positive): row for row in rows}


def _answers(scope: TallyScope, bucket: Bucket) -> bool:
    begins = bucket.window_end - timedelta(seconds=bucket.seconds)
    return hours_answer(bucket.seconds) and begins >= scope.since


def _summed(tallied: Mapping[Bucket, TallyScope]) -> Counted:
    ordered = list(tallied)
    if not ordered:
        return {}
    columns: list[Any] = [
        list(range(len(ordered))),
        [tallied[one].pk for one in ordered],
        [one.window_end - timedelta(seconds=one.seconds) for one in ordered],
        [one.window_end for one in ordered],
    ]
    found: Counted = {}
    with connection.cursor() as cursor:
        cursor.execute(SUM, columns)
        for number, part, total in cursor.fetchall():
            found.setdefault(ordered[number], {})[part] = counts_of(total)
    return found
