"""Counts over decision events: how many there were, and what was said in them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Count

from telemetry.models import DecisionEvent, Heartbeat
from telemetry.rules.events import Counts

# One pass over the events of each bucket; '' stands for all of them, a name for one segment.
COUNT = """
SELECT b.number, coalesce(e.segment ->> nullif(b.attribute, ''), '') AS part,
  GROUPING(coalesce(e.segment ->> nullif(b.attribute, ''), '')) AS whole,
  count(*),
  count(*) FILTER (WHERE e.answer IS NOT NULL AND e.truth IS NOT NULL),
  count(*) FILTER (WHERE e.answer = e.truth),
  count(e.overridden),
  count(*) FILTER (WHERE e.overridden),
  count(e.grounded),
  count(*) FILTER (WHERE e.grounded),
  count(*) FILTER (WHERE e.outcome <> ''),
  count(*) FILTER (WHERE e.outcome = 'success'),
  count(*) FILTER (WHERE e.boundary_violation AND NOT e.blocked),
  count(*) FILTER (WHERE e.blocked),
  count(*) FILTER (WHERE e.escalated),
  coalesce(sum(e.spend), 0),
  count(e.answer),
  count(*) FILTER (WHERE e.answer = b.positive),
  count(e.latency_ms),
  percentile_disc(0.95) WITHIN GROUP (ORDER BY e.latency_ms),
  count(*) FILTER (WHERE e.answer = b.positive AND e.truth = b.positive),
  count(*) FILTER (WHERE e.answer = b.positive AND e.truth <> b.positive),
  count(*) FILTER (WHERE e.answer <> b.positive AND e.truth = b.positive)
FROM unnest(%s::int[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[])
  AS b(number, environment, since, until, attribute, positive)
JOIN telemetry_decision_event e
  ON e.system_id = %s AND e.environment = b.environment AND e.at >= b.since AND e.at < b.until
GROUP BY GROUPING SETS (
  (b.number), (b.number, coalesce(e.segment ->> nullif(b.attribute, ''), '')))
"""


class Bucket(NamedTuple):
    """Events of an environment in a window; split by an attribute, counted for one answer."""

    environment: str
    seconds: int
    window_end: datetime
    attribute: str
    positive: str


def count_events(
    *, system_id: UUID, buckets: Collection[Bucket]
) -> dict[Bucket, dict[str, Counts]]:
    """Return the counts of each bucket for all its events ('') and each value of its attribute."""
    ordered = sorted(buckets)
    if not ordered:
        return {}
    columns: list[Any] = [
        list(range(len(ordered))),
        [one.environment for one in ordered],
        [one.window_end - timedelta(seconds=one.seconds) for one in ordered],
        [one.window_end for one in ordered],
        [one.attribute for one in ordered],
        [one.positive for one in ordered],
    ]
    found: dict[Bucket, dict[str, Counts]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [*columns, system_id])
        for number, part, whole, *counts in cursor.fetchall():
            if whole or part:
                found.setdefault(ordered[number], {})["" if whole else part] = Counts(*counts)
    return found


def events_between(
    *, system_id: UUID, since: datetime, until: datetime, environment: str = "production"
) -> int:
    """Return how many decision events of a system happened in [since, until)."""
    return DecisionEvent.objects.filter(
        system_id=system_id, environment=environment, at__gte=since, at__lt=until
    ).count()


@dataclass(frozen=True, slots=True)
class Affected:
    """Decisions in a time, and those among them that a filter names."""

    decisions: int
    matching: int


def affected_between(
    *,
    system_id: UUID,
    since: datetime,
    until: datetime,
    environment: str = "production",
    segment: str = "",
    answer: str = "",
) -> Affected:
    """Return how many decisions were made in [since, until), and how many of a segment and answer.

    `segment` is 'attribute=value'. For the population of an incident: who may have been affected.
    """
    events = DecisionEvent.objects.filter(
        system_id=system_id, environment=environment, at__gte=since, at__lt=until
    )
    matching = events
    if segment:
        attribute, _, value = segment.partition("=")
        matching = matching.filter(segment__contains={attribute: value})
    if answer:
        matching = matching.filter(answer=answer)
    return Affected(decisions=events.count(), matching=matching.count())


def versions_between(
    *, system_id: UUID, since: datetime, until: datetime, environment: str = "production"
) -> dict[str, int]:
    """Return how many decisions each version made in [since, until)."""
    events = DecisionEvent.objects.filter(
        system_id=system_id, environment=environment, at__gte=since, at__lt=until
    )
    counted = events.values_list("version_label").annotate(decisions=Count("event_id"))
    return dict(counted.order_by("version_label"))


def heartbeats_between(
    *, system_id: UUID, since: datetime, until: datetime, environment: str = "production"
) -> list[Heartbeat]:
    """Return the signs of life of a system's gateway in [since, until), in order."""
    rows = Heartbeat.objects.filter(
        system_id=system_id, environment=environment, at__gte=since, at__lt=until
    )
    return list(rows.order_by("at", "pk"))
