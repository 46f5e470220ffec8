"""Messages as who keeps the installation running sees them: how they fared, not what they say.

Administrators see what went to the people whom they administer; what went to no person (webhooks,
mailboxes) concerns the whole organisation and is seen at its top alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery

from ledger.rules.refusals import Forbidden, Missing
from ledger.rules.worded import word, worded
from ledger.selectors.at_once import at_once, counted
from outbox.models import DeliveryAttempt, Message, NoticeStorm
from registry.models import RoleAssignment, System, User
from registry.rules.permits import PERMITS, in_words
from registry.selectors.access import ADMINISTRATORS
from registry.selectors.keyset import page_behind

MOST_COUNTED = 2_000
STATES = ("failed", "retrying", "queued", "sent", "delivered", "seen", "cancelled")
CHANNELS = (word("mail"), word("page"), word("chat"), word("webhook"), word("product"))
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
# The units that somebody administers with all below them, and whether each is at the top.
ADMINISTERED = """
WITH RECURSIVE below(id) AS (
    SELECT unit_id FROM registry_roleassignment
    WHERE user_id = %(person)s AND role = ANY(%(roles)s) AND unit_id IS NOT NULL
      AND from_at <= %(at)s AND (until_at IS NULL OR until_at > %(at)s)
    UNION
    SELECT unit.id FROM registry_unit unit JOIN below ON unit.parent_id = below.id
)
SELECT unit.id, unit.parent_id IS NULL FROM registry_unit unit JOIN below ON below.id = unit.id
"""


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


@dataclass(frozen=True, slots=True)
class Standing:
    """How many failed, are tried again, and wait: MOST_COUNTED of each at most.

    `more` names those of which there are more. `storm` is how many notices came in the storm that
    is on, None while there is none.
    """

    counts: Mapping[str, int]
    more: frozenset[str]
    storm: int | None


def messages_kept_by(*, user: User, at: datetime) -> QuerySet[Message]:
    """Return the messages that an administrator looks after, without those that others carry.

    One query before the one that reads them. Raises Forbidden for who administers nothing.
    """
    units = _administered(user, at)
    if not units:
        words = in_words(PERMITS["administer"].roles)
        raise Forbidden(
            "role_missing",
            worded("You cannot see messages: that takes {words}.", words=words),
            who_can=[words],
        )
    rows = Message.objects.filter(carried_by=None)
    if any(units.values()):
        return rows
    return rows.filter(person_id__in=_people_of(list(units)).values("pk"))


def _administered(user: User, at: datetime) -> dict[UUID, bool]:
    if not user.is_active:
        return {}
    given: dict[str, Any] = {"person": user.pk, "roles": sorted(ADMINISTRATORS), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(ADMINISTERED, given)
        return dict(cursor.fetchall())


def message_kept_by(*, message_id: UUID, user: User, at: datetime) -> Message:
    """Return one of them. Raises Forbidden, Missing."""
    found = messages_kept_by(user=user, at=at).filter(pk=message_id).first()
    if found is None:
        raise Missing("no_message", "There is no such message.")
    return found


def found_messages(
    *, kept: QuerySet[Message], asked: Mapping[str, str], size: int = 50
) -> MessagePage:
    """Return a page of messages that somebody looks after; one query.

    `asked`: `state`, `channel`, `after`; unknown words find everything.
    """
    rows = kept.filter(IN_STATE.get(asked.get("state", ""), Q()))
    if asked.get("channel") in CHANNELS:
        rows = rows.filter(channel=asked["channel"])
    tries = DeliveryAttempt.objects.filter(message=OuterRef("pk")).order_by("-number")
    people = User.objects.filter(pk=OuterRef("person_id"))
    rows = rows.select_related("endpoint").annotate(
        answer=Subquery(tries.values("response")[:1]), name=Subquery(people.values("name"))
    )
    page = page_behind(rows, by="-created_at", after=asked.get("after", ""), size=size)
    return MessagePage([_line(row) for row in page.rows], page.after)


def standing_of(kept: QuerySet[Message]) -> Standing:
    """Return how messages that somebody looks after stand, and the storm that is on; one query."""
    names = ("failed", "retrying", "queued")
    storm = NoticeStorm.objects.filter(ended_at=None).values_list("counted")[:1]
    found = at_once(
        {"storm": storm}
        | {name: counted(kept.filter(IN_STATE[name]), most=MOST_COUNTED + 1) for name in names}
    )
    counts = {name: int(found[name][0][0]) for name in names}
    return Standing(
        counts={name: min(count, MOST_COUNTED) for name, count in counts.items()},
        more=frozenset(name for name, count in counts.items() if count > MOST_COUNTED),
        storm=found["storm"][0][0] if found["storm"] else None,
    )


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


def _line(row: Any) -> MessageLine:
    return MessageLine(
        message=row,
        to=_to(row),
        answer=row.answer or "",
        state=next(name for name in ORDER if _matches(row, name)),
    )


ORDER = ("seen", "retrying", "queued", "failed", "sent", "delivered", "cancelled")


def _matches(row: Message, name: str) -> bool:
    if name == "seen":
        return row.seen_at is not None
    if name in ("retrying", "queued"):
        return row.state == "queued" and (row.attempts > 0) == (name == "retrying")
    return row.state == name


def _to(row: Any) -> str:
    if row.endpoint is not None:
        return str(row.endpoint.name)
    return str(row.address if row.name is None else row.name)
