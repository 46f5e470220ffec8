"""Carrying out and proving: confirmations, failures, inconclusive proofs, the closing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from incidents.models import Action, ActionReceipt, Incident, Transition, VerificationWindow
from incidents.rules.proofs import differs
from incidents.rules.records import closing_record
from incidents.rules.transitions import CLOSED, DECISION, EXECUTION, VERIFICATION
from incidents.selectors.programmes import programme_fault
from incidents.selectors.promotions import fault_of
from incidents.selectors.proofs import (
    SETTLED,
    measured_proofs,
    obligations_of,
    pending_stopping,
    windows_of,
)
from incidents.services.commands.binding import bind
from incidents.services.commands.context import Given, Outcome
from incidents.services.commands.recording import end
from incidents.services.commands.validators import sign_as
from incidents.services.dispatch import message_key
from incidents.services.effects import carry_over
from incidents.services.notices import tell
from incidents.services.orders import approved_target
from incidents.services.windows import begin_again, build_windows, end_proofs, verification_deadline
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from outbox.services.withdrawing import withdraw_message
from registry.models import SystemVersion

Judged = VerificationWindow.Outcome
CONTAINING = (
    Action.Type.ROLLBACK,
    Action.Type.PIN,
    Action.Type.SUSPEND,
    Action.Type.RESTRICT,
    Action.Type.RETIRE,
)
"""What keeps the harm from going on, once it is carried out."""


def confirm_action(given: Given) -> Outcome:
    """T13: what was observed is compared with what was ordered; the last stop moves it on.

    An observation that differs is kept as a receipt and moves nothing (F34).
    """
    incident, values = given.incident, given.values
    action = _action(given)
    _check_witness(given)
    target = action.target_version
    fault = differs(
        action.type,
        target=target.label if target else str(values["observed"].get("version", "")),
        digest=target.named_by if target else "",
        observed=values["observed"],
        parameters=action.parameters,
    )
    version = _seen_version(action, values["observed"])
    fault = _refused(values["observed"]) or fault or programme_fault(action)
    fault = fault or _unfit(action, version)
    if "refused" in values["observed"]:
        withdraw_message(key=message_key(action))
    receipt = _receipt(given, action, matches=fault is None)
    if fault is not None:
        reason = worded(
            "'{action}' is not carried out: {fault}.", action=action.words, fault=term(fault)
        )
        verb = "incident.attempt_failed"
        return Outcome(incident.state, verb=verb, reason=reason, rows=[receipt])
    return _confirmed(given, action, receipt, version)


def confirm_proof(given: Given) -> Outcome:
    """A proof by document that hangs on no action: a second person says where the evidence is."""
    incident = given.incident
    window = _window(given)
    by_document = window.proof in (Action.Proof.DOCUMENT, Action.Proof.PROGRAMME)
    if not by_document or window.outcome != Judged.RUNNING:
        raise Conflict("not_by_document", "This proof is judged from readings, not by a document.")
    window.outcome, window.judged_at = Judged.PASSED, given.at
    window.forecast = "Passed: confirmed by a second person with evidence."
    window.save(update_fields=["outcome", "judged_at", "forecast"], at=given.at)
    return Outcome(incident.state, reason=f"Proved by: {given.values['evidence']}")


def begin_verification(given: Given) -> Outcome:
    """T13 without a stopping action: what was ordered runs on as obligations (INC-D)."""
    incident = given.incident
    windows = list(windows_of(incident))
    return Outcome(
        VERIFICATION,
        reason=given.values["reason"],
        deadline=verification_deadline(windows, list(obligations_of(incident)), given.at),
    )


def attempt_failed(given: Given) -> Outcome:
    """T14: an attempt to carry an action out failed; it is tried again, and the record says so.

    After the last one (`final`) the action waits for its executor, who is told.
    """
    incident, action = given.incident, _action(given)
    words = f"'{action.words}': {given.values['response']}"

    def follow(transition: Transition) -> None:
        action.state = Action.State.ORDERED
        action.version += 1
        action.save(update_fields=["state", "version"], at=given.at)
        append_entry(
            verb="action.by_hand",
            actor=given.attempt.actor,
            at=given.at,
            subject=("action", str(action.pk), f"{incident.number}: {action.words}"),
            before={"state": Action.State.DISPATCHED},
            after={"state": action.state},
            reason=given.values["response"],
            incident_id=incident.pk,
            system_id=incident.system_id,
            touched=[f"incidents_action:{action.pk}"],
        )
        tell(
            incident,
            [action.executor, incident.owner, incident.deputy],
            task="execution",
            key=f"by_hand:{action.pk}",
            due_at=action.due_at,
            at=given.at,
            words=worded(
                "The gateway was not reached ({response}): {words}",
                response=given.values["response"],
                words=action.words,
            ),
        )

    return Outcome(incident.state, reason=words, then=follow if given.values["final"] else None)


def close(given: Given) -> Outcome:
    """T16: every proof passed, and a person who is neither owner nor executor signs."""
    incident, values = given.incident, given.values
    proofs = [(window.proof, window.outcome) for window in windows_of(incident)]
    answers = {name: values[name] for name in ("resolution", "lessons", "detection_gap")}
    record = closing_record(incident.number, cycle=incident.cycle, windows=proofs, answers=answers)
    signature = sign_as(given, record, reason=values["lessons"])
    end(incident, given.at, resolution=values["resolution"], lessons=values["lessons"])
    incident.detection_gap = values["detection_gap"]
    return Outcome(
        CLOSED,
        reason=values["lessons"],
        after={"resolution": incident.resolution},
        details={"signature": signature.pk if signature else None},
    )


def verification_failed(given: Given) -> Outcome:
    """T17: back to the decision, a level up; proofs of readings begin anew with what it orders.

    Where no proof failed (`proofs_go_on`: an obligation cannot be carried out) those of what was
    carried out run on, and are judged as soon as the effect is proved again.
    """
    incident = given.incident
    before = {"level": incident.level}
    incident.level += 1
    if given.attempt.user is not None or not given.values["proofs_go_on"]:
        end_proofs(measured_proofs(incident), given.at)
    return Outcome(
        DECISION,
        reason=given.values["reason"],
        before=before,
        after={"level": incident.level},
    )


def inconclusive(given: Given) -> Outcome:
    """T18: too little is known. Once the proof runs on for as long again; then a level up."""
    incident = given.incident
    window = _window(given)
    if window.outcome not in (Judged.RUNNING, Judged.INCONCLUSIVE):
        raise Conflict(
            "proof_decided",
            worded("This proof is decided: {outcome}.", outcome=window.outcome.lower()),
        )
    before = {"level": incident.level, "ends_at": window.ends_at, "extended": window.extended}
    if window.extended:
        incident.level += 1
        window.outcome = Judged.INCONCLUSIVE
    else:
        window.ends_at += window.ends_at - window.starts_at
        window.extended, window.outcome = True, Judged.RUNNING
        incident.stage_due_at = max(incident.stage_due_at or window.ends_at, window.ends_at)
    window.judged_at = given.at
    window.save(update_fields=["ends_at", "extended", "outcome", "judged_at"], at=given.at)
    after = {"level": incident.level, "ends_at": window.ends_at, "extended": window.extended}
    return Outcome(VERIFICATION, reason=given.values["reason"], before=before, after=after)


def _action(given: Given) -> Action:
    action = (
        Action.objects.select_for_update(no_key=True, of=("self",))
        .select_related("target_version", "executor")
        .filter(pk=given.values["action_id"], incident=given.incident)
        .first()
    )
    if action is None:
        raise Missing("unknown_action", "There is no such action on this incident.")
    if action.state in SETTLED:
        raise Conflict(
            "action_settled", worded("This action is {state} already.", state=action.state)
        )
    action.incident = given.incident
    return action


def _window(given: Given) -> VerificationWindow:
    window = windows_of(given.incident).filter(pk=given.values["window_id"]).first()
    if window is None:
        raise Missing("unknown_proof", "There is no such proof.")
    return window


def _check_witness(given: Given) -> None:
    """A person who confirms says so with evidence; a gateway calls back with the nonce."""
    how, person = given.values["how"], given.attempt.user is not None
    if person != (how == "person"):
        raise Invalid(
            "wrong_way",
            "A person confirms as a second person, a gateway by callback.",
            fields={"how": "This does not fit who confirms."},
        )
    if person and not given.values["evidence"]:
        raise Invalid(
            "evidence_missing",
            "Say where the evidence stands that it was carried out.",
            fields={"evidence": "A second person confirms with evidence."},
        )


def _receipt(given: Given, action: Action, *, matches: bool) -> ActionReceipt:
    observed: Mapping[str, Any] = given.values["observed"]
    evidence = given.values["evidence"]
    return ActionReceipt(
        action=action,
        how=given.values["how"],
        nonce=(given.values["nonce"] or "") if matches else "",
        observed={**observed, "evidence": evidence} if evidence else dict(observed),
        matches=matches,
        person=given.attempt.user,
        at=given.at,
    )


def _seen_version(action: Action, observed: Mapping[str, Any]) -> SystemVersion | None:
    """The version that was seen after a retraining that none is bound to; None elsewhere."""
    if action.type != Action.Type.RETRAIN or action.target_version_id is not None:
        return None
    label = str(observed.get("version", ""))[:60].replace("\x00", "")
    rows = SystemVersion.objects.filter(system_id=action.incident.system_id, label=label)
    return rows.first()


def _unfit(action: Action, version: SystemVersion | None) -> str | None:
    """Why what was seen is not the retrained version, None if it is or one is bound already."""
    if action.type != Action.Type.RETRAIN or action.target_version_id is not None:
        return None
    fault = fault_of(action, version)
    return fault[1].rstrip(".") if fault is not None else None


def _confirmed(
    given: Given, action: Action, receipt: ActionReceipt, version: SystemVersion | None
) -> Outcome:
    incident, at = given.incident, given.at
    approved_target(incident, action.target_version_id)
    windows = build_windows(action, at)
    target = _target(incident, action)
    incident.contained = incident.contained or action.type in CONTAINING

    def follow(transition: Transition) -> None:
        if version is not None:
            bind(action, version, given, met=given.values["evidence"] or "")
        carry_over(action=action, observed=receipt.observed, at=at)

    earlier, begun_anew = _proofs_before(action, windows, at)
    windows = [*windows, *begun_anew]
    every = [*windows_of(incident).exclude(pk__in=[one.pk for one in earlier]), *windows]
    obligations = [one for one in obligations_of(incident) if one.pk != action.pk]
    _settle(action, given, at)
    end_proofs(earlier, at)
    for window in windows:
        window.save(force_insert=True, at=at)
    return Outcome(
        target,
        verb="incident.executed" if target != incident.state else "incident.action_confirmed",
        reason=worded("'{action}' is carried out.", action=action.words),
        rows=[receipt],
        deadline=verification_deadline(every, obligations, at),
        then=follow,
    )


def _proofs_before(
    action: Action, windows: Sequence[VerificationWindow], at: datetime
) -> tuple[list[VerificationWindow], list[VerificationWindow]]:
    """Return the proofs of earlier decisions that a stop ends, and those that begin anew with it.

    It changes what runs, so what was measured before proves nothing of it: each begins again, but
    for a series that the stop's own proofs are measured on.
    """
    if not action.stopping:
        return [], []
    earlier = list(
        measured_proofs(action.incident)
        .filter(action__isnull=False)
        .exclude(action__decision_id=action.decision_id)
    )
    measured_anew = {window.series_id for window in windows if window.series_id is not None}
    kept = [one for one in earlier if one.series_id not in measured_anew]
    return earlier, [begin_again(one, at) for one in kept]


def _target(incident: Incident, action: Action) -> str:
    """Once the last stop is carried out its effect is proved; elsewhere a confirmation moves
    nothing."""
    if incident.state != EXECUTION:
        return str(incident.state)
    left = [one for one in pending_stopping(incident) if one.pk != action.pk]
    return EXECUTION if left else VERIFICATION


def _refused(observed: Mapping[str, Any]) -> str | None:
    """Return the reason for which a gateway refuses to carry it out, None where it does not."""
    if "refused" not in observed:
        return None
    if not observed["refused"]:
        return worded("the gateway refuses it: without a reason")
    return worded("the gateway refuses it: {reason}", reason=observed["refused"])


def _settle(action: Action, given: Given, at: datetime) -> None:
    action.state, action.confirmed_at = Action.State.CONFIRMED, at
    action.confirmed_by, action.confirmed_how = given.attempt.user, given.values["how"]
    action.version += 1
    changed = ["state", "confirmed_at", "confirmed_by", "confirmed_how", "version"]
    action.save(update_fields=changed, at=at)
