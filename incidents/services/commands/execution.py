"""The one function that changes the state of an incident."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from incidents.followers import followers_of
from incidents.models import Incident, Transition
from incidents.rules.fields import read_fields
from incidents.rules.plan import from_text
from incidents.rules.transitions import COMMANDS, fields_of
from incidents.selectors.attempts import (
    Attempt,
    attempt_of,
    impossible,
    line_signed,
    no_such_incident,
    not_permitted,
    not_separate,
    present,
    unseen,
)
from incidents.selectors.guards import guard
from incidents.selectors.proofs import pending_stopping
from incidents.services.commands import (
    acceptance,
    asking,
    carrying,
    clockwork,
    containment,
    decisions,
    engine,
    families,
    holding,
    owners,
    proofs,
    rehearsing,
    turns,
    validators,
)
from incidents.services.commands.context import Given, Outcome, Result
from incidents.services.commands.recording import record, request_digest
from incidents.services.commands.telling import notify
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing, Refused
from ledger.rules.worded import worded
from outbox.services.hints import nudge
from registry.models import User
from registry.services.signatures import Ceremony

HANDLERS: Mapping[str, Callable[[Given], Outcome]] = {
    "acknowledge": owners.acknowledge,
    "first_assessment": owners.first_assessment,
    "add_evidence": owners.add_evidence,
    "submit_findings": owners.submit_findings,
    "return_to_owner": validators.return_to_owner,
    "validate": validators.validate,
    "dismiss": validators.dismiss,
    "close_small": validators.close_small,
    "adopt": decisions.adopt,
    "keep_running": decisions.keep_running,
    "lapse": decisions.lapse,
    "confirm_action": proofs.confirm_action,
    "confirm_proof": proofs.confirm_proof,
    "begin_verification": proofs.begin_verification,
    "attempt_failed": proofs.attempt_failed,
    "close": proofs.close,
    "verification_failed": proofs.verification_failed,
    "inconclusive": proofs.inconclusive,
    "raise_severity": engine.raise_severity,
    "join_breach": engine.join_breach,
    "note_recovery": engine.note_recovery,
    "end_silence": engine.end_silence,
    "answer_silenced": owners.answer_silenced,
    **turns.HANDLERS,
    **rehearsing.HANDLERS,
    **containment.HANDLERS,
    **holding.HANDLERS,
    **carrying.HANDLERS,
    **acceptance.HANDLERS,
    **asking.HANDLERS,
    **clockwork.HANDLERS,
    **families.HANDLERS,
}


@retried
@transaction.atomic
def execute(
    *,
    command: str,
    incident_id: UUID,
    actor: Actor,
    at: datetime,
    expected_version: int | None,
    idempotency_key: str | None,
    payload: Mapping[str, Any],
    signature: Ceremony | None = None,
    on_behalf_of: UUID | None = None,
) -> Result:
    """Carry out a command on an incident, or refuse it with the reason and who can.

    Order: lock, replayed key, may see, version, edge, permission, segregation, guards, required
    fields; then state, transition, ledger entry, timers, messages, participation in one
    transaction (architecture decision 3, workflow I2). `expected_version` None skips the check and
    is for engines. Raises Missing, Conflict, Forbidden, Invalid.
    """
    if command not in HANDLERS:
        raise Missing(
            "unknown_command",
            worded("There is no command {command!r} on an incident.", command=command),
        )
    incident = lock_incident(incident_id)
    digest = request_digest(command, payload)
    replayed = _replayed(incident, idempotency_key, actor, digest)
    if replayed is not None:
        return Result(incident, replayed, replayed=True)
    attempt = _attempt(command, incident, actor, at, on_behalf_of)
    _check(attempt, expected_version)
    given = Given(attempt, _fields(attempt, payload), signature)
    _check_signature(given)
    transition = record(given, HANDLERS[command](given), key=idempotency_key, digest=digest)
    _go_on(given)
    for follow in followers_of(command):
        follow(incident, transition, at)
    notify(given, transition)
    if transition.from_state != incident.state:
        nudge("seal")
    return Result(incident, transition)


def _go_on(given: Given) -> None:
    """After an adoption without a stopping action nothing is waited for (T13 with INC-D)."""
    incident, attempt = given.incident, given.attempt
    if attempt.command.name != "adopt" or pending_stopping(incident).exists():
        return
    following = attempt_of(
        command="begin_verification",
        incident=incident,
        plan=given.plan,
        actor=attempt.actor,
        at=given.at,
        user=None,
    )
    next_given = Given(following, {"reason": "Nothing ordered has to be carried out first."})
    record(next_given, proofs.begin_verification(next_given), key=None, digest="")


def lock_incident(incident_id: UUID) -> Incident:
    """Lock an incident FOR NO KEY UPDATE and read it anew, with its system. Raises Missing."""
    incident: Incident | None = (
        Incident.objects.select_for_update(no_key=True, of=("self",))
        .select_related("system", "owner", "deputy", "live_version")
        .filter(pk=incident_id)
        .first()
    )
    if incident is None:
        raise no_such_incident()
    incident.remember()
    return incident


def _replayed(incident: Incident, key: str | None, actor: Actor, digest: str) -> Transition | None:
    if not key:
        return None
    known = Transition.objects.filter(incident=incident, idempotency_key=key).first()
    if known is None:
        return None
    if known.request_sha256 != digest or known.person_id != actor.person:
        raise Conflict(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request on this incident; take a new one.",
        )
    return known


def _attempt(
    command: str, incident: Incident, actor: Actor, at: datetime, on_behalf_of: UUID | None
) -> Attempt:
    user = None
    if actor.person is not None:
        user = User.objects.filter(pk=actor.person, is_active=True).first()
        if user is None:
            raise no_such_incident()
    return attempt_of(
        command=command,
        incident=incident,
        plan=from_text(incident.plan),
        actor=actor,
        at=at,
        user=user,
        on_behalf_of=on_behalf_of,
    )


def _check(attempt: Attempt, expected_version: int | None) -> None:
    checks: tuple[Callable[[], Refused | None], ...] = (
        lambda: unseen(attempt),
        lambda: _stale(attempt.incident, expected_version),
        lambda: impossible(attempt),
        lambda: not_permitted(attempt),
        lambda: not_separate(attempt),
        lambda: line_signed(attempt),
        lambda: guard(attempt.command.name, attempt.incident, attempt.plan, attempt.at),
    )
    for check in checks:
        refusal = check()
        if refusal is not None:
            raise refusal


def _stale(incident: Incident, expected: int | None) -> Refused | None:
    if expected is None or expected == incident.version:
        return None
    return Conflict(
        "stale_version",
        worded(
            "You saw version {expected} of {number}; it is at version {version} "
            "now. Load it again and look before you act.",
            expected=expected,
            number=incident.number,
            version=incident.version,
        ),
        extra={"present": present(incident)},
    )


def _fields(attempt: Attempt, payload: Mapping[str, Any]) -> dict[str, Any]:
    incident = attempt.incident
    small = attempt.plan.small.covers(incident.severity, incident.risk_tier)
    values, faults = read_fields(fields_of(attempt.command.name, small=small), payload)
    if faults:
        raise Invalid(
            "fields_missing_or_wrong",
            "Some fields are not right; each is named with its reason.",
            fields=faults,
        )
    return values


def _check_signature(given: Given) -> None:
    command = given.attempt.command
    if not command.meaning or given.ceremony is not None or given.attempt.user is None:
        return
    raise Forbidden(
        "signature_required",
        worded(
            "To {words} this you sign: enter your password.", words=COMMANDS[command.name].words
        ),
        subject=given.attempt.subject,
    )
