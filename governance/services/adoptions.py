"""Adoption: what a carried motion orders becomes actions of the incident, with their proofs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from governance.models import BreachCause, Decision, MotionAction
from governance.rules.motions import command_for
from governance.rules.proof_rules import Measured, measured_rule
from governance.selectors.motions import causes_of, target_fault
from governance.services.engine import RETURNING_OFFICER
from incidents.rules.plan import FrozenPlan, calendar_of, from_text
from incidents.services.commands.execution import execute
from outbox.rules.business_time import due
from outbox.rules.durations import Duration


def obstacle(decision: Decision) -> str:
    """Return why a carried motion cannot be ordered any more, '' if it can.

    The target of a roll-back is checked here a second time: it may have been revoked meanwhile.
    """
    for row in _actions(decision):
        if row.type == "rollback" and row.target_version is not None:
            fault = target_fault(version=row.target_version, incident=decision.incident)
            if fault:
                return fault
    return ""


def carry_out(*, decision: Decision, at: datetime) -> None:
    """Move the incident by an adopted motion: T09 with its actions, or T24 with its observation.

    The caller holds the locks and acts as the returning officer.
    """
    rows = _actions(decision)
    command = command_for(row.type for row in rows)
    payload: dict[str, Any] = {
        "decision_id": str(decision.pk),
        "motion_sha256": decision.motion_sha256,
        "title": decision.title,
    }
    plan = from_text(decision.incident.plan)
    if command == "adopt":
        payload["actions"] = [_order(row, decision, plan, at) for row in rows]
    else:
        payload |= {
            "kind": rows[0].type,
            "reason": decision.reason or decision.title,
            "conditions": decision.conditions,
            "verification": verification_of(row=rows[0], decision=decision, plan=plan),
        }
    execute(
        command=command,
        incident_id=decision.incident_id,
        actor=RETURNING_OFFICER,
        at=at,
        expected_version=None,
        idempotency_key=f"decision:{decision.pk}",
        payload=payload,
    )


def verification_of(
    *, row: MotionAction, decision: Decision, plan: FrozenPlan
) -> list[dict[str, Any]]:
    """Return the rules that prove an action: one for each breached series if it is measured."""
    defaults = dict(plan.verification)
    if row.proof == "measured":
        causes = causes_of(decision.incident)
        return [measured_rule(_series(cause), defaults) for cause in causes]
    return [defaults | {"words": row.words}]


def _order(row: MotionAction, decision: Decision, plan: FrozenPlan, at: datetime) -> dict[str, Any]:
    due_at = due(at, Duration.parse(row.due), calendar_of(plan))
    return {
        "position": row.position,
        "type": row.type,
        "words": row.words,
        "target_version_id": str(row.target_version_id) if row.target_version_id else None,
        "executor_id": str(row.executor_id),
        "due_at": due_at.isoformat(),
        "proof": row.proof,
        "parameters": row.parameters,
        "environment": decision.incident.environment,
        "verification": verification_of(row=row, decision=decision, plan=plan),
    }


def _series(cause: BreachCause) -> Measured:
    series, limits = cause.standing.series, cause.threshold_version
    return Measured(
        series_id=series.pk,
        kpi_id=series.kpi_id,
        words=series.kpi.name,
        direction=limits.direction,
        warning=limits.warning,
        critical=limits.critical,
        recover_warning=limits.recover_warning,
        instant_critical=limits.instant_critical,
        low_side=limits.low_side,
        least_n=limits.least_n,
        window_seconds=series.window_seconds,
        cadence_seconds=series.cadence_seconds or series.window_seconds,
    )


def _actions(decision: Decision) -> Sequence[MotionAction]:
    rows = decision.motion_actions.select_related("target_version", "executor")
    return list(rows.order_by("position"))
