"""The first half: an assessment is begun, filled in, submitted with its expiry."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded
from registry.models import ImpactAssessment, System
from registry.rules.questionnaires import Answer, faults, gaps, questions_of, read, stored
from registry.selectors.questionnaires import newest_form
from registry.services.access import require_system_permit
from registry.services.assessments.rows import (
    check_row,
    end_of,
    lock_assessment,
    payload_of,
    record,
    save_row,
    subject_of,
    today_at_seat,
)
from registry.services.lifecycle import lock_system
from registry.services.second_person import acting_person, sign_as
from registry.services.signatures import Ceremony, hash_payload

LONGEST = timedelta(days=3 * 366)
Kind, State = ImpactAssessment.Kind, ImpactAssessment.State


@transaction.atomic
def start_assessment(*, system_id: UUID, kind: str, actor: Actor, at: datetime) -> ImpactAssessment:
    """Begin a draft, with the answers of the one before it.

    Raises Missing, Forbidden, Invalid (kind), Conflict (one is open already).
    """
    system = lock_system(system_id)
    require_system_permit(act="assessment.write", system=system, actor=actor, at=at)
    if kind not in Kind.values or system.kind == System.Kind.RECORD:
        raise Invalid("unknown_kind", "There is no such assessment.", fields={"kind": "unknown"})
    rows = ImpactAssessment.objects.filter(system=system, kind=kind)
    if rows.filter(state__in=ImpactAssessment.OPEN).exists():
        raise Conflict("assessment_open", "A draft of this assessment is open already.")
    before = rows.order_by("-number").first()
    row = ImpactAssessment(
        system=system,
        kind=kind,
        number=(rows.aggregate(last=Max("number"))["last"] or 0) + 1,
        form=newest_form(kind).id,
        answers=before.answers if before else {},
        started_at=at,
    )
    row.save(force_insert=True, at=at)
    record(
        verb="started", system=system, row=row, actor=actor, at=at,
        details={"answers_of": before.number if before else None, "form": row.form},
    )  # fmt: skip
    return row


@transaction.atomic
def save_assessment(
    *,
    assessment_id: UUID,
    expected_version: int,
    answers: Mapping[str, Answer],
    actor: Actor,
    at: datetime,
) -> ImpactAssessment:
    """Save what was filled in; fields that are not given stay. Whoever writes is an author.

    Saving what stands there already changes nothing. Raises Missing, Forbidden, Conflict, Invalid.
    """
    system, row = lock_assessment(assessment_id)
    check_row(row, expected_version=expected_version, state=State.DRAFT)
    require_system_permit(act="assessment.write", system=system, actor=actor, at=at)
    form = newest_form(row.kind)
    wrong = faults(form.document, answers)
    if wrong:
        raise Invalid("bad_answers", "Some fields are not right.", fields=wrong)
    ids = {question["id"] for question in questions_of(form.document)}
    merged = read(row.answers) | dict(answers)
    wanted = stored({key: answer for key, answer in merged.items() if key in ids})
    if wanted == row.answers:
        return row
    changed = sorted(
        key for key in {*wanted, *row.answers} if wanted.get(key) != row.answers.get(key)
    )
    row.answers, row.form = wanted, form.id
    if actor.person is not None and actor.person not in row.writers:
        row.writers = [*row.writers, actor.person]
    save_row(row, at)
    record(verb="drafted", system=system, row=row, actor=actor, at=at, after={"fields": changed})
    return row


@transaction.atomic
def submit_assessment(
    *,
    assessment_id: UUID,
    expected_version: int,
    expires_on: date,
    ceremony: Ceremony | None = None,
    actor: Actor,
    at: datetime,
) -> ImpactAssessment:
    """Submit a draft to a reviewer, signed by its author, with the last day on which it holds.

    Raises Missing, Forbidden, Conflict (stale, no draft), Invalid (fields, expiry).
    """
    system, row = lock_assessment(assessment_id)
    check_row(row, expected_version=expected_version, state=State.DRAFT)
    subject = subject_of(system, row)
    person = acting_person(act="assessment.write", actor=actor, subject=subject)
    require_system_permit(act="assessment.write", system=system, actor=actor, at=at)
    _check_complete(row)
    _check_expiry(expires_on, at)
    answers = read(row.answers)
    floor = answers["risk_floor"].value if "risk_floor" in answers else ""
    row.risk_floor = floor if floor in System.Tier.values else ""
    row.expires_on, row.expires_at = expires_on, end_of(expires_on)
    row.submitted_by_id, row.submitted_at, row.returned_because = person, at, ""
    row.writers = list(dict.fromkeys([*row.writers, person]))
    row.record_sha256 = hash_payload(payload_of(row))
    row.authorship = sign_as(
        meaning="authorship", payload=payload_of(row), reason="", system=system,
        subject=("assessment", row.pk), ceremony=ceremony, actor=actor, at=at,
    )  # fmt: skip
    row.state = State.IN_REVIEW
    save_row(row, at)
    record(
        verb="submitted", system=system, row=row, actor=actor, at=at, before={"state": "draft"},
        after={"expires_on": expires_on, "record_sha256": row.record_sha256},
    )  # fmt: skip
    return row


def _check_complete(row: ImpactAssessment) -> None:
    form = newest_form(row.kind)
    missing = gaps(form.document, read(row.answers), reasons=form.reasons)
    if missing:
        words = worded("{count} fields are not filled in.", count=len(missing))
        raise Invalid("answers_missing", words, fields=missing)
    row.form = form.id


def _check_expiry(expires_on: date, at: datetime) -> None:
    today = today_at_seat(at)
    if not today < expires_on <= today + LONGEST:
        words = "A day to come, at most three years ahead."
        raise Invalid("bad_expiry", words, fields={"expires_on": words})
