"""What every source of evidence needs to know first: systems, units, people, obligations.

Two queries: the systems with the units above them, then everything that is said of these.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from incidents.selectors.instances import asked_columns, instances_of, most_columns
from ledger.rules.worded import worded
from ledger.selectors.at_once import Question, Rows, at_once, instant, named
from registry.models import Classification, Milestone, Provision, System, Unit
from registry.rules.obligations import Law, Obligation, owed
from registry.rules.questionnaires import read
from registry.selectors.classification import NOTHING_DECIDED, facts_of, legacy_dates_among
from registry.selectors.law import every_milestone, law_of, obligation_provisions, seat_day
from reports.rules.controls import ControlScope
from reports.rules.evidence import SHOWN, Found, Piece, Subject

RUNNING = frozenset({"pilot", "production"})
SERVING = RUNNING | {"suspended"}
YEAR = timedelta(days=365)
PERSON = ("id", "name", "is_active")
SYSTEM = {"": most_columns(System), "owner": PERSON, "deputy": PERSON}
CLASSIFIED = {"": ("id", "system_id", "state", "answers", "outcome", "confirmed_at")}
PROVISION = {"": most_columns(Provision)}
MILESTONE = {"": most_columns(Milestone)}
# Roles are read once: of the units who holds which, of all when somebody last looked at them.
ROLES = """
WITH held AS MATERIALIZED (
  SELECT given.role, given.unit_id, person.name,
    CASE WHEN given.confirmed_at <= %(at)s THEN given.confirmed_at ELSE given.from_at END AS looked
  FROM registry_roleassignment given JOIN registry_user person ON person.id = given.user_id
  WHERE given.from_at <= %(at)s AND (given.until_at IS NULL OR given.until_at > %(at)s)
    AND person.is_active
), here AS (
  SELECT DISTINCT role, unit_id, name FROM held WHERE unit_id = ANY(%(units)s::uuid[])
), placed AS (
  SELECT role, name, row_number() OVER (PARTITION BY role ORDER BY name) AS place,
    count(*) OVER (PARTITION BY role) AS number
  FROM (SELECT DISTINCT role, name FROM here WHERE name <> '') AS once
)
SELECT count(*) AS number, max(looked) AS newest, count(*) FILTER (WHERE looked < %(old)s) AS old,
  (SELECT json_agg(json_build_array(role, name, number) ORDER BY role, place)
    FROM placed WHERE place <= %(shown)s) AS names,
  (SELECT json_agg(DISTINCT jsonb_build_array(unit_id, role)) FROM here) AS units
FROM held
"""


@dataclass(frozen=True, slots=True)
class Roles:
    """Who holds which role at an instant.

    `number` are all roles, `newest` when the last one was given or confirmed, `old` how many
    nobody has looked at for a year. `people` says by role who holds it for one of the units,
    `held` are the roles by unit.
    """

    number: int
    newest: datetime | None
    old: int
    people: Mapping[str, str]
    held: Mapping[UUID, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Footing:
    """What is known of a scope before anything else is asked.

    `above` are the units of the systems, each with all above it, nearest first.
    """

    scope: ControlScope
    systems: Mapping[UUID, System]
    above: Mapping[UUID, tuple[UUID, ...]]

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


@dataclass(frozen=True, slots=True)
class Ground(Footing):
    """What a scope is about. `owing` are obligations by provision, then by system id."""

    classified: Mapping[UUID, Classification]
    owing: Mapping[str, Mapping[UUID, Obligation]]
    roles: Roles
    law: Law

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
    """Return what the scope is about; two queries."""
    footing = footing_of(scope)
    return ground_told(footing, at_once(ground_asked(footing)))


def footing_of(scope: ControlScope) -> Footing:
    """Return the systems of a scope, and the units above them; one query.

    A system that did not exist at its instant is left out.
    """
    rows = System.objects.filter(pk__in=scope.system_ids, registered_at__lte=scope.as_of)
    answers = at_once(
        {
            "systems": asked_columns(rows.order_by("name", "pk"), SYSTEM),
            "units": Unit.objects.order_by().values_list("id", "parent_id"),
        }
    )
    systems = {one.pk: one for one in instances_of(System, SYSTEM, answers["systems"])}
    parents = {UUID(key): UUID(above) if above else None for key, above in answers["units"]}
    above = {unit: _above(unit, parents) for unit in {one.unit_id for one in systems.values()}}
    above |= {unit: _above(unit, parents) for unit in map(UUID, scope.unit_ids) if unit in parents}
    return Footing(scope, systems, above)


def ground_asked(footing: Footing) -> dict[str, Question]:
    """Return what to ask for `ground_told`, with ledger.selectors.at_once."""
    rows = Classification.objects.filter(
        system_id__in=footing.ids, state__in=Classification.STANDING
    )
    newest = rows.order_by("system_id", "-number").distinct("system_id")
    given = {
        "at": footing.at, "old": footing.at - YEAR, "units": sorted(footing.units), "shown": SHOWN,
    }  # fmt: skip
    return {
        "classified": asked_columns(newest, CLASSIFIED),
        "obligations": asked_columns(obligation_provisions(), PROVISION),
        "milestones": asked_columns(every_milestone(), MILESTONE),
        "roles": named(ROLES, given),
    }


def ground_told(footing: Footing, answers: Mapping[str, Rows]) -> Ground:
    """Return what the scope is about."""
    known = instances_of(Classification, CLASSIFIED, answers["classified"])
    classified = {row.system_id: row for row in known}
    rows = instances_of(Milestone, MILESTONE, answers["milestones"])
    law = law_of(instances_of(Provision, PROVISION, answers["obligations"]), rows)
    return Ground(
        scope=footing.scope,
        systems=footing.systems,
        above=footing.above,
        classified=classified,
        owing=_owing(law, footing, classified, legacy_dates_among(rows)),
        roles=_roles(answers["roles"]),
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


def _owing(
    law: Law,
    footing: Footing,
    classified: Mapping[UUID, Classification],
    dates: Mapping[str, date | None],
) -> dict[str, dict[UUID, Obligation]]:
    day = seat_day(footing.at)
    found: dict[str, dict[UUID, Obligation]] = {}
    # Systems of the same facts owe the same: the law is read once for all of them.
    known: dict[object, list[Obligation]] = {}
    for system_id in footing.systems:
        row = classified.get(system_id)
        facts = NOTHING_DECIDED if row is None else facts_of(row.outcome, read(row.answers), dates)
        if facts not in known:
            known[facts] = owed(law, facts, day)
        for one in known[facts]:
            found.setdefault(one.provision.id, {})[system_id] = one
    return found


def _roles(rows: Rows) -> Roles:
    number, newest, old, names, units = rows[0]
    by_role: dict[str, tuple[list[str], int]] = {}
    for role, name, many in names or ():
        by_role.setdefault(role, ([], many))[0].append(name)
    held: dict[UUID, set[str]] = {}
    for unit, role in units or ():
        held.setdefault(UUID(unit), set()).add(role)
    return Roles(
        number=number,
        newest=instant(newest) if newest else None,
        old=old,
        people={role: names_among(first, many) for role, (first, many) in by_role.items()},
        held={unit: frozenset(found) for unit, found in held.items()},
    )


def names_among(first: Sequence[str], number: int) -> str:
    """Say the first of a number of names as `reports.rules.evidence.names_of` says them all."""
    names, more = ", ".join(first), number - len(first)
    return worded("{names} and {number} more", names=names, number=more) if more > 0 else names
