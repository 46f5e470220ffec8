"""The second half: another person puts it into force, or sends it back; the authority is told."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from registry.models import ImpactAssessment, System
from registry.rules.tiers import highest
from registry.services.access import require_system_permit
from registry.services.assessments.rows import (
    check_row,
    lock_assessment,
    payload_of,
    record,
    save_row,
    subject_of,
    today_at_seat,
)
from registry.services.second_person import check_seen, require_second_person, sign_as
from registry.services.signatures import Ceremony, is_valid

State = ImpactAssessment.State


@transaction.atomic
def approve_assessment(
    *,
    assessment_id: UUID,
    expected_version: int,
    reason: str,
    ceremony: Ceremony | None = None,
    actor: Actor,
    at: datetime,
) -> ImpactAssessment:
    """Put an assessment into force; what was in force is replaced, the tier raised to its floor.

    Raises Missing, Forbidden (role; an author, the owner's side, or who acts for them), Conflict
    (stale, not in review, expired meanwhile, not what was signed), Invalid.
    """
    system, row = lock_assessment(assessment_id)
    check_row(row, expected_version=expected_version, state=State.IN_REVIEW)
    person = require_second_person(
        act="assessment.review", wrote=row.writers, system=system, actor=actor, at=at,
        subject=subject_of(system, row),
    )  # fmt: skip
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})
    _check_holds(row, at)
    row.approval = sign_as(
        meaning="review", payload=payload_of(row), reason=reason, system=system,
        subject=("assessment", row.pk), ceremony=ceremony, actor=actor, at=at,
    )  # fmt: skip
    replaced = _replace(system, row.kind, at)
    row.reviewed_by_id, row.reviewed_at, row.review = person, at, reason
    row.state = State.IN_FORCE
    save_row(row, at)
    before, after = _raise_tier(system, row, at)
    record(
        verb="approved", system=system, row=row, actor=actor, at=at, reason=reason,
        before={"state": "in_review"} | before, after=after, details={"replaces": replaced},
    )  # fmt: skip
    return row


@transaction.atomic
def send_back_assessment(
    *, assessment_id: UUID, expected_version: int, reason: str, actor: Actor, at: datetime
) -> ImpactAssessment:
    """Send one in review back to be mended, or take back one's own; with the reason.

    Raises Missing, Forbidden, Conflict (stale, not in review), Invalid.
    """
    system, row = lock_assessment(assessment_id)
    check_row(row, expected_version=expected_version, state=State.IN_REVIEW)
    own = actor.person is not None and actor.person == row.submitted_by_id
    act = "assessment.write" if own else "assessment.review"
    require_system_permit(act=act, system=system, actor=actor, at=at)
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})
    row.state, row.returned_because, row.record_sha256 = State.DRAFT, reason, ""
    row.submitted_by, row.submitted_at, row.authorship = None, None, None
    row.expires_on, row.expires_at, row.risk_floor = None, None, ""
    save_row(row, at)
    record(
        verb="returned", system=system, row=row, actor=actor, at=at, reason=reason,
        before={"state": "in_review"},
    )  # fmt: skip
    return row


@transaction.atomic
def note_notification(
    *,
    assessment_id: UUID,
    expected_version: int,
    notified_on: date,
    notified_to: str,
    reference: str,
    actor: Actor,
    at: datetime,
) -> ImpactAssessment:
    """Write down that the market surveillance authority was told the result (Art. 27(3)).

    Raises Missing, Forbidden, Conflict (stale, never in force, told already), Invalid.
    """
    system, row = lock_assessment(assessment_id)
    check_seen(
        what="This assessment", present=row.version, expected=expected_version,
        state=str(row.state),
    )  # fmt: skip
    require_system_permit(act="assessment.write", system=system, actor=actor, at=at)
    _check_notification(row, notified_on, notified_to, at)
    row.notified_on, row.notified_to = notified_on, notified_to.strip()
    row.notified_reference = reference.strip()
    save_row(row, at)
    record(
        verb="notified", system=system, row=row, actor=actor, at=at,
        after={"on": notified_on, "to": row.notified_to, "reference": row.notified_reference},
    )  # fmt: skip
    return row


def _check_notification(
    row: ImpactAssessment, notified_on: date, notified_to: str, at: datetime
) -> None:
    if row.kind != ImpactAssessment.Kind.FRIA or row.reviewed_at is None:
        raise Conflict("nothing_to_notify", "Only the result of a FRIA in force is notified.")
    if row.notified_on is not None:
        raise Conflict("notified_already", "The authority was notified already.")
    if notified_on > today_at_seat(at):
        words = "This day is still to come."
        raise Invalid("day_to_come", words, fields={"notified_on": words})
    if not notified_to.strip():
        raise Invalid("authority_missing", "Name it.", fields={"notified_to": "Name it."})


def _check_holds(row: ImpactAssessment, at: datetime) -> None:
    if row.expires_at is None or row.expires_at <= at:
        raise Conflict("expired", "Its last day has passed meanwhile: send it back.")
    if row.authorship is None or not is_valid(row.authorship, payload_of(row)):
        raise Conflict("record_changed", "This is not what its author signed. Send it back.")


def _replace(system: System, kind: str, at: datetime) -> int | None:
    rows = ImpactAssessment.objects.select_for_update(no_key=True, of=("self",))
    old = rows.filter(system=system, kind=kind, state=State.IN_FORCE).first()
    if old is None:
        return None
    old.state, old.replaced_at = State.REPLACED, at
    save_row(old, at)
    return old.number


def _raise_tier(
    system: System, row: ImpactAssessment, at: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Raise the risk tier to the floor that the assessment sets; return before and after."""
    wanted = highest([system.risk_tier, row.risk_floor])
    if wanted == system.risk_tier:
        return {}, {"risk_floor": row.risk_floor, "expires_on": row.expires_on}
    before = {"risk_tier": str(system.risk_tier)}
    system.risk_tier = wanted
    system.version += 1
    system.save(at=at)
    after = {"risk_tier": wanted, "system_version": system.version}
    return before, after | {"risk_floor": row.risk_floor, "expires_on": row.expires_on}
