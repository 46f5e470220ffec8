"""Who could intervene in systems at an instant: set-wise, the same queries for any number."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from governance.models import OnCallShift
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
from registry.selectors.units import calendar_of
from reports.rules.oversight import Able, Power

ROLE_WORDS = {
    "owner": "owner",
    "deputy": "deputy",
    "compliance": "compliance officer",
    "risk": "risk officer",
    "executive": "executive",
    "emergency": "emergency actor",
}
ORDER = tuple(ROLE_WORDS)
STATED = ("in_force",)


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

    Systems come with owner, deputy and their unit's calendar; eight queries whatever their number.
    """
    ground = _Ground(systems, at)
    return {one.pk: ground.could(one) for one in systems}


class _Ground:
    """What the systems' powers rest on, read once for all of them."""

    def __init__(self, systems: Sequence[System], at: datetime) -> None:
        ids = [one.pk for one in systems]
        self._at = at
        self._parents: dict[UUID, UUID | None] = dict(Unit.objects.values_list("id", "parent_id"))
        self._above = {one.unit_id: self._chain(one.unit_id) for one in systems}
        units = {unit for chain in self._above.values() for unit in chain}
        self._roles = _roles(ids, units, at)
        self._controls = {
            row.system_id: row
            for row in OperatingControls.objects.filter(
                system_id__in=ids, state__in=STATED
            ).select_related("reviewer", "on_call", "on_call_second")
        }
        scopes = DeclaredScope.objects.filter(system_id__in=ids, state__in=STATED)
        self._approvals = {row.system_id: list(row.approvals) for row in scopes}
        self._shifts = _shifts(units, at)
        self._people = _named_people(self._controls.values())
        self._training = _training(ids, at)
        leaves = Leave.objects.filter(from_at__lte=at, until_at__gt=at)
        self._away = frozenset(leaves.values_list("user_id", flat=True))
        self._hours: dict[UUID, bool] = {}

    def could(self, one: System) -> Could:
        on_call = self._on_call(one)
        powers = (
            self._by_role(one, "stop", "Stop it at once", "stop.now"),
            self._by_role(one, "suspend", "Suspend it", "suspend"),
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
            return Power(key="interim", label="Take an interim measure")
        people = [self._able(one.owner, "owner"), self._able(one.deputy, "deputy")]
        words = "; ".join(controls.interim_measures)
        return Power(key="interim", label=f"Take an interim measure: {words}", people=_once(people))

    def _outputs(self, one: System) -> Power:
        controls = self._controls.get(one.pk)
        codes = controls.may_approve_outputs if controls else []
        return self._principals(one, "outputs", "Approve or reject its outputs", codes)

    def _declared(self, one: System) -> Power:
        limits = self._approvals.get(one.pk, [])
        codes = list(dict.fromkeys(str(limit.get("by", "")) for limit in limits))
        named = sorted({str(limit.get("what") or "everything") for limit in limits})
        label = f"Approve actions above their limit: {', '.join(named)}"
        return self._principals(one, "actions", label, codes)

    def _on_call(self, one: System) -> Power:
        chain = (self._shifts[unit] for unit in self._above[one.unit_id] if unit in self._shifts)
        found = [self._able(person, "on call by the rota") for person in next(chain, [])]
        controls = self._controls.get(one.pk)
        for person in (controls.on_call, controls.on_call_second) if controls else ():
            if person is not None:
                found.append(self._able(person, "on call by the operating controls"))
        return Power(key="on_call", label="Be called at any hour", people=_once(found))

    def _principals(self, one: System, key: str, label: str, codes: Sequence[str]) -> Power:
        people: list[Able] = []
        words: list[str] = []
        for code in codes:
            found = [self._able(person, _code_words(code)) for person in self._stated(one, code)]
            people += found
            words += [] if found else [_code_words(code)]
        return Power(key=key, label=label, people=_once(people), words=tuple(words))

    def _stated(self, one: System, code: str) -> list[User]:
        if code.startswith(PERSON):
            person = self._people.get(code.removeprefix(PERSON))
            return [person] if person else []
        if code == "reviewer":
            controls = self._controls.get(one.pk)
            return [controls.reviewer] if controls and controls.reviewer else []
        return self._holders(one, code)

    def _holders(self, one: System, role: str) -> list[User]:
        if role in ("owner", "deputy"):
            return [one.owner if role == "owner" else one.deputy]
        found = list(self._roles[role, one.pk])
        for unit in self._above[one.unit_id]:
            found += self._roles[role, unit]
        return found

    def _able(self, person: User, by: str) -> Able:
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


def _roles(
    ids: Collection[UUID], units: Collection[UUID], at: datetime
) -> defaultdict[tuple[str, UUID], list[User]]:
    """Return who holds which role for which unit or system, by name."""
    rows = RoleAssignment.objects.filter(
        in_force(at), Q(unit_id__in=units) | Q(system_id__in=ids), user__kind=User.Kind.PERSON
    ).select_related("user")
    found: defaultdict[tuple[str, UUID], list[User]] = defaultdict(list)
    for row in rows.order_by("user__name", "user_id"):
        place = row.unit_id or row.system_id
        if place is not None:
            found[row.role, place].append(row.user)
    return found


def _shifts(units: Collection[UUID], at: datetime) -> Mapping[UUID, list[User]]:
    rows = OnCallShift.objects.filter(
        ended_at__isnull=True, rota__unit_id__in=units, from_at__lte=at, until_at__gt=at
    ).select_related("person", "rota")
    found: dict[UUID, list[User]] = {}
    for row in rows.order_by("from_at", "entered_at", "id"):
        found.setdefault(row.rota.unit_id, []).append(row.person)
    return found


def _named_people(controls: Iterable[OperatingControls]) -> dict[str, User]:
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


def _training(ids: Collection[UUID], at: datetime) -> defaultdict[UUID | None, int]:
    """Return how many training records are in force for each system; under None, for all."""
    day = at.date()
    rows = DocumentVersion.objects.filter(
        Q(document__system_id__in=ids) | Q(document__system__isnull=True),
        Q(expires_on__isnull=True) | Q(expires_on__gte=day),
        document__kind="training",
        document__withdrawn_at__isnull=True,
        state=DocumentVersion.State.IN_FORCE,
    ).values_list("document__system_id", flat=True)
    found: defaultdict[UUID | None, int] = defaultdict(int)
    for system in rows:
        found[system] += 1
    return found


def _once(people: Iterable[Able]) -> tuple[Able, ...]:
    """Return each person once, with the first reason; who is there before who is away."""
    found: dict[str, Able] = {}
    for one in people:
        found.setdefault(one.name, one)
    return tuple(sorted(found.values(), key=lambda one: not one.present))


def _code_words(code: str) -> str:
    return PRINCIPALS.get(code, "a named person").removeprefix("the ")


def _kept(power: Power) -> bool:
    """Whether a power is shown although nobody has it: the absence itself is the news."""
    return power.key in ("stop", "suspend", "on_call", "outputs")
