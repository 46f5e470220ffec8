"""Who is on call for a unit at an instant, what is coming, and where nobody is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from governance.models import OnCallRota, OnCallShift
from registry.models import Unit, User
from registry.selectors.units import units_above, units_in_scope


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A time in which nobody is on call."""

    from_at: datetime
    until_at: datetime


def on_call_now(*, unit_id: UUID, at: datetime) -> list[User]:
    """Return who is on call for a unit: by its own rota, else by the nearest one above.

    A rota with nobody on it now leaves it to the next one above. In order of entry.
    """
    above = units_above(unit_id=unit_id)
    rows = (
        shifts_standing()
        .filter(rota__unit_id__in=above, from_at__lte=at, until_at__gt=at)
        .select_related("person", "rota")
        .order_by("from_at", "entered_at", "id")
    )
    by_unit: dict[UUID, list[User]] = {}
    for row in rows:
        by_unit.setdefault(row.rota.unit_id, []).append(row.person)
    return next((by_unit[unit] for unit in above if unit in by_unit), [])


def shifts_standing() -> QuerySet[OnCallShift]:
    """Return the shifts that were not taken back."""
    rows: QuerySet[OnCallShift] = OnCallShift.objects.filter(ended_at__isnull=True)
    return rows


def shifts_of(*, rota: OnCallRota, since: datetime, until: datetime) -> QuerySet[OnCallShift]:
    """Return the shifts of a rota that touch [since, until), in order."""
    rows = shifts_standing().filter(rota=rota, until_at__gt=since, from_at__lt=until)
    return rows.select_related("person").order_by("from_at", "id")


def uncovered(
    shifts: Sequence[OnCallShift], *, since: datetime, until: datetime
) -> list[Uncovered]:
    """Return the times within [since, until) that no shift covers; shifts in order of beginning."""
    found, covered = [], since
    for shift in shifts:
        if shift.from_at > covered:
            found.append(Uncovered(covered, min(shift.from_at, until)))
        covered = max(covered, shift.until_at)
    if covered < until:
        found.append(Uncovered(covered, until))
    return [one for one in found if one.from_at < one.until_at]


def rotas_of(*, units: Sequence[UUID]) -> QuerySet[OnCallRota]:
    """Return the rotas of some units, by the unit's name."""
    rows: QuerySet[OnCallRota] = OnCallRota.objects.filter(unit_id__in=units)
    return rows.select_related("unit", "kept_by", "fetch").order_by("unit__name")


def units_read_by(*, user: User, at: datetime) -> list[Unit]:
    """Return the units whose rotas a person reads: their own, those of their roles and above."""
    units = set(units_in_scope(user_ids=[user.pk], at=at))
    units |= set(units_above(unit_id=user.unit_id)) if user.unit_id else set()
    return list(Unit.objects.filter(pk__in=units).order_by("name"))
