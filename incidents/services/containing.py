"""What a containment does at once: the registry says it, the gateway is told, people too.

A rehearsal (`drill`) touches neither registry nor gateway.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from incidents.models import (
    Action,
    Containment,
    EvidenceHold,
    Incident,
    InterimMeasure,
    Transition,
)
from incidents.rules.containment import KIND_WORDS, limit
from incidents.rules.plan import FrozenPlan
from incidents.rules.transitions import ENDED
from incidents.selectors.containment import holding_system, running_measures
from incidents.services.notices import tell
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from outbox.models import WebhookEndpoint
from outbox.services.hints import nudge
from outbox.services.messages import queue_webhook
from outbox.services.timers import arm_timer, cancel_timers
from registry.models import User
from registry.selectors import live_deployment, people_with_role
from registry.services.deployments import resume_deployment, suspend_deployment
from registry.services.holds import Held, end_hold, set_hold

EMERGENCY = machine("emergency")
RATIFY_DUE = "incident.ratify_due"
REASON_DUE = "incident.reason_due"
INTERIM_END = "incident.interim_end"


def contain(row: Containment, plan: FrozenPlan, at: datetime) -> None:
    """Stop or restrict what runs, tell the gateway on the short schedule, arm what asks later."""
    if not row.incident.drill:
        if row.kind == Containment.Kind.STOP:
            _suspend(row, at)
        tell_gateway(row, f"containment.{row.kind}", at)
    _arm(row, plan, at)
    _tell_people(row, at)
    nudge("sweep")


def cancel_on(incident: Incident, key: str, kind: str, reason: str, at: datetime) -> None:
    """Cancel what asks later about a containment or a measure of an incident."""
    cancel_timers(
        subject_id=incident.pk,
        reason=reason,
        at=at,
        kinds=(kind,),
        key_prefix=f"{incident.pk}:{key}",
    )


def lift(row: Containment, reason: str, at: datetime) -> None:
    """Let run again what nothing else holds, and tell the gateway; a decision ordered it."""
    incident = row.incident
    if incident.drill:
        return
    if row.kind == Containment.Kind.STOP and not _held_otherwise(row):
        live = live_deployment(system_id=incident.system_id, environment=row.environment)
        if live is not None and live.suspended:
            with acting_as(EMERGENCY):
                resume_deployment(
                    system_id=incident.system_id,
                    environment=row.environment,
                    reason=f"{incident.number}: {reason}",
                    actor=EMERGENCY,
                    at=at,
                )
    tell_gateway(row, "containment.lifted", at)


def tell_gateway(row: Containment, what: str, at: datetime) -> None:
    """Tell the system's gateway, if it has one; the state API tells it as well when it asks."""
    slug = row.incident.system.slug
    endpoint = WebhookEndpoint.objects.filter(name=f"gateway:{slug}", active=True).first()
    if endpoint is None:
        return
    queue_webhook(
        key=f"{what}:{row.pk}",
        endpoint_id=endpoint.pk,
        payload={
            "type": what,
            "containment": str(row.pk),
            "idempotency_key": f"{what}:{row.pk}",
            "nonce": row.nonce,
            "incident": row.incident.number,
            "system": slug,
            "environment": row.environment,
            "scope": row.scope,
            "ordered_at": at.isoformat(),
        },
        subject_id=row.incident_id,
        short_schedule=True,
        expires_at=max(row.ratify_by, at + timedelta(hours=24)),
        at=at,
    )


def arm_interim(row: InterimMeasure, at: datetime) -> None:
    """Let a measure end by itself."""
    arm_timer(
        kind=INTERIM_END,
        key=f"{row.incident_id}:interim:{row.pk}",
        subject_id=row.incident_id,
        due_at=row.until_at,
        payload={"interim": str(row.pk)},
        inputs={"taken_at": row.at.isoformat(), "until": row.until_at.isoformat()},
        at=at,
    )
    nudge("sweep")


def adopt_measures(incident: Incident, transition: Transition, at: datetime) -> None:
    """Follow an adoption: a decided restriction takes the place of the interim measures."""
    decision = str(transition.payload.get("decision_id") or "")
    ordered = Action.objects.filter(incident=incident, cycle=incident.cycle)
    if not ordered.filter(decision_id=decision, type=Action.Type.RESTRICT).exists():
        return
    with acting_as(EMERGENCY):
        for row in running_measures(incident):
            _adopt(row, incident, transition.reason, at)


def hold_records(hold: EvidenceHold, at: datetime) -> None:
    """Keep readings and records of the incident and its system from being dropped."""
    incident = hold.incident
    with acting_as(EMERGENCY):
        legal = set_hold(
            held=Held("incident", incident.system_id, incident.pk, incident.number),
            reason=f"Evidence of {incident.number} is held: {hold.reason}",
            owner_id=hold.set_by_id,
            actor=EMERGENCY,
            at=at,
        )
    hold.legal_hold = legal.pk


def release_records(hold: EvidenceHold, at: datetime) -> None:
    """End the hold on the records, unless compliance has ended it already."""
    if hold.legal_hold is None:
        return
    with acting_as(EMERGENCY):
        end_hold(
            hold_id=hold.legal_hold,
            reason=f"Evidence of {hold.incident.number} is released: {hold.released_reason}",
            actor=EMERGENCY,
            at=at,
        )


def holders(incident: Incident, role: str, at: datetime) -> list[User]:
    """Return who holds a role for an incident."""
    return people_with_role(
        role=role, unit_id=incident.unit_id, system_id=incident.system_id, at=at
    )


def _adopt(row: InterimMeasure, incident: Incident, reason: str, at: datetime) -> None:
    row.state, row.ended_at = InterimMeasure.State.ADOPTED, at
    row.ended_reason = f"adopted: {reason}"
    row.save(update_fields=["state", "ended_at", "ended_reason"], at=at)
    cancel_timers(
        subject_id=incident.pk,
        reason="a decision adopted it",
        at=at,
        kinds=(INTERIM_END,),
        key_prefix=f"{incident.pk}:interim:{row.pk}",
    )
    append_entry(
        verb="incident.interim_ended",
        actor=EMERGENCY,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        before={"measure": row.measure, "measure_state": "standing"},
        after={"measure_state": row.state},
        reason=row.ended_reason,
        incident_id=incident.pk,
        system_id=incident.system_id,
        touched=[f"incidents_interimmeasure:{row.pk}"],
    )


def _suspend(row: Containment, at: datetime) -> None:
    """Where nothing is on record as live there is nothing to mark, and the stop stands all the
    same: a stop is never blocked."""
    incident = row.incident
    if live_deployment(system_id=incident.system_id, environment=row.environment) is None:
        return
    with acting_as(EMERGENCY):
        suspend_deployment(
            system_id=incident.system_id,
            environment=row.environment,
            scope=row.scope,
            reason=f"{incident.number}: stopped at once",
            actor=EMERGENCY,
            at=at,
        )


def _held_otherwise(row: Containment) -> bool:
    """Whether another stop, or a suspension that a committee decided, still holds it."""
    system_id, environment = row.incident.system_id, row.environment
    others = holding_system(system_id=system_id, environment=environment)
    if others.filter(kind=Containment.Kind.STOP).exclude(pk=row.pk).exists():
        return True
    decided = Action.objects.filter(
        incident__system_id=system_id,
        environment=environment,
        type=Action.Type.SUSPEND,
        state=Action.State.CONFIRMED,
    )
    return bool(decided.exclude(incident__state__in=ENDED).exists())


def _arm(row: Containment, plan: FrozenPlan, at: datetime) -> None:
    inputs = {"at": at.isoformat(), "policy": plan.policy_id, "policy_sha256": plan.policy_sha256}
    arm_timer(
        kind=RATIFY_DUE,
        key=f"{row.incident_id}:ratify:{row.pk}:0",
        subject_id=row.incident_id,
        due_at=row.ratify_by,
        payload={"containment": str(row.pk), "repeat": 0},
        inputs=inputs | {"duration": str(limit(plan.limits, "ratify_within"))},
        at=at,
    )
    if row.reason_due_at is None:
        return
    arm_timer(
        kind=REASON_DUE,
        key=f"{row.incident_id}:reason:{row.pk}",
        subject_id=row.incident_id,
        due_at=row.reason_due_at,
        payload={"containment": str(row.pk)},
        inputs=inputs | {"duration": str(limit(plan.limits, "reason_within"))},
        at=at,
    )


def _tell_people(row: Containment, at: datetime) -> None:
    incident = row.incident
    people: Sequence[User] = [
        incident.owner,
        incident.deputy,
        *holders(incident, "compliance", at),
        *holders(incident, "executive", at),
    ]
    who = row.person.name if row.person is not None else row.by_rule
    tell(
        incident,
        people,
        task="contained",
        key=f"contained:{row.pk}",
        due_at=row.ratify_by,
        at=at,
        words=worded(
            "{scope} was {kind} at once by {who}. It stays so until a decision lifts it; the "
            "committee ratifies it by the deadline.",
            scope=row.scope,
            kind=term(KIND_WORDS[row.kind]),
            who=who,
        ),
    )
