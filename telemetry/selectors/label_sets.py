"""Events that somebody labelled, with every label: an evaluation or training set."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from registry.models import System
from telemetry.models import DecisionEvent, EventLabel

MOST = 5000
AT_ONCE = 500
NEWEST = """
SELECT DISTINCT l.at, l.event_id FROM telemetry_event_label l
 WHERE l.system_id = %s AND l.at >= %s AND l.at <= %s
 ORDER BY l.at DESC, l.event_id DESC LIMIT %s
"""
Key = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class LabelledEvent:
    """An event with its labels, the oldest first, and the address of its system."""

    slug: str
    event: DecisionEvent
    labels: Sequence[EventLabel]


def labelled_events(*, system_id: UUID, since: datetime, until: datetime) -> list[LabelledEvent]:
    """Return the newest 5,000 labelled events of a system in a time, the oldest first.

    Answers to canary sets and labels whose event has not come, or is gone, are left out.
    """
    slug = System.objects.values_list("slug", flat=True).get(pk=system_id)
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [system_id, since, until, MOST])
        keys: list[Key] = sorted(cursor.fetchall())
    found: list[LabelledEvent] = []
    for first in range(0, len(keys), AT_ONCE):
        found += _read(slug, system_id, keys[first : first + AT_ONCE])
    return found


def _read(slug: str, system_id: UUID, keys: Sequence[Key]) -> list[LabelledEvent]:
    span = Q(system_id=system_id, at__gte=keys[0][0], at__lte=keys[-1][0])
    named = Q(event_id__in=[event for _, event in keys])
    events = {
        (row.at, row.event_id): row
        for row in DecisionEvent.objects.filter(span, named, canary__isnull=True)
    }
    labels: dict[Key, list[EventLabel]] = defaultdict(list)
    for row in EventLabel.objects.filter(span, named).order_by("labelled_at", "kind", "reviewer"):
        labels[row.at, row.event_id].append(row)
    return [LabelledEvent(slug, events[key], labels[key]) for key in keys if key in events]
