"""Adoption: what a carried motion orders becomes actions of the incident, with their proofs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from governance.models import BreachCause, Decision, MotionAction
from governance.rules.motion_kinds import KINDS
from governance.rules.motions import command_for
from governance.rules.proof_rules import Measured, measured_rule
from governance.selectors.motions import causes_of, target_fault
from governance.services.conditions import set_conditions
from governance.services.engine import RETURNING_OFFICER
from governance.services.supersession import back_to_decision, take_back
from incidents.rules.plan import FrozenPlan, calendar_of, from_text
from incidents.rules.transitions import EXECUTION, VERIFICATION
from incidents.selectors.evidence_hold import hold_fault
from incidents.services.commands.execution import execute
from ledger.rules.worded import worded
from outbox.rules.business_time import due
from outbox.rules.durations import Duration

CARRIED_OUT_AT = (EXECUTION, VERIFICATION)


def obstacle(decision: Decision) -> str:
    """Return why a carried motion cannot be ordered any more, '' if it can.

    Targets are checked here a second time: one may have been revoked meanwhile. So is a hold on
    the evidence.
    """
    incident = decision.incident
    if decision.supersedes is not None and incident.state not in CARRIED_OUT_AT:
        return worded(
            "{number} is no longer carried out, so nothing is there to replace.",
            number=incident.number,
        )
    for row in _actions(decision):
        fault = ""
        if row.target_version is not None and KINDS[row.type].target == "must":
            fault = target_fault(version=row.target_version, incident=incident)
        fault = fault or hold_fault(incident, row.type, row.parameters)
        if fault:
            return fault
    return ""


def carry_out(*, decision: Decision, at: datetime) -> None:
    """Move the incident by an adopted motion, by the command of its kind.

    The caller holds the locks and acts as the returning officer. Raises what the command refuses.
    """
    rows = _actions(decision)
    kinds = {row.type for row in rows}
    if decision.supersedes is not None:
        _replace(decision, decision.supersedes, rows, at)
    else:
        command = command_for(kinds)
        give(decision=decision, command=command, more=_payload(command, decision, rows, at), at=at)
    set_conditions(decision=decision, at=at)


def refuse_ratification(*, decision: Decision, row: MotionAction, at: datetime) -> None:
    """Note that a measure was not ratified: it is reported, and nothing is undone by it (T23)."""
    more = {"containment_id": row.parameters["containment_id"], "ratified": False}
    give(decision=decision, command="ratify", more=more, at=at)


def give(*, decision: Decision, command: str, more: dict[str, Any], at: datetime) -> None:
    """Give a command to the incident in the name of a decision."""
    payload = {
        "decision_id": str(decision.pk),
        "motion_sha256": decision.motion_sha256,
        "title": decision.title,
    }
    execute(
        command=command,
        incident_id=decision.incident_id,
        actor=RETURNING_OFFICER,
        at=at,
        expected_version=None,
        idempotency_key=f"decision:{decision.pk}",
        payload=payload | more,
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


def _payload(
    command: str, decision: Decision, rows: Sequence[MotionAction], at: datetime
) -> dict[str, Any]:
    plan = from_text(decision.incident.plan)
    first = rows[0]
    if command == "adopt":
        return {"actions": [_order(row, decision, plan, at) for row in rows]}
    if command == "accept_risk":
        return {"acceptance": first.parameters}
    if command == "request_information":
        asked_until = due(at, Duration.parse(first.due), calendar_of(plan))
        questions = first.parameters["questions"]
        return {"questions": questions, "due_at": asked_until.isoformat()}
    if command in ("ratify", "lift_containment"):
        more = {"ratified": True} if command == "ratify" else {"reason": decision.reason}
        return {"containment_id": first.parameters["containment_id"], **more}
    return {
        "kind": first.type,
        "reason": decision.reason or decision.title,
        "conditions": decision.conditions,
        "verification": verification_of(row=first, decision=decision, plan=plan),
    }


def _replace(
    decision: Decision, superseded: Decision, rows: Sequence[MotionAction], at: datetime
) -> None:
    """Order what takes a decision's place first, so that the case waits for it; then take back."""
    plan = from_text(decision.incident.plan)
    ordered = [row for row in rows if KINDS[row.type].command == "adopt"]
    more = {
        "superseded_id": str(superseded.pk),
        "actions": [_order(row, decision, plan, at) for row in ordered],
    }
    give(decision=decision, command="supersede", more=more, at=at)
    take_back(decision=decision, superseded=superseded, at=at)
    if not ordered:
        words = f"Motion {decision.number} revokes {superseded.number}: {decision.title}"
        back_to_decision(decision=decision, words=words, at=at)


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
