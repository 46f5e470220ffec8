"""Who acts in this thread of work: feeds the readable history only.

Services take `actor` as an argument; where both are known they must agree.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token

from ledger.rules.actors import Actor

_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


def current_actor() -> Actor | None:
    """Return who acts, None outside any door."""
    return _acting.get()


def enter(actor: Actor | None) -> Token[Actor | None]:
    """Let `actor` act from here on; doors that cannot open a block pass the result to `leave`."""
    return _acting.set(actor)


def leave(token: Token[Actor | None]) -> None:
    """Restore who acted before `enter`."""
    _acting.reset(token)


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """Let `actor` be who acts within the block. Doors and engines open it."""
    token = enter(actor)
    try:
        yield actor
    finally:
        leave(token)
