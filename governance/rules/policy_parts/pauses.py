"""How long a clock may be paused, and who is too late: lapses, withdrawals, reopenings."""

from collections.abc import Iterator

import msgspec

from governance.rules.policy_parts.struct import Struct
from governance.rules.severity import SeverityMatrix
from ledger.rules.worded import worded
from outbox.rules.durations import BadDuration, Duration

SEVERITIES = ("minor", "moderate", "major", "severe")
FLOORS = {"harm": "least_harmed", "regulatory_question": "least_questioned"}


def _lapses() -> dict[str, str]:
    return {"minor": "10bd", "moderate": "5bd", "major": "1bd", "severe": "8h"}


class Pauses(Struct, frozen=True, kw_only=True):
    """How long a clock may be paused, and who is too late: lapses, withdrawals, reopenings.

    `longest` is the most that one stage of a cycle stands still, in all; never when severe.
    `ack_lapse` is by severity how long the owner's side may enter nothing after acknowledging.
    """

    longest: str = "5bd"
    ack_lapse: dict[str, str] = msgspec.field(default_factory=_lapses)

    def limits(self, matrix: SeverityMatrix, risk_tier: str) -> dict[str, str]:
        """Return what the plan of an incident of a tier keeps.

        With the least severities of what was harmed or asked by a law, from the matrix.
        """
        floors = {
            name: str(matrix.severity(cause, "any", risk_tier))
            for cause, name in FLOORS.items()
            if (cause, "any") in matrix.rows
        }
        lapses = {f"ack_lapse_{severity}": text for severity, text in self.ack_lapse.items()}
        return {"pause_longest": self.longest, **lapses, **floors}


def pauses_problems(part: Pauses) -> Iterator[str]:
    """Yield every reason why this part of a policy cannot work."""
    yield from _fault("pauses, longest", part.longest)
    for severity in SEVERITIES:
        place = f"pauses, ack_lapse at {severity}"
        yield from _fault(place, part.ack_lapse.get(severity, ""))
    for severity in sorted(set(part.ack_lapse) - set(SEVERITIES)):
        yield worded("pauses, ack_lapse: there is no severity {severity!r}.", severity=severity)


def _fault(place: str, text: str) -> Iterator[str]:
    try:
        duration = Duration.parse(text)
    except BadDuration as error:
        yield worded("{place}: {why}.", place=place, why=error.args[0])
        return
    if duration.amount <= 0:
        yield worded("{place}: {text} is no time at all.", place=place, text=text)
    if place.endswith("severe") and duration.is_business:
        yield worded("{place}: severe runs on elapsed time, not on {text}.", place=place, text=text)
