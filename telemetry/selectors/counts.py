"""Counts over decision events: how many there were, and what was said in them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Count

from telemetry.models import DecisionEvent, Heartbeat
from telemetry.rules.tallies import Counts, counts_of
from telemetry.selectors.told import PART, sums, told_between

# One pass over the events of each bucket; '' stands for all of them, a name for one segment.
COUNT = f"""
WITH {told_between()}
SELECT g.number, coalesce({PART}, '') AS part, GROUPING(coalesce({PART}, '')) AS whole, {sums()}
FROM unnest(%(numbers)s::int[], %(environments)s::text[], %(sinces)s::timestamptz[],
    %(untils)s::timestamptz[], %(attributes)s::text[], %(positives)s::text[])
  AS g(number, environment, since, until, attribute, positive)
JOIN told e ON e.environment = g.environment AND e.at >= g.since AND e.at < g.until
GROUP BY GROUPING SETS ((g.number), (g.number, coalesce({PART}, '')))
"""  # noqa: S608  names of ours


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
    starts = [one.window_end - timedelta(seconds=one.seconds) for one in ordered]
    parameters: dict[str, Any] = {
        "system": system_id,
        "since": min(starts),
        "until": max(one.window_end for one in ordered),
        "numbers": list(range(len(ordered))),
        "environments": [one.environment for one in ordered],
        "sinces": starts,
        "untils": [one.window_end for one in ordered],
        "attributes": [one.attribute for one in ordered],
        "positives": [one.positive for one in ordered],
    }
    found: dict[Bucket, dict[str, Counts]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, parameters)
        for number, part, whole, counted in cursor.fetchall():
            if whole or part:
                found.setdefault(ordered[number], {})["" if whole else part] = counts_of(counted)
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
