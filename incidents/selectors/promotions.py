"""Versions that went live after a retraining was ordered, and what stands against binding one."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from incidents.models import Action, Incident
from incidents.rules.plan import FrozenPlan
from incidents.rules.states import ENDED
from incidents.selectors.proofs import UNSETTLED, actions_of, target_fault
from ledger.rules.worded import worded
from registry.models import Deployment, SystemVersion


def unbound(rows: QuerySet[Action]) -> QuerySet[Action]:
    """Return the retrainings among orders that no version is bound to yet."""
    return rows.filter(type=Action.Type.RETRAIN, target_version__isnull=True, state__in=UNSETTLED)


def waiting_for_versions() -> QuerySet[Action]:
    """Return every retraining of an open incident that waits for its version; few."""
    rows = unbound(Action.objects.exclude(incident__state__in=ENDED))
    related = ("incident__system", "incident__owner", "incident__deputy", "executor")
    return rows.select_related(*related).order_by("ordered_at", "pk")


def promoted(action: Action, version_id: UUID | None = None) -> SystemVersion | None:
    """Return the version that went live where an action is for, since it was ordered.

    The one that is live now; with `version_id` that one, live still or not. None for none.
    """
    rows = Deployment.objects.filter(
        system_id=action.incident.system_id,
        environment=action.environment,
        from_at__gte=action.ordered_at,
    )
    if version_id is not None:
        rows = rows.filter(version_id=version_id)
    else:
        rows = rows.filter(until_at__isnull=True)
    found = rows.select_related("version").order_by("-from_at").first()
    return found.version if found is not None else None


def fault_of(action: Action, version: SystemVersion | None) -> tuple[str, str] | None:
    """Return why a version may not be bound to a retraining, as code and words; None if it may.

    It may run, is not what failed, and is what the decision named by its digest, where it did.
    """
    fault = target_fault(action.incident, version)
    named = str(action.parameters.get("bound_digest") or "")
    if fault is not None or version is None or not named or named == version.named_by:
        return fault
    words = worded(
        "The decision names {named}; version {version} is {digest}.",
        named=named,
        version=version.label,
        digest=version.named_by,
    )
    return "another_digest", words


def nothing_promoted(incident: Incident, plan: FrozenPlan, at: datetime) -> tuple[str, str] | None:
    """Say why nothing can be bound now: no retraining waits, or nothing went live since."""
    waiting = list(unbound(actions_of(incident)))
    if not waiting:
        return ("nothing_to_bind", "No retraining waits for its version.")
    for action in waiting:
        action.incident = incident
        if promoted(action) is not None:
            return None
    return (
        "nothing_promoted",
        "No version went live since the retraining was ordered: register it and make it live, "
        "then bind it.",
    )
