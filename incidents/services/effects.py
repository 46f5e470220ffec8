"""What a confirmed action changes in the registry: which version is live, what is stopped."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents.models import Action
from incidents.rules.proofs import SWITCHES
from ledger.context import acting_as
from ledger.rules.actors import machine
from registry.models import System
from registry.rules.lifecycle import EDGES
from registry.selectors import live_deployment, version_by_label
from registry.services.deployments import make_live, resume_deployment, suspend_deployment
from registry.services.lifecycle import lock_system, take_step

EXECUTION = machine("execution")
WHOLE = "everything"


def carry_over(*, action: Action, observed: Mapping[str, Any], at: datetime) -> None:
    """Write what was observed into the registry, so that both say the same. Raises Conflict.

    What an adjustment or a restriction changes lies in the system itself: here it stands in the
    action and in what the state API answers.
    """
    if action.incident.drill:
        # A rehearsal is confirmed like a case and changes nothing that runs.
        return
    reason = f"{action.incident.number}: {action.words}"
    with acting_as(EXECUTION):
        if action.type == Action.Type.SUSPEND:
            scope = str(action.parameters.get("scope") or WHOLE)
            _suspend(action, scope, reason, at)
        elif action.type == Action.Type.RETIRE:
            _retire(action, reason, at)
        elif action.type == Action.Type.RESUME:
            resume_deployment(
                system_id=action.incident.system_id,
                environment=action.environment,
                reason=reason,
                actor=EXECUTION,
                at=at,
            )
        elif action.type in SWITCHES:
            _switch(action, observed, reason, at)


def _suspend(action: Action, scope: str, reason: str, at: datetime) -> None:
    suspend_deployment(
        system_id=action.incident.system_id,
        environment=action.environment,
        scope=scope,
        reason=reason,
        actor=EXECUTION,
        at=at,
    )


def _retire(action: Action, reason: str, at: datetime) -> None:
    """Stop what runs; the system has reached its end once nothing of it is live anywhere."""
    incident = action.incident
    if live_deployment(system_id=incident.system_id, environment=action.environment) is not None:
        _suspend(action, WHOLE, reason, at)
    system: System = lock_system(incident.system_id)
    if system.lifecycle in EDGES["retire"][0]:
        take_step(system=system, edge="retire", reason=reason, actor=EXECUTION, at=at)


def _switch(action: Action, observed: Mapping[str, Any], reason: str, at: datetime) -> None:
    system_id = action.incident.system_id
    version = action.target_version or version_by_label(
        system_id=system_id, label=str(observed["version"])
    )
    make_live(
        system_id=system_id,
        environment=action.environment,
        version_id=version.pk,
        fallback_id=None,
        reason=reason,
        actor=EXECUTION,
        at=at,
    )
