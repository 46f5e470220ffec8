"""Silences: how long one may be, and what none may cover. Pure."""

from datetime import timedelta

from governance.rules.breach import Breach

LONGEST = {"low": timedelta(days=7), "medium": timedelta(hours=72), "high": timedelta(hours=24)}
IN_WORDS = {"low": "seven days", "medium": "72 hours", "high": "24 hours"}
SECOND_PERSON = frozenset({"high"})
AHEAD = timedelta(days=90)
BACK = timedelta(minutes=5)

NEVER_KINDS = frozenset({"fairness", "boundary", "version", "integrity", "concern", "supplier"})
NEVER_CATEGORIES = frozenset({"trust_compliance"})
"""Regulatory: gaps between groups and whatever else the law looks at. Kill switch: boundaries."""


def may_be_muted(breach: Breach) -> bool:
    """Whether a silence may cover a breach: never a regulatory one, never one that stops a system.

    An agent's instant limit (a forbidden action, spend over its limit) stops it.
    """
    if breach.kind in NEVER_KINDS or breach.category in NEVER_CATEGORIES or breach.fairness_flag:
        return False
    return not (breach.instant and breach.category == "agentic")


def longest_in_words(risk_tier: str) -> str:
    """Return how long a silence over a system of a tier may be, in words."""
    return IN_WORDS[risk_tier]
