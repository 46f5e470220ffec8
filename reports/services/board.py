"""Board reports and reviews: begun with their figures, written, drawn anew, issued and frozen."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

import orjson
from django.db import transaction

from governance.selectors.permissions import person_of
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import worded
from registry.models import Signature, System, Unit, User
from registry.selectors.law import seat_day
from registry.services.signatures import Ceremony, sign
from reports.models import Report
from reports.rules.board import (
    FRESH,
    narrative_faults,
    report_hash,
    report_text,
)
from reports.rules.quarters import KINDS, Quarter, quarter_of
from reports.selectors.board import content_of_draft, record_of
from reports.services.board_records import (
    draw_figures,
    drawn_details,
    lock_draft,
    next_number,
    record_report,
    require_report,
    save_report,
    subject_of,
)
from reports.services.factors import reason_of

State = Report.State
MOST_BEFORE = 8


@transaction.atomic
def begin_report(
    *,
    kind: str,
    quarter: Quarter,
    system_id: UUID | None = None,
    unit_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> Report:
    """Begin a report of a quarter that has begun, with its figures as the records are now.

    A review is of a system; a board report of a unit, or of the organisation without one. Raises
    Missing, Forbidden, Invalid, Conflict where a draft is under way.
    """
    system, unit = _subject(kind, system_id, unit_id)
    require_report("report.write", system, unit, actor, at)
    person = person_of(actor, words="write a report", subject=("report", kind, KINDS[kind]))
    _check_quarter(quarter, at)
    number = next_number(kind, at)
    earlier = Report.objects.filter(
        kind=kind, system=system, unit=unit, year=quarter.year, quarter=quarter.number
    ).order_by("-edition")
    newest = earlier.first()
    if newest is not None and newest.state == State.DRAFT:
        raise Conflict(
            "draft_under_way",
            worded(
                "{number} is the draft of that quarter: finish or withdraw it first.",
                number=newest.number,
            ),
            extra={"present": {"number": newest.number}},
        )
    row = Report(
        id=uuid4(),
        number=number,
        kind=kind,
        system=system,
        unit=unit,
        year=quarter.year,
        quarter=quarter.number,
        edition=newest.edition + 1 if newest else 1,
        author_id=person,
        begun_at=at,
    )
    draw_figures(row, at)
    row.save(force_insert=True, at=at)
    record_report("report.begun", row, actor, at, details=drawn_details(row))
    return row


@transaction.atomic
def draw_report(*, report_id: UUID, expected_version: int, actor: Actor, at: datetime) -> Report:
    """Draw the figures of a draft anew. Raises Missing, Forbidden, Conflict."""
    row = lock_draft(report_id, expected_version, "report.write", actor, at)
    draw_figures(row, at)
    save_report(row, at)
    record_report("report.drawn", row, actor, at, details=drawn_details(row))
    return row


@transaction.atomic
def write_narrative(
    *,
    report_id: UUID,
    given: Mapping[str, str],
    expected_version: int,
    actor: Actor,
    at: datetime,
) -> Report:
    """Write what stands beside the figures, by section; those not given stay.

    Raises Missing, Forbidden, Invalid (fields by section), Conflict.
    """
    row = lock_draft(report_id, expected_version, "report.write", actor, at)
    texts = {name: text.replace("\r\n", "\n").strip() for name, text in given.items()}
    faults = narrative_faults(texts)
    if faults:
        raise Invalid("not_understood", "Something needs mending.", fields=faults)
    changed = [name for name, text in texts.items() if row.narrative.get(name, "") != text]
    if not changed:
        return row
    before = {name: row.narrative.get(name, "") for name in changed}
    row.narrative = {**row.narrative, **{name: texts[name] for name in changed}}
    save_report(row, at)
    after = {name: texts[name] for name in changed}
    record_report("report.written", row, actor, at, before=before, after=after)
    return row


@transaction.atomic
def issue_report(
    *,
    report_id: UUID,
    expected_sha256: str,
    reason: str,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> Report:
    """Issue a report: sign the text as it was shown, and freeze it for good.

    Not by its author, not before the quarter is over, not with figures older than FRESH. Raises
    Missing, Forbidden, Conflict (`report_changed`, `quarter_runs`, `figures_old`), Invalid.
    """
    row = lock_draft(report_id, None, "report.issue", actor, at)
    person = person_of(actor, words="issue a report", subject=subject_of(row))
    _check_second(row, person)
    text = report_text(content_of_draft(row))
    _check_ready(row, text, expected_sha256, at)
    row.content, row.sha256 = text, report_hash(text)
    row.signature = sign(
        user=User.objects.get(pk=person),
        meaning=Signature.Meaning.APPROVAL,
        role="issuer",
        subject_type="report",
        subject_id=row.pk,
        payload=record_of(row),
        reason=reason_of(reason),
        ceremony=ceremony,
        actor=actor,
        at=at,
    )
    row.state, row.issued_by_id, row.issued_at = State.ISSUED, person, at
    save_report(row, at)
    details = {"sha256": row.sha256, "signature": row.signature.pk}
    record_report("report.issued", row, actor, at, details=details, reason=reason.strip())
    return row


@transaction.atomic
def withdraw_report(
    *, report_id: UUID, expected_version: int, reason: str, actor: Actor, at: datetime
) -> Report:
    """Withdraw a draft. Raises Missing, Forbidden, Invalid, Conflict."""
    row = lock_draft(report_id, expected_version, "report.write", actor, at)
    reason = reason_of(reason)
    row.state = State.WITHDRAWN
    save_report(row, at)
    states = {"before": {"state": "draft"}, "after": {"state": "withdrawn"}}
    record_report("report.withdrawn", row, actor, at, reason=reason, **states)
    return row


def _subject(
    kind: str, system_id: UUID | None, unit_id: UUID | None
) -> tuple[System | None, Unit | None]:
    fault = ""
    if kind not in KINDS:
        fault = "There is no such kind of report."
    elif kind == "review" and (system_id is None or unit_id is not None):
        fault = "A performance review is of one system."
    elif kind == "board" and system_id is not None:
        fault = "A board report is of a unit or of the organisation."
    if fault:
        raise Invalid("no_subject", fault, fields={"about": fault})
    systems = System.objects.select_related("unit").filter(pk=system_id) if system_id else None
    system = systems.first() if systems is not None else None
    unit = Unit.objects.filter(pk=unit_id).first() if unit_id else None
    if (system_id and system is None) or (unit_id and unit is None):
        raise Invalid("no_subject", "There is none.", fields={"about": "There is none."})
    return system, unit


def _check_quarter(quarter: Quarter, at: datetime) -> None:
    today = quarter_of(seat_day(at))
    if quarter > today:
        words = worded("{quarter_name} has not begun.", quarter_name=quarter.name)
        raise Invalid("quarter_ahead", words, fields={"quarter": words})
    if (today.year - quarter.year) * 4 + today.number - quarter.number > MOST_BEFORE:
        words = worded(
            "{quarter_name} is more than {most_before} quarters past.",
            quarter_name=quarter.name,
            most_before=MOST_BEFORE,
        )
        raise Invalid("quarter_past", words, fields={"quarter": words})


def _check_second(row: Report, person: UUID) -> None:
    if person == row.author_id:
        raise Forbidden(
            "own_report",
            worded("You cannot issue {number}: you began it.", number=row.number),
            who_can=["somebody else who may issue it"],
            recorded=True,
            subject=subject_of(row),
        )


def _check_ready(row: Report, text: str, expected: str, at: datetime) -> None:
    if report_hash(text) != expected:
        raise Conflict(
            "report_changed",
            "The report has changed since it was shown to you. Read it again, then sign.",
        )
    if not orjson.loads(row.figures)["over"]:
        words = "Its figures are from before the end of the quarter: draw them anew after it."
        raise Conflict("quarter_runs", words)
    if at - row.drawn_at > FRESH:
        raise Conflict(
            "figures_old",
            worded("Its figures are older than {days} days: draw anew.", days=FRESH.days),
        )
