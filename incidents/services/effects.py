"""What a confirmed action changes in the registry: which version is live, what is stopped."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents.models import Action
from ledger.context import acting_as
from ledger.rules.actors import machine
from registry.selectors import version_by_label
from registry.services.deployments import make_live, suspend_deployment

EXECUTION = machine("execution")


def carry_over(*, action: Action, observed: Mapping[str, Any], at: datetime) -> None:
    """Write what was observed into the registry, so that both say the same. Raises Conflict."""
    incident = action.incident
    reason = f"{incident.number}: {action.words}"
    with acting_as(EXECUTION):
        if action.type == Action.Type.SUSPEND:
            suspend_deployment(
                system_id=incident.system_id,
                environment=action.environment,
                scope=str(action.parameters.get("scope") or "everything"),
                reason=reason,
                actor=EXECUTION,
                at=at,
            )
        elif action.type in (Action.Type.ROLLBACK, Action.Type.RETRAIN):
            _switch(action, observed, reason, at)


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
