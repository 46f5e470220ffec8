"""Who is woken, by what, and when."""

from collections.abc import Iterator

import msgspec

from governance.rules.policy_parts.struct import Struct
from incidents.rules.plan import SEVERITIES
from ledger.rules.worded import worded
from outbox.rules.durations import BadDuration, Duration

LONGEST_VIEW = 10
AGAIN = ("5min", "5min", "10min", "15min", "30min", "1h", "2h", "4h", "8h")


class Lapses(Struct, frozen=True, kw_only=True):
    """How long 'I have it' stops reminders while its person does nothing on the case."""

    minor: str = "5d"
    moderate: str = "2d"
    major: str = "4h"
    severe: str = "1h"


class OnCall(Struct, frozen=True, kw_only=True):
    """Who is woken, by what, and when.

    `wakes` are the severities whose steps call people on the paging channel; the rest is read at
    the reader's hour. `again` are the waits before a call is repeated to who has not answered;
    after them 1, 2, 4 and then every 8 days without end. `calendar_years` is how far ahead the
    holidays of the unit's calendar must be entered for a policy to be put in force.
    """

    wakes: list[str] = msgspec.field(default_factory=lambda: ["major", "severe"])
    again: list[str] = msgspec.field(default_factory=lambda: list(AGAIN))
    lapses: Lapses = Lapses()
    calendar_years: int = 0

    def limits(self) -> dict[str, str]:
        """Return what an incident's plan keeps of it."""
        lapses: dict[str, str] = msgspec.to_builtins(self.lapses)
        return {
            "page_wakes": " ".join(self.wakes),
            "page_again": " ".join(self.again),
            **{f"acknowledgement_{name}": text for name, text in lapses.items()},
        }


def on_call_problems(rules: OnCall) -> Iterator[str]:
    """Yield every reason why nobody could be called by these rules, each in a sentence."""
    for word in sorted(set(rules.wakes) - set(SEVERITIES)):
        yield worded(
            "on_call, wakes: {word!r} is no severity; use {severities}.",
            word=word,
            severities=", ".join(SEVERITIES),
        )
    if "severe" not in rules.wakes:
        yield "on_call, wakes: severe always wakes people."
    lapses = msgspec.to_builtins(rules.lapses)
    places = {f"lapses, {name}": text for name, text in lapses.items()}
    places |= {f"again, wait {number}": text for number, text in enumerate(rules.again, start=1)}
    for place, text in places.items():
        yield from _duration(place, text)
    if not 0 <= rules.calendar_years <= LONGEST_VIEW:
        yield worded(
            "on_call, calendar_years: 0 to {longest_view} years.", longest_view=LONGEST_VIEW
        )


def _duration(place: str, text: str) -> Iterator[str]:
    try:
        duration = Duration.parse(text)
    except BadDuration as error:
        yield worded("{place}: {why}.", place=f"on_call, {place}", why=error.args[0])
        return
    if duration.is_business or not duration.amount:
        yield worded(
            "on_call, {place}: {text} must be elapsed time and longer than nothing.",
            place=place,
            text=text,
        )
