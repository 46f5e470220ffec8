"""The first half: a draft is begun, answered, submitted and signed by its author."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded
from registry.models import Classification, System
from registry.rules.classification import judge
from registry.rules.questionnaires import (
    Answer,
    Answers,
    Document,
    faults,
    gaps,
    questions_of,
    relevant,
    stored,
)
from registry.selectors.classification import (
    QUESTIONNAIRE,
    current_classification,
    open_classification,
)
from registry.selectors.questionnaires import Form, newest_form
from registry.services.access import require_system_permit
from registry.services.classification.rows import (
    answers_of,
    check_row,
    kept_outcome,
    lock_classification,
    payload_of,
    record,
    save_row,
    sources_behind,
    subject_of,
)
from registry.services.lifecycle import lock_system
from registry.services.second_person import acting_person, sign_as
from registry.services.signatures import Ceremony, hash_payload


@transaction.atomic
def start_classification(*, system_id: UUID, actor: Actor, at: datetime) -> Classification:
    """Begin a draft, with the answers of the classification that stands.

    Raises Missing, Forbidden, Conflict (one is open already; the record's own system).
    """
    system = lock_system(system_id)
    require_system_permit(act="classification.write", system=system, actor=actor, at=at)
    if system.kind == System.Kind.RECORD:
        raise Conflict("record_system", "The record's own place in the registry is not classified.")
    if open_classification(system.pk) is not None:
        raise Conflict("classification_open", "A classification of this system is open already.")
    numbers = Classification.objects.filter(system=system).aggregate(last=Max("number"))
    standing = current_classification(system.pk)
    row = Classification(
        system=system,
        number=(numbers["last"] or 0) + 1,
        questionnaire=newest_form(QUESTIONNAIRE).id,
        answers=standing.answers if standing else {},
        started_at=at,
    )
    row.save(force_insert=True, at=at)
    taken = standing.number if standing else None
    record(
        verb="started", system=system, row=row, actor=actor, at=at,
        details={"answers_of": taken, "questionnaire": row.questionnaire},
    )  # fmt: skip
    return row


@transaction.atomic
def save_answers(
    *,
    classification_id: UUID,
    expected_version: int,
    answers: Mapping[str, Answer],
    actor: Actor,
    at: datetime,
) -> Classification:
    """Save answers into a draft; questions that are not given stay as they are.

    Whoever writes counts as an author. Saving what stands there already changes nothing. Raises
    Missing, Forbidden, Conflict (stale, no draft), Invalid (by question).
    """
    system, row = lock_classification(classification_id)
    check_row(row, expected_version=expected_version, state=Classification.State.DRAFT)
    require_system_permit(act="classification.write", system=system, actor=actor, at=at)
    form, before = newest_form(QUESTIONNAIRE), answers_of(row)
    wrong = faults(form.document, answers)
    if wrong:
        raise Invalid("bad_answers", "Some answers are not right.", fields=wrong)
    wanted = stored(_known(form.document, before | dict(answers)))
    if wanted == row.answers:
        return row
    changed = sorted(
        key for key in {*wanted, *row.answers} if wanted.get(key) != row.answers.get(key)
    )
    row.answers, row.questionnaire = wanted, form.id
    if actor.person is not None and actor.person not in row.writers:
        row.writers = [*row.writers, actor.person]
    save_row(row, at)
    said = {key: _said(wanted.get(key)) for key in changed}
    record(verb="drafted", system=system, row=row, actor=actor, at=at, after={"answers": said})
    return row


@transaction.atomic
def submit_classification(
    *,
    classification_id: UUID,
    expected_version: int,
    ceremony: Ceremony | None = None,
    actor: Actor,
    at: datetime,
) -> Classification:
    """Submit a draft to a second person, signed by its author.

    Raises Missing, Forbidden, Conflict (stale, no draft), Invalid: what is not answered or has no
    reason, by question; or `undecided` with the questions that leave the class open.
    """
    system, row = lock_classification(classification_id)
    check_row(row, expected_version=expected_version, state=Classification.State.DRAFT)
    subject = subject_of(system, row)
    person = acting_person(act="classification.write", actor=actor, subject=subject)
    require_system_permit(act="classification.write", system=system, actor=actor, at=at)
    form = newest_form(QUESTIONNAIRE)
    answers = relevant(form.document, answers_of(row))
    _check_complete(form, answers)
    _judge(row, form, answers)
    row.record_sha256 = hash_payload(payload_of(row))
    row.submitted_by_id, row.submitted_at, row.returned_because = person, at, ""
    row.writers = list(dict.fromkeys([*row.writers, person]))
    row.authorship = sign_as(
        meaning="authorship", payload=payload_of(row), reason="", system=system,
        subject=("classification", row.pk), ceremony=ceremony, actor=actor, at=at,
    )  # fmt: skip
    row.state = Classification.State.SUBMITTED
    save_row(row, at)
    after = {"legal_class": row.legal_class, "record_sha256": row.record_sha256}
    record(
        verb="submitted", system=system, row=row, actor=actor, at=at,
        before={"state": "draft"}, after=after,
    )  # fmt: skip
    return row


def _judge(row: Classification, form: Form, answers: Answers) -> None:
    """Fill in what the answers come to. Raises Invalid where they leave it open."""
    outcome = judge(answers)
    if outcome.legal_class == System.LegalClass.UNDECIDED:
        words = "This is not known yet, and the class depends on it."
        raise Invalid(
            "undecided",
            "The class is not decided: what is not known is never read as no.",
            fields=dict.fromkeys(outcome.open, words),
        )
    row.answers, row.questionnaire = stored(answers), form.id
    row.outcome, row.legal_class = kept_outcome(outcome), outcome.legal_class
    row.rests_on = sources_behind(form.document, answers, form.id)


def _check_complete(form: Form, answers: Answers) -> None:
    missing = gaps(form.document, answers, reasons=form.reasons)
    if missing:
        words = worded("{count} questions are not answered, or lack a reason.", count=len(missing))
        raise Invalid("answers_missing", words, fields=missing)


def _known(document: Document, answers: Answers) -> dict[str, Answer]:
    """Leave out answers to questions that the questionnaire no longer has."""
    ids = {question["id"] for question in questions_of(document)}
    return {key: answer for key, answer in answers.items() if key in ids}


def _said(kept: Mapping[str, object] | None) -> object:
    return (kept.get("values") or kept.get("value")) if kept else ""
