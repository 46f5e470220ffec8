"""Who looked at an answer, who reviews it, and what waits for whom."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from registry.models import System, User
from registry.rules.permits import PERMITS
from registry.selectors.people import people_with_role
from telemetry.models import AnswerLook, AnswerReview
from telemetry.selectors.answers import Event


def looks_at(event: Event, limit: int = 50) -> Sequence[AnswerLook]:
    """Return who looked at an event unmasked, the newest first."""
    rows = AnswerLook.objects.filter(_same(event)).select_related("looked_by")
    return list(rows.order_by("-looked_at")[:limit])


def reviews_of(event: Event, limit: int = 50) -> Sequence[AnswerReview]:
    """Return the reviews of an event, the newest first."""
    rows = AnswerReview.objects.filter(_same(event)).select_related("sent_by", "reviewer")
    return list(rows.order_by("-sent_at")[:limit])


def reviews_waiting_for(
    *, user: User, systems: QuerySet[System], limit: int = 50
) -> Sequence[AnswerReview]:
    """Return the reviews that wait for a person, the oldest first."""
    waiting = AnswerReview.objects.filter(
        reviewer=user, state=AnswerReview.State.WAITING, system__in=systems
    )
    return list(waiting.select_related("system", "sent_by").order_by("sent_at")[:limit])


def reviewers_for(*, system: System, at: datetime) -> list[User]:
    """Return the active people who may review answers of a system, by name."""
    people = {system.owner, system.deputy}
    for role in PERMITS["answer.review"].roles - {"owner", "deputy"}:
        people |= set(
            people_with_role(role=role, unit_id=system.unit_id, system_id=system.pk, at=at)
        )
    active = [person for person in people if person.is_active]
    return sorted(active, key=lambda person: (person.name, str(person.pk)))


def _same(event: Event) -> Q:
    return Q(system=event.system, event_at=event.at, event_id=event.event_id)
