"""What a batch of steps reads of its incidents: light rows, plans once each, what has fired."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models.base import ModelState

from incidents.models import Incident
from incidents.rules.plan import FrozenPlan, calendar_of, from_text
from outbox.rules.calendars import Calendar
from registry.models import System, User

# What a firing reads of its incident; the plan is read once for all that are bound to it.
READ = (
    "id", "number", "title", "summary", "severity", "risk_tier", "kind", "state", "cycle", "drill",
    "plan_sha256", "onset_at", "detected_at", "stage_due_at",
    "unit_id", "system_id", "owner_id", "deputy_id",
)  # fmt: skip
CASES = f"SELECT {', '.join(READ)} FROM incidents_incident WHERE id = ANY(%s::uuid[])"  # noqa: S608
FIRED = """
SELECT f.incident_id, f.cycle, f.rule, f.step, f.repeat FROM governance_escalationfiring f
JOIN unnest(%s::uuid[], %s::int[], %s::text[], %s::int[], %s::int[])
  AS k(incident_id, cycle, rule, step, repeat)
USING (incident_id, cycle, rule, step, repeat)
"""
UNREADABLE = (KeyError, TypeError, ValueError)
Key = tuple[UUID, Any, Any, Any, Any]
KINDS = (UUID, int, str, int, int)


def cases_of(ids: Collection[UUID]) -> dict[UUID, Incident]:
    """Return incidents to be read only, with their people and systems, each of which is read once.

    They are made without what a model does for one that is to be saved, which is most of its cost;
    a column that is not of READ is fetched when it is asked for.
    """
    with connection.cursor() as cursor:
        cursor.execute(CASES, [list(ids)])
        found = [_light(row) for row in cursor.fetchall()]
    people = User.objects.in_bulk({side for one in found for side in (one.owner_id, one.deputy_id)})
    systems = System.objects.in_bulk({one.system_id for one in found})
    for one in found:
        one._state.fields_cache.update(
            owner=people[one.owner_id],
            deputy=people[one.deputy_id],
            system=systems[one.system_id],
        )
    return {one.pk: one for one in found}


def _light(row: tuple[Any, ...]) -> Incident:
    case: Incident = Incident.__new__(Incident)
    case.__dict__.update(zip(READ, row, strict=True))
    case._state = ModelState()
    case._state.adding, case._state.db = False, connection.alias
    return case


def plans_of(incidents: Iterable[Incident]) -> dict[str, tuple[FrozenPlan, Calendar]]:
    """Return the plans by their hash, without those that cannot be read."""
    bound = {one.plan_sha256: one.pk for one in incidents}
    rows = Incident.objects.filter(pk__in=bound.values()).values_list("plan_sha256", "plan")
    return {sha256: found for sha256, text in rows if (found := _plan(text)) is not None}


def _plan(text: str) -> tuple[FrozenPlan, Calendar] | None:
    try:
        plan = from_text(text)
        return plan, calendar_of(plan)
    except UNREADABLE:
        return None


def fired_of(keys: Iterable[Key]) -> set[Key]:
    """Return which of these steps, (incident, cycle, rule, step, repeat), have fired already."""
    readable = [key for key in keys if tuple(map(type, key)) == KINDS]
    if not readable:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(FIRED, [list(column) for column in zip(*readable, strict=True)])
        return set(cursor.fetchall())
