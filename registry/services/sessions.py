"""Sessions of people: ended one by one or all at once, which is on record."""

from datetime import datetime
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Missing
from ledger.services.entries import append_entry
from registry.models import User
from registry.services.access import require_unit_permit


@transaction.atomic
def close_sessions(*, user_id: UUID, but: str = "") -> int:
    """End all sessions of a person `but` the one with that key; the caller writes the entry.

    Returns how many.
    """
    rows = UserSession.objects.select_for_update().filter(user_id=user_id).exclude(session_key=but)
    keys = [row.session_key for row in rows]
    ended, _ = SessionStore.get_model_class().objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user_id=user_id, session_key__in=keys).delete()
    return int(ended)


@transaction.atomic
def end_session(*, user: User, session_id: int, actor: Actor, at: datetime) -> None:
    """End one session of a person, by the person. Raises Missing for somebody else's."""
    row = UserSession.objects.select_for_update().filter(user=user, pk=session_id).first()
    if row is None or actor.person != user.pk:
        raise Missing("unknown_session", "There is no such session; it may have ended.")
    SessionStore.get_model_class().objects.filter(session_key=row.session_key).delete()
    row.delete()
    _record(user, 1, "", actor, at)


@transaction.atomic
def end_sessions(*, user: User, but: str = "", reason: str = "", actor: Actor, at: datetime) -> int:
    """End a person's sessions `but` one; by the person, or by an administrator with a reason.

    Returns how many. Raises Forbidden.
    """
    if actor.person != user.pk:
        subject = ("user", str(user.pk), user.on_record)
        require_unit_permit(
            act="administer", unit_id=user.unit_id, actor=actor, at=at, subject=subject
        )
    ended = close_sessions(user_id=user.pk, but=but)
    if ended:
        _record(user, ended, reason, actor, at)
    return ended


@transaction.atomic
def follow_session(*, before: str, after: str) -> None:
    """Let the list know a session by its new key, after the key was changed."""
    UserSession.objects.filter(session_key=before).update(session_key=after)


def _record(user: User, ended: int, reason: str, actor: Actor, at: datetime) -> None:
    append_entry(
        verb="user.sessions_ended",
        actor=actor,
        at=at,
        subject=("user", str(user.pk), user.on_record),
        reason=reason,
        details={"sessions": ended},
    )
