"""Concerns: raised by anybody, read and answered by officers, closed by two where harm is alleged.

Whoever raises one stands in no entry of the ledger and in no line of a history, also where they put
their name to it: the record says that a concern came, and what officers did with it. A person who
reports is protected (Directive (EU) 2019/1937, Art. 16 and 19; ISO/IEC 42001 A.3.3).
"""

import secrets
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
from outbox.services.timers import arm_timer, cancel_timers
from registry.models import Concern, ConcernMessage
from registry.rules.receipts import CODE_BYTES, receipt_code, receipt_digest
from registry.selectors.concerns import (
    concern_of_receipt,
    intake_officers,
    people_at_top,
)
from registry.services.concern_records import (
    check_reason,
    check_stands,
    lock_concern,
    opened_concern,
    readable_concern,
    record_concern,
    save_concern,
    subject_of,
    tell_of_concern,
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
            subject=subject_of(concern),
            after={"state": concern.state, "harm": concern.harm},
            details={"said": Personal(concern.what, kind="concern", fresh=True, private=True)},
        )
    _arm(concern, 1, at)
    tell_of_concern(concern, intake_officers(at=at), "received", at)
    return concern, code


@transaction.atomic
def add_to_concern(*, code: str, text: str, at: datetime) -> ConcernMessage:
    """Add a line by who holds the receipt. Raises Missing, Invalid, TooMany."""
    concern = lock_concern(concern_of_receipt(code=code).pk)
    with acting_as(SOMEBODY):
        message = _write(concern, None, text, SOMEBODY, at)
    people = [concern.read_by] if concern.read_by else intake_officers(at=at)
    tell_of_concern(concern, people, f"added:{message.pk}", at)
    return message


@transaction.atomic
def read_concern(*, concern_id: UUID, actor: Actor, at: datetime) -> Concern:
    """Open a concern for reading: the first reader is who is aware of it (CLK-21).

    Reading again changes nothing. Raises Missing, Forbidden.
    """
    concern = readable_concern(concern_id, actor, at)
    if concern.state != State.RECEIVED:
        return concern
    concern.state = State.READ
    concern.read_by_id, concern.read_at = actor.person, at
    if concern.aware_at is None:
        concern.aware_at = at
    save_concern(concern, at)
    cancel_timers(subject_id=concern.pk, reason="somebody read it", at=at)
    append_entry(
        verb="concern.read",
        actor=actor,
        at=at,
        subject=subject_of(concern),
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
    concern = opened_concern(concern_id, actor, at)
    return _write(concern, actor.person, text, actor, at)


@transaction.atomic
def dismiss_concern(
    *, concern_id: UUID, expected_version: int, reason: str, actor: Actor, at: datetime
) -> Concern:
    """Close a concern without a case, with the reason.

    Unless it says that nobody could be harmed, it waits for a second person. Raises Missing,
    Forbidden, Invalid, Conflict.
    """
    concern = opened_concern(concern_id, actor, at)
    check_stands(concern, expected_version, State.READ)
    check_reason(reason)
    alone = concern.harm == Concern.Harm.NO
    concern.dismissed_by_id, concern.dismissed_reason = actor.person, reason.strip()
    concern.state = State.DISMISSED if alone else State.DISMISSAL
    concern.closed_at = at if alone else None
    save_concern(concern, at)
    record_concern("dismissed" if alone else "dismissal_asked", concern, actor, at, reason)
    if not alone:
        others = [one for one in intake_officers(at=at) if one.pk != actor.person]
        tell_of_concern(concern, others, f"second:{concern.version}", at)
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
    concern = opened_concern(concern_id, actor, at)
    check_stands(concern, expected_version, State.DISMISSAL)
    if actor.person == concern.dismissed_by_id:
        raise Forbidden(
            "same_person",
            "You cannot agree to your own proposal: a second person does.",
            who_can=[one.name for one in intake_officers(at=at) if one.pk != actor.person],
            recorded=True,
            subject=subject_of(concern),
        )
    check_reason(reason)
    if agreed:
        concern.state, concern.closed_at = State.DISMISSED, at
        concern.confirmed_by_id = actor.person
    else:
        concern.state = State.READ
        concern.dismissed_by, concern.dismissed_reason = None, ""
    save_concern(concern, at)
    record_concern("dismissed" if agreed else "dismissal_declined", concern, actor, at, reason)
    return concern


def fire_unread(*, timer: Timer, at: datetime) -> None:
    """Tell executives of a concern that nobody has read; it counts as known from now (CLK-05)."""
    concern = lock_concern(timer.subject_id)
    if concern.state != State.RECEIVED:
        return
    number = int(timer.payload["number"])
    with acting_as(WATCH):
        if concern.aware_at is None:
            concern.aware_at, concern.aware_deemed = timer.due_at, True
        concern.escalated_at = at
        save_concern(concern, at)
        append_entry(
            verb="concern.escalated",
            actor=WATCH,
            at=at,
            subject=subject_of(concern),
            after={"aware_at": concern.aware_at, "deemed": concern.aware_deemed, "time": number},
            reason=f"nobody has read it for {number * settings.CONCERN_UNREAD_HOURS} h",
        )
    above = people_at_top(roles=["executive"], at=at)
    tell_of_concern(concern, [*above, *intake_officers(at=at)], f"unread:{number}", at)
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
        name: worded("At most {most} characters.", most=most)
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
        subject=subject_of(concern),
        details={"said": Personal(message.text, kind="concern", fresh=True, private=True)},
    )
    return message
