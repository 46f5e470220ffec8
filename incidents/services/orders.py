"""What a decision orders: actions with executor, due instant and proof, and their dispatch."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from incidents.models import Action, Incident, Participation
from incidents.rules.proofs import BadProof, check_rule, read_rule
from incidents.rules.segregation import clash
from incidents.rules.transitions import DECIDED_BY, STOPPING_TYPES
from incidents.selectors.cast import Cast
from incidents.selectors.evidence_hold import hold_fault
from incidents.selectors.proofs import target_fault
from incidents.services.dispatch import dispatch_action
from incidents.services.programmes import watch_programme
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import as_written, joined, worded
from ledger.services.entries import append_entry
from outbox.services.timers import arm_timer
from registry.models import SystemVersion, User

ACTION_DUE = "incident.action_due"
NEEDS_TARGET = frozenset({Action.Type.ROLLBACK, Action.Type.PIN})
AFTERWARDS = 1000
"""From this position on stand orders that make up for others, beside those of their decision."""


@dataclass(frozen=True, slots=True)
class ActionOrder:
    """One action as adopted. `verification` holds rules as incidents.rules.proofs reads them.

    `compensates_id` names the action that it makes up for.
    """

    position: int
    type: str
    words: str
    executor_id: UUID
    due_at: datetime
    proof: str
    target_version_id: UUID | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    environment: str = "production"
    verification: Sequence[Mapping[str, Any]] = ()
    compensates_id: UUID | None = None


def build_actions(
    *, incident: Incident, decision_id: UUID, orders: Sequence[ActionOrder], at: datetime
) -> list[Action]:
    """Return the actions of a decision, checked, not saved yet. Raises Invalid, Conflict."""
    if not orders:
        raise Invalid("actions_missing", "A decision that is carried out orders an action.")
    cast = Cast(incident, at)
    return [_build(incident, decision_id, order, cast, at) for order in orders]


def order_actions(
    *, incident: Incident, actions: Sequence[Action], actor: Actor, at: datetime
) -> None:
    """Save the actions of a decision, name their executors, dispatch what a gateway carries out."""
    for action in actions:
        action.save(force_insert=True, at=at)
        Participation.objects.create(
            incident=incident,
            cycle=incident.cycle,
            person=action.executor,
            act="executes",
            at=at,
        )
        append_entry(
            verb="action.ordered",
            actor=actor,
            at=at,
            subject=("action", str(action.pk), f"{incident.number}: {action.words}"),
            after={
                "type": action.type,
                "executor": action.executor.on_record,
                "due_at": action.due_at,
                "proof": action.proof,
            },
            incident_id=incident.pk,
            system_id=incident.system_id,
            details={"decision": action.decision_id, "position": action.position},
            touched=[f"incidents_action:{action.pk}"],
        )
        _watch(action, at)
        watch_programme(action, at)
        dispatch_action(incident=incident, action=action, actor=actor, at=at)


def approved_target(incident: Incident, version_id: UUID | None) -> SystemVersion | None:
    """Return the target if it may run: of this system, approved, not what failed here.

    Raises Conflict (workflow section 7: checked at the decision and when it is carried out).
    """
    if version_id is None:
        return None
    version = SystemVersion.objects.filter(pk=version_id).first()
    fault = target_fault(incident, version)
    if fault is not None:
        raise Conflict(*fault)
    return version


def _build(
    incident: Incident, decision_id: UUID, order: ActionOrder, cast: Cast, at: datetime
) -> Action:
    if DECIDED_BY.get(order.type) != "adopt":
        raise Invalid(
            "not_an_action", worded("{type!r} is not carried out as an action.", type=order.type)
        )
    if order.type in NEEDS_TARGET and order.target_version_id is None:
        raise Invalid("target_missing", "A roll-back or a switch names the version that runs then.")
    held = hold_fault(incident, order.type, order.parameters)
    if held:
        raise Conflict("evidence_held", joined(": ", [as_written(order.words), held]))
    _check_proof(order)
    executor = _executor(order, cast)
    return Action(
        incident=incident,
        cycle=incident.cycle,
        decision_id=decision_id,
        position=order.position,
        type=order.type,
        words=order.words,
        target_version=approved_target(incident, order.target_version_id),
        parameters=dict(order.parameters),
        verification=[dict(rule) for rule in order.verification],
        environment=order.environment,
        executor=executor,
        due_at=order.due_at,
        proof=order.proof,
        stopping=order.type in STOPPING_TYPES,
        nonce=secrets.token_urlsafe(32),
        ordered_at=at,
        compensates_id=order.compensates_id,
    )


def _check_proof(order: ActionOrder) -> None:
    try:
        for data in order.verification:
            check_rule(order.proof, read_rule(data))
    except BadProof as error:
        words = [as_written(f"{order.words}: "), error.args[0], as_written(".")]
        raise Invalid("proof_cannot_be_judged", joined("", words)) from error
    if order.proof == Action.Proof.MEASURED and not order.verification:
        raise Invalid(
            "proof_cannot_be_judged",
            worded("{words}: nothing says what is measured.", words=order.words),
        )


def _executor(order: ActionOrder, cast: Cast) -> User:
    executor: User | None = User.objects.filter(pk=order.executor_id, is_active=True).first()
    if executor is None:
        raise Invalid(
            "unknown_executor",
            worded("{words}: there is no such active person.", words=order.words),
        )
    found = clash(act="executes", history=cast.history, person=executor.pk)
    if found is not None:
        reason = found.reason(second_person=False)
        raise Conflict(
            "not_separate",
            worded(
                "{executor_name} cannot carry out '{words}': {reason}.",
                executor_name=executor.name,
                words=order.words,
                reason=reason,
            ),
        )
    return executor


def _watch(action: Action, at: datetime) -> None:
    arm_timer(
        kind=ACTION_DUE,
        key=f"{action.incident_id}:action:{action.pk}:due",
        subject_id=action.incident_id,
        due_at=action.due_at,
        payload={"action": str(action.pk)},
        inputs={"due_at": action.due_at.isoformat(), "decision": str(action.decision_id)},
        at=at,
    )
