"""The severity that a supplier's notice proposes, before anybody has looked into it."""

from governance.rules.severity import Severity

# What may hurt now; what will need work by a day; what is to be read.
URGENT = frozenset({"incident", "vulnerability"})
PLANNED = frozenset({"end_of_life"})


def noticed_severity(kind: str, risk_tier: str) -> Severity:
    """Return the severity by the notice's kind and the system's tier.

    A proposal of ours, with no source but experience: whoever validates sets the one that counts.
    """
    if kind in URGENT:
        return Severity.MAJOR if risk_tier == "high" else Severity.MODERATE
    if kind in PLANNED and risk_tier == "high":
        return Severity.MODERATE
    return Severity.MINOR
