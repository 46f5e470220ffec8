"""Retraining: the version that meets the criteria is bound to the order by its digest (T13)."""

from collections.abc import Callable, Mapping
from typing import Any

from incidents.models import Action, Transition
from incidents.selectors.promotions import fault_of, promoted, unbound
from incidents.services.commands.context import Given, Outcome
from ledger.rules.refusals import Conflict, Missing
from ledger.services.entries import append_entry
from registry.models import SystemVersion


def bind_version(given: Given) -> Outcome:
    """T13: a second person checks the criteria; from now on the order is for this version alone."""
    incident, values = given.incident, given.values
    rows = Action.objects.select_for_update(no_key=True, of=("self",)).select_related("executor")
    action = unbound(rows).filter(pk=values["action_id"], incident=incident).first()
    if action is None:
        raise Missing("unknown_action", "No such retraining of this incident waits for a version.")
    action.incident = incident
    version = promoted(action, values["version_id"])
    if version is None:
        raise Conflict(
            "not_promoted", "This version did not go live since the retraining was ordered."
        )
    fault = fault_of(action, version)
    if fault is not None:
        raise Conflict(*fault)

    def follow(transition: Transition) -> None:
        bind(action, version, given, met=values["criteria_met"])

    return Outcome(
        incident.state,
        reason=values["criteria_met"],
        after={"version": version.label, "digest": version.named_by},
        details={"action": action.pk, "criteria": action.parameters.get("criteria", "")},
        then=follow,
    )


def bind(action: Action, version: SystemVersion, given: Given, *, met: str) -> None:
    """Write which version an order is for, with its digest and how it meets the criteria."""
    before = {"version": None}
    action.target_version = version
    bound: dict[str, Any] = {"bound_digest": version.named_by, "criteria_met": met}
    action.parameters = {**action.parameters, **bound}
    action.version += 1
    action.save(update_fields=["target_version", "parameters", "version"], at=given.at)
    incident = given.incident
    append_entry(
        verb="action.bound",
        actor=given.attempt.actor,
        at=given.at,
        subject=("action", str(action.pk), f"{incident.number}: {action.words}"),
        before=before,
        after={"version": version.label, **bound},
        incident_id=incident.pk,
        system_id=incident.system_id,
        touched=[f"incidents_action:{action.pk}"],
    )


HANDLERS: Mapping[str, Callable[[Given], Outcome]] = {"bind_version": bind_version}
