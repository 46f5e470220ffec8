"""Requests of authorities: registered, answered with evidence, sent by two persons (INC-15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from governance.models import AuthorityRequest, RequestQuestion, RequestScope
from governance.selectors.requests import digest_of, hash_of, open_points, visible_requests
from governance.services.request_timers import cancel_due, watch_due
from incidents.models import Incident
from incidents.selectors.visibility import incidents_visible_to
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from registry.models import LegalHold, System, User
from registry.selectors import systems_visible_to
from registry.services.access import require_anywhere
from registry.services.holds import Held, set_hold

State = AuthorityRequest.State
MOST_QUESTIONS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What an authority asks: who, on which basis, what, in which language, until when."""

    authority: str
    basis: str
    questions: Sequence[str]
    language: str
    received_at: datetime
    due_at: datetime
    reference: str = ""
    period_from: date | None = None
    period_until: date | None = None


@transaction.atomic
def register_request(
    *,
    asked: Asked,
    system_ids: Sequence[UUID],
    incident_numbers: Sequence[str],
    hold: bool,
    actor: Actor,
    at: datetime,
) -> AuthorityRequest:
    """Register a request with its questions and what it is about; by compliance or risk.

    With `hold` nothing of those systems and incidents is dropped or erased until somebody ends the
    hold; that takes who may set one. Raises Forbidden, Invalid, Missing.
    """
    require_anywhere(
        act="request.write", actor=actor, at=at, subject=("organisation", "requests", "requests")
    )
    person = person_of(actor)
    _check(asked, at)
    about = [
        *_systems(system_ids, person, at),
        *_incidents(incident_numbers, person, at),
    ]
    row = AuthorityRequest(
        number=_number(at),
        authority=asked.authority.strip(),
        basis=asked.basis.strip(),
        reference=asked.reference.strip(),
        language=asked.language.strip(),
        received_at=asked.received_at,
        received_by=person,
        due_at=asked.due_at,
        period_from=asked.period_from,
        period_until=asked.period_until,
        registered_at=at,
        registered_by=person,
    )
    row.save(force_insert=True, at=at)
    for place, text in enumerate(asked.questions, start=1):
        RequestQuestion.objects.create(request=row, place=place, text=text.strip(), at=at)
    for system, incident in about:
        held = _hold(row, system, incident, actor, at) if hold else None
        RequestScope.objects.create(request=row, system=system, incident=incident, hold=held, at=at)
    enter(
        row,
        "request.registered",
        actor,
        at,
        after={"state": row.state, "due_at": row.due_at, "questions": len(asked.questions)},
        reason=row.basis,
        details={
            "about": [incident.number if incident else system.slug for system, incident in about],
            "hold": hold,
        },
    )
    watch_due(row, at)
    return row


@transaction.atomic
def mark_ready(
    *, number: str, expected_version: int | None, actor: Actor, at: datetime
) -> AuthorityRequest:
    """Say that the answer is complete; another person sends it. Raises Conflict, Forbidden."""
    row = lock_request(number=number, act="request.write", actor=actor, at=at)
    _at_state(row, State.OPEN, expected_version)
    missing = open_points(row)
    if missing:
        raise Conflict("not_complete", worded("Not complete yet: {missing}", missing=missing[0]))
    row.ready_by, row.ready_at = person_of(actor), at
    row.answer_sha256 = digest_of(row)
    return _move(
        row, State.READY, "request.ready", actor, at, details={"sha256": row.answer_sha256}
    )


@transaction.atomic
def take_back(
    *, number: str, reason: str, expected_version: int | None, actor: Actor, at: datetime
) -> AuthorityRequest:
    """Open an answer again before it is sent, with the reason. Raises Conflict, Invalid."""
    row = lock_request(number=number, act="request.write", actor=actor, at=at)
    _at_state(row, State.READY, expected_version)
    given = text_of(reason, "reason", "Say what is missing.")
    row.ready_by, row.ready_at, row.answer_sha256 = None, None, ""
    return _move(row, State.OPEN, "request.taken_back", actor, at, reason=given)


@transaction.atomic
def send_answer(
    *,
    number: str,
    how: str,
    sent_at: datetime,
    late_reason: str,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> AuthorityRequest:
    """Record that the answer was sent, by another person than who said that it is ready.

    Raises Conflict, Forbidden, Invalid.
    """
    row = lock_request(number=number, act="request.send", actor=actor, at=at)
    _at_state(row, State.READY, expected_version)
    person = person_of(actor)
    if row.ready_by_id == person.pk:
        raise Forbidden(
            "not_separate",
            "You said that it is ready: another person looks at it and sends it.",
            recorded=True,
            subject=subject_of(row),
        )
    if digest_of(row) != row.answer_sha256:
        raise Conflict("answer_changed", "The answer changed since: it must be made ready again.")
    if not row.received_at <= sent_at <= at:
        words = "Between the receipt of the request and now."
        raise Invalid("bad_instant", words, fields={"sent_at": words})
    if sent_at > row.due_at and not late_reason.strip():
        words = "It was due before: say why it is late."
        raise Invalid("late_without_reason", words, fields={"late_reason": words})
    row.sent_by, row.sent_at = person, sent_at
    row.sent_how = text_of(how, "how", "Say how it was sent.", longest=200)
    row.late_reason = late_reason.strip()
    cancel_due(row, at)
    return _move(row, State.SENT, "request.sent", actor, at, reason=row.late_reason)


@transaction.atomic
def record_receipt(
    *, number: str, receipt: str, receipt_at: datetime, sha256: str, actor: Actor, at: datetime
) -> AuthorityRequest:
    """Record the authority's receipt. Raises Conflict, Invalid."""
    row = lock_request(number=number, act="request.write", actor=actor, at=at)
    _at_state(row, State.SENT, None)
    if row.sent_at is not None and not row.sent_at <= receipt_at <= at:
        words = "Between the sending and now."
        raise Invalid("bad_instant", words, fields={"receipt_at": words})
    row.receipt = text_of(receipt, "receipt", "Say what the receipt says.")
    row.receipt_sha256 = sha256 or hash_of(row.receipt)
    row.receipt_at = receipt_at
    return _move(row, State.RECEIPTED, "request.receipted", actor, at)


def lock_request(*, number: str, act: str, actor: Actor, at: datetime) -> AuthorityRequest:
    """Lock a request that the actor may see and act on. Raises Missing, Forbidden."""
    person = person_of(actor)
    seen = visible_requests(user=person, at=at).filter(number=number).first()
    if seen is None:
        raise Missing("unknown_request", "There is no such request that you may see.")
    rows = AuthorityRequest.objects.select_for_update(no_key=True, of=("self",))
    row: AuthorityRequest = rows.get(pk=seen.pk)
    require_anywhere(act=act, actor=actor, at=at, subject=subject_of(row))
    return row


def subject_of(row: AuthorityRequest) -> tuple[str, str, str]:
    """Return what an entry about a request is about."""
    return ("authority_request", str(row.pk), row.number)


def enter(
    row: AuthorityRequest,
    verb: str,
    actor: Actor,
    at: datetime,
    *,
    touched: Sequence[str] = (),
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> int:
    """Put a change of a request on record; returns the number of the entry."""
    return append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=subject_of(row),
        before=before,
        after=after,
        reason=reason,
        details=details,
        touched=[f"governance_authorityrequest:{row.pk}", *touched],
    )


def person_of(actor: Actor) -> User:
    """Return the person who acts. Raises Forbidden for a machine or a service token."""
    person: User | None = User.objects.filter(pk=actor.person, is_active=True).first()
    if person is None:
        raise Forbidden("person_needed", "A person answers authorities, no service token.")
    return person


def text_of(text: str, field: str, words: str, *, longest: int = 20_000) -> str:
    """Return a text that must be there and fit. Raises Invalid."""
    given = text.strip()
    if not given:
        raise Invalid("text_needed", words, fields={field: words})
    if len(given) > longest or "\x00" in given:
        fault = worded("This has at most {longest} characters.", longest=longest)
        raise Invalid("text_too_long", fault, fields={field: fault})
    return given


def _move(
    row: AuthorityRequest,
    state: str,
    verb: str,
    actor: Actor,
    at: datetime,
    *,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> AuthorityRequest:
    before = {"state": row.state, "version": row.version}
    row.state, row.version = state, row.version + 1
    row.save(at=at)
    after = {"state": row.state, "version": row.version}
    enter(row, verb, actor, at, before=before, after=after, reason=reason, details=details)
    return row


def _at_state(row: AuthorityRequest, state: str, expected_version: int | None) -> None:
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
    if row.state != state:
        wanted = State(state).label.lower()
        raise Conflict(
            "state_does_not_allow",
            worded(
                "{number} stands at '{state}'; this is possible at '{wanted}'.",
                number=row.number,
                state=term(row.get_state_display()),
                wanted=wanted,
            ),
        )


def _check(asked: Asked, at: datetime) -> None:
    faults = {
        name: "This is required."
        for name in ("authority", "basis", "language")
        if not getattr(asked, name).strip()
    }
    questions = [text for text in asked.questions if text.strip()]
    if not questions or len(questions) != len(asked.questions) or len(questions) > MOST_QUESTIONS:
        faults["questions"] = worded(
            "One to {most_questions} questions, none of them empty.", most_questions=MOST_QUESTIONS
        )
    if asked.received_at > at:
        faults["received_at"] = "This has not come yet."
    if asked.due_at <= asked.received_at:
        faults["due_at"] = "It is due after it was received."
    if asked.period_from and asked.period_until and asked.period_until < asked.period_from:
        faults["period_until"] = "The period ends before it begins."
    if faults:
        raise Invalid("request_not_right", next(iter(faults.values())), fields=faults)


def _systems(
    ids: Sequence[UUID], person: User, at: datetime
) -> list[tuple[System, Incident | None]]:
    found = systems_visible_to(user=person, at=at).in_bulk(list(ids))
    if len(found) != len(set(ids)):
        raise Missing("unknown_system", "There is no such system that you may see.")
    return [(found[one], None) for one in dict.fromkeys(ids)]


def _incidents(
    numbers: Sequence[str], person: User, at: datetime
) -> list[tuple[System, Incident | None]]:
    rows = incidents_visible_to(user=person, at=at).filter(number__in=list(numbers))
    found = {row.number: row for row in rows.select_related("system")}
    missing = [number for number in numbers if number not in found]
    if missing:
        words = worded("There is no incident {missing!r} that you may see.", missing=missing[0])
        raise Invalid("unknown_incident", words, fields={"incidents": words})
    return [(found[one].system, found[one]) for one in dict.fromkeys(numbers)]


def _hold(
    row: AuthorityRequest, system: System, incident: Incident | None, actor: Actor, at: datetime
) -> LegalHold:
    held = Held(
        scope="incident" if incident else "system",
        system_id=system.pk,
        incident_id=incident.pk if incident else None,
        incident_number=incident.number if incident else "",
    )
    return set_hold(held=held, reason=f"{row.number}, {row.authority}", actor=actor, at=at)


def _number(at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('governance_request_number')")
        (number,) = cursor.fetchone()
    return f"AR-{at.year}-{number:04d}"
