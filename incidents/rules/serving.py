"""What a gateway is told: may this version serve, for how long the answer holds, how it fails."""

from dataclasses import dataclass
from typing import Literal

from ledger.rules.worded import word, worded

AGENTS = frozenset({"agent", "multi_agent"})


@dataclass(frozen=True, slots=True)
class Holding:
    """For how many seconds an answer holds, and what a gateway does when it gets no new one."""

    ttl_seconds: int
    fail_mode: Literal["open", "closed"]


def holding(*, kind: str, risk_tier: str) -> Holding:
    """Return how long an answer holds: agents and high tier fail closed and ask often.

    An agent must stand within 30 to 60 s (profiles, time to stop), so its answer holds 15 s.
    """
    if kind in AGENTS:
        return Holding(15, "closed")
    if risk_tier == "high":
        return Holding(30, "closed")
    return Holding(60, "open")


def why_not_serve(
    *, lifecycle: str, live: str | None, asked: str | None, suspended: bool, state: str
) -> str:
    """Return why a version may not serve, '' if it may. Unknown is never good.

    `live` is the label of what is live, `asked` the label that the gateway runs (None: any),
    `state` that of the live version.
    """
    if live is None:
        return word("nothing is live here")
    if suspended or lifecycle == "suspended":
        return "suspended"
    if lifecycle not in ("pilot", "production"):
        return worded("the system is {lifecycle}", lifecycle=lifecycle)
    if state != "approved":
        return worded("version {live} is {state}", live=live, state=state)
    if asked is not None and asked != live:
        return worded("version {live} is live, not {asked}", live=live, asked=asked)
    return ""
