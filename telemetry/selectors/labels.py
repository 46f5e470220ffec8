"""Labels and the events that they are about."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from telemetry.models import DecisionEvent, EventLabel
from telemetry.rules.labels import Label, newest

EVENTS = """
SELECT DISTINCT e.environment, e.at
  FROM telemetry_decision_event e
 WHERE e.system_id = %s AND e.at BETWEEN %s AND %s
   AND (e.at, e.event_id) IN (SELECT * FROM unnest(%s::timestamptz[], %s::text[]))
"""


def instants_of(*, system_id: UUID, event_ids: Collection[str]) -> dict[str, list[datetime]]:
    """Return when the events with these ids happened; an id may have been used more than once.

    All events of the system are looked through, by their key alone.
    """
    found: dict[str, list[datetime]] = defaultdict(list)
    rows = DecisionEvent.objects.filter(system_id=system_id, event_id__in=list(event_ids))
    for event, at in rows.values_list("event_id", "at").order_by("at"):
        found[event].append(at)
    return found


def touched_by(
    *, system_id: UUID, keys: Collection[tuple[datetime, str]]
) -> dict[tuple[UUID, str], set[datetime]]:
    """Return the instants of the events that have come, by system and environment."""
    found: dict[tuple[UUID, str], set[datetime]] = defaultdict(set)
    instants = [at for at, _ in keys]
    with connection.cursor() as cursor:
        cursor.execute(
            EVENTS,
            [system_id, min(instants), max(instants), instants, [event for _, event in keys]],
        )
        for environment, at in cursor.fetchall():
            found[system_id, environment].add(at)
    return found


def labels_of(*, system_id: UUID, at: datetime, event_id: str) -> list[EventLabel]:
    """Return all labels of an event, by kind, the newest first."""
    rows = EventLabel.objects.filter(system_id=system_id, at=at, event_id=event_id)
    return list(rows.order_by("kind", "-labelled_at", "-reviewer"))


def newest_labels(*, system_id: UUID, at: datetime, event_id: str) -> dict[str, Any]:
    """Return what counts of an event by kind of label."""
    found: dict[str, list[Label]] = defaultdict(list)
    for row in labels_of(system_id=system_id, at=at, event_id=event_id):
        found[row.kind].append(Label(row.labelled_at, row.reviewer, row.value))
    return newest(found)
