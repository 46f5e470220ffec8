"""Plug point: which kinds of timers exist, what they lock and what they do when they fall due."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

Lock = Callable[[Sequence[UUID]], set[UUID]]
Fire = Callable[..., None]
FireMany = Callable[..., set[UUID]]


@dataclass(frozen=True, slots=True)
class TimerKind:
    """`lock(subject_ids)` locks what it can without waiting and returns it;
    `fire(timer=…, at=…)` does the work in the sweep's transaction.

    A kind of which many fall due at once may give `fire_many(timers=…, at=…)` as well: it does for
    as many as it can exactly what `fire` would, set-wise, and returns the ids of those. The others
    go one by one after them.
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
