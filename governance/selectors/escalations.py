"""Escalations: who was told of an incident, when, and who has said that they have it."""

from collections import defaultdict

from governance.models import EscalationFiring, StepAcknowledgement
from incidents.models import Incident


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
