"""Scorecards by unit and by system: how many lines stand how, the worst first."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from uuid import UUID

from governance.rules.scorecards import LAGGING, LEADING, Fact, Tally
from governance.selectors.pages.scorecard_lines import Place, Scored

MOST_ROWS = 100
Parents = Mapping[UUID, Place]


@dataclass(slots=True)
class Group:
    """A unit with all below it, or a system: its lines counted, leading apart from lagging.

    `own` says that it is the systems of the unit itself, those of the units below left out. Nothing
    at all is measured of `silent` of its systems.
    """

    name: str
    unit: UUID | None = None
    system: Scored | None = None
    own: bool = False
    systems: int = 0
    silent: int = 0
    all: Tally = field(default_factory=Tally)
    leading: Tally = field(default_factory=Tally)
    lagging: Tally = field(default_factory=Tally)

    def add(self, fact: Fact) -> None:
        """Count a line in."""
        self.all.add(fact)
        if fact.timing == LEADING:
            self.leading.add(fact)
        elif fact.timing == LAGGING:
            self.lagging.add(fact)

    def hold(self, *, measured: bool) -> None:
        """Count a system in, whether or not anything is measured of it."""
        self.systems += 1
        self.silent += not measured


@dataclass(frozen=True, slots=True)
class Tree:
    """The units that hold systems, and those above them."""

    places: Parents
    above: Mapping[UUID, tuple[UUID, ...]]

    def path(self, unit: UUID | None) -> list[UUID]:
        """Return a unit and those above it, the highest first."""
        return list(reversed(self.above.get(unit, ()))) if unit else []

    def named(self) -> list[tuple[UUID, str, int]]:
        """Return every unit as (id, name, depth), those below a unit behind it."""
        told = [(self.path(unit), unit) for unit in self.above]
        told.sort(key=lambda one: [self.places[step].name.lower() for step in one[0]])
        return [(unit, self.places[unit].name, len(path) - 1) for path, unit in told]


def tree_of(systems: Iterable[Scored], places: Parents) -> Tree:
    """Return the tree of the units that hold these systems."""
    above: dict[UUID, tuple[UUID, ...]] = {}
    for system in systems:
        for unit in (path := _path(system.unit, places)):
            above.setdefault(unit, path[path.index(unit) :])
    return Tree(places, above)


def _path(unit: UUID, places: Parents) -> tuple[UUID, ...]:
    """The unit, then those above it; a circle ends it."""
    found: list[UUID] = []
    step: UUID | None = unit
    while step is not None and step in places and step not in found:
        found.append(step)
        step = places[step].parent
    return tuple(found)


def within(systems: Mapping[UUID, Scored], unit: UUID | None, tree: Tree) -> dict[UUID, Scored]:
    """Return the systems of a unit and of those below it; all of them without a unit."""
    if unit is None:
        return dict(systems)
    return {
        key: one for key, one in systems.items() if unit in tree.above.get(one.unit, (one.unit,))
    }


def by_system(
    facts: Iterable[Fact], systems: Mapping[UUID, Scored], measured: Set[UUID]
) -> list[Group]:
    """Return the systems, the worst first; `measured` are those of which anything is."""
    groups = {key: Group(one.name, system=one) for key, one in systems.items()}
    for key, group in groups.items():
        group.hold(measured=key in measured)
    for fact in facts:
        groups[fact.system].add(fact)
    return _ordered(groups.values())


def by_unit(
    facts: Iterable[Fact],
    systems: Mapping[UUID, Scored],
    measured: Set[UUID],
    scope: UUID | None,
    tree: Tree,
) -> list[Group]:
    """Return the units right below a scope, the worst first, each with all below it.

    The highest scope is where the units part. What sits in the scope itself is a group of its own.
    """
    at = scope if scope is not None else _fork(systems.values(), tree)
    groups: dict[UUID, Group] = {}
    place: dict[UUID, UUID] = {}
    for key, system in systems.items():
        unit = place[key] = _below(system.unit, at, tree)
        groups.setdefault(unit, Group(tree.places[unit].name, unit=unit, own=unit == at))
        groups[unit].hold(measured=key in measured)
    for fact in facts:
        groups[place[fact.system]].add(fact)
    return _ordered(groups.values())


def _fork(systems: Iterable[Scored], tree: Tree) -> UUID | None:
    """The lowest unit that is above all of these systems, None where none is."""
    paths = [tree.path(unit) for unit in {one.unit for one in systems}]
    found: UUID | None = None
    for steps in zip(*paths, strict=False):
        if len(set(steps)) > 1:
            break
        found = steps[0]
    return found


def _below(unit: UUID, scope: UUID | None, tree: Tree) -> UUID:
    """The unit right below the scope that holds this one; the scope itself for its own."""
    path = tree.path(unit)
    if scope is None or scope not in path:
        return path[0]
    place = path.index(scope) + 1
    return path[place] if place < len(path) else scope


def _ordered(groups: Iterable[Group]) -> list[Group]:
    """The worst first; what nothing is known of before what is in its bands."""
    return sorted(
        groups,
        key=lambda one: (one.all.badness, not one.silent, bool(one.all.total), one.name.lower()),
    )
