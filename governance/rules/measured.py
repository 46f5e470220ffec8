"""Judging over many readings: what a series says at the end of each window, and what is due of it.

The standing follows from the stored readings alone, so their order of arrival cannot matter.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

State = Literal["OK", "WARNING", "CRITICAL", "NO_DATA"]
Better = Literal["higher", "lower"]

FIRED = ("WARNING", "CRITICAL")
RANK = {"NO_DATA": 0, "OK": 0, "WARNING": 1, "CRITICAL": 2}
HELD_FOR = 2
"""Windows that must be without a breach, one after the other, before a standing is OK again."""
ALMOST = 0.999
OUT_OF_RANGE = "the values are too large or too small to calculate with"


@dataclass(frozen=True, slots=True)
class Point:
    """A valid reading: epoch seconds of its window's end, its value, from how many cases."""

    end: float
    value: float
    n: int | None = None


class Ended(Protocol):
    """What has the end of a window, as epoch seconds."""

    @property
    def end(self) -> float:
        """The end."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said at the end of one window; `why` where nothing can be said.

    `value` is the reading's, or what stands for it; `figures` are numbers for the page, by name.
    """

    state: State
    why: str = ""
    value: float | None = None
    n: int | None = None
    figures: Mapping[str, float | str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """Where a series stands after its newest window, and what has newly fired.

    `newest` is the verdict of that window; `state` may still hold an earlier breach. `due` are the
    ends of windows that fired and were not known to, with their verdicts; `fired` all that do.
    """

    state: State
    newest: Verdict
    end: float | None
    due: tuple[tuple[float, Verdict], ...] = ()
    fired: tuple[float, ...] = ()


def settle(verdicts: Sequence[tuple[float, Verdict]], known: Collection[float]) -> Settled:
    """Return where the verdicts of successive windows leave a series; `known` fired before.

    A breach is held until two windows in a row are without one. What is unknown is never OK, and
    ends no breach.
    """
    if not verdicts:
        return Settled("NO_DATA", Verdict("NO_DATA", "no valid reading yet"), None)
    end, newest = verdicts[-1]
    fired = tuple(at for at, verdict in verdicts if verdict.state in FIRED)
    return Settled(
        state=_held(verdicts),
        newest=newest,
        end=end,
        due=tuple((at, one) for at, one in verdicts if at in fired and at not in known),
        fired=fired,
    )


def _held(verdicts: Sequence[tuple[float, Verdict]]) -> State:
    newest = verdicts[-1][1]
    if newest.state == "NO_DATA":
        return "NO_DATA"
    said = [one.state for _, one in verdicts if one.state != "NO_DATA"]
    return max(said[-HELD_FOR:], key=RANK.__getitem__)


def with_silence(
    verdicts: Sequence[tuple[float, Verdict]], *, newest: float, step: float
) -> list[tuple[float, Verdict]]:
    """Return the verdicts, with an unknown one at the end where only bad readings came since.

    `newest` is the end of the newest window of any quality, `step` the seconds between windows. One
    bad window changes nothing; from the second on nothing is known.
    """
    last = verdicts[-1][0] if verdicts else None
    if last is not None and newest - last >= 2 * step * ALMOST:
        return [*verdicts, (newest, unknown("the last readings are bad"))]
    return list(verdicts)


def worst(due: Iterable[tuple[float, Verdict]]) -> tuple[float, Verdict]:
    """Return the worst of what fired, the newest of equals. Raises ValueError for nothing."""
    return max(due, key=lambda one: (RANK[one[1].state], one[0]))


def spaced(points: Sequence[Point], step: float) -> list[Point]:
    """Return points, in order, that lie at least `step` seconds apart, counted from the last.

    Readings of windows that overlap say the same thing twice.
    """
    found: list[Point] = []
    for point in reversed(points):
        if not found or found[-1].end - point.end >= step * ALMOST:
            found.append(point)
    return found[::-1]


def unknown(why: str, **figures: float | str | None) -> Verdict:
    """Return the verdict of who cannot know."""
    return Verdict("NO_DATA", why, figures=figures)


def last_places(ends: Sequence[Ended], *, since: float, most: int) -> range:
    """Return the places of the last windows that are judged: those from `since` on, two at least.

    `ends` are in order; `most` is how far a late reading reaches back.
    """
    count = len(ends)
    first = next((place for place, one in enumerate(ends) if one.end >= since), count)
    return range(max(0, count - most, min(first, count - HELD_FOR)), count)


def better_of(word: str) -> Better | None:
    """Return which direction of a KPI is better; None where it depends on the context."""
    words: dict[str, Better] = {"higher": "higher", "lower": "lower", "target_zero": "lower"}
    return words.get(word)
