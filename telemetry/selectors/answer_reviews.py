"""Who looked at an answer, who reviews it, and what waits for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

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


@dataclass(frozen=True, slots=True)
class Reviews:
    """The reviews of an event that a reader sees; `hidden` counts those that wait for theirs."""

    rows: Sequence[AnswerReview]
    hidden: int = 0


def reviews_of(event: Event, *, reader: UUID, limit: int = 50) -> Reviews:
    """Return the reviews of an event, the newest first.

    Who still has a verdict to give does not see those of others, so that two are independent.
    """
    rows = AnswerReview.objects.filter(_same(event)).select_related("sent_by", "reviewer", "system")
    found = list(rows.order_by("-sent_at")[:limit])
    waiting = AnswerReview.State.WAITING
    if not any(one.state == waiting and one.reviewer_id == reader for one in found):
        return Reviews(found)
    shown = [one for one in found if one.state == waiting or one.reviewer_id == reader]
    return Reviews(shown, len(found) - len(shown))


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
