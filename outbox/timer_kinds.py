"""Plug point: which kinds of timers exist, what they lock and what they do when they fall due."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

Lock = Callable[[Sequence[UUID]], set[UUID]]
Fire = Callable[..., None]
FireMany = Callable[..., set[UUID]]


class Due(Protocol):
    """What a timer that is due says of itself: a row of the table, or only what is read of it."""

    @property
    def pk(self) -> UUID:
        """Its id."""

    @property
    def key(self) -> str:
        """What makes it one."""

    @property
    def subject_id(self) -> UUID:
        """What is locked before it."""

    @property
    def due_at(self) -> datetime:
        """The planned instant."""

    @property
    def payload(self) -> Any:
        """What its kind needs to know."""


@dataclass(slots=True)
class DueTimer:
    """A timer that is due, as a set of them is read: a third of what a model costs."""

    pk: UUID
    key: str
    subject_id: UUID
    due_at: datetime
    payload: Any


@dataclass(frozen=True, slots=True)
class TimerKind:
    """`lock(subject_ids)` locks what it can without waiting and returns it;
    `fire(timer=…, at=…)` does the work in the sweep's transaction.

    A kind of which many fall due at once may give `fire_many(timers=…, at=…)` as well, with timers
    as `DueTimer`: it does for as many as it can exactly what `fire` would, set-wise, and returns
    the ids of those. Those of the others that are still due then go one by one after them.
    """

    name: str
    lock: Lock
    fire: Fire
    fire_many: FireMany | None = None


_kinds: dict[str, TimerKind] = {}


def register(name: str, *, lock: Lock, fire: Fire, fire_many: FireMany | None = None) -> None:
    """Register a kind once. Raises ValueError for a doubled one."""
    kind = TimerKind(name, lock, fire, fire_many)
    if name in _kinds and _kinds[name] != kind:
        raise ValueError(f"the timer kind {name!r} is registered twice")
    _kinds[name] = kind


def lookup(name: str) -> TimerKind:
    """Return a kind. Raises KeyError."""
    return _kinds[name]


def registered() -> dict[str, TimerKind]:
    """Return all kinds by name."""
    return dict(_kinds)


def lock_nothing(subject_ids: Sequence[UUID]) -> set[UUID]:
    """The lock of kinds whose subject needs none."""
    return set(subject_ids)
