"""Carrying out: what cannot be done (T15), what a later decision takes back."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from incidents.models import Action, Incident, Transition
from incidents.rules.plan import calendar_of
from incidents.rules.transitions import DECISION, EXECUTION
from incidents.selectors.attempts import attempt_of
from incidents.selectors.proofs import UNSETTLED, actions_of, pending_stopping
from incidents.services.commands import binding
from incidents.services.commands.context import Given, Outcome
from incidents.services.commands.proofs import begin_verification
from incidents.services.commands.recording import record
from incidents.services.dispatch import call_back, message_key
from incidents.services.notices import tell
from incidents.services.orders import AFTERWARDS, ActionOrder, build_actions, order_actions
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from outbox.rules.business_time import due
from outbox.rules.durations import Duration
from outbox.services.withdrawing import withdraw_message

UNDO_WITHIN = "1bd"
NOT_UNDONE = (Action.Type.SUSPEND, Action.Type.RESTRICT, Action.Type.RETIRE)
"""Nothing that was stopped starts again because an order is taken back."""


def cannot_execute(given: Given) -> Outcome:
    """T15, for one action (INC-D): a stop that fails is decided anew, all others run on."""
    incident, reason = given.incident, given.values["reason"]
    action = _action(given, UNSETTLED)
    _check_executor(given, action)
    withdraw_message(key=message_key(action))
    goes_back = action.stopping and incident.state == EXECUTION

    def follow(transition: Transition) -> None:
        _end(given, action, Action.State.FAILED, reason, verb="action.failed")
        if not goes_back:
            _tell_of_failure(given, action, transition.version)

    return Outcome(
        DECISION if goes_back else incident.state,
        reason=f"'{action.words}' cannot be carried out: {reason}",
        details={"action": action.pk},
        then=follow,
    )


def cancel_action(given: Given) -> Outcome:
    """A later decision takes an action back: before it went out it is cancelled, after that undone.

    What was confirmed stays on record as it is; what makes up for it is an order of its own. Where
    nothing is left to wait for the incident goes on. Raises Missing, Conflict, Invalid.
    """
    incident, values = given.incident, given.values
    action = _action(given, (*UNSETTLED, Action.State.CONFIRMED))
    went_out = _went_out(action)
    undoing = _compensation(given, action) if went_out else []

    def follow(transition: Transition) -> None:
        if action.state != Action.State.CONFIRMED:
            _end(given, action, Action.State.CANCELLED, values["reason"], verb="action.cancelled")
            if went_out and action.dispatched_at is not None:
                call_back(incident=incident, action=action, at=given.at)
        order_actions(incident=incident, actions=undoing, actor=given.attempt.actor, at=given.at)
        _go_on(given)

    return Outcome(
        incident.state,
        reason=values["reason"],
        after={"action": action.pk, "decision": values["decision_id"], "undone": bool(undoing)},
        then=follow,
    )


def _action(given: Given, states: tuple[str, ...]) -> Action:
    action = (
        Action.objects.select_for_update(no_key=True, of=("self",))
        .select_related("target_version", "executor")
        .filter(pk=given.values["action_id"], incident=given.incident)
        .first()
    )
    if action is None:
        raise Missing("unknown_action", "There is no such action on this incident.")
    if action.state not in states:
        raise Conflict(
            "action_settled", worded("This action is {state} already.", state=action.state)
        )
    action.incident = given.incident
    return action


def _check_executor(given: Given, action: Action) -> None:
    """An executor speaks of their own action, themselves or by a delegate."""
    attempt = given.attempt
    if attempt.user is None:
        return
    person = attempt.principal or attempt.user
    if person.pk != action.executor_id:
        raise Forbidden(
            "not_your_action",
            worded(
                "{executor_name} carries this action out and says if it cannot be.",
                executor_name=action.executor.name,
            ),
            who_can=[action.executor.name],
            recorded=True,
            subject=attempt.subject,
        )


def _went_out(action: Action) -> bool:
    """Whether something of the action may have happened: it cannot simply be cancelled then."""
    if action.state == Action.State.CONFIRMED:
        return True
    withdrawn = withdraw_message(key=message_key(action))
    return action.dispatched_at is not None and (withdrawn.was_tried or not withdrawn.was_waiting)


def _compensation(given: Given, action: Action) -> list[Action]:
    """Return the order that makes up for an action that went out, checked, not saved yet."""
    decision_id, wanted = given.values["decision_id"], given.values["compensation"]
    if not wanted and action.type in NOT_UNDONE:
        raise Conflict(
            "resume_is_its_own_decision",
            worded(
                "'{words}' has gone out. Nothing that was stopped starts again "
                "by itself: decide to resume it.",
                words=action.words,
            ),
        )
    position = AFTERWARDS + Action.objects.filter(decision_id=decision_id).count()
    order = _given_order(wanted, action, position) if wanted else _undo(given, action, position)
    return build_actions(
        incident=given.incident, decision_id=decision_id, orders=[order], at=given.at
    )


def _given_order(wanted: Mapping[str, Any], action: Action, position: int) -> ActionOrder:
    data = {**wanted, "position": position, "compensates_id": str(action.pk)}
    try:
        return msgspec.convert(data, ActionOrder, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(
            "bad_order", worded("What makes up for it is not readable: {error}.", error=error)
        ) from error


def _undo(given: Given, action: Action, position: int) -> ActionOrder:
    """By default who carried it out undoes it, and a second person confirms that."""
    within = Duration.parse(given.plan.limits.get("undo_within", UNDO_WITHIN))
    return ActionOrder(
        position=position,
        type=Action.Type.ADJUST,
        words=f"Undo: {action.words}",
        executor_id=action.executor_id,
        due_at=due(given.at, within, calendar_of(given.plan)),
        proof=Action.Proof.DOCUMENT,
        environment=action.environment,
        compensates_id=action.pk,
    )


def _end(given: Given, action: Action, state: str, reason: str, *, verb: str) -> None:
    incident, before = given.incident, action.state
    action.state, action.ended_at, action.ended_reason = state, given.at, reason
    action.version += 1
    action.save(update_fields=["state", "ended_at", "ended_reason", "version"], at=given.at)
    append_entry(
        verb=verb,
        actor=given.attempt.actor,
        at=given.at,
        subject=("action", str(action.pk), f"{incident.number}: {action.words}"),
        before={"state": before},
        after={"state": state},
        reason=reason,
        incident_id=incident.pk,
        system_id=incident.system_id,
        touched=[f"incidents_action:{action.pk}"],
    )


def _go_on(given: Given) -> None:
    """Once nothing is waited for: to the proof of what was done, else back to the decision."""
    incident = given.incident
    if incident.state != EXECUTION or pending_stopping(incident).exists():
        return
    done = actions_of(incident).filter(state=Action.State.CONFIRMED, stopping=True).exists()
    runs_on = actions_of(incident).filter(state__in=UNSETTLED).exists()
    command = "begin_verification" if done or runs_on else "cannot_execute"
    following = attempt_of(
        command=command,
        incident=incident,
        plan=given.plan,
        actor=given.attempt.actor,
        at=given.at,
        user=None,
    )
    words = "What was ordered has been taken back."
    following_given = Given(following, {"reason": words})
    outcome = (
        begin_verification(following_given)
        if command == "begin_verification"
        else Outcome(DECISION, reason=words)
    )
    record(following_given, outcome, key=None, digest="")


def _tell_of_failure(given: Given, action: Action, version: int) -> None:
    """Nobody waits for what cannot be done: the owner's side is told, and what follows is decided.

    While the effect is proved the engine leads it back to the decision (`services.obligations`).
    """
    incident = given.incident
    tell(
        incident,
        [incident.owner, incident.deputy],
        task="obligation",
        key=f"{version}:cannot:{action.pk}",
        due_at=_later(incident, given.at),
        at=given.at,
        words=worded("It cannot be carried out: {words}", words=action.words),
    )


def _later(incident: Incident, at: datetime) -> datetime:
    return max(incident.stage_due_at or at, at + timedelta(hours=1))


HANDLERS: Mapping[str, Callable[[Given], Outcome]] = {
    "cannot_execute": cannot_execute,
    "cancel_action": cancel_action,
    **binding.HANDLERS,
}
