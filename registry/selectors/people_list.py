"""The list of people: filtered, in pages by name, with what each holds, in a few queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from ledger.selectors.at_once import at_once, counted
from registry.models import RoleAssignment, Unit, User
from registry.selectors.access import COUNTED, away_of, people_seen_by
from registry.selectors.people import in_force

PAGE = 50
VIEWS = ("persons", "services", "former")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked for."""

    view: str
    words: str
    role: str
    unit: str
    after: str

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Asked":
        """Read the query of a page; what makes no sense is left out."""
        view, unit = str(given.get("view", "")), str(given.get("unit", ""))
        return cls(
            view=view if view in VIEWS else VIEWS[0],
            words=str(given.get("q", "")).replace("\0", "").strip()[:100],
            role=str(given.get("role", "")) if given.get("role") in _roles() else "",
            unit=unit if _is_uuid(unit) else "",
            after=str(given.get("after", "")) if _is_uuid(str(given.get("after", ""))) else "",
        )

    @property
    def query(self) -> dict[str, str]:
        """The query without the place in the list."""
        found = {"view": self.view, "q": self.words, "role": self.role, "unit": self.unit}
        return {name: value for name, value in found.items() if value}

    @property
    def filtered(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.words or self.role or self.unit)


@dataclass(frozen=True, slots=True)
class Row:
    """A person in the list: their roles in force, and until when they are away."""

    person: User
    roles: Sequence[RoleAssignment]
    away: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list; `after` is where the next begins, '' at the end.

    `counts` are of each view, COUNTED + 1 at most; `units` have the key and the name of each that
    the reader looks into, by name.
    """

    rows: Sequence[Row]
    after: str
    counts: dict[str, int]
    units: Sequence[dict[str, str]]


def found_people(*, asked: Asked, user: User, at: datetime, units: Sequence[UUID]) -> Page:
    """Return a page of the people whom the reader may look into, who looks into `units`."""
    seen = people_seen_by(user=user, at=at, units=units)
    rows = _filtered(_of_view(seen, asked.view), asked, at)
    if asked.after:
        rows = _behind(rows, seen, asked.after)
    held = RoleAssignment.objects.filter(in_force(at)).select_related("unit", "system")
    page = list(
        rows.select_related("unit")
        .prefetch_related(Prefetch("roles", queryset=held.order_by("role"), to_attr="held"))
        .order_by("name", "pk")[: PAGE + 1]
    )
    shown = page[:PAGE]
    known = Unit.objects.filter(pk__in=units).order_by("name").values_list("pk", "name")
    leaves = away_of(people=[row.pk for row in shown], at=at)
    # What stands beside the rows is one statement.
    beside = at_once(
        {"units": known, "leaves": leaves}
        | {one: counted(_of_view(seen, one), most=COUNTED + 1) for one in VIEWS}
    )
    gone = {UUID(person): datetime.fromisoformat(until) for person, until in beside["leaves"]}
    return Page(
        rows=[Row(row, row.held, gone.get(row.pk)) for row in shown],
        after=str(shown[-1].pk) if len(page) > PAGE else "",
        counts={view: beside[view][0][0] for view in VIEWS},
        units=[{"pk": key, "name": name} for key, name in beside["units"]],
    )


def _of_view(rows: QuerySet[User], view: str) -> QuerySet[User]:
    if view == "former":
        return rows.filter(is_active=False)
    kind = User.Kind.SERVICE if view == "services" else User.Kind.PERSON
    return rows.filter(is_active=True, kind=kind)


def _filtered(rows: QuerySet[User], asked: Asked, at: datetime) -> QuerySet[User]:
    if asked.words:
        rows = rows.filter(
            Q(name__icontains=asked.words)
            | Q(email__icontains=asked.words)
            | Q(title__icontains=asked.words)
        )
    if asked.unit:
        rows = rows.filter(unit_id=asked.unit)
    if asked.role:
        held = RoleAssignment.objects.filter(in_force(at), role=asked.role)
        rows = rows.filter(pk__in=held.values("user_id"))
    return rows


def _behind(rows: QuerySet[User], seen: QuerySet[User], after: str) -> QuerySet[User]:
    last = seen.filter(pk=after).values_list("name", "pk").first()
    if last is None:
        return rows
    # The bound by itself is what the index is entered by: of an 'or' it serves neither side.
    return rows.filter(Q(name__gt=last[0]) | Q(pk__gt=last[1]), name__gte=last[0])


def _roles() -> list[str]:
    return list(RoleAssignment.Role.values)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
