"""Limits of a policy as an incident's plan keeps them: durations and counts by name."""

from governance.rules.policy_document import PolicyDocument


def limits_of(document: PolicyDocument, *, risk_tier: str) -> dict[str, str]:
    """Return what the plan of an incident of a risk tier keeps beside times and ladder."""
    found: dict[str, str] = {}
    found |= document.pauses.limits(document.matrix, risk_tier)
    found |= document.containment.limits(risk_tier)
    found |= document.acceptance.limits(risk_tier)
    found |= document.carrying.limits()
    found |= document.on_call.limits() | {"shortest_gap": document.escalation.shortest_gap}
    found |= document.levels.limits()
    return found
