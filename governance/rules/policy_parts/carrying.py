"""How decisions are carried out and proved: remediation programmes, and undoing what went out."""

from collections.abc import Iterator

from governance.rules.policy_parts.struct import Struct
from ledger.rules.worded import worded
from outbox.rules.durations import BadDuration, Duration


class Carrying(Struct, frozen=True, kw_only=True):
    """When a remediation programme is planned and pays first, and when it counts as done.

    `contacted` and `settled` are percentages of the people harmed. `undo_within` is how long the
    executor has to undo an action that a later decision takes back after it went out.
    """

    programme_plan: str = "20bd"
    first_payments: str = "90d"
    contacted: int = 95
    settled: int = 90
    undo_within: str = "1bd"

    def limits(self) -> dict[str, str]:
        """Return what the plan of an incident keeps."""
        return {
            "programme_plan": self.programme_plan,
            "programme_first_payments": self.first_payments,
            "programme_contacted": str(self.contacted),
            "programme_settled": str(self.settled),
            "undo_within": self.undo_within,
        }


def carrying_problems(part: Carrying) -> Iterator[str]:
    """Yield every reason why this part of a policy cannot work."""
    for name in ("programme_plan", "first_payments", "undo_within"):
        try:
            Duration.parse(getattr(part, name))
        except BadDuration as error:
            yield worded("{place}: {why}.", place=f"carrying, {name}", why=error.args[0])
    if not 0 < part.settled <= part.contacted <= 100:
        yield "carrying: settled and contacted are percentages, settled not above contacted."
