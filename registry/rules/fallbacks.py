"""When the check of a fallback counts (REG-2): how old it may be, and where it is asked for."""

from datetime import datetime, timedelta

# How old the last check may be, in days, by the organisation's tier.
LIMIT_DAYS = {"high": 90, "medium": 180, "low": 365}
# Where nobody is affected, falling back is not rehearsed.
UNCHECKED = frozenset({"development", "test", "staging"})


def age_limit(risk_tier: str) -> timedelta:
    """Return how old a passed check may be; an unknown tier is the strictest."""
    return timedelta(days=LIMIT_DAYS.get(risk_tier, LIMIT_DAYS["high"]))


def still_counts(tested_at: datetime, *, risk_tier: str, at: datetime) -> bool:
    """Whether a check of that instant still counts."""
    return at - tested_at <= age_limit(risk_tier)


def needs_check(environment: str) -> bool:
    """Whether a fallback is checked before a version runs in an environment."""
    return environment not in UNCHECKED
