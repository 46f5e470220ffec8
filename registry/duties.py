"""Plug point: what a person answers for, so that it can be handed over before they leave.

A floor registers its sources in `AppConfig.ready()`. `find` lists what somebody has at an instant;
`hand_over` gives one of these to a successor, or ends it where nobody takes it over, with its own
ledger entry, and refuses (Conflict, Forbidden) a successor whose own part stands against it.
`against` says, as a clause, why one person may not act for another; empty when nothing does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from ledger.rules.actors import Actor


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that somebody has; `id` is unique within its source.

    `successor`: somebody must take it over ('needed'), may ('optional'), or nobody does: it ends
    with the account ('none'). `note` says what happens then.
    """

    id: str
    words: str
    link: str = ""
    successor: Literal["needed", "optional", "none"] = "needed"
    note: str = ""


class HandOver(Protocol):
    """Gives one duty to a successor, or ends it (`to_id` None)."""

    def __call__(
        self,
        *,
        duty_id: str,
        from_id: UUID,
        to_id: UUID | None,
        reason: str,
        actor: Actor,
        at: datetime,
    ) -> None:
        """Hand over or end, with an entry. Raises Refused where the successor may not."""


Find = Callable[[UUID, datetime], Sequence[Duty]]
Against = Callable[[UUID, UUID, datetime], str]


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of duty: its name, its heading, how it is found and handed over.

    Without `hand_over` it is shown, and settles itself.
    """

    name: str
    label: str
    find: Find
    hand_over: HandOver | None = None


_sources: dict[str, Source] = {}
_against: dict[str, Against] = {}


def register(source: Source) -> None:
    """Register a source once. Raises ValueError for a doubled name."""
    if _sources.setdefault(source.name, source) != source:
        raise ValueError(f"the duties {source.name!r} are registered twice")


def register_against(name: str, against: Against) -> None:
    """Register what may stand against acting for another. Raises ValueError for a doubled name."""
    if _against.setdefault(name, against) is not against:
        raise ValueError(f"the conflict {name!r} is registered twice")


def registered() -> dict[str, Source]:
    """Return all sources by name, in the order of their registration."""
    return dict(_sources)


def reasons_against(*, principal: UUID, delegate: UUID, at: datetime) -> list[str]:
    """Return every reason, as a clause, why one person may not act for another."""
    found = (against(principal, delegate, at) for against in _against.values())
    return [reason for reason in found if reason]
