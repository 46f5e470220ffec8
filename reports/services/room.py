"""Questions of auditors: asked, answered with evidence, sent back, accepted, withdrawn."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Max

from governance.selectors.requests import hash_of, is_digest
from governance.services.requests import text_of
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from registry.models import System, Unit, User
from registry.selectors.permits import person_needed
from registry.services.access import require_system_permit, require_unit_permit
from reports.models import AuditAnswer, AuditEvidence, AuditQuestion
from reports.selectors.room import audit_end, require_open_audit, visible_questions
from reports.services.asking import LONGEST, Asking, checked_question, scope_asked

State = AuditQuestion.State
ROOM = ("organisation", "audit", "audit room")


@transaction.atomic
def ask_auditee(*, asking: Asking, actor: Actor, at: datetime) -> AuditQuestion:
    """Ask the people of a system or unit; the answer is due within the auditor's own time.

    Raises Forbidden for who does not audit it, Missing, Invalid.
    """
    person = _person("audit.ask", actor)
    require_open_audit(user=person, at=at)
    system, unit = scope_asked(asking, person, at)
    _require("audit.ask", system, unit, actor, at)
    text = checked_question(asking, audit_end(user=person, system=system, unit=unit, at=at), at)
    row = AuditQuestion(
        number=_number(at),
        system=system,
        unit=unit,
        about=asking.about,
        about_key=asking.about_key.strip() if asking.about else "",
        text=text,
        asked_by=person,
        asked_at=at,
        due_at=asking.due_at,
    )
    row.save(force_insert=True, at=at)
    after = {"state": row.state, "due_at": row.due_at, "about": f"{row.about} {row.about_key}"}
    _enter(row, "audit.asked", actor, at, after=after | {"sha256": hash_of(text)})
    return row


@transaction.atomic
def answer_auditor(*, number: str, text: str, actor: Actor, at: datetime) -> AuditAnswer:
    """Answer a question; earlier answers stay. Never who asked it.

    Raises Missing, Forbidden, Conflict where it is settled, Invalid.
    """
    row = _locked(number, "audit.answer", actor, at)
    _require_auditee(row, actor)
    return _say(row, AuditAnswer.Kind.ANSWER, text, State.ANSWERED, actor, at)


@transaction.atomic
def send_back(
    *, number: str, text: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> AuditAnswer:
    """Say what an answer lacks: it waits for another one. Raises as answer_auditor."""
    row = _locked(number, "audit.ask", actor, at, expected_version)
    if row.state != State.ANSWERED:
        raise _not_now(row, "It has no new answer to send back.")
    return _say(row, AuditAnswer.Kind.BACK, text, State.OPEN, actor, at)


@transaction.atomic
def add_audit_evidence(
    *,
    number: str,
    kind: str,
    title: str,
    reference: str,
    sha256: str = "",
    actor: Actor,
    at: datetime,
) -> AuditEvidence:
    """Name what an answer rests on; without a hash that of its reference. Raises as above."""
    row = _locked(number, "audit.answer", actor, at)
    _require_auditee(row, actor)
    if kind not in AuditEvidence.Kind.values:
        words = worded("This is one of: {values}.", values=", ".join(AuditEvidence.Kind.values))
        raise Invalid("unknown_kind", words, fields={"kind": words})
    if sha256 and not is_digest(sha256):
        words = "A SHA-256 has 64 hexadecimal digits."
        raise Invalid("bad_digest", words, fields={"sha256": words})
    where = text_of(reference, "reference", "Say where it stands.", longest=2000)
    named = text_of(title, "title", "Say what it is.", longest=200)
    key = uuid4()
    entry = _enter(
        row, "audit.evidence_added", actor, at,
        after={"kind": kind, "title": named},
        touched=[f"reports_auditevidence:{key}"],
    )  # fmt: skip
    return AuditEvidence.objects.create(
        id=key, question=row, kind=kind, title=named, reference=where,
        sha256=sha256.lower() or hash_of(where), added_by=_person("audit.answer", actor), at=at,
        entry_number=entry,
    )  # fmt: skip


@transaction.atomic
def accept_answer(
    *, number: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> AuditQuestion:
    """Accept the newest answer, as an auditor of what was asked about. Raises as above."""
    row = _locked(number, "audit.ask", actor, at, expected_version)
    if row.state != State.ANSWERED:
        raise _not_now(row, "It has no new answer to accept.")
    return _settle(row, State.ACCEPTED, "audit.accepted", actor, at)


@transaction.atomic
def withdraw_question(
    *,
    number: str,
    reason: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> AuditQuestion:
    """Withdraw a question with the reason; it stays on record. Raises as above."""
    row = _locked(number, "audit.ask", actor, at, expected_version)
    given = text_of(reason, "reason", "Say why it is withdrawn.", longest=4000)
    return _settle(row, State.WITHDRAWN, "audit.withdrawn", actor, at, reason=given)


def _require(
    act: str, system: System | None, unit: Unit | None, actor: Actor, at: datetime
) -> None:
    if system is not None:
        require_system_permit(act=act, system=system, actor=actor, at=at)
    elif unit is not None:
        subject = ("unit", str(unit.pk), unit.name)
        require_unit_permit(act=act, unit_id=unit.pk, actor=actor, at=at, subject=subject)


def _locked(
    number: str, act: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> AuditQuestion:
    """Lock a question that the actor may see and act on and that is not settled."""
    person = _person(act, actor)
    require_open_audit(user=person, at=at)
    seen = visible_questions(user=person, at=at).filter(number=number).first()
    if seen is None:
        raise Missing("unknown_question", "There is no such question that you may see.")
    rows = AuditQuestion.objects.select_for_update(no_key=True, of=("self",))
    row: AuditQuestion = rows.select_related("system", "unit").get(pk=seen.pk)
    _require(act, row.system, row.unit, actor, at)
    if expected_version is not None and expected_version != row.version:
        raise Conflict(
            "stale_version",
            worded(
                "You saw version {expected_version} of {number}; it is at "
                "{version} now. Load it again and look before you act.",
                expected_version=expected_version,
                number=row.number,
                version=row.version,
            ),
        )
    if row.settled_by_id is not None:
        raise _not_now(row, "What is settled stays as it is; ask a new question.")
    return row


def _require_auditee(row: AuditQuestion, actor: Actor) -> None:
    if row.asked_by_id == actor.person:
        raise Forbidden(
            "not_separate",
            "You asked it: somebody of the auditee answers.",
            recorded=True,
            subject=subject_of(row),
        )


def _say(
    row: AuditQuestion, kind: str, text: str, state: str, actor: Actor, at: datetime
) -> AuditAnswer:
    words = "Write the answer." if kind == AuditAnswer.Kind.ANSWER else "Say what it lacks."
    given = text_of(text, "text", words, longest=LONGEST)
    place = (row.answers.aggregate(last=Max("place"))["last"] or 0) + 1
    key = uuid4()
    before = {"state": row.state, "version": row.version}
    row.state, row.version = state, row.version + 1
    row.save(at=at)
    entry = _enter(
        row,
        "audit.answered" if kind == AuditAnswer.Kind.ANSWER else "audit.sent_back",
        actor,
        at,
        before=before,
        after={
            "state": row.state,
            "version": row.version,
            "place": place,
            "sha256": hash_of(given),
        },
        touched=[f"reports_auditanswer:{key}"],
    )
    return AuditAnswer.objects.create(
        id=key, question=row, place=place, kind=kind, text=given,
        given_by=_person("audit.answer", actor), at=at, entry_number=entry,
    )  # fmt: skip


def _settle(
    row: AuditQuestion, state: str, verb: str, actor: Actor, at: datetime, *, reason: str = ""
) -> AuditQuestion:
    before = {"state": row.state, "version": row.version}
    row.state, row.version = state, row.version + 1
    row.settled_by, row.settled_at = _person("audit.ask", actor), at
    row.save(at=at)
    after = {"state": row.state, "version": row.version}
    _enter(row, verb, actor, at, before=before, after=after, reason=reason)
    return row


def subject_of(row: AuditQuestion) -> tuple[str, str, str]:
    """Return what an entry about a question is about."""
    return ("audit_question", str(row.pk), row.number)


def _enter(
    row: AuditQuestion,
    verb: str,
    actor: Actor,
    at: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    touched: Sequence[str] = (),
) -> int:
    return append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=subject_of(row),
        before=before,
        after=after,
        reason=reason,
        system_id=row.system_id,
        touched=[f"reports_auditquestion:{row.pk}", *touched],
    )


def _not_now(row: AuditQuestion, words: str) -> Conflict:
    return Conflict(
        "state_does_not_allow",
        worded(
            "{number} stands at '{state}'. {words}",
            number=row.number,
            state=term(row.get_state_display()),
            words=words,
        ),
    )


def _person(act: str, actor: Actor) -> User:
    person: User | None = User.objects.filter(pk=actor.person, is_active=True).first()
    if person is None:
        raise person_needed(act, ROOM)
    return person


def _number(at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('reports_audit_question_number')")
        (number,) = cursor.fetchone()
    return f"AQ-{at.year}-{number:04d}"
