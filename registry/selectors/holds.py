"""Legal holds: which are in force, and what they cover."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from ledger.rules.worded import term, word
from registry.models import LegalHold
from registry.rules.retention import Cover

Scope = LegalHold.Scope


def holds_in_force(at: datetime) -> QuerySet[LegalHold]:
    """Return the holds of the instant, the oldest first, with what they name."""
    rows = LegalHold.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=at), from_at__lte=at, ended_at__isnull=True
    )
    return rows.select_related("system", "person", "owner").order_by("from_at", "pk")


def cover(at: datetime) -> Cover:
    """Return what the holds of the instant cover. A hold on an incident covers its system's rows.

    A month of readings cannot be told apart by incident, so it stays whole.
    """
    rows = list(holds_in_force(at))
    return Cover(
        everything=tuple(row.pk for row in rows if row.scope == Scope.EVERYTHING),
        systems=_by((row.system_id, row.pk) for row in rows),
        incidents=_by((row.incident_id, row.pk) for row in rows),
        people=_by((row.person_id, row.pk) for row in rows),
    )


def words_of(hold: LegalHold) -> str:
    """Say what a hold covers: 'everything', 'INC-2026-0001', 'Claims approval', a name."""
    if hold.scope == Scope.INCIDENT:
        return hold.incident_number
    if hold.system is not None:
        return hold.system.name
    return hold.person.name if hold.person is not None else term(word("everything"))


def _by(pairs: Iterable[tuple[UUID | None, UUID]]) -> dict[UUID, tuple[UUID, ...]]:
    found: dict[UUID, tuple[UUID, ...]] = {}
    for key, hold in pairs:
        if key is not None:
            found[key] = (*found.get(key, ()), hold)
    return found
