"""What a person keeps of their desk: views by name, the secret address of their calendar."""

import secrets
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import User
from reports.models import CalendarFeed, DeskView

MOST_VIEWS = 20
LONGEST_NAME, LONGEST_QUERY = 40, 300
SECRET_BYTES = 32


@transaction.atomic
def save_view(*, name: str, page: str, query: str, actor: Actor, at: datetime) -> DeskView:
    """Keep a filtered list under a name of one's own; a known name shows the new one from now on.

    `query` is what the list itself writes into its address. Raises Forbidden, Invalid, Conflict.
    """
    user = _locked(actor)
    _refuse(name, page, query)
    rows = DeskView.objects.filter(user=user, removed_at__isnull=True)
    row = rows.filter(page=page, name=name.strip()).first()
    if row is None and rows.count() >= MOST_VIEWS:
        words = worded("You keep {most} views. Take one away first.", most=MOST_VIEWS)
        raise Conflict("too_many_views", words)
    made = row or DeskView(user=user, page=page, name=name.strip(), made_at=at)
    before = {"query": row.query} if row else None
    made.query = query
    made.save(force_insert=row is None, at=at)
    append_entry(
        verb="desk_view.saved",
        actor=actor,
        at=at,
        subject=("desk_view", str(made.pk), made.name),
        before=before,
        after={"page": page, "query": query},
    )
    return made


@transaction.atomic
def remove_view(*, view_id: UUID, actor: Actor, at: datetime) -> DeskView:
    """Take a view of one's own away. Raises Forbidden, Missing."""
    user = _locked(actor)
    row = DeskView.objects.filter(pk=view_id, user=user, removed_at__isnull=True).first()
    if row is None:
        raise Missing("unknown_view", "You keep no such view.")
    row.removed_at = at
    row.save(at=at)
    append_entry(
        verb="desk_view.removed",
        actor=actor,
        at=at,
        subject=("desk_view", str(row.pk), row.name),
    )
    return row


@transaction.atomic
def make_feed(*, actor: Actor, at: datetime) -> tuple[CalendarFeed, str]:
    """Make a secret address for one's calendar, and end the one before; return it and its secret.

    The secret is told this once. Raises Forbidden.
    """
    user = _locked(actor)
    _end(user, CalendarFeed.Ended.REPLACED, actor, at)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    row = CalendarFeed(user=user, secret_sha256=digest_of(secret), made_at=at)
    row.save(force_insert=True, at=at)
    append_entry(
        verb="calendar_feed.made",
        actor=actor,
        at=at,
        subject=("calendar_feed", str(row.pk), "calendar of deadlines"),
    )
    return row, secret


@transaction.atomic
def revoke_feed(*, actor: Actor, at: datetime) -> None:
    """End the address of one's calendar: whoever has it reads nothing more. Raises Missing."""
    user = _locked(actor)
    if not _end(user, CalendarFeed.Ended.REVOKED, actor, at):
        raise Missing("no_feed", "You have no calendar address.")


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return sha256(secret.encode()).hexdigest()


def _end(user: User, because: str, actor: Actor, at: datetime) -> bool:
    row = CalendarFeed.objects.filter(user=user, ended_at__isnull=True).first()
    if row is None:
        return False
    row.ended_at, row.ended_because = at, because
    row.save(at=at)
    append_entry(
        verb="calendar_feed.ended",
        actor=actor,
        at=at,
        subject=("calendar_feed", str(row.pk), "calendar of deadlines"),
        details={"because": because},
    )
    return True


def _locked(actor: Actor) -> User:
    """Return the person themselves, locked: one thing at a time is kept of theirs."""
    if actor.person is None:
        raise Forbidden("person_needed", "A desk is a person's own, not a token's.")
    user: User = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=actor.person)
    return user


def _refuse(name: str, page: str, query: str) -> None:
    faults = {
        "name": ""
        if 0 < len(name.strip()) <= LONGEST_NAME
        else worded("1 to {longest_name} letters.", longest_name=LONGEST_NAME),
        "page": "" if page in DeskView.Page.values else "There is no such list.",
        "query": "" if len(query) <= LONGEST_QUERY else "That is too long to keep.",
    }
    if "\x00" in name + query:
        faults["name"] = "A letter in it cannot be kept."
    found = {field: words for field, words in faults.items() if words}
    if found:
        raise Invalid("bad_view", "This view cannot be kept.", fields=found)
