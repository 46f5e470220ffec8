"""Answers to an authority's questions, what they rest on, and what is withheld by two persons."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max

from governance.models import (
    AuthorityRequest,
    RequestAnswer,
    RequestEvidence,
    RequestQuestion,
    WithheldItem,
)
from governance.selectors.requests import hash_of, is_digest
from governance.services.requests import (
    enter,
    lock_request,
    person_of,
    subject_of,
    text_of,
)
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import term, worded

State = AuthorityRequest.State


@transaction.atomic
def answer_question(
    *, number: str, place: int, text: str, actor: Actor, at: datetime
) -> RequestAnswer:
    """Answer a question; an earlier answer stays. Raises Missing, Forbidden, Conflict, Invalid."""
    row = _open(number, actor, at)
    question = _question(row, place)
    given = text_of(text, "text", "Write the answer.")
    last = question.answers.aggregate(last=Max("version"))["last"] or 0
    answer_id = uuid4()
    entry = enter(
        row,
        "request.answered",
        actor,
        at,
        after={"question": place, "version": last + 1, "sha256": hash_of(given)},
        touched=[f"governance_requestanswer:{answer_id}"],
    )
    return RequestAnswer.objects.create(
        id=answer_id,
        question=question,
        version=last + 1,
        text=given,
        answered_by=person_of(actor),
        answered_at=at,
        entry_number=entry,
    )


@transaction.atomic
def add_evidence(
    *,
    number: str,
    place: int,
    kind: str,
    title: str,
    reference: str,
    sha256: str,
    actor: Actor,
    at: datetime,
) -> RequestEvidence:
    """Name what an answer rests on; without a hash that of its reference. Raises as above."""
    row = _open(number, actor, at)
    question = _question(row, place)
    if kind not in RequestEvidence.Kind.values:
        words = worded("This is one of: {values}.", values=", ".join(RequestEvidence.Kind.values))
        raise Invalid("unknown_kind", words, fields={"kind": words})
    where = text_of(reference, "reference", "Say where it stands.", longest=2000)
    if sha256 and not is_digest(sha256):
        words = "A SHA-256 has 64 hexadecimal digits."
        raise Invalid("bad_digest", words, fields={"sha256": words})
    evidence_id = uuid4()
    named = text_of(title, "title", "Say what it is.", longest=200)
    entry = enter(
        row,
        "request.evidence_added",
        actor,
        at,
        after={"question": place, "kind": kind, "title": named},
        touched=[f"governance_requestevidence:{evidence_id}"],
    )
    return RequestEvidence.objects.create(
        id=evidence_id,
        question=question,
        kind=kind,
        title=named,
        reference=where,
        sha256=sha256.lower() or hash_of(where),
        added_by=person_of(actor),
        added_at=at,
        entry_number=entry,
    )


@transaction.atomic
def withhold(
    *, number: str, place: int | None, what: str, reason: str, actor: Actor, at: datetime
) -> WithheldItem:
    """Propose that something is not handed over, with the ground; another person agrees.

    Raises Missing, Forbidden, Conflict, Invalid.
    """
    row = _open(number, actor, at)
    item = WithheldItem(
        request=row,
        question=_question(row, place) if place is not None else None,
        what=text_of(what, "what", "Say what is not handed over.", longest=2000),
        reason=text_of(reason, "reason", "Say why, and on which ground.", longest=4000),
        proposed_by=person_of(actor),
        proposed_at=at,
    )
    item.save(force_insert=True, at=at)
    enter(
        row,
        "request.withheld",
        actor,
        at,
        after={"item": item.pk, "what": item.what},
        reason=item.reason,
        touched=[f"governance_withhelditem:{item.pk}"],
    )
    return item


@transaction.atomic
def agree_withholding(*, number: str, item_id: UUID, actor: Actor, at: datetime) -> WithheldItem:
    """Agree that something is withheld; never by who proposed it. Raises Missing, Forbidden."""
    row = _open(number, actor, at)
    rows = WithheldItem.objects.select_for_update(no_key=True, of=("self",))
    item: WithheldItem | None = rows.filter(request=row, pk=item_id).first()
    if item is None:
        raise Missing("unknown_item", "There is no such item on this request.")
    if item.approved_by_id is not None:
        raise Conflict("agreed_already", "Somebody has agreed to this already.")
    if item.proposed_by_id == actor.person:
        raise Forbidden(
            "not_separate",
            "You proposed to withhold it: another person agrees, or nobody does.",
            recorded=True,
            subject=subject_of(row),
        )
    item.approved_by_id, item.approved_at = actor.person, at
    item.save(update_fields=["approved_by", "approved_at"], at=at)
    enter(
        row,
        "request.withholding_agreed",
        actor,
        at,
        after={"item": item.pk, "what": item.what},
        touched=[f"governance_withhelditem:{item.pk}"],
    )
    return item


def _open(number: str, actor: Actor, at: datetime) -> AuthorityRequest:
    row = lock_request(number=number, act="request.write", actor=actor, at=at)
    if row.state != State.OPEN:
        raise Conflict(
            "state_does_not_allow",
            worded(
                "{number} stands at '{state}': nothing of the answer changes.",
                number=row.number,
                state=term(row.get_state_display()),
            ),
        )
    return row


def _question(row: AuthorityRequest, place: int) -> RequestQuestion:
    found: RequestQuestion | None = row.questions.filter(place=place).first()
    if found is None:
        raise Missing("unknown_question", "There is no such question on this request.")
    return found
