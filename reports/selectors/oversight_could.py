"""Who could intervene in systems at an instant: set-wise, the same queries for any number."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from governance.models import OnCallShift
from ledger.rules.worded import as_written, joined, shortened, term, word, worded
from ledger.selectors.at_once import Question, at_once
from outbox.rules.calendars import Calendar, working_times
from registry.models import (
    DeclaredScope,
    DocumentVersion,
    Leave,
    OperatingControls,
    RoleAssignment,
    System,
    Unit,
    User,
)
from registry.rules.permits import PERMITS
from registry.rules.statements import PERSON, PRINCIPALS
from registry.selectors.people import in_force
from registry.selectors.units import calendar_of, these_and_above
from reports.rules.oversight import Able, Power

ROLE_WORDS = {
    "owner": word("owner"),
    "deputy": word("deputy"),
    "compliance": "compliance officer",
    "risk": "risk officer",
    "executive": word("executive"),
    "emergency": "emergency actor",
}
ORDER = tuple(ROLE_WORDS)
NO_ROLES = {
    "reviewer": word("reviewer"),
    "supplier": word("supplier"),
    "nobody": word("nobody"),
}
EVERYTHING = word("everything")
STATED = ("in_force",)


CONTROLS = (
    "system_id", "interim_measures", "may_approve_outputs",
    *(f"{role}__{name}" for role in ("reviewer", "on_call", "on_call_second")
      for name in ("id", "name", "is_active")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Who could, as far as the page needs them."""

    pk: UUID
    name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Controls:
    """What the operating controls in force of a system say of people."""

    interim_measures: Sequence[str]
    may_approve_outputs: Sequence[str]
    reviewer: Person | None
    on_call: Person | None
    on_call_second: Person | None


@dataclass(frozen=True, slots=True)
class Could:
    """Who could intervene in one system, and what stands behind it."""

    powers: tuple[Power, ...]
    working: bool
    on_call: bool
    controls: bool
    training: int


def could_of(*, systems: Sequence[System], at: datetime) -> dict[UUID, Could]:
    """Return for each system who could stop, suspend, restrict or approve at an instant.

    Systems come with owner, deputy and their unit's calendar. One query whatever their number, and
    one more where operating controls name people.
    """
    ground = _Ground(systems, at)
    return {one.pk: ground.could(one) for one in systems}


class _Ground:
    """What the systems' powers rest on, read once for all of them."""

    def __init__(self, systems: Sequence[System], at: datetime) -> None:
        ids = [one.pk for one in systems]
        units = these_and_above({one.unit_id for one in systems})
        controls = OperatingControls.objects.filter(system_id__in=ids, state__in=STATED)
        scopes = DeclaredScope.objects.filter(system_id__in=ids, state__in=STATED)
        leaves = Leave.objects.filter(from_at__lte=at, until_at__gt=at)
        found = at_once(
            {
                "units": Unit.objects.values_list("id", "parent_id"),
                "roles": _roles_asked(ids, units, at),
                "controls": controls.values_list(*CONTROLS),
                "scopes": scopes.values_list("system_id", "approvals"),
                "shifts": _shifts_asked(units, at),
                "training": _training_asked(ids, at),
                "away": leaves.values_list("user_id"),
            }
        )
        self._at = at
        self._parents = {UUID(unit): _id(parent) for unit, parent in found["units"]}
        self._above = {one.unit_id: self._chain(one.unit_id) for one in systems}
        self._roles = _roles(found["roles"])
        self._controls = {UUID(row[0]): _controls(row[1:]) for row in found["controls"]}
        self._approvals = {UUID(system): list(said) for system, said in found["scopes"]}
        self._shifts = _shifts(found["shifts"])
        self._people = _named_people(self._controls.values())
        self._training = Counter(_id(system) for (system,) in found["training"])
        self._away = frozenset(UUID(one) for (one,) in found["away"])
        self._hours: dict[UUID, bool] = {}

    def could(self, one: System) -> Could:
        on_call = self._on_call(one)
        powers = (
            self._by_role(one, "stop", word("Stop it at once"), "stop.now"),
            self._by_role(one, "suspend", word("Suspend it"), "suspend"),
            self._interim(one),
            self._outputs(one),
            self._declared(one),
            on_call,
        )
        return Could(
            powers=tuple(power for power in powers if power.people or power.words or _kept(power)),
            working=self._working(one),
            on_call=bool(on_call.present),
            controls=one.pk in self._controls,
            training=self._training[one.pk] + self._training[None],
        )

    def _by_role(self, one: System, key: str, label: str, act: str) -> Power:
        roles = PERMITS[act].roles
        found = [
            self._able(person, ROLE_WORDS[role])
            for role in ORDER
            if role in roles
            for person in self._holders(one, role)
        ]
        return Power(key=key, label=label, people=_once(found))

    def _interim(self, one: System) -> Power:
        controls = self._controls.get(one.pk)
        if controls is None or not controls.interim_measures:
            return Power(key="interim", label=word("Take an interim measure"))
        people = [
            self._able(one.owner, ROLE_WORDS["owner"]),
            self._able(one.deputy, ROLE_WORDS["deputy"]),
        ]
        measures = "; ".join(controls.interim_measures)
        label = worded("Take an interim measure: {measures}", measures=measures)
        return Power(key="interim", label=label, people=_once(people))

    def _outputs(self, one: System) -> Power:
        controls = self._controls.get(one.pk)
        codes = controls.may_approve_outputs if controls else []
        label = word("Approve or reject its outputs")
        return self._principals(one, "outputs", label, codes)

    def _declared(self, one: System) -> Power:
        limits = self._approvals.get(one.pk, [])
        codes = list(dict.fromkeys(str(limit.get("by", "")) for limit in limits))
        named = sorted({str(limit.get("what") or EVERYTHING) for limit in limits})
        parts = (term(EVERYTHING) if what == EVERYTHING else as_written(what) for what in named)
        actions = joined(", ", parts)
        label = worded("Approve actions above their limit: {actions}", actions=actions)
        return self._principals(one, "actions", label, codes)

    def _on_call(self, one: System) -> Power:
        chain = (self._shifts[unit] for unit in self._above[one.unit_id] if unit in self._shifts)
        found = [self._able(person, word("on call by the rota")) for person in next(chain, [])]
        controls = self._controls.get(one.pk)
        for person in (controls.on_call, controls.on_call_second) if controls else ():
            if person is not None:
                found.append(self._able(person, word("on call by the operating controls")))
        return Power(key="on_call", label=word("Be called at any hour"), people=_once(found))

    def _principals(self, one: System, key: str, label: str, codes: Sequence[str]) -> Power:
        people: list[Able] = []
        words: list[str] = []
        for code in codes:
            found = [self._able(person, _code_words(code)) for person in self._stated(one, code)]
            people += found
            words += [] if found else [_code_words(code)]
        return Power(key=key, label=label, people=_once(people), words=tuple(words))

    def _stated(self, one: System, code: str) -> list[User | Person]:
        if code.startswith(PERSON):
            person = self._people.get(code.removeprefix(PERSON))
            return [person] if person else []
        if code == "reviewer":
            controls = self._controls.get(one.pk)
            return [controls.reviewer] if controls and controls.reviewer else []
        return self._holders(one, code)

    def _holders(self, one: System, role: str) -> list[User | Person]:
        if role in ("owner", "deputy"):
            return [one.owner if role == "owner" else one.deputy]
        found: list[User | Person] = [*self._roles[role, one.pk]]
        for unit in self._above[one.unit_id]:
            found += self._roles[role, unit]
        return found

    def _able(self, person: User | Person, by: str) -> Able:
        present = person.is_active and person.pk not in self._away
        return Able(name=person.name, by=by, present=present)

    def _chain(self, unit: UUID | None) -> list[UUID]:
        found: list[UUID] = []
        while unit is not None and unit not in found:
            found.append(unit)
            unit = self._parents.get(unit)
        return found

    def _working(self, one: System) -> bool:
        if one.unit_id not in self._hours:
            self._hours[one.unit_id] = is_working(calendar_of(unit=one.unit), self._at)
        return self._hours[one.unit_id]


def is_working(calendar: Calendar, at: datetime) -> bool:
    """Whether an instant lies in the hours of a calendar."""
    day = at.astimezone(ZoneInfo(calendar.zone)).date()
    return any(opens <= at < closes for opens, closes in working_times(calendar, day))


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _person(key: str | None, name: str, is_active: bool) -> Person | None:
    return Person(UUID(key), name, is_active) if key else None


def _controls(row: Sequence[Any]) -> Controls:
    measures, outputs, *people = row
    return Controls(
        measures, outputs, _person(*people[:3]), _person(*people[3:6]), _person(*people[6:])
    )


def _roles_asked(ids: Collection[UUID], units: RawSQL, at: datetime) -> Question:
    rows = RoleAssignment.objects.filter(
        in_force(at), Q(unit_id__in=units) | Q(system_id__in=ids), user__kind=User.Kind.PERSON
    )
    found: QuerySet[RoleAssignment, Any] = rows.order_by("user__name", "user_id").values_list(
        "role", "unit_id", "system_id", "user_id", "user__name", "user__is_active"
    )
    return found


def _roles(rows: Iterable[Sequence[Any]]) -> defaultdict[tuple[str, UUID], list[Person]]:
    """Return who holds which role for which unit or system, by name."""
    found: defaultdict[tuple[str, UUID], list[Person]] = defaultdict(list)
    for role, unit, system, *user in rows:
        place, person = _id(unit or system), _person(*user)
        if place is not None and person is not None:
            found[role, place].append(person)
    return found


def _shifts_asked(units: RawSQL, at: datetime) -> Question:
    rows = OnCallShift.objects.filter(
        ended_at__isnull=True, rota__unit_id__in=units, from_at__lte=at, until_at__gt=at
    )
    found: QuerySet[OnCallShift, Any] = rows.order_by("from_at", "entered_at", "id").values_list(
        "rota__unit_id", "person_id", "person__name", "person__is_active"
    )
    return found


def _shifts(rows: Iterable[Sequence[Any]]) -> Mapping[UUID, list[Person]]:
    found: dict[UUID, list[Person]] = {}
    for unit, key, name, is_active in rows:
        found.setdefault(UUID(unit), []).append(Person(UUID(key), name, is_active))
    return found


def _named_people(controls: Iterable[Controls]) -> dict[str, User]:
    """Return the people whom the controls name, by their id as it is written there."""
    keys = {
        code.removeprefix(PERSON)
        for row in controls
        for code in row.may_approve_outputs
        if code.startswith(PERSON)
    }
    rows = User.objects.filter(pk__in=list(_ids(keys)))
    return {str(row.pk): row for row in rows}


def _ids(keys: Iterable[str]) -> Iterator[UUID]:
    for key in keys:
        try:
            yield UUID(key)
        except ValueError:
            continue


def _training_asked(ids: Collection[UUID], at: datetime) -> Question:
    """Return the query of the training records in force: of a system, or of none for all."""
    day = at.date()
    found: QuerySet[DocumentVersion, Any] = DocumentVersion.objects.filter(
        Q(document__system_id__in=ids) | Q(document__system__isnull=True),
        Q(expires_on__isnull=True) | Q(expires_on__gte=day),
        document__kind="training",
        document__withdrawn_at__isnull=True,
        state=DocumentVersion.State.IN_FORCE,
    ).values_list("document__system_id")
    return found


def _once(people: Iterable[Able]) -> tuple[Able, ...]:
    """Return each person once, with the first reason; who is there before who is away."""
    found: dict[str, Able] = {}
    for one in people:
        found.setdefault(one.name, one)
    return tuple(sorted(found.values(), key=lambda one: not one.present))


def _code_words(code: str) -> str:
    if code in NO_ROLES:
        return term(NO_ROLES[code])
    if code not in PRINCIPALS:
        return term(word("a named person"))
    return shortened(PRINCIPALS[code].removeprefix("the "), PRINCIPALS[code])


def _kept(power: Power) -> bool:
    """Whether a power is shown although nobody has it: the absence itself is the news."""
    return power.key in ("stop", "suspend", "on_call", "outputs")
