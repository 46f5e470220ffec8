"""How long the chain takes and how often it goes back: what is measured, and how it is told; INC-9.

Pure. A case belongs to the month in which it was detected, in UTC. Rehearsals and withdrawn cases
are counted apart. What still runs counts with the time it has run so far, so it is never dropped
and never shortens a figure: a median at or above the shortest running time is told as 'at least'.
Percentiles are those of the nearest rank: the time of a real case, never one between two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

LEAST = 5
"""Under so many cases a figure says 'too few' and no percentile is told."""

DETECT, ACKNOWLEDGE, CONTAIN = "time_to_detect", "time_to_acknowledge", "time_to_contain"
RESOLVE, DECIDE = "time_to_resolve", "time_to_decide"
STOP, ROLL_BACK = "time_to_stop", "time_to_roll_back"
DURATIONS = (DETECT, ACKNOWLEDGE, CONTAIN, RESOLVE, DECIDE, STOP, ROLL_BACK)

REOPENED, OVERDUE, RETURNED = "reopened", "overdue", "returned"
FAILED, WITHDRAWN, FALSE_ALARMS = "verification_failed", "withdrawn", "false_alarms"
RATES = (REOPENED, OVERDUE, RETURNED, FAILED, WITHDRAWN, FALSE_ALARMS)

GROUPS = ("system", "unit", "severity", "month")
"""By what figures are told apart."""


@dataclass(frozen=True, slots=True)
class Duration:
    """How long something took, in seconds, over `counted` of the `of` cases that it applies to.

    `running` of those counted have not got there yet: they count with their time so far, of which
    `shortest_running` and `longest_running` are the ends. `median` and `ninth` are the times that
    half and nine in ten of them did not exceed; None where nothing is counted.
    """

    of: int = 0
    counted: int = 0
    running: int = 0
    shortest_running: float | None = None
    longest_running: float | None = None
    median: float | None = None
    ninth: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether there are cases enough to tell a figure of."""
        return self.counted >= LEAST and self.median is not None

    @property
    def median_told(self) -> float | None:
        """The median, None where there are too few cases."""
        return self.median if self.is_known else None

    @property
    def ninth_told(self) -> float | None:
        """The 90th percentile, None where there are too few cases."""
        return self.ninth if self.is_known else None

    @property
    def median_is_least(self) -> bool:
        """Whether the median may still grow, because a case runs that has not passed it."""
        return self._may_grow(self.median)

    @property
    def ninth_is_least(self) -> bool:
        """Whether the 90th percentile may still grow."""
        return self._may_grow(self.ninth)

    def _may_grow(self, figure: float | None) -> bool:
        if figure is None or self.shortest_running is None:
            return False
        return self.shortest_running <= figure


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    numerator: int = 0
    denominator: int = 0

    @property
    def is_known(self) -> bool:
        """Whether there are cases enough to tell a share of."""
        return self.denominator >= LEAST

    @property
    def share(self) -> float | None:
        """The share from 0 to 1, None where there are too few."""
        return self.numerator / self.denominator if self.is_known else None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one group of cases; `key` is what the group is called in the database.

    `cases` leaves out `drills` and the `withdrawn`; `open` of them are not closed yet.
    """

    key: str = ""
    cases: int = 0
    open: int = 0
    drills: int = 0
    withdrawn: int = 0
    durations: Mapping[str, Duration] = field(default_factory=dict)
    rates: Mapping[str, Rate] = field(default_factory=dict)

    def duration(self, measure: str) -> Duration:
        """Return a duration, an empty one where no case has it."""
        return self.durations.get(measure, Duration())

    def rate(self, name: str) -> Rate:
        """Return a rate, an empty one where no case has it."""
        return self.rates.get(name, Rate())


@dataclass(frozen=True, slots=True)
class Told:
    """All figures of a period: of everything, by month oldest first, and by what was asked for."""

    whole: Figures
    months: tuple[Figures, ...]
    groups: tuple[Figures, ...]
