"""Who decides what: risk tier, severity and kind of action."""

from governance.rules.policy_parts.struct import Struct


class LevelRule(Struct, frozen=True, kw_only=True):
    """One line of the matrix: which level decides where all of it fits. Empty lists fit anything.

    Of the lines that fit the highest level counts.
    """

    level: str
    kinds: list[str] = []
    tiers: list[str] = []
    severities: list[str] = []

    def fits(self, *, kind: str, tier: str, severity: str) -> bool:
        """Whether the line is about an action of this kind in such a case."""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.tiers or tier in self.tiers)
            and (not self.severities or severity in self.severities)
        )


class LevelCharter(Struct, frozen=True, kw_only=True):
    """How a body that sits by role decides (KOM-22); '' and 0 take what the committee has."""

    quorum: str = "1/2"
    minimum: int = 1
    minimum_high: int = 1
    majority: str = "simple"
    majority_high: str = "simple"
    open_for: str = ""
    rounds: int = 0


class SeatRule(Struct, frozen=True, kw_only=True):
    """A seat that the committee of this profile has: its function, who leads, who stands in.

    `substitute` says that a named substitute is needed before it may sit (KOM-20).
    """

    function: str
    chair: bool = False
    vice_chair: bool = False
    substitute: bool = True


class Levels(Struct, frozen=True, kw_only=True):
    """Who decides what: risk tier, severity and kind of action.

    An empty `matrix` is the shipped one. `requests` is how often a body may ask for information in
    a cycle, `request_pause` how long its own clock rests for that at most. `edits` is how often a
    motion is edited. With `protective_default` a system of high tier is stopped or restricted by
    rule when the first round on it lapses (KOM-10).
    """

    matrix: list[LevelRule] = []
    delegate_kinds: list[str] = []
    executive: LevelCharter = LevelCharter()
    board: LevelCharter = LevelCharter()
    seats: list[SeatRule] = []
    requests: int = 2
    request_pause: str = "5bd"
    edits: int = 3
    protective_default: bool = True

    def limits(self) -> dict[str, str]:
        """Return what the plan of an incident keeps of it."""
        return {
            "information_requests": str(self.requests),
            "information_pause": self.request_pause,
        }
