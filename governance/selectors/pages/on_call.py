"""Pages of the rota, of a call, of the engine: what each shows, and who may do what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from governance.models import Call, EngineVersion, OnCallRota
from governance.selectors.engine import look, troubled_timers
from governance.selectors.on_call import (
    on_call_now,
    rotas_of,
    shifts_of,
    shifts_standing,
    uncovered,
    units_read_by,
)
from governance.selectors.pages.visibility import incidents_visible_to
from ledger.rules.actors import Actor
from ledger.rules.refusals import Missing
from registry.models import Unit, User
from registry.selectors.permits import refusal_for_unit

AHEAD = timedelta(days=14)
SHOWN_AHEAD = timedelta(days=62)
MOST_CALLS = 50


@dataclass(frozen=True, slots=True)
class UnitOnCall:
    """A unit, who is on call for it now, and since when its rota is whose."""

    unit: Unit
    rota: OnCallRota | None
    people: tuple[User, ...]
    inherits: bool


def units_page(*, user: User, at: datetime) -> dict[str, Any]:
    """Return the units that a person reads, with who is on call for each now."""
    units = units_read_by(user=user, at=at)
    rotas = {one.unit_id: one for one in rotas_of(units=[unit.pk for unit in units])}
    parents = dict(Unit.objects.values_list("pk", "parent_id"))
    standing = _standing(at)
    rows = []
    for unit in units:
        covering = _covering(unit.pk, parents, standing)
        people = standing.get(covering, ()) if covering else ()
        inherits = covering is not None and covering != unit.pk
        rows.append(UnitOnCall(unit, rotas.get(unit.pk), people, inherits))
    return {"rows": rows, "at": at}


Standing = dict[UUID, tuple[User, ...]]


def _standing(at: datetime) -> Standing:
    """Who is on call now, by the unit of the rota."""
    rows = shifts_standing().filter(from_at__lte=at, until_at__gt=at)
    found: Standing = {}
    for row in rows.select_related("person", "rota").order_by("from_at", "entered_at", "id"):
        found[row.rota.unit_id] = (*found.get(row.rota.unit_id, ()), row.person)
    return found


def _covering(
    unit: UUID | None, parents: Mapping[UUID, UUID | None], standing: Standing
) -> UUID | None:
    """The nearest unit at or above this one whose rota has somebody on it now."""
    passed: set[UUID] = set()
    while unit is not None and unit not in standing and unit not in passed:
        passed.add(unit)
        unit = parents.get(unit)
    return unit if unit in standing else None


def unit_page(*, unit_id: UUID, user: User, actor: Actor, at: datetime) -> dict[str, Any]:
    """Return one unit's rota: shifts, the times that nobody covers. Raises Missing."""
    unit = next((one for one in units_read_by(user=user, at=at) if one.pk == unit_id), None)
    if unit is None:
        raise Missing("unknown_unit", "There is no such unit, or it is not yours to see.")
    rota = rotas_of(units=[unit.pk]).first()
    shifts = list(shifts_of(rota=rota, since=at, until=at + SHOWN_AHEAD)) if rota else []
    subject = ("unit", str(unit.pk), unit.name)
    refusal = refusal_for_unit(
        act="on_call.keep", unit_id=unit.pk, actor=actor, at=at, subject=subject
    )
    return {
        "unit": unit,
        "rota": rota,
        "fetch": getattr(rota, "fetch", None) if rota else None,
        "shifts": shifts,
        "uncovered": uncovered(shifts, since=at, until=at + AHEAD) if rota else [],
        "people": on_call_now(unit_id=unit.pk, at=at),
        "may": refusal is None,
        "at": at,
    }


def call_of(*, call_id: UUID, user: User, at: datetime) -> Call:
    """Return a call that a person may see: their own, or of a case they see. Raises Missing."""
    rows = Call.objects.select_related("incident__system", "person")
    call = rows.filter(pk=call_id).first()
    visible = call is not None and (
        call.person_id == user.pk
        or incidents_visible_to(user=user, at=at).filter(pk=call.incident_id).exists()
    )
    if call is None or not visible:
        raise Missing("unknown_call", "There is no such call, or it is not yours to see.")
    return call


def calls_to(*, user: User) -> QuerySet[Call]:
    """Return the calls to a person, the newest first."""
    rows = Call.objects.filter(person=user).select_related("incident")
    return rows.order_by("-at", "-id")


def engine_page(*, at: datetime, machine_now: datetime) -> dict[str, Any]:
    """Return what a look at the engine shows to who administers it."""
    versions = list(EngineVersion.objects.order_by("-number")[:10])
    newest = versions[0].number if versions else 0
    late, failing = troubled_timers(at=at)
    return {
        "look": look(at=at, machine_now=machine_now, version=newest),
        "late": late,
        "failing": failing,
        "versions": versions,
        "at": at,
    }
