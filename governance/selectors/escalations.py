"""Escalations: who was told of an incident, when, and who has said that they have it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max

from governance.models import EscalationFiring, StepAcknowledgement
from incidents.models import Incident
from ledger.arrays import among
from ledger.selectors.acts import last_acts


def firings_of(*, incident: Incident) -> list[EscalationFiring]:
    """Return every step that fired, the newest first, each with `acknowledged_by` (names)."""
    having: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    acknowledged = StepAcknowledgement.objects.filter(incident=incident)
    for row in acknowledged.select_related("person").order_by("at"):
        having[(row.rule, row.step)].append(row.person.name)
    firings = list(EscalationFiring.objects.filter(incident=incident).order_by("-fired_at", "-pk"))
    for firing in firings:
        names = having[(firing.rule, firing.step)]
        firing.acknowledged_by = names  # type: ignore[attr-defined]
    return firings


def holders(
    *, incident: Incident, rule: str, step: int, lasts: timedelta | None, at: datetime
) -> tuple[set[UUID], set[UUID]]:
    """Return who has a step, and whose 'I have it' has lapsed: they did nothing for `lasts` since.

    An act is an entry of theirs on the case; reading is none. `lasts` None never lapses.
    """
    said = said_on(incident_ids=[incident.pk], at=at).get((incident.pk, rule, step), {})
    acted = last_acts(incident_id=incident.pk, people=said) if said and lasts is not None else {}
    return holding(said, acted, lasts=lasts, at=at)


def said_on(
    *, incident_ids: Collection[UUID], at: datetime
) -> dict[tuple[UUID, str, int], dict[UUID, datetime]]:
    """Return who said 'I have it' until now, and when last, by (incident, rule, step)."""
    said = StepAcknowledgement.objects.filter(incident_id__in=among(incident_ids), at__lte=at)
    newest = said.values("incident_id", "rule", "step", "person_id").annotate(last=Max("at"))
    found: defaultdict[tuple[UUID, str, int], dict[UUID, datetime]] = defaultdict(dict)
    for row in newest:
        found[(row["incident_id"], row["rule"], row["step"])][row["person_id"]] = row["last"]
    return dict(found)


def holding(
    said: Mapping[UUID, datetime],
    acted: Mapping[UUID, datetime],
    *,
    lasts: timedelta | None,
    at: datetime,
) -> tuple[set[UUID], set[UUID]]:
    """Tell who has a step and whose word lapsed, by when they said it and when they last acted."""
    if lasts is None:
        return set(said), set()
    held = {
        person for person, when in said.items() if max(when, acted.get(person, when)) + lasts > at
    }
    return held, set(said) - held
