"""Privileged notes: how many there are, and to whom their text is shown."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from incidents.models import Incident, PrivilegedNote
from registry.selectors.people import roles_for_system

MAY_WRITE = frozenset({"compliance", "executive"})
MAY_READ = frozenset({"compliance"})
MOST_COUNTED = 10_000


def may_write(*, incident: Incident, user_id: UUID, at: datetime) -> bool:
    """Whether a person may write privileged notes on an incident."""
    held = roles_for_system(user_id=user_id, system=incident.system, at=at)
    return may_write_with(held)


def may_write_with(held: Collection[str]) -> bool:
    """Whether who holds these roles for an incident's system may write privileged notes."""
    return not MAY_WRITE.isdisjoint(held)


def count_notes(*, incident: Incident) -> int:
    """Return how many there are, MOST_COUNTED for more than that: the number is no secret."""
    rows = PrivilegedNote.objects.filter(incident=incident).values("pk")
    return rows.order_by()[:MOST_COUNTED].count()


def notes_for(*, incident: Incident, user_id: UUID, at: datetime) -> list[PrivilegedNote]:
    """Return the notes that a person may read, the newest first: compliance all, others theirs."""
    rows = PrivilegedNote.objects.filter(incident=incident).select_related("author")
    if not roles_for_system(user_id=user_id, system=incident.system, at=at) & MAY_READ:
        rows = rows.filter(author_id=user_id)
    return list(rows.order_by("-made_at"))
