"""Paging: waking people. Only what cannot wait comes here; a call is repeated until it is answered.

A call of a step of the ladder is repeated by the ladder's own reminders; any other one here, after
the policy's waits and then without end. Answering stops the calls to that person alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from governance.models import Call, CallAnswer
from governance.rules.calling import waits_to_call_again
from governance.services.acknowledgements import acknowledge_step
from incidents.models import Incident
from incidents.rules.plan import from_text
from incidents.rules.transitions import ENDED
from ledger.context import current_actor
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Forbidden, Missing
from ledger.rules.worded import as_written, joined, term, word, worded
from ledger.services.entries import append_entry
from outbox.contacts import contact_of
from outbox.models import Timer
from outbox.rules.backoff import repeat_after
from outbox.rules.business_time import due
from outbox.services.hints import nudge
from outbox.services.messages import end_page, queue_page
from outbox.services.timers import arm_timer, cancel_timers
from registry.models import User

AGAIN = "paging.again"


@dataclass(frozen=True, slots=True)
class Ringing:
    """One call to one person: what it says, and which one it is."""

    incident: Incident
    person: User
    why: str
    subject: str
    body: str
    key: str
    at: datetime
    repeat: int = 0
    rule: str = ""
    step: int | None = None
    due_at: datetime | None = None


@transaction.atomic
def page(*, incident: Incident, people: Sequence[User], why: str, key: str, at: datetime) -> int:
    """Call people on the paging channel, each once per key; return how many were called.

    `why` is the one verb that the subject starts with and its object, in the imperative ('Stop the
    agent'). Who has no pager is mailed at once instead. Repeated to each until they answer.
    """
    called = 0
    for person in {one.pk: one for one in people if one.is_active}.values():
        called += _ring(_ringing(incident, person, why, key, 0, at)) is not None
    if called:
        nudge("sweep")
    return called


def call_for_step(
    *,
    incident: Incident,
    person: User,
    subject: str,
    body: str,
    rule: str,
    step: int,
    repeat: int,
    due_at: datetime,
    at: datetime,
) -> None:
    """Call a person for a step of the ladder, beside its mail; who has no pager has the mail."""
    if not contact_of(person.pk).page:
        return
    why = subject.partition(":")[0]
    key = f"{rule}:{step}"
    found = Ringing(incident, person, why, subject, body, key, at, repeat, rule, step, due_at)
    _ring(found)


@transaction.atomic
def answer_call(*, call_id: UUID, actor: Actor, at: datetime) -> Call:
    """Say 'I have it' to a call: that person is not called again for it; no deadline stops.

    Raises Missing, Forbidden (only who was called answers).
    """
    call = Call.objects.select_related("incident", "person").filter(pk=call_id).first()
    if call is None:
        raise Missing("unknown_call", "There is no such call, or it is not yours to see.")
    incident = Incident.objects.select_for_update(no_key=True).get(pk=call.incident_id)
    if actor.person != call.person_id:
        raise Forbidden(
            "not_called",
            "You cannot answer this call: it was not made to you.",
            who_can=[call.person.name],
            subject=_subject(incident),
        )
    if is_answered(call=call):
        return call
    number = _record("call.answered", incident, actor, at, {"why": call.why, "key": call.key})
    CallAnswer.objects.create(call=call, person_id=call.person_id, at=at, entry_number=number)
    _stop_calling(call, incident, actor, at)
    return call


def is_answered(*, call: Call) -> bool:
    """Whether the person has answered this call, or a repeat of it."""
    return CallAnswer.objects.filter(
        call__incident_id=call.incident_id, call__key=call.key, person_id=call.person_id
    ).exists()


def fire_again(*, timer: Timer, at: datetime) -> None:
    """Call again who has not answered; a case that ended is called for no more."""
    incident = Incident.objects.get(pk=timer.subject_id)
    payload = timer.payload
    first = Call.objects.select_related("person").get(pk=payload["call"])
    if incident.state in ENDED or is_answered(call=first) or not first.person.is_active:
        return
    _ring(_ringing(incident, first.person, first.why, first.key, payload["repeat"], at))


def _ringing(
    incident: Incident, person: User, why: str, key: str, repeat: int, at: datetime
) -> Ringing:
    named = {"why": term(why), "number": incident.number, "title": incident.title}
    subject = worded("{why} {number}: {title}", **named)
    if repeat:
        subject = worded("{why} {number} (call {time}): {title}", time=repeat + 1, **named)
    level = term(incident.severity.capitalize(), lowered=True)
    lines = [worded("{asked}.", asked=term(why)), "", as_written(incident.title)]
    lines += [worded("Severity: {severity}.", severity=level)]
    lines += ["", word("You are called until you answer. Answering stops no deadline.")]
    body = joined("\n", lines)
    return Ringing(incident, person, why[:120], subject, body, key[:120], at, repeat)


def _ring(ringing: Ringing) -> Call | None:
    """Write the call down, send it and arm its repeat; None where it was made before."""
    incident, person = ringing.incident, ringing.person
    known = Call.objects.filter(
        incident=incident, key=ringing.key, person=person, repeat=ringing.repeat
    )
    if known.exists():
        return None
    details = {
        "why": ringing.why,
        "key": ringing.key,
        "repeat": ringing.repeat,
        "people": [{"person": str(person.pk), "name": person.on_record}],
    }
    number = _record("incident.paged", incident, None, ringing.at, details)
    call = Call.objects.create(
        incident=incident,
        person=person,
        why=ringing.why[:120],
        key=ringing.key,
        rule=ringing.rule,
        step=ringing.step,
        repeat=ringing.repeat,
        at=ringing.at,
        entry_number=number,
    )
    url = f"{settings.PUBLIC_URL}/calls/{call.pk}/"
    queue_page(
        key=f"call:{call.pk}",
        person_id=person.pk,
        subject=ringing.subject,
        body=worded("{words}\n\nAnswer: {url}\n", words=ringing.body, url=url),
        at=ringing.at,
        subject_id=incident.pk,
        severity=incident.severity,
        page_key=_page_key(call),
        drill=incident.drill,
        due_at=ringing.due_at or incident.stage_due_at,
        url=url,
    )
    if ringing.step is None:
        _arm_again(call, ringing)
    return call


def _arm_again(call: Call, ringing: Ringing) -> None:
    plan = from_text(ringing.incident.plan)
    wait = repeat_after(ringing.repeat + 1, waits_to_call_again(plan))
    arm_timer(
        kind=AGAIN,
        key=f"{_again_prefix(call)}{ringing.repeat + 1}",
        subject_id=call.incident_id,
        due_at=due(ringing.at, wait),
        payload={"call": str(call.pk), "repeat": ringing.repeat + 1},
        inputs={"after": str(wait), "from": ringing.at.isoformat()},
        at=ringing.at,
    )


def _stop_calling(call: Call, incident: Incident, actor: Actor, at: datetime) -> None:
    cancel_timers(
        subject_id=incident.pk,
        reason="the call was answered",
        at=at,
        kinds=(AGAIN,),
        key_prefix=_again_prefix(call),
    )
    if call.step is not None and incident.state not in ENDED:
        acknowledge_step(
            incident_id=incident.pk, rule=call.rule, step=call.step, actor=actor, at=at
        )
    end_page(key=f"call:{call.pk}:end", page_key=_page_key(call), person_id=call.person_id, at=at)


def _again_prefix(call: Call) -> str:
    return f"again:{call.incident_id}:{call.key}:{call.person_id}:"


def _page_key(call: Call) -> str:
    return f"{call.incident_id}:{call.key}:{call.person_id}"


def _record(
    verb: str, incident: Incident, actor: Actor | None, at: datetime, details: dict[str, object]
) -> int:
    return append_entry(
        verb=verb,
        actor=actor or current_actor() or machine("paging"),
        at=at,
        subject=_subject(incident),
        incident_id=incident.pk,
        system_id=incident.system_id,
        details=details,
    )


def _subject(incident: Incident) -> tuple[str, str, str]:
    return ("incident", str(incident.pk), incident.number)
