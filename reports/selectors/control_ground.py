"""What every source of evidence needs to know first: systems, units, people, obligations."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from registry.models import Classification, RoleAssignment, System, Unit
from registry.rules.obligations import Law, Obligation, owed
from registry.rules.questionnaires import read
from registry.selectors.classification import NOTHING_DECIDED, facts_of, legacy_dates
from registry.selectors.law import law_in_force, seat_day
from registry.selectors.people import in_force
from reports.rules.controls import ControlScope
from reports.rules.evidence import Found, Piece, Subject

RUNNING = frozenset({"pilot", "production"})
SERVING = RUNNING | {"suspended"}


@dataclass(frozen=True, slots=True)
class Ground:
    """What a scope is about. `owing` are obligations by provision, then by system id.

    `units` are the units of the systems with all above them, `above` those of one unit, nearest
    first. `people` are names by role, of those who hold it for one of `units`.
    """

    scope: ControlScope
    systems: Mapping[UUID, System]
    above: Mapping[UUID, tuple[UUID, ...]]
    classified: Mapping[UUID, Classification]
    owing: Mapping[str, Mapping[UUID, Obligation]]
    people: Mapping[str, tuple[str, ...]]
    held: Mapping[UUID, frozenset[str]]
    law: Law

    @property
    def at(self) -> datetime:
        """The instant at which everything is judged."""
        return self.scope.as_of

    @property
    def ids(self) -> list[UUID]:
        """The ids of the systems."""
        return list(self.systems)

    @property
    def units(self) -> set[UUID]:
        """The units of the systems and those above them."""
        return {unit for units in self.above.values() for unit in units}

    def of_kind(self, *kinds: str) -> list[System]:
        """Return the systems of some kinds."""
        return [one for one in self.systems.values() if one.kind in kinds]

    def running(self) -> list[System]:
        """Return the systems that run."""
        return [one for one in self.systems.values() if one.lifecycle in RUNNING]

    def serving(self) -> list[System]:
        """Return the systems that run, or ran and are suspended."""
        return [one for one in self.systems.values() if one.lifecycle in SERVING]

    def found(
        self, pieces: Mapping[UUID, Piece], *, among: Iterable[System] | None = None
    ) -> Found:
        """Return what a source found of each system that it concerns, nothing for the others."""
        concerned = self.systems.values() if among is None else among
        return Found(systems={str(one.pk): pieces.get(one.pk, Piece()) for one in concerned})

    def each(
        self, say: Callable[[System], Piece], *, among: Iterable[System] | None = None
    ) -> Found:
        """Return what `say` tells of each system that is concerned."""
        concerned = self.systems.values() if among is None else among
        return Found(systems={str(one.pk): say(one) for one in concerned})


def ground_of(scope: ControlScope) -> Ground:
    """Return what the scope is about; a system that did not exist at its instant is left out."""
    rows = System.objects.filter(pk__in=scope.system_ids, registered_at__lte=scope.as_of)
    systems = {one.pk: one for one in rows.select_related("owner", "deputy").order_by("name", "pk")}
    parents = dict(Unit.objects.values_list("pk", "parent_id"))
    above = {unit: _above(unit, parents) for unit in {one.unit_id for one in systems.values()}}
    above |= {unit: _above(unit, parents) for unit in map(UUID, scope.unit_ids) if unit in parents}
    classified = _classified(list(systems))
    law = law_in_force()
    people, held = _people(above, scope.as_of)
    return Ground(
        scope=scope,
        systems=systems,
        above=above,
        classified=classified,
        owing=_owing(law, systems, classified, scope.as_of),
        people=people,
        held=held,
        law=law,
    )


def subjects_of(systems: Sequence[System]) -> tuple[Subject, ...]:
    """Return systems as evidence speaks of them."""
    return tuple(
        Subject(id=str(one.pk), slug=one.slug, name=one.name, owner=one.owner.name)
        for one in systems
    )


def _above(unit: UUID, parents: Mapping[UUID, UUID | None]) -> tuple[UUID, ...]:
    found: list[UUID] = []
    here: UUID | None = unit
    while here is not None and here not in found:
        found.append(here)
        here = parents.get(here)
    return tuple(found)


def _classified(ids: Sequence[UUID]) -> dict[UUID, Classification]:
    rows = Classification.objects.filter(system_id__in=ids, state__in=Classification.STANDING)
    newest = rows.order_by("system_id", "-number").distinct("system_id")
    return {row.system_id: row for row in newest}


def _owing(
    law: Law,
    systems: Mapping[UUID, System],
    classified: Mapping[UUID, Classification],
    at: datetime,
) -> dict[str, dict[UUID, Obligation]]:
    day, dates = seat_day(at), legacy_dates()
    found: dict[str, dict[UUID, Obligation]] = {}
    # Systems of the same facts owe the same: the law is read once for all of them.
    known: dict[object, list[Obligation]] = {}
    for system_id in systems:
        row = classified.get(system_id)
        facts = NOTHING_DECIDED if row is None else facts_of(row.outcome, read(row.answers), dates)
        if facts not in known:
            known[facts] = owed(law, facts, day)
        for one in known[facts]:
            found.setdefault(one.provision.id, {})[system_id] = one
    return found


def _people(
    above: Mapping[UUID, Sequence[UUID]], at: datetime
) -> tuple[dict[str, tuple[str, ...]], dict[UUID, frozenset[str]]]:
    units = {unit for units in above.values() for unit in units}
    rows = RoleAssignment.objects.filter(
        in_force(at), unit_id__in=units, user__is_active=True
    ).select_related("user")
    names: dict[str, list[str]] = {}
    held: dict[UUID, set[str]] = {}
    for row in rows.order_by("user__name", "pk"):
        names.setdefault(row.role, []).append(row.user.name)
        if row.unit_id is not None:
            held.setdefault(row.unit_id, set()).add(row.role)
    return (
        {role: tuple(dict.fromkeys(found)) for role, found in names.items()},
        {unit: frozenset(roles) for unit, roles in held.items()},
    )
