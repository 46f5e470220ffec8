"""Procedures of a committee: what the consent agenda may hold, and recorded votes."""

from collections.abc import Iterator

import msgspec

from governance.rules.policy_parts.struct import Struct
from ledger.rules.worded import worded

SEVERITIES = ("minor", "moderate", "major", "severe")
TIERS = ("low", "medium", "high")
NEVER = (
    "accept_risk",
    "suspend",
    "resume",
    "retire",
    "exception",
    "ratify",
    "lift",
    "revoke",
    "request_information",
)


class Meetings(Struct, frozen=True, kw_only=True):
    """What the consent agenda may hold, and where votes called in a meeting are recorded.

    The consent agenda takes motions on cases of `consent_severities` at `consent_tiers`, none that
    orders one of the kinds in `consent_never`. Votes are recorded by the secretary at the tiers of
    `recorded_at` only; never at high tier.
    """

    consent_severities: list[str] = msgspec.field(default_factory=lambda: ["minor", "moderate"])
    consent_tiers: list[str] = msgspec.field(default_factory=lambda: ["low", "medium"])
    consent_never: list[str] = msgspec.field(default_factory=lambda: list(NEVER))
    recorded_at: list[str] = msgspec.field(default_factory=lambda: ["low", "medium"])


def meeting_problems(part: Meetings) -> Iterator[str]:
    """Yield every reason why this part of a policy cannot work."""
    for name, allowed in (
        ("consent_severities", SEVERITIES),
        ("consent_tiers", TIERS),
        ("recorded_at", TIERS),
    ):
        unknown = sorted(set(getattr(part, name)) - set(allowed))
        if unknown:
            yield worded(
                "meetings, {name}: there is no {unknown!r}.", name=name, unknown=unknown[0]
            )
    if "high" in part.recorded_at:
        yield "meetings, recorded_at: at high tier every member signs; no vote is recorded for one."
    if {"major", "severe"} & set(part.consent_severities):
        yield "meetings, consent_severities: the consent agenda is for small items only."
