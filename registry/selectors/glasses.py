"""What was opened in an emergency in the course of this request, so that the door records it."""

from contextvars import ContextVar, Token
from uuid import UUID

_noted: ContextVar[set[UUID] | None] = ContextVar("glasses", default=None)


def note_glass(glass: UUID) -> None:
    """Note that the answer which is being made rests on an opened glass."""
    noted = _noted.get()
    if noted is not None:
        noted.add(glass)


def begin_noting() -> Token[set[UUID] | None]:
    """Begin to note for one request."""
    return _noted.set(set())


def end_noting(token: Token[set[UUID] | None]) -> frozenset[UUID]:
    """Return what was noted since `begin_noting`, and stop."""
    noted = _noted.get() or set()
    _noted.reset(token)
    return frozenset(noted)
