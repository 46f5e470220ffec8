"""Answers: a look at one unmasked, each on record; one sent to review, and the verdict on it.

The ledger names the event by its id and instant. What was asked and answered is never copied.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import System
from registry.selectors.permits import person_needed
from registry.services.access import require_system_permit
from telemetry import label_takers
from telemetry.models import AnswerLook, AnswerReview
from telemetry.rules.answers import RIGHT, labels_of_verdict, reviewer_code
from telemetry.rules.rows import Delivery, LabelRow
from telemetry.selectors.answer_reviews import reviewers_for
from telemetry.selectors.answers import Event, event_by_key

LONGEST = 2000
SOURCE = "reviews of answers"
WRONG = frozenset(verdict for verdict, right in RIGHT.items() if not right)
State, Verdict = AnswerReview.State, AnswerReview.Verdict


@dataclass(frozen=True, slots=True)
class Looked:
    """A look that is on record, the number of its ledger entry, and what was looked at."""

    look: AnswerLook
    entry: int
    event: Event


@transaction.atomic
def look_at_answer(*, system: System, key: str, reason: str, actor: Actor, at: datetime) -> Looked:
    """Put a look on record and return the event unmasked: no record, no look.

    Raises Forbidden, Invalid (no reason), Missing.
    """
    require_system_permit(act="answer.look", system=system, actor=actor, at=at)
    if actor.person is None:
        raise person_needed("answer.look", ("system", str(system.pk), system.name))
    event = event_by_key(system=system, key=key)
    look = AnswerLook(
        system=system,
        event_at=event.at,
        event_id=event.event_id,
        reason=_words(reason, "reason"),
        looked_by_id=actor.person,
        looked_at=at,
    )
    look.save(force_insert=True, at=at)
    entry = append_entry(
        verb="answer.looked",
        actor=actor,
        at=at,
        subject=("system", str(system.pk), system.name),
        after={"look": look.pk},
        reason=look.reason,
        system_id=system.pk,
        details=_named(event.at, event.event_id),
    )
    return Looked(look, entry, event)


@transaction.atomic
def send_to_review(
    *, system: System, key: str, reason: str, reviewer_id: UUID, actor: Actor, at: datetime
) -> AnswerReview:
    """Send an event to another person for a verdict.

    Raises Forbidden, Invalid (no reason, a reviewer who may not or who sends it), Missing, Conflict
    where one waits already.
    """
    require_system_permit(act="answer.send", system=system, actor=actor, at=at)
    if actor.person is None:
        raise person_needed("answer.send", ("system", str(system.pk), system.name))
    event = event_by_key(system=system, key=key)
    _require_reviewer(system, reviewer_id, actor.person, at)
    _lock(system)
    reviews = AnswerReview.objects.filter(system=system, event_at=event.at, event_id=event.event_id)
    if reviews.filter(state=State.REVIEWED, reviewer_id=reviewer_id).exists():
        words = "They gave their verdict already: a second one comes from somebody else."
        raise Invalid("reviewed_it", words, fields={"reviewer": words})
    if reviews.filter(state=State.WAITING).exists():
        raise Conflict("review_waits", "This answer waits for its review already.")
    row = AnswerReview(
        system=system,
        event_at=event.at,
        event_id=event.event_id,
        reason=_words(reason, "reason"),
        sent_by_id=actor.person,
        sent_at=at,
        reviewer_id=reviewer_id,
    )
    row.save(force_insert=True, at=at)
    append_entry(
        verb="answer.sent",
        actor=actor,
        at=at,
        subject=("system", str(system.pk), system.name),
        after={"review": row.pk, "reviewer": reviewer_id},
        reason=row.reason,
        system_id=system.pk,
        details=_named(row.event_at, row.event_id),
    )
    return row


@retried
@transaction.atomic
def give_verdict(
    *, review_id: UUID, verdict: str, words: str, truth: str = "", actor: Actor, at: datetime
) -> AnswerReview:
    """Say whether an answer was right, as the reviewer it was sent to; its event is labelled so.

    `truth` is what a wrong answer should have been; it is kept with the label alone. The windows of
    the event are computed anew and judged. Raises Missing, Forbidden for anybody else, Conflict for
    a review that is done, Invalid.
    """
    rows = AnswerReview.objects.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("system", "reviewer").filter(pk=review_id).first()
    if row is None:
        raise Missing("unknown_review", "There is no such review.")
    _require_own(row, actor, at)
    if row.state != State.WAITING:
        raise Conflict("review_done", "This review is done already.")
    if verdict not in Verdict.values:
        words = "Choose one of the verdicts."
        raise Invalid("unknown_verdict", words, fields={"verdict": words})
    labels = _labels(row, verdict, truth)
    row.state, row.verdict, row.words = State.REVIEWED, verdict, _words(words, "words")
    row.reviewed_at = at
    row.save(update_fields=["state", "verdict", "words", "reviewed_at"], at=at)
    append_entry(
        verb="answer.reviewed",
        actor=actor,
        at=at,
        subject=("system", str(row.system_id), row.system.name),
        before={"state": State.WAITING},
        after={"review": row.pk, "state": row.state, "verdict": row.verdict},
        reason=row.words,
        system_id=row.system_id,
        details=_named(row.event_at, row.event_id) | {"labels": sorted(labels)},
    )
    if labels:
        _label(row, labels, actor, at)
    return row


def _labels(row: AnswerReview, verdict: str, truth: str) -> dict[str, str | bool]:
    """Return what the verdict says of the event; nothing of one that is no longer kept."""
    said = truth.strip()
    try:
        answer = event_by_key(system=row.system, key=row.key).row.answer
    except Missing:
        return {}
    fault = ""
    if len(said) > LONGEST or "\x00" in said:
        fault = worded("At most {longest} characters, without NUL.", longest=LONGEST)
    elif said and verdict not in WRONG:
        fault = "Only of a wrong answer it is said what would have been right."
    elif said and said == answer:
        fault = "That is what it answered: then it was right."
    if fault:
        raise Invalid("truth_not_right", fault, fields={"truth": fault})
    return labels_of_verdict(verdict, answer=answer, truth=said)


def _label(row: AnswerReview, labels: dict[str, str | bool], actor: Actor, at: datetime) -> None:
    """Deliver the labels as if they had come from outside."""
    rows = [
        LabelRow(
            system=row.system.slug,
            event_id=row.event_id,
            kind=kind,
            value=value,
            labelled_at=at,
            at=row.event_at,
            reviewer=reviewer_code(row.reviewer_id),
        )
        for kind, value in sorted(labels.items())
    ]
    label_takers.take_in(
        delivery=Delivery(
            rows=rows, numbers=range(1, len(rows) + 1), source=SOURCE, on_error="refuse_all"
        ),
        reach=System.objects.filter(pk=row.system_id),
        actor=actor,
        at=at,
    )


def _require_reviewer(system: System, reviewer_id: UUID, sender: UUID, at: datetime) -> None:
    if reviewer_id == sender:
        words = "Another person reviews it, not you."
        raise Invalid("own_review", words, fields={"reviewer": words})
    if reviewer_id not in {person.pk for person in reviewers_for(system=system, at=at)}:
        words = "Choose somebody who may review answers of this system."
        raise Invalid("unknown_reviewer", words, fields={"reviewer": words})


def _require_own(row: AnswerReview, actor: Actor, at: datetime) -> None:
    require_system_permit(act="answer.review", system=row.system, actor=actor, at=at)
    if actor.person != row.reviewer_id:
        raise Forbidden(
            "not_the_reviewer",
            "It was sent to somebody else.",
            who_can=[row.reviewer.name],
            recorded=True,
            subject=("system", str(row.system_id), row.system.name),
        )


def _lock(system: System) -> None:
    System.objects.select_for_update(no_key=True).get(pk=system.pk)


def _words(text: str, field: str) -> str:
    said = text.strip()
    if not said:
        raise Invalid("reason_needed", "Say why.", fields={field: "This is required."})
    if len(said) > LONGEST or "\x00" in said:
        words = worded("At most {longest} characters, without NUL.", longest=LONGEST)
        raise Invalid("too_long", words, fields={field: words})
    return said


def _named(event_at: datetime, event_id: str) -> dict[str, object]:
    return {"event": event_id, "event_at": event_at}
