"""Stopping at once: until when it is ratified, how long interim measures last, drills."""

from collections.abc import Iterator

import msgspec

from governance.rules.policy_parts.struct import Struct
from ledger.rules.worded import worded
from outbox.rules.durations import BadDuration, Duration

TIERS = ("low", "medium", "high")


class Containment(Struct, frozen=True, kw_only=True):
    """Until when a stop is ratified, how long an interim measure lasts, how often orders are tried.

    `interim_longest` is by risk tier; all are elapsed time. A standing order that was not drilled
    within `drill_within` is shown as unproven.
    """

    ratify_within: str = "72h"
    reason_within: str = "24h"
    interim_longest: dict[str, str] = msgspec.field(
        default_factory=lambda: {"low": "72h", "medium": "72h", "high": "24h"}
    )
    drill_within: str = "90d"

    def limits(self, risk_tier: str) -> dict[str, str]:
        """Return what the plan of an incident of a tier keeps."""
        return {
            "ratify_within": self.ratify_within,
            "reason_within": self.reason_within,
            "interim_longest": self.interim_longest.get(risk_tier, "24h"),
        }


def containment_problems(part: Containment) -> Iterator[str]:
    """Yield every reason why this part of a policy cannot work."""
    durations = {
        "ratify_within": part.ratify_within,
        "reason_within": part.reason_within,
        "drill_within": part.drill_within,
        **{f"interim_longest at {tier}": part.interim_longest.get(tier, "") for tier in TIERS},
    }
    for place, text in durations.items():
        fault = _fault(text)
        if fault:
            yield worded("{place}: {why}.", place=f"containment, {place}", why=fault)
    unknown = sorted(set(part.interim_longest) - set(TIERS))
    if unknown:
        yield worded(
            "containment, interim_longest: there is no risk tier {unknown!r}.", unknown=unknown[0]
        )


def _fault(text: str) -> str:
    try:
        duration = Duration.parse(text)
    except BadDuration as error:
        told: str = error.args[0]
        return told
    if duration.is_business:
        return worded("{text} counts business time, and danger does not wait for it", text=text)
    return "" if duration.amount > 0 else worded("{text} is no time at all", text=text)
