"""Rows of reports: locked, drawn from the records, saved, each with its entry."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from registry.models import System, Unit
from reports.models import Report
from reports.rules.board import report_hash, report_text
from reports.rules.quarters import Quarter
from reports.selectors.board_figures import figures_of_report
from reports.selectors.report_rights import no_such_report, refusal_for_report

NUMBERING = 7_309_001
PREFIXES = {"board": "BR", "review": "PR"}


def lock_draft(
    report_id: UUID, expected: int | None, act: str, actor: Actor, at: datetime
) -> Report:
    """Return a draft under a lock. Raises Missing, Forbidden, Conflict (issued, changed since)."""
    rows = Report.objects.select_for_update(of=("self",)).select_related("system__unit", "unit")
    row = rows.filter(pk=report_id).first()
    if row is None:
        raise no_such_report()
    require_report(act, row.system, row.unit, actor, at)
    if row.state != Report.State.DRAFT:
        raise Conflict(
            "not_a_draft",
            worded(
                "{number} is {state}: it never changes.",
                number=row.number,
                state=term(row.get_state_display(), lowered=True),
            ),
            extra={"present": {"state": str(row.state)}},
        )
    if expected is not None and expected != row.version:
        raise Conflict(
            "stale_version",
            "Somebody has changed the report meanwhile. Load it and make your change again.",
            extra={"present": {"version": row.version}},
        )
    return row


def require_report(
    act: str, system: System | None, unit: Unit | None, actor: Actor, at: datetime
) -> None:
    """Raise Forbidden unless the actor may do this with reports of a subject."""
    refusal = refusal_for_report(act=act, system=system, unit=unit, actor=actor, at=at)
    if refusal is not None:
        raise refusal


def draw_figures(row: Report, at: datetime) -> None:
    """Put the figures into a report as the records say them now; not saved."""
    figures = figures_of_report(
        kind=row.kind,
        system=row.system,
        unit=row.unit,
        quarter=Quarter(row.year, row.quarter),
        at=at,
    )
    row.figures, row.drawn_at = report_text(figures), at


def drawn_details(row: Report) -> dict[str, Any]:
    """Return what an entry tells of the figures."""
    return {"figures_sha256": report_hash(row.figures), "quarter": f"{row.year}-Q{row.quarter}"}


def save_report(row: Report, at: datetime) -> None:
    """Save a report as its next version."""
    row.version += 1
    row.save(at=at)


def next_number(kind: str, at: datetime) -> str:
    """Return the next number of the year, under a lock that lasts until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING])
    prefix = f"{PREFIXES[kind]}-{at.astimezone(ZoneInfo(settings.SEAT_ZONE)).year}-"
    rows = Report.objects.filter(number__startswith=prefix).order_by("-number")
    newest = rows.values_list("number", flat=True).first()
    return f"{prefix}{int(newest.removeprefix(prefix)) + 1 if newest else 1:04}"


def subject_of(row: Report) -> tuple[str, str, str]:
    """Return a report as the subject of entries and refusals."""
    return ("report", str(row.pk), row.number)


def record_report(
    verb: str,
    row: Report,
    actor: Actor,
    at: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Write the entry of a change of a report."""
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=subject_of(row),
        before=before,
        after=after,
        reason=reason,
        system_id=row.system_id,
        details=details,
    )
