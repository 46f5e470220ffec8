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
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from ledger.services.entries import append_entry
from outbox.models import WebhookEndpoint
from outbox.services.messages import queue_webhook
from outbox.services.timers import arm_timer
from registry.models import SystemVersion, User

ACTION_DUE = "incident.action_due"


@dataclass(frozen=True, slots=True)
class ActionOrder:
    """One action as adopted. `verification` holds rules as incidents.rules.proofs reads them."""

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
        _dispatch(incident, action, actor, at)


def approved_target(incident: Incident, version_id: UUID | None) -> SystemVersion | None:
    """Return the target if it may run: of this system, approved, not what failed here.

    Raises Conflict (workflow section 7: checked at the decision and when it is carried out).
    """
    if version_id is None:
        return None
    version = SystemVersion.objects.filter(pk=version_id, system_id=incident.system_id).first()
    if version is None or version.state != SystemVersion.State.APPROVED:
        state = version.state if version else "unknown"
        raise Conflict(
            "target_not_approved", f"The target version is {state}; only an approved one may run."
        )
    if version.pk == incident.live_version_id or _fails_elsewhere(incident, version):
        raise Conflict(
            "target_is_the_cause",
            f"Version {version.label} is itself what an open incident is about.",
        )
    return version


def _fails_elsewhere(incident: Incident, version: SystemVersion) -> bool:
    others = Incident.objects.filter(system_id=incident.system_id, live_version=version)
    others = others.exclude(state__in=(Incident.State.CLOSED, Incident.State.CANCELLED))
    return bool(others.exclude(pk=incident.pk).exists())


def _build(
    incident: Incident, decision_id: UUID, order: ActionOrder, cast: Cast, at: datetime
) -> Action:
    if DECIDED_BY.get(order.type) != "adopt":
        raise Invalid("not_an_action", f"{order.type!r} is not carried out as an action.")
    if order.type == Action.Type.ROLLBACK and order.target_version_id is None:
        raise Invalid("target_missing", "A roll-back names the version to roll back to.")
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
    )


def _check_proof(order: ActionOrder) -> None:
    try:
        for data in order.verification:
            check_rule(order.proof, read_rule(data))
    except BadProof as error:
        raise Invalid("proof_cannot_be_judged", f"{order.words}: {error}.") from error
    if order.proof == Action.Proof.MEASURED and not order.verification:
        raise Invalid("proof_cannot_be_judged", f"{order.words}: nothing says what is measured.")


def _executor(order: ActionOrder, cast: Cast) -> User:
    executor: User | None = User.objects.filter(pk=order.executor_id, is_active=True).first()
    if executor is None:
        raise Invalid("unknown_executor", f"{order.words}: there is no such active person.")
    found = clash(act="executes", history=cast.history, person=executor.pk)
    if found is not None:
        reason = found.reason(second_person=False)
        raise Conflict(
            "not_separate", f"{executor.name} cannot carry out '{order.words}': {reason}."
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


def _dispatch(incident: Incident, action: Action, actor: Actor, at: datetime) -> None:
    """Tell the system's gateway, if it has one, under an id that stays the same across retries."""
    name = f"gateway:{incident.system.slug}"
    endpoint = WebhookEndpoint.objects.filter(name=name, active=True).first()
    target = action.target_version
    if endpoint is None or not (action.stopping or target):
        return
    queue_webhook(
        key=f"action:{action.pk}",
        endpoint_id=endpoint.pk,
        payload={
            "type": f"action.{action.type}",
            "action": str(action.pk),
            "idempotency_key": str(action.pk),
            "nonce": action.nonce,
            "incident": incident.number,
            "system": incident.system.slug,
            "environment": action.environment,
            "target": {"version": target.label, "digest": target.named_by} if target else None,
            "parameters": action.parameters,
            "ordered_at": at.isoformat(),
            "expires_at": action.due_at.isoformat(),
        },
        subject_id=incident.pk,
        short_schedule=action.type in (Action.Type.SUSPEND, Action.Type.RESTRICT),
        expires_at=action.due_at,
        at=at,
    )
    action.state, action.dispatched_at = Action.State.DISPATCHED, at
    action.version += 1
    action.save(update_fields=["state", "dispatched_at", "version"], at=at)
    append_entry(
        verb="action.dispatched",
        actor=actor,
        at=at,
        subject=("action", str(action.pk), f"{incident.number}: {action.words}"),
        after={"state": action.state, "endpoint": name},
        incident_id=incident.pk,
        system_id=incident.system_id,
        touched=[f"incidents_action:{action.pk}"],
    )
