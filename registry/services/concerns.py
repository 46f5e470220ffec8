"""Concerns: raised by anybody, read and answered by officers, closed by two where harm is alleged.

Whoever raises one stands in no entry of the ledger and in no line of a history, also where they put
their name to it: the record says that a concern came, and what officers did with it. A person who
reports is protected (Directive (EU) 2019/1937, Art. 16 and 19; ISO/IEC 42001 A.3.3).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.rules.commitments import Personal
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Refused
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from outbox.models import Timer
from outbox.services.hints import nudge
from outbox.services.messages import queue_mail
from outbox.services.timers import arm_timer, cancel_timers
from registry.models import Concern, ConcernMessage, System, User
from registry.rules.receipts import CODE_BYTES, receipt_code, receipt_digest
from registry.selectors.concerns import (
    concern_of_receipt,
    concerns_visible_to,
    intake_officers,
    no_such_concern,
    people_at_top,
)

State = Concern.State
SOMEBODY = Actor(kind="anonymous", id="anonymous", name="Somebody by the concern form")
WATCH = machine("concern watch")
UNREAD = "concern.unread"
LONGEST = {"where": 200, "what": 8000, "when": 200, "who_harmed": 2000, "contact": 200}
LONGEST_MESSAGE = 4000
MOST_MESSAGES = 200
CLOSED = (State.DISMISSED, State.CASE)


class TooMany(Refused):
    """More than is taken at present: 429 (RFC 6585)."""

    status = 429


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says in a concern, in their own words; `harm` is yes, no or unknown."""

    where: str
    what: str
    harm: str
    when: str = ""
    who_harmed: str = ""
    contact: str = ""


@transaction.atomic
def raise_concern(
    *, said: Said, form_key: str, raised_by_id: UUID | None = None, at: datetime
) -> tuple[Concern, str]:
    """Take a concern, and return it with the code of its receipt, which is kept nowhere.

    `form_key` is the one-time key of the form that was sent; `raised_by_id` a person who puts their
    name to it. There is no actor: nothing on record says who acted. Raises Invalid, TooMany,
    Conflict (the form was sent before).
    """
    _check(said)
    _check_pace(at)
    key = sha256(form_key.encode()).hexdigest()
    if Concern.objects.filter(form_key=key).exists():
        raise Conflict("sent_already", "This form was sent already; its receipt was shown then.")
    code = receipt_code(secrets.token_bytes(CODE_BYTES))
    with acting_as(SOMEBODY):
        concern = Concern(
            number=_number(at),
            raised_by_id=raised_by_id,
            receipt_sha256=receipt_digest(code),
            form_key=key,
            received_at=at,
            **{one.name: getattr(said, one.name).strip() for one in fields(said)},
        )
        concern.save(force_insert=True, at=at)
        append_entry(
            verb="concern.raised",
            actor=SOMEBODY,
            at=at,
            subject=_subject(concern),
            after={"state": concern.state, "harm": concern.harm},
            details={"said": Personal(concern.what, kind="concern", fresh=True, private=True)},
        )
    _arm(concern, 1, at)
    _tell(concern, intake_officers(at=at), "received", at)
    return concern, code


@transaction.atomic
def add_to_concern(*, code: str, text: str, at: datetime) -> ConcernMessage:
    """Add a line by who holds the receipt. Raises Missing, Invalid, TooMany."""
    concern = _lock(concern_of_receipt(code=code).pk)
    with acting_as(SOMEBODY):
        message = _write(concern, None, text, SOMEBODY, at)
    people = [concern.read_by] if concern.read_by else intake_officers(at=at)
    _tell(concern, people, f"added:{message.pk}", at)
    return message


@transaction.atomic
def read_concern(*, concern_id: UUID, actor: Actor, at: datetime) -> Concern:
    """Open a concern for reading: the first reader is who is aware of it (CLK-21).

    Reading again changes nothing. Raises Missing, Forbidden.
    """
    concern = _mine(concern_id, actor, at)
    if concern.state != State.RECEIVED:
        return concern
    concern.state = State.READ
    concern.read_by_id, concern.read_at = actor.person, at
    if concern.aware_at is None:
        concern.aware_at = at
    _save(concern, at)
    cancel_timers(subject_id=concern.pk, reason="somebody read it", at=at)
    append_entry(
        verb="concern.read",
        actor=actor,
        at=at,
        subject=_subject(concern),
        after={
            "state": concern.state,
            "detected_at": concern.received_at,
            "aware_at": concern.aware_at,
        },
    )
    return concern


@transaction.atomic
def answer_concern(*, concern_id: UUID, text: str, actor: Actor, at: datetime) -> ConcernMessage:
    """Write a line to who raised it; they find it by their receipt. Raises as `read_concern`."""
    concern = _opened(concern_id, actor, at)
    return _write(concern, actor.person, text, actor, at)


@transaction.atomic
def dismiss_concern(
    *, concern_id: UUID, expected_version: int, reason: str, actor: Actor, at: datetime
) -> Concern:
    """Close a concern without a case, with the reason.

    Unless it says that nobody could be harmed, it waits for a second person. Raises Missing,
    Forbidden, Invalid, Conflict.
    """
    concern = _opened(concern_id, actor, at)
    _check_stands(concern, expected_version, State.READ)
    _check_reason(reason)
    alone = concern.harm == Concern.Harm.NO
    concern.dismissed_by_id, concern.dismissed_reason = actor.person, reason.strip()
    concern.state = State.DISMISSED if alone else State.DISMISSAL
    concern.closed_at = at if alone else None
    _save(concern, at)
    _record("dismissed" if alone else "dismissal_asked", concern, actor, at, reason)
    if not alone:
        others = [one for one in intake_officers(at=at) if one.pk != actor.person]
        _tell(concern, others, f"second:{concern.version}", at)
    return concern


@transaction.atomic
def decide_dismissal(
    *,
    concern_id: UUID,
    expected_version: int,
    agreed: bool,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Concern:
    """Agree as a second person that a concern is closed without a case, or let it go on.

    Raises Missing, Forbidden (who asked), Invalid, Conflict.
    """
    concern = _opened(concern_id, actor, at)
    _check_stands(concern, expected_version, State.DISMISSAL)
    if actor.person == concern.dismissed_by_id:
        raise Forbidden(
            "same_person",
            "You cannot agree to your own proposal: a second person does.",
            who_can=[one.name for one in intake_officers(at=at) if one.pk != actor.person],
            recorded=True,
            subject=_subject(concern),
        )
    _check_reason(reason)
    if agreed:
        concern.state, concern.closed_at = State.DISMISSED, at
        concern.confirmed_by_id = actor.person
    else:
        concern.state = State.READ
        concern.dismissed_by, concern.dismissed_reason = None, ""
    _save(concern, at)
    _record("dismissed" if agreed else "dismissal_declined", concern, actor, at, reason)
    return concern


@transaction.atomic
def lock_for_case(
    *, concern_id: UUID, expected_version: int, actor: Actor, at: datetime
) -> Concern:
    """Return a concern, locked, of which this officer may make a case.

    Raises Missing, Forbidden, Conflict.
    """
    concern = _opened(concern_id, actor, at)
    _check_stands(concern, expected_version, State.READ, State.DISMISSAL)
    return concern


@transaction.atomic
def tie_to_case(
    *,
    concern: Concern,
    system: System,
    incident_id: UUID,
    incident_number: str,
    actor: Actor,
    at: datetime,
) -> Concern:
    """Tie a locked concern to the system and to the incident that was opened for it."""
    before = concern.state
    concern.state, concern.closed_at = State.CASE, at
    concern.system = system
    concern.incident_id, concern.incident_number = incident_id, incident_number
    _save(concern, at)
    append_entry(
        verb="concern.became_case",
        actor=actor,
        at=at,
        subject=_subject(concern),
        before={"state": before},
        after={"state": concern.state, "incident": incident_number, "system": system.slug},
        incident_id=incident_id,
        system_id=system.pk,
    )
    return concern


def fire_unread(*, timer: Timer, at: datetime) -> None:
    """Tell executives of a concern that nobody has read; it counts as known from now (CLK-05)."""
    concern = _lock(timer.subject_id)
    if concern.state != State.RECEIVED:
        return
    number = int(timer.payload["number"])
    with acting_as(WATCH):
        if concern.aware_at is None:
            concern.aware_at, concern.aware_deemed = timer.due_at, True
        concern.escalated_at = at
        _save(concern, at)
        append_entry(
            verb="concern.escalated",
            actor=WATCH,
            at=at,
            subject=_subject(concern),
            after={"aware_at": concern.aware_at, "deemed": concern.aware_deemed, "time": number},
            reason=f"nobody has read it for {number * settings.CONCERN_UNREAD_HOURS} h",
        )
    above = people_at_top(roles=["executive"], at=at)
    _tell(concern, [*above, *intake_officers(at=at)], f"unread:{number}", at)
    _arm(concern, number + 1, at)


def _arm(concern: Concern, number: int, at: datetime) -> None:
    hours = settings.CONCERN_UNREAD_HOURS
    arm_timer(
        kind=UNREAD,
        key=f"{concern.pk}:unread:{number}",
        subject_id=concern.pk,
        due_at=concern.received_at + timedelta(hours=hours * number),
        payload={"number": number},
        inputs={"duration": f"{hours * number}h", "from": concern.received_at.isoformat()},
        at=at,
    )


def _number(at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('registry_concernnumber')")
        (number,) = cursor.fetchone()
    return f"CON-{at.year}-{number:04d}"


def _check(said: Said) -> None:
    found = {
        name: f"At most {most} characters."
        for name, most in LONGEST.items()
        if len(getattr(said, name)) > most
    }
    if not said.where.strip():
        found["where"] = "Say where: the name of the system, or what it does."
    if not said.what.strip():
        found["what"] = "Say what happened or what worries you."
    if said.harm not in Concern.Harm.values:
        found["harm"] = "Answer yes, no, or that you do not know."
    if "\x00" in "".join(getattr(said, one.name) for one in fields(said)):
        found["what"] = "This holds a character that no text has."
    if found:
        raise Invalid("concern_not_right", next(iter(found.values())), fields=found)


def _check_pace(at: datetime) -> None:
    """Raise TooMany where everybody together sent more than is taken within an hour."""
    recent = Concern.objects.filter(received_at__gt=at - timedelta(hours=1)).count()
    if recent >= settings.CONCERNS_PER_HOUR:
        raise TooMany("too_many", "More arrives at present than we take. Try again in an hour.")


def _write(
    concern: Concern, officer_id: UUID | None, text: str, actor: Actor, at: datetime
) -> ConcernMessage:
    if not text.strip() or len(text) > LONGEST_MESSAGE or "\x00" in text:
        words = worded(
            "Write between 1 and {longest_message} characters.", longest_message=LONGEST_MESSAGE
        )
        raise Invalid("message_not_right", words, fields={"text": words})
    if concern.messages.count() >= MOST_MESSAGES:
        raise TooMany("too_many", "This concern has as many lines as it can take.")
    message = ConcernMessage(concern=concern, officer_id=officer_id, text=text.strip(), at=at)
    message.save(force_insert=True, at=at)
    append_entry(
        verb="concern.answered" if officer_id else "concern.added_to",
        actor=actor,
        at=at,
        subject=_subject(concern),
        details={"said": Personal(message.text, kind="concern", fresh=True, private=True)},
    )
    return message


def _mine(concern_id: UUID, actor: Actor, at: datetime) -> Concern:
    """Return a concern, locked, that this officer may read. Raises Missing, Forbidden."""
    user: User | None = User.objects.filter(pk=actor.person).first() if actor.person else None
    if user is None:
        raise Forbidden("person_needed", "A concern is read by a person who is signed in.")
    if not concerns_visible_to(user=user, at=at).filter(pk=concern_id).exists():
        raise no_such_concern()
    return _lock(concern_id)


def _opened(concern_id: UUID, actor: Actor, at: datetime) -> Concern:
    concern = _mine(concern_id, actor, at)
    if concern.state == State.RECEIVED:
        raise Conflict("not_read_yet", "Read it first; from then on you are who is aware of it.")
    if concern.raised_by_id is not None and concern.raised_by_id == actor.person:
        raise Forbidden("own_concern", "You raised this concern: another officer looks at it.")
    return concern


def _lock(concern_id: UUID) -> Concern:
    rows = Concern.objects.select_for_update(no_key=True, of=("self",))
    found: Concern | None = rows.select_related("read_by").filter(pk=concern_id).first()
    if found is None:
        raise no_such_concern()
    return found


def _check_stands(concern: Concern, expected_version: int, *states: str) -> None:
    present = {"version": concern.version, "state": concern.state}
    if concern.version != expected_version:
        words = "Somebody else changed this concern a moment ago. Load it again."
        raise Conflict("stale_version", words, extra=present)
    if concern.state not in states:
        words = "The present state of this concern does not allow this."
        raise Conflict("state_does_not_allow", words, extra=present)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})


def _save(concern: Concern, at: datetime) -> None:
    concern.version += 1
    concern.save(at=at)


def _record(what: str, concern: Concern, actor: Actor, at: datetime, reason: str) -> None:
    append_entry(
        verb=f"concern.{what}",
        actor=actor,
        at=at,
        subject=_subject(concern),
        after={"state": concern.state, "version": concern.version},
        reason=Personal(reason.strip(), kind="text"),
        system_id=concern.system_id,
    )


def _subject(concern: Concern) -> tuple[str, str, str]:
    return "concern", str(concern.pk), concern.number


def _tell(concern: Concern, people: Sequence[User | None], what: str, at: datetime) -> None:
    """Tell officers that something waits; what was said stands in no mail."""
    for person in {one.pk: one for one in people if one is not None}.values():
        queue_mail(
            key=f"concern:{concern.pk}:{what}:{person.pk}",
            person_id=person.pk,
            address=person.email,
            subject=worded("{number}: a concern waits for you", number=concern.number),
            body=worded(
                "What was said is not in this mail, to protect who said it. Read it here; the "
                "first reader is who is aware of it.\n\n{url}\n",
                url=f"{settings.PUBLIC_URL}/concerns/{concern.number}/",
            ),
            subject_id=concern.pk,
            at=at,
        )
    nudge("sweep")
