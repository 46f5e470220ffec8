"""Incidents that may have one cause: they share something, and began within one cadence.

Only told, never done: somebody merges or links them, or lets them be (workflow section 4).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Literal, NamedTuple
from uuid import UUID

Kind = Literal["feed", "version", "upstream", "supplier"]
ORDER: tuple[Kind, ...] = ("feed", "version", "upstream", "supplier")
"""What explains more stands first."""
BETWEEN_SYSTEMS = frozenset({"upstream", "supplier"})
"""What the incidents of one system share anyway."""
LEAST = timedelta(hours=1)
MOST = timedelta(days=7)
Pair = frozenset[UUID]


class Key(NamedTuple):
    """What is shared: its kind, what it is known by, its name for people."""

    kind: Kind
    ident: str
    name: str


@dataclass(frozen=True, slots=True)
class Told:
    """An open incident: when its cause began, how often its KPIs are read, what it depends on.

    `stopped` says by sender when it was heard last; `breaches` counts what was tied to it.
    """

    id: UUID
    number: str
    system: UUID
    begins: datetime
    cadence: timedelta
    keys: frozenset[Key]
    breaches: int = 1
    stopped: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """Incidents that share something and began together, the earliest first."""

    key: Key
    members: tuple[Told, ...]

    @property
    def began(self) -> datetime:
        """When it began, as well as it is known: when a feed was heard last, else the first."""
        heard = [one.stopped for one in self.members if one.stopped is not None]
        is_feed = self.key.kind == "feed" and heard
        return max(heard) if is_feed else self.members[0].begins

    @property
    def breaches(self) -> int:
        """How many breaches they are together."""
        return sum(one.breaches for one in self.members)

    def beside(self, incident: UUID, tied: Collection[Pair]) -> list[Told]:
        """Return the members that are not tied to an incident yet, without itself."""
        others = (one for one in self.members if one.id != incident)
        return [one for one in others if frozenset({one.id, incident}) not in tied]


def shared_causes(cases: Iterable[Told], *, tied: Collection[Pair] = ()) -> list[Shared]:
    """Return what open incidents may have as one cause, what explains most first.

    `tied` are the pairs that somebody merged or linked already; where all are, nothing is told. Of
    two causes for the same incidents the one that explains more stands.
    """
    by_key: dict[Key, list[Told]] = defaultdict(list)
    for case in cases:
        for key in case.keys:
            by_key[key].append(case)
    found = [
        Shared(key, members)
        for key, some in by_key.items()
        for members in _together(some)
        if _is_told(key, members, tied)
    ]
    found.sort(key=lambda one: (ORDER.index(one.key.kind), -len(one.members), one.key))
    first: dict[frozenset[UUID], Shared] = {}
    for one in found:
        first.setdefault(frozenset(case.id for case in one.members), one)
    return list(first.values())


def _together(cases: Sequence[Told]) -> Iterable[tuple[Told, ...]]:
    """Split incidents into those that began within one cadence of the first of them."""
    group: list[Told] = []
    for case in sorted(cases, key=lambda one: (one.begins, one.number)):
        if group and case.begins - group[0].begins > _window(group[0], case):
            yield tuple(group)
            group = []
        group.append(case)
    if group:
        yield tuple(group)


def _window(first: Told, other: Told) -> timedelta:
    return min(max(first.cadence, other.cadence, LEAST), MOST)


def _is_told(key: Key, members: Sequence[Told], tied: Collection[Pair]) -> bool:
    if len(members) < 2:
        return False
    if key.kind in BETWEEN_SYSTEMS and len({one.system for one in members}) < 2:
        return False
    return any(frozenset({one.id, other.id}) not in tied for one, other in combinations(members, 2))
