"""Stopping at once and holding still: emergency, interim measures, evidence hold."""

from collections.abc import Mapping
from datetime import datetime

from incidents.models import Incident
from incidents.rules.containment import KIND_WORDS
from incidents.rules.plan import FrozenPlan
from incidents.selectors.containment import (
    awaiting_ratification,
    containments_in_force,
    measures_named,
    running_measures,
)
from incidents.selectors.evidence_hold import hold_in_force
from incidents.selectors.guard_facts import Found, Guard
from ledger.rules.worded import term, worded


def unratified(incident: Incident) -> Found:
    """Say that what was stopped at once waits for its ratification, so that nothing ends before."""
    found = awaiting_ratification(incident)
    if found is None:
        return None
    return (
        "not_ratified_yet",
        worded(
            "{scope} was {kind_words} at once; the committee ratifies that, or "
            "refuses to, before the case ends.",
            scope=found.scope,
            kind_words=term(KIND_WORDS[found.kind]),
        ),
    )


def _contained(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if containments_in_force(incident).exists():
        return None
    return (
        "not_contained",
        worded("Nothing of {number} was stopped or restricted at once.", number=incident.number),
    )


def _unexplained(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    found = containments_in_force(incident)
    if found.exists() and not found.filter(reason="").exists():
        return ("explained_already", "The reason is given already.")
    return _contained(incident, plan, at)


def _unconfirmed(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    found = containments_in_force(incident)
    if found.exists() and not found.filter(confirmed_at__isnull=True).exists():
        return ("confirmed_already", "It is confirmed already that it holds.")
    return _contained(incident, plan, at)


def _may_measure(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if measures_named(system_id=incident.system_id):
        return None
    return (
        "no_measure_named",
        "The operating controls of the system name no interim measure. Have them named and "
        "approved, or stop the system at once.",
    )


def _measured(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if running_measures(incident).exists():
        return None
    return (
        "no_measure_runs",
        worded("No interim measure is in force on {number}.", number=incident.number),
    )


def _not_held(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    held = hold_in_force(incident)
    if held is None:
        return None
    return (
        "held_already",
        worded("The evidence is held since {set_at} UTC.", set_at=f"{held.set_at:%Y-%m-%d %H:%M}"),
    )


def _held(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if hold_in_force(incident) is not None:
        return None
    return ("not_held", worded("The evidence of {number} is not held.", number=incident.number))


GUARDS: Mapping[str, Guard] = {
    "explain_containment": _unexplained,
    "confirm_containment": _unconfirmed,
    "ratify": _contained,
    "lift_containment": _contained,
    "take_interim": _may_measure,
    "end_interim": _measured,
    "set_hold": _not_held,
    "release_hold": _held,
}
