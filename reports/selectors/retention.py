"""What holds and open cases keep from going, across all floors."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from incidents.models import Incident, Participation
from incidents.rules.transitions import ENDED
from registry.models import LegalHold
from registry.rules.retention import Cover
from registry.selectors.holds import cover, holds_in_force

Held = dict[UUID, tuple[UUID, ...]]


def full_cover(at: datetime) -> Cover:
    """Return what the holds of the instant cover, with the cases and people that belong to it.

    A hold on a system covers its incidents, one on an incident whoever took a part in it.
    """
    found = cover(at)
    incidents, people = dict(found.incidents), dict(found.people)
    # A hold on an incident names its system too, but only for readings: they are of no incident.
    for hold in holds_in_force(at).filter(scope=LegalHold.Scope.SYSTEM):
        for incident in Incident.objects.filter(system_id=hold.system_id):
            _add(incidents, incident.pk, (hold.pk,))
    parts = Participation.objects.filter(incident_id__in=list(incidents))
    for person, incident in parts.values_list("person_id", "incident_id").distinct():
        _add(people, person, incidents[incident])
    return replace(found, incidents=incidents, people=people, open_since=_open_since())


def _open_since() -> dict[UUID, datetime]:
    """Return since when the oldest open case of each system reaches back."""
    rows = Incident.objects.exclude(state__in=ENDED)
    since: dict[UUID, datetime] = {}
    for system, onset, detected in rows.values_list("system_id", "onset_at", "detected_at"):
        first = min(onset or detected, detected)
        since[system] = min(since.get(system, first), first)
    return since


def _add(held: Held, key: UUID, holds: tuple[UUID, ...]) -> None:
    held[key] = tuple(dict.fromkeys((*held.get(key, ()), *holds)))
