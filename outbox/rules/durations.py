"""Durations as a policy writes them: 15min, 4h, 10d elapsed; 4bh, 2bd in business time."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Self, get_args

Unit = Literal["s", "min", "h", "d", "bmin", "bh", "bd"]

SECONDS_PER_UNIT: dict[Unit, int] = {
    "s": 1,
    "min": 60,
    "h": 3600,
    "d": 86400,
    "bmin": 60,
    "bh": 3600,
}
BUSINESS_UNITS: frozenset[Unit] = frozenset({"bmin", "bh", "bd"})
UNITS: dict[str, Unit] = {unit: unit for unit in get_args(Unit)}
WRITTEN = re.compile(r"(\d+(?:\.\d+|/[1-9]\d*)?) ?([a-z]+)", re.ASCII)


class BadDuration(ValueError):
    """A text that is no duration; the message names the text and the forms that are allowed."""


@dataclass(frozen=True, slots=True)
class Duration:
    """An amount of one unit, never negative.

    `s`, `min`, `h` and `d` (24 hours) run on elapsed time. `bmin`, `bh` and `bd` count only while
    a calendar works; how long a `bd` is, the calendar says (its standard day). The amount is an
    exact fraction, so half of a third is still exact.
    """

    amount: Fraction
    unit: Unit

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise BadDuration(f"{self.unit!r} is no unit of time; use {_allowed()}")
        if self.amount < 0:
            raise BadDuration(f"a duration is not negative: {self.amount}{self.unit}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `15min`, `4bh`, `0.5bd` or `1/3d`. Raises BadDuration."""
        found = WRITTEN.fullmatch(text.strip())
        unit = UNITS.get(found[2]) if found else None
        if found is None or unit is None:
            raise BadDuration(f"{text!r} is no duration; write a number and {_allowed()}")
        return cls(Fraction(found[1]), unit)

    @property
    def is_business(self) -> bool:
        """Whether it needs a calendar."""
        return self.unit in BUSINESS_UNITS

    def seconds(self, standard_day: int = 0) -> Fraction:
        """Seconds of it; a `bd` counts `standard_day` seconds (Calendar.standard_day).

        Raises BadDuration for a `bd` without a standard day.
        """
        if self.unit != "bd":
            return self.amount * SECONDS_PER_UNIT[self.unit]
        if standard_day <= 0:
            raise BadDuration(f"{self} needs a calendar that says how long a business day is")
        return self.amount * standard_day

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


def scale(duration: Duration, share: Fraction | int) -> Duration:
    """Return a share of a duration: half of 1bd is half of the working time of a standard day.

    Raises BadDuration when the share is negative.
    """
    return Duration(duration.amount * share, duration.unit)


def _allowed() -> str:
    return "s, min, h, d (elapsed) or bmin, bh, bd (business time)"
