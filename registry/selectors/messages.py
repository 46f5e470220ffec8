"""Messages as who keeps the installation running sees them: how they fared, not what they say.

Administrators see what went to the people whom they administer; what went to no person (webhooks,
mailboxes) concerns the whole organisation and is seen at its top alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from ledger.rules.refusals import Forbidden, Missing
from ledger.rules.worded import worded
from outbox.models import DeliveryAttempt, Message, NoticeStorm
from registry.models import RoleAssignment, System, Unit, User
from registry.rules.permits import PERMITS, in_words
from registry.selectors.access import units_administered_by

STATES = ("failed", "retrying", "queued", "sent", "delivered", "seen", "cancelled")
CHANNELS = ("mail", "page", "chat", "webhook", "product")
RETRYING = Q(state=Message.State.QUEUED, attempts__gt=0)
IN_STATE = {
    "failed": Q(state=Message.State.FAILED),
    "retrying": RETRYING,
    "queued": Q(state=Message.State.QUEUED, attempts=0),
    "sent": Q(state=Message.State.SENT, seen_at=None),
    "delivered": Q(state=Message.State.DELIVERED, seen_at=None),
    "seen": Q(seen_at__isnull=False),
    "cancelled": Q(state=Message.State.CANCELLED),
}


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message with the last answer of its receiver; `to` names a person or an endpoint."""

    message: Message
    to: str
    answer: str
    state: str


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page, newest first; `after` asks for the next one, '' on the last."""

    lines: Sequence[MessageLine]
    after: str


def messages_kept_by(*, user: User, at: datetime) -> QuerySet[Message]:
    """Return the messages that an administrator looks after, without those that others carry.

    Raises Forbidden for who administers nothing.
    """
    units = units_administered_by(user=user, at=at)
    if not units:
        words = in_words(PERMITS["administer"].roles)
        raise Forbidden(
            "role_missing",
            worded("You cannot see messages: that takes {words}.", words=words),
            who_can=[words],
        )
    rows = Message.objects.filter(carried_by=None)
    if Unit.objects.filter(pk__in=units, parent=None).exists():
        return rows
    return rows.filter(person_id__in=_people_of(units).values("pk"))


def message_kept_by(*, message_id: UUID, user: User, at: datetime) -> Message:
    """Return one of them. Raises Forbidden, Missing."""
    found = messages_kept_by(user=user, at=at).filter(pk=message_id).first()
    if found is None:
        raise Missing("no_message", "There is no such message.")
    return found


def found_messages(
    *, user: User, asked: Mapping[str, str], at: datetime, size: int = 50
) -> MessagePage:
    """Return a page of them. `asked`: `state`, `channel`, `after`; unknown words find everything.

    Raises Forbidden.
    """
    rows = messages_kept_by(user=user, at=at)
    rows = rows.filter(IN_STATE.get(asked.get("state", ""), Q()))
    if asked.get("channel") in CHANNELS:
        rows = rows.filter(channel=asked["channel"])
    last = _last(asked.get("after", ""))
    if last is not None:
        older = Q(created_at=last.created_at, pk__lt=last.pk)
        rows = rows.filter(Q(created_at__lt=last.created_at) | older)
    page = list(rows.select_related("endpoint").order_by("-created_at", "-id")[: size + 1])
    return MessagePage(_lines(page[:size]), str(page[size - 1].pk) if len(page) > size else "")


def message_counts(*, user: User, at: datetime) -> dict[str, int]:
    """Return how many failed, are tried again, and wait. Raises Forbidden."""
    rows = messages_kept_by(user=user, at=at).filter(
        state__in=(Message.State.FAILED, Message.State.QUEUED)
    )
    counted = {
        name: Count("pk", filter=IN_STATE[name]) for name in ("failed", "retrying", "queued")
    }
    found: dict[str, int] = rows.aggregate(**counted)
    return found


def standing_storm() -> NoticeStorm | None:
    """Return the storm that is on, if any."""
    return NoticeStorm.objects.filter(ended_at=None).first()


def _people_of(units: Sequence[UUID]) -> QuerySet[User]:
    held = RoleAssignment.objects.filter(unit_id__in=units).values("user_id")
    systems = System.objects.filter(unit_id__in=units)
    rows: QuerySet[User] = User.objects.filter(
        Q(unit_id__in=units)
        | Q(pk__in=held)
        | Q(pk__in=systems.values("owner_id"))
        | Q(pk__in=systems.values("deputy_id"))
    )
    return rows


def _last(after: str) -> Message | None:
    try:
        return Message.objects.filter(pk=UUID(after)).first()
    except ValueError:
        return None


def _lines(rows: Sequence[Message]) -> list[MessageLine]:
    ids = [row.pk for row in rows]
    tries = DeliveryAttempt.objects.filter(message_id__in=ids)
    newest = tries.order_by("message_id", "-number").distinct("message_id")
    answers = dict(newest.values_list("message_id", "response"))
    people = User.objects.filter(pk__in={row.person_id for row in rows if row.person_id})
    names = dict(people.values_list("pk", "name"))
    return [
        MessageLine(
            message=row,
            to=_to(row, names),
            answer=answers.get(row.pk, ""),
            state=next(name for name in ORDER if _matches(row, name)),
        )
        for row in rows
    ]


ORDER = ("seen", "retrying", "queued", "failed", "sent", "delivered", "cancelled")


def _matches(row: Message, name: str) -> bool:
    if name == "seen":
        return row.seen_at is not None
    if name in ("retrying", "queued"):
        return row.state == "queued" and (row.attempts > 0) == (name == "retrying")
    return row.state == name


def _to(row: Message, names: Mapping[UUID, str]) -> str:
    if row.endpoint is not None:
        return row.endpoint.name
    return names.get(row.person_id, row.address) if row.person_id else row.address
