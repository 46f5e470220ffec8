"""How long a risk may be accepted, and how often again."""

from collections.abc import Iterator

import msgspec

from governance.rules.policy_parts.struct import Struct
from ledger.rules.worded import worded
from outbox.rules.durations import BadDuration, Duration

TIERS = ("low", "medium", "high")
LONGEST_DAYS = 366
MOST_RENEWALS = 10


def _longest() -> dict[str, str]:
    return {"low": "180d", "medium": "90d", "high": "45d"}


def _notices() -> list[str]:
    return ["30d", "14d", "7d", "1d"]


class Acceptance(Struct, frozen=True, kw_only=True):
    """How long a risk may be accepted, and how often again.

    `longest` is by risk tier, `longest_rights` where fairness or rights are affected, in elapsed
    time. After `renewals` a higher level decides. `notices` are before the expiry. At the tiers of
    `stops_serving` the state API answers that a system may not serve from the instant on at which
    its acceptance is invalid; elsewhere it only says so.
    """

    longest: dict[str, str] = msgspec.field(default_factory=_longest)
    longest_rights: str = "30d"
    renewals: int = 1
    notices: list[str] = msgspec.field(default_factory=_notices)
    stops_serving: list[str] = msgspec.field(default_factory=list)

    def limits(self, risk_tier: str) -> dict[str, str]:
        """Return what the plan of an incident keeps, as incidents.rules.acceptances reads it."""
        return {
            "acceptance_longest": self.longest[risk_tier],
            "acceptance_longest_rights": self.longest_rights,
            "acceptance_renewals": str(self.renewals),
            "acceptance_notices": " ".join(self.notices),
            "acceptance_stops": "yes" if risk_tier in self.stops_serving else "",
        }


def acceptance_problems(rules: Acceptance) -> Iterator[str]:
    """Yield what makes the rules of acceptance unworkable, each in a sentence."""
    yield from (
        worded("acceptance, longest: the tier {tier} is missing.", tier=tier)
        for tier in TIERS
        if tier not in rules.longest
    )
    named = {*rules.longest, *rules.stops_serving}
    yield from (
        worded("acceptance: there is no tier {tier!r}.", tier=tier)
        for tier in sorted(named - set(TIERS))
    )
    spans = {f"longest at {tier} tier": text for tier, text in rules.longest.items()}
    spans["longest_rights"] = rules.longest_rights
    for name, text in spans.items():
        yield from _span_problems(name, text, longest=LONGEST_DAYS)
    for text in rules.notices:
        yield from _span_problems("notices", text, longest=LONGEST_DAYS)
    if not 0 <= rules.renewals <= MOST_RENEWALS:
        yield worded(
            "acceptance, renewals: between 0 and {most_renewals}, then a higher level decides.",
            most_renewals=MOST_RENEWALS,
        )


def _span_problems(name: str, text: str, *, longest: int) -> Iterator[str]:
    try:
        span = Duration.parse(text)
    except BadDuration as error:
        yield worded("{place}: {why}.", place=f"acceptance, {name}", why=error.args[0])
        return
    if span.is_business:
        yield worded(
            "acceptance, {name}: it is counted in elapsed time, not in {text}.",
            name=name,
            text=text,
        )
    elif not 0 < span.seconds() <= longest * 86400:
        yield worded(
            "acceptance, {name}: between a second and {longest} days, not {text}.",
            name=name,
            longest=longest,
            text=text,
        )
