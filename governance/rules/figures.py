"""Values of a KPI as a page writes them, by its unit; unknown is said, never a number."""

from dataclasses import dataclass

from ledger.rules.worded import Worded, as_written, term, word, worded
from ledger.rules.worded import joined as separated

HARD, NARROW, MINUS, DASH = "\u00a0", "\u202f", "\u2212", "\u2013"
UNKNOWN = "no data"
WINDOWS = {604800: word("week"), 86400: word("day"), 3600: word("hour"), 60: word("minute")}
MANY = {
    "week": word("{number} weeks"),
    "day": word("{number} days"),
    "hour": word("{number} hours"),
    "minute": word("{number} minutes"),
}
OFTEN = {604800: word("weekly"), 86400: word("daily"), 3600: word("hourly")}
SHORT_UNITS = {"count": "", "currency": "", "minutes": "min", "seconds": "s", "days": "d"}


@dataclass(frozen=True, slots=True)
class Measure:
    """How the values of one KPI are written: times factor, with digits, and a unit behind."""

    factor: float
    digits: int
    unit: str

    def bare(self, value: float | None) -> str:
        """Write a value without its unit: '14.8'."""
        if value is None:
            return UNKNOWN
        return number(value * self.factor, self.digits)

    def say(self, value: float | None) -> str:
        """Write a value with its unit: '14.8 points', '91.3 %', '210 ms'."""
        told = self.bare(value)
        return told if value is None or not self.unit else f"{told}{HARD}{self.unit}"

    def interval(self, low: float | None, high: float | None) -> str:
        """Write an interval: '12.3\u201317.3'; empty where there is none."""
        if low is None or high is None:
            return ""
        between = DASH if low >= 0 else f"{HARD}to{HARD}"
        return f"{self.bare(low)}{between}{self.bare(high)}"


def measure_of(*, unit: str, neutral: float | None, size: float | None = None) -> Measure:
    """Return how a KPI is written: a share as per cent, a gap in points; `size` is a usual value.

    A share whose neutral value is 0 is a difference of shares.
    """
    if unit in ("ratio", "percent"):
        return Measure(100.0, 1, "points" if neutral == 0 else "%")
    word = SHORT_UNITS.get(unit, unit)
    if unit == "count" or (size is not None and abs(size) >= 100):
        return Measure(1.0, 0, word)
    return Measure(1.0, 2 if size is not None and abs(size) < 10 else 1, word)


def number(value: float, digits: int = 0) -> str:
    """Write a number with narrow spaces between thousands and a true minus sign."""
    text = f"{value:,.{digits}f}".replace(",", NARROW)
    return text.replace("-", MINUS) if float(f"{value:.{digits}f}") else text.lstrip("-")


def window_word(seconds: int) -> str:
    """Name a window: 'week', 'day', '6 hours'."""
    if seconds in WINDOWS:
        return WINDOWS[seconds]
    for size, name in WINDOWS.items():
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {name}s"
    return f"{seconds} seconds"


def window_told(seconds: int) -> str:
    """Name a window as `window_word` does, to be said in the reader's language."""
    if seconds in WINDOWS:
        return term(WINDOWS[seconds])
    for size, name in WINDOWS.items():
        if seconds >= size and seconds % size == 0:
            return worded(MANY[name], number=seconds // size)
    return worded("{number} seconds", number=seconds)


def often(seconds: int) -> str:
    """Say how often windows of a length come: 'weekly', 'each 5 minutes'."""
    if seconds in OFTEN:
        return term(OFTEN[seconds])
    return worded("each {window}", window=window_told(seconds))


def segment_words(segment: str) -> str:
    """Write a segment: 'age_group=under_23' as 'under 23'; '' for all."""
    return segment.rpartition("=")[2].replace("_", " ")


def joined(names: list[str], last: str = "and") -> str:
    """Join names as a sentence does: 'A, B and C'; another language has its own 'and'."""
    if len(names) < 2:
        return names[0] if names else ""
    *first, end = names
    row = separated(", ", [one if isinstance(one, Worded) else as_written(one) for one in first])
    if last == "or":
        return worded("{first} or {last}", first=row, last=end)
    return worded("{first} and {last}", first=row, last=end)
