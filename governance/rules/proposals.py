"""What a breach proposes: a severity, or a watch; whether it is worse; whether a hold binds it."""

from datetime import datetime

from governance.rules.breach import Breach
from governance.rules.severity import Severity, SeverityMatrix, at_least

RANK = {"": 0, "OK": 0, "PENDING": 0, "NO_DATA": 1, "RECOVERING": 1, "WARNING": 1, "CRITICAL": 2}
INSTANT, SILENCE = "instant", "silence"
NEVER_BELOW = "interval_excludes_zero"


def proposed_severity(matrix: SeverityMatrix, breach: Breach, risk_tier: str) -> Severity:
    """Return what the matrix proposes for a breach at a tier, with the floor of fairness (EVA-19).

    Raises BadMatrix.
    """
    facts = (NEVER_BELOW,) if breach.fairness_flag else ()
    if breach.watch_only and not facts:
        return Severity.WATCH
    found = matrix.severity(_cause(matrix, breach), breach.to_state, risk_tier)
    return matrix.with_floors(found, facts)


def promoted_severity(severity: Severity) -> Severity:
    """Return the severity of an incident that a watch became: minor at least."""
    return severity if at_least(severity, Severity.MINOR) else Severity.MINOR


def is_worse(new: str, old: str) -> bool:
    """Whether a standing is worse than one reported before."""
    return RANK.get(new, 1) > RANK.get(old, 1)


def hold_binds(
    *, breach: Breach, held_state: str, recovered: bool, until: datetime, received: datetime
) -> bool:
    """Whether a hold keeps a breach from opening anything.

    It starts at the act and is compared with the received time (EVA-12); a worse standing or an
    instant limit ends it at once (EVA-13); it binds only a breach that stood when it was set and
    has not been OK since (EVA-14).
    """
    if recovered or received >= until:
        return False
    return not breach.instant and not is_worse(breach.to_state, held_state)


def _cause(matrix: SeverityMatrix, breach: Breach) -> str:
    if breach.instant:
        return INSTANT
    if breach.kind == "silence":
        return SILENCE
    return matrix.cause_of(breach.category)
