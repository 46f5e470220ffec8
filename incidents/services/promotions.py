"""Retraining: what went live since it was ordered is bound, or offered to who may bind it.

A version that the decision named by its digest is bound by the engine; else a second person checks
the criteria, in one step on the incident's page.
"""

from datetime import datetime

import structlog

from incidents.models import Action
from incidents.rules.plan import from_text
from incidents.selectors.promotions import fault_of, promoted, waiting_for_versions
from incidents.services.commands import execute
from incidents.services.notices import able, tell
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.refusals import Refused
from ledger.rules.worded import worded
from registry.models import SystemVersion

BINDER = machine("execution")
JOB = "promoted versions"
log = structlog.get_logger(__name__)


def bind_promoted(at: datetime) -> int:
    """Bind or offer every version that a retraining waits for; returns how many were bound."""
    bound = 0
    with acting_as(BINDER):
        for action in waiting_for_versions():
            version = promoted(action)
            if version is None or fault_of(action, version) is not None:
                continue
            if action.parameters.get("bound_digest"):
                bound += _bind(action, version, at)
            else:
                _offer(action, version, at)
    return bound


def _bind(action: Action, version: SystemVersion, at: datetime) -> int:
    try:
        execute(
            command="bind_version",
            incident_id=action.incident_id,
            actor=BINDER,
            at=at,
            expected_version=None,
            idempotency_key=None,
            payload={
                "action_id": action.pk,
                "version_id": version.pk,
                "criteria_met": f"It has the digest that the decision named: {version.named_by}.",
            },
        )
    except Refused as refusal:
        log.warning("version_not_bound", action=str(action.pk), code=refusal.code)
        return 0
    return 1


def _offer(action: Action, version: SystemVersion, at: datetime) -> None:
    incident = action.incident
    people = able("bind_version", incident, from_text(incident.plan), at)
    tell(
        incident,
        [incident.owner, *people],
        task="bind",
        key=f"bind:{action.pk}:{version.pk}",
        due_at=action.due_at,
        at=at,
        words=worded(
            "Version {version} ({digest}) went live since the retraining was ordered. Does it "
            "meet: {criteria}?",
            version=version.label,
            digest=version.named_by,
            criteria=action.parameters.get("criteria") or action.words,
        ),
    )
