"""The row of an impact assessment: locked, checked, told in one entry."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from ledger.rules.actors import Actor
from ledger.rules.refusals import Missing
from ledger.rules.worded import term, word
from ledger.services.entries import append_entry
from registry.models import ImpactAssessment, System
from registry.services.lifecycle import lock_system
from registry.services.second_person import check_seen, check_state

WHAT = word("This assessment")


def lock_assessment(assessment_id: UUID) -> tuple[System, ImpactAssessment]:
    """Lock an assessment behind its system, and return both. Raises Missing."""
    rows = ImpactAssessment.objects.filter(pk=assessment_id)
    system_id = rows.values_list("system_id", flat=True).first()
    if system_id is None:
        raise Missing("unknown_assessment", "There is no such assessment.")
    system = lock_system(system_id)
    locked = ImpactAssessment.objects.select_for_update(no_key=True, of=("self",))
    return system, locked.get(pk=assessment_id)


def check_row(row: ImpactAssessment, *, expected_version: int, state: str) -> None:
    """Raise Conflict for a stale version, and for another state."""
    check_seen(what=WHAT, present=row.version, expected=expected_version, state=str(row.state))
    words = term(row.get_state_display(), lowered=True)
    check_state(what=WHAT, state=str(row.state), words=words, needed=(state,))


def payload_of(row: ImpactAssessment) -> dict[str, Any]:
    """Return what is signed: the form with its answers, and until when they hold."""
    return {
        "assessment": str(row.pk),
        "system": str(row.system_id),
        "kind": str(row.kind),
        "number": row.number,
        "form": row.form,
        "answers": row.answers,
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
    }


def today_at_seat(at: datetime) -> date:
    """Return the day of an instant at the organisation's seat."""
    return at.astimezone(ZoneInfo(settings.SEAT_ZONE)).date()


def end_of(day: date) -> datetime:
    """Return the first instant after a day at the organisation's seat."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(settings.SEAT_ZONE))


def subject_of(system: System, row: ImpactAssessment) -> tuple[str, str, str]:
    """Return an assessment as the object of an entry."""
    return ("assessment", str(row.pk), f"{system.name}, {row.get_kind_display()} {row.number}")


def save_row(row: ImpactAssessment, at: datetime) -> None:
    """Save with the next version."""
    row.version += 1
    row.save(at=at)


def record(
    *,
    verb: str,
    system: System,
    row: ImpactAssessment,
    actor: Actor,
    at: datetime,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Write the entry of a change, and return its number."""
    return append_entry(
        verb=f"assessment.{verb}",
        actor=actor,
        at=at,
        subject=subject_of(system, row),
        before=before,
        after={"state": str(row.state), "version": row.version} | dict(after or {}),
        reason=reason,
        details=details,
        system_id=system.pk,
        touched=[f"registry_impactassessment:{row.pk}"],
    )
