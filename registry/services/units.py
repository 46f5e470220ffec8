"""Units: renamed, moved, given another calendar; a move is shown before it is done."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.services.entries import append_entry
from registry.models import Unit, WorkCalendar
from registry.selectors.units import units_below
from registry.services.access import require_unit_permit


@transaction.atomic
def rename_unit(*, unit_id: UUID, name: str, reason: str, actor: Actor, at: datetime) -> Unit:
    """Give a unit another name; what was written under the old one keeps it.

    Raises Missing, Forbidden, Invalid, Conflict (name in use).
    """
    unit = _locked(unit_id, actor, at)
    wanted = name.strip()
    if not wanted:
        raise Invalid("name_needed", "A unit has a name.", fields={"name": "This is required."})
    if Unit.objects.filter(name=wanted).exclude(pk=unit_id).exists():
        words = "Another unit has this name."
        raise Conflict("unit_exists", words, extra={"fields": {"name": words}})
    before, unit.name = unit.name, wanted
    _save(unit, {"name": before}, {"name": wanted}, reason, actor, at)
    return unit


@transaction.atomic
def move_unit(*, unit_id: UUID, parent_id: UUID, reason: str, actor: Actor, at: datetime) -> Unit:
    """Put a unit, with all below it, under another one; roles are inherited from there on.

    By an administrator of the unit and of where it goes. Raises Missing, Forbidden, Invalid (below
    itself, no reason).
    """
    unit = _locked(unit_id, actor, at)
    parent: Unit | None = Unit.objects.filter(pk=parent_id).first()
    if parent is None:
        raise Missing("unknown_unit", "There is no such unit.")
    subject = ("unit", str(unit.pk), unit.name)
    require_unit_permit(act="administer", unit_id=parent_id, actor=actor, at=at, subject=subject)
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    if parent_id in units_below(unit_ids=[unit_id]):
        words = "A unit does not go below itself."
        raise Invalid("unit_below_itself", words, fields={"parent": words})
    before, unit.parent_id = unit.parent_id, parent_id
    _save(unit, {"parent": before}, {"parent": parent_id}, reason, actor, at)
    return unit


@transaction.atomic
def set_calendar(
    *, unit_id: UUID, calendar_id: UUID, reason: str, actor: Actor, at: datetime
) -> Unit:
    """Let a unit's deadlines be computed by another calendar; those that run keep theirs.

    Raises Missing, Forbidden.
    """
    unit = _locked(unit_id, actor, at)
    if not WorkCalendar.objects.filter(pk=calendar_id).exists():
        raise Missing("unknown_calendar", "There is no such calendar.")
    before, unit.calendar_id = unit.calendar_id, calendar_id
    _save(unit, {"calendar": before}, {"calendar": calendar_id}, reason, actor, at)
    return unit


def _locked(unit_id: UUID, actor: Actor, at: datetime) -> Unit:
    rows = Unit.objects.select_for_update(no_key=True, of=("self",))
    unit: Unit | None = rows.filter(pk=unit_id).first()
    if unit is None:
        raise Missing("unknown_unit", "There is no such unit.")
    subject = ("unit", str(unit.pk), unit.name)
    require_unit_permit(act="administer", unit_id=unit.pk, actor=actor, at=at, subject=subject)
    return unit


def _save(
    unit: Unit,
    before: dict[str, object],
    after: dict[str, object],
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    unit.save(at=at)
    append_entry(
        verb="unit.changed",
        actor=actor,
        at=at,
        subject=("unit", str(unit.pk), unit.name),
        before=before,
        after=after,
        reason=reason.strip(),
        touched=[f"registry_unit:{unit.pk}"],
    )
