"""Renewals: how far up a motion to accept a risk goes, and what it must say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from incidents.models import Incident
from incidents.rules.acceptances import BOUNDARY, level_needed
from incidents.rules.plan import from_text
from incidents.selectors.acceptances import kind_of, proposal_faults, renewals_of


def steps_up(*, incident: Incident, actions: Sequence[Mapping[str, Any]]) -> int:
    """Return how many levels above the usual one decide: for a renewal beyond those allowed."""
    if not any(action.get("type") == "accept_risk" for action in actions):
        return 0
    limits = from_text(incident.plan).limits
    return level_needed(renewals=renewals_of(incident), limits=limits)


def is_boundary(incident: Incident) -> bool:
    """Whether the case is an executed boundary violation, which nobody may accept (KOM-24)."""
    return kind_of(incident) == BOUNDARY


def acceptance_faults_of(
    *, incident: Incident, actions: Sequence[Mapping[str, Any]], at: datetime
) -> dict[str, str]:
    """Return what is wrong with the terms of an acceptance that a motion puts, by field."""
    found = {}
    for number, action in enumerate(actions):
        if action.get("type") != "accept_risk":
            continue
        terms = action.get("parameters") or {}
        for name, words in proposal_faults(incident=incident, values=terms, at=at).items():
            found[f"actions.{number}.parameters.{name}"] = words
    return found
