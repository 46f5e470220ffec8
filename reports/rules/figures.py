"""Values of a KPI in words, by its unit: '91.3 %', '14.8 points', '210 ms'. Unknown is a dash."""

from math import floor, log10

# Money stands without a word: a KPI says no currency, and "currency" is none.
BARE = ("count", "currency")
SMALL, MOST_DIGITS = 0.1, 8
SHARES = ("ratio", "percent", "share")
THIN = "\u202f"
HARD = "\u00a0"
MINUS = "\u2212"
UNKNOWN = "no data"


def is_share(unit: str) -> bool:
    """Whether values run from 0 to 1 and are read as per cent."""
    return unit in SHARES


def say(value: float | None, *, unit: str, neutral: float | None = None) -> str:
    """Write a value with its unit. A share whose neutral value is 0 is a gap, read in points."""
    if value is None:
        return UNKNOWN
    if is_share(unit):
        word = "points" if neutral == 0 else "%"
        return f"{number(value * 100, 1)}{HARD}{word}"
    said = _plain(float(value))
    return said if unit in BARE else f"{said}{HARD}{unit}"


def _plain(value: float) -> str:
    """Write a value that is no share: what is small keeps two digits that count, never '0.00'."""
    if value.is_integer() or abs(value) >= 100:
        return number(value)
    if abs(value) >= SMALL:
        return number(value, 2)
    return number(value, min(MOST_DIGITS, 1 - floor(log10(abs(value)))))


def span(low: float | None, high: float | None, *, unit: str, neutral: float | None = None) -> str:
    """Write an interval, empty where there is none: '12.3 to 17.3'."""
    if low is None or high is None:
        return ""
    bare = [say(edge, unit=unit, neutral=neutral).partition(HARD)[0] for edge in (low, high)]
    return f"{bare[0]} to {bare[1]}"


def number(value: float, digits: int = 0) -> str:
    """Write a number with narrow spaces between thousands and a true minus sign."""
    return f"{value:,.{digits}f}".replace(",", THIN).replace("-", MINUS)


def length(seconds: int) -> str:
    """Write a length of time by its largest whole unit: '7 d', '6 h', '15 min'."""
    for size, word in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size}{HARD}{word}"
    return f"{seconds}{HARD}s"


def size(count: int) -> str:
    """Write a number of bytes: '412 KB', '1.8 MB'."""
    if count < 1000:
        return f"{count}{HARD}bytes"
    if count < 1_000_000:
        return f"{count / 1000:.0f}{HARD}KB"
    return f"{count / 1_000_000:.1f}{HARD}MB"
