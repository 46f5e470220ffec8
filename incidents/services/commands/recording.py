"""Writing a transition: state, version, ledger entry, transition row, participation, together."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from incidents.models import Incident, Participation, Transition
from incidents.rules.transitions import ENDED, edge_of
from incidents.selectors.attempts import Attempt
from incidents.services.commands.context import Given, Outcome
from incidents.services.courses import draw_courses
from incidents.services.deadlines import Move, enter_stage, timers_of_move
from incidents.services.turn_timers import timers_of_turns
from ledger.rules.actors import Actor
from ledger.rules.worded import as_text
from ledger.services.entries import append_entry


def request_digest(command: str, payload: Mapping[str, Any]) -> str:
    """Return a hash of a request, by which a replay is told from a reused key."""
    body = msgspec.json.encode([command, dict(payload)], order="sorted", enc_hook=as_text)
    return hashlib.sha256(body).hexdigest()


def for_record(value: Any) -> Any:
    """Return plain JSON data in which readings are decimal strings, as the ledger takes them."""
    if isinstance(value, Mapping):
        return {str(key): for_record(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [for_record(item) for item in value]
    if isinstance(value, float):
        return repr(value)
    return value


def record(given: Given, outcome: Outcome, *, key: str | None, digest: str) -> Transition:
    """Move the incident and write everything that tells of it. Returns the transition."""
    incident, attempt, plan = given.incident, given.attempt, outcome.plan or given.plan
    move = Move(incident.state, outcome.target, incident.version + 1)
    before = {"state": incident.state, "version": incident.version, **outcome.before}
    left_due_at = incident.stage_due_at if move.changes_state else None
    if move.changes_state:
        getattr(incident, attempt.command.name)()
        enter_stage(plan, incident, move, outcome.deadline, given.at)
    incident.version = move.version
    incident.save(at=given.at, update_fields=incident.changed())
    after = {"state": incident.state, "version": incident.version, **outcome.after}
    said = {**given.values, **outcome.details, "stage_due_at": left_due_at}
    payload = msgspec.to_builtins(said, enc_hook=as_text)
    transition = _write(
        attempt, move, outcome, before, after, for_record(payload), key=key, digest=digest
    )
    if transition.to_state in ENDED:
        draw_courses(incident_ids=[incident.pk])
    for row in outcome.rows:
        row.entry_number = transition.entry_number  # type: ignore[attr-defined]
        row.save(force_insert=True)
    timers_of_move(plan, incident, move, outcome.deadline, given.at)
    if move.changes_state:
        timers_of_turns(plan, incident, move, given.at)
    if outcome.then is not None:
        outcome.then(transition)
    return transition


def _write(
    attempt: Attempt,
    move: Move,
    outcome: Outcome,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    payload: Mapping[str, Any],
    *,
    key: str | None,
    digest: str,
) -> Transition:
    incident, command = attempt.incident, attempt.command
    edge = edge_of(command.name, move.source, move.target)
    participate(attempt)
    number = append_entry(
        verb=outcome.verb or command.verb,
        actor=_actor(attempt),
        at=attempt.at,
        subject=attempt.subject,
        before=before,
        after=after,
        reason=outcome.reason,
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"code": edge.code, "command": command.name, "fields": payload},
        touched=[f"incidents_incident:{incident.pk}", *outcome.touched],
    )
    return Transition.objects.create(
        incident=incident,
        version=incident.version,
        cycle=incident.cycle,
        code=edge.code,
        command=command.name,
        from_state=move.source,
        to_state=move.target,
        person=attempt.user,
        person_name=attempt.user.name if attempt.user else attempt.actor.name,
        role=role_words(attempt),
        on_behalf_of=attempt.principal,
        at=attempt.at,
        reason=outcome.reason,
        payload=payload,
        idempotency_key=key,
        request_sha256=digest,
        entry_number=number,
    )


def participate(attempt: Attempt) -> None:
    """Write the part that a person took by this command."""
    if attempt.user is None or not attempt.act:
        return
    Participation.objects.create(
        incident=attempt.incident,
        cycle=attempt.incident.cycle,
        person=attempt.user,
        act=attempt.act,
        as_delegate_of=attempt.principal,
        at=attempt.at,
    )


def role_words(attempt: Attempt) -> str:
    """Return in what role somebody acted, as the record keeps it."""
    if attempt.user is None:
        return attempt.actor.role
    role = _role(attempt, (attempt.principal or attempt.user).pk)
    return f"{role}, for {attempt.principal.name}" if attempt.principal else role


def _role(attempt: Attempt, person: Any) -> str:
    incident = attempt.incident
    if "owner_side" in attempt.parties & set(attempt.command.who):
        return "owner" if person == incident.owner_id else "deputy"
    if attempt.line:
        return attempt.line
    held = attempt.cast.roles.get(person, frozenset())
    known = ("compliance", "risk", "executive", "engineer")
    part = min(attempt.parties & set(attempt.command.who), default="").replace("_", " ")
    return next((role for role in known if role in held), part)


def _actor(attempt: Attempt) -> Actor:
    """The actor with the role that counts here, and for whom, by id."""
    if attempt.user is None:
        return attempt.actor
    role = _role(attempt, (attempt.principal or attempt.user).pk)
    principal = str(attempt.principal.pk) if attempt.principal else ""
    return attempt.actor.acting(role=role, on_behalf_of=principal)


def end(incident: Incident, at: datetime, *, resolution: str, lessons: str = "") -> None:
    """Set what an incident holds once it is over."""
    incident.closed_at, incident.resolution, incident.lessons = at, resolution, lessons
    incident.waiting_for, incident.waiting_since, incident.waiting_until = "", None, None
