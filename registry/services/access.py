"""Access: the check that services ask before they write."""

from datetime import datetime
from uuid import UUID

from ledger.rules.actors import Actor
from ledger.rules.commitments import Label
from ledger.rules.refusals import Missing
from registry.models import System, User
from registry.selectors.calendar_permits import refusal_for_calendar
from registry.selectors.permits import refusal_anywhere, refusal_for_system, refusal_for_unit

Subject = tuple[str, str, Label]


def require_system_permit(*, act: str, system: System, actor: Actor, at: datetime) -> None:
    """Raise Forbidden unless the actor may do this to the system."""
    refusal = refusal_for_system(act=act, system=system, actor=actor, at=at)
    if refusal is not None:
        raise refusal


def require_unit_permit(
    *, act: str, unit_id: UUID | None, actor: Actor, at: datetime, subject: Subject
) -> None:
    """Raise Forbidden unless the actor may do this within the unit."""
    refusal = refusal_for_unit(act=act, unit_id=unit_id, actor=actor, at=at, subject=subject)
    if refusal is not None:
        raise refusal


def require_anywhere(*, act: str, actor: Actor, at: datetime, subject: Subject) -> None:
    """Raise Forbidden unless the actor holds a role for this somewhere in the organisation."""
    refusal = refusal_anywhere(act=act, actor=actor, at=at, subject=subject)
    if refusal is not None:
        raise refusal


def require_calendar(*, name: str, key: str, actor: Actor, at: datetime) -> None:
    """Raise Forbidden unless the actor administers every unit that keeps a calendar."""
    refusal = refusal_for_calendar(name=name, key=key, actor=actor, at=at)
    if refusal is not None:
        raise refusal


def active_person(user_id: UUID) -> User:
    """Return an active account. Raises Missing."""
    user: User | None = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise Missing("unknown_person", "There is no such active person.")
    return user
