"""Dates as people type them, in two orders; what can be read both ways is never guessed."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from ledger.rules.worded import worded

DAY_FIRST = "dmy"
MONTH_FIRST = "mdy"
TIME = r"(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?"
ISO = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}}){TIME}(Z|[+-]\d{{2}}:?\d{{2}})?")
NUMBERS = re.compile(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}}){TIME}")
SHORT_YEAR = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2}")


class BadDate(ValueError):
    """No date that can be read; the message says how to write it."""


class TwoWays(ValueError):
    """A date that is another day in each order, and nothing says which order is meant."""


def orders_shown(texts: Iterable[str]) -> set[str]:
    """Return the orders that dates with slashes or hyphens prove by a number above twelve.

    Dots are day first everywhere and prove nothing about the others.
    """
    shown = set()
    for text in texts:
        found = NUMBERS.fullmatch(text)
        if found and found[2] != ".":
            shown |= _order_of(int(found[1]), int(found[3]))
    return shown


def is_open(text: str) -> bool:
    """Whether a date reads as two different days."""
    found = NUMBERS.fullmatch(text)
    if not found or found[2] == ".":
        return False
    first, second = int(found[1]), int(found[3])
    return first <= 12 and second <= 12 and first != second


def read_date(text: str, *, order: str, zone: ZoneInfo) -> datetime:
    """Return the instant of a date, with or without a time, in UTC; a date alone is its midnight.

    `order` is 'dmy' or 'mdy' for dates that read both ways, '' when nobody said. Raises TwoWays,
    BadDate.
    """
    found = ISO.fullmatch(text)
    if found:
        return _instant([int(found[n]) for n in (1, 2, 3)], found.groups()[3:6], zone, found[7])
    numbers = NUMBERS.fullmatch(text)
    if numbers is None:
        raise BadDate(_unreadable(text))
    if not order and is_open(text):
        words = worded("{text} is another day in each order of day and month.", text=repr(text))
        raise TwoWays(words)
    first, second, year = int(numbers[1]), int(numbers[3]), int(numbers[4])
    day, month = (
        (second, first) if _month_first(numbers[2], first, second, order) else (first, second)
    )
    return _instant([year, month, day], numbers.groups()[4:7], zone, None)


def _month_first(mark: str, first: int, second: int, order: str) -> bool:
    if mark == ".":
        return False
    own = _order_of(first, second)
    return (own or {order}) == {MONTH_FIRST}


def _order_of(first: int, second: int) -> set[str]:
    if first > 12 >= second:
        return {DAY_FIRST}
    return {MONTH_FIRST} if second > 12 >= first else set()


def _instant(
    day: list[int], clock: tuple[str | None, ...], zone: ZoneInfo, offset: str | None
) -> datetime:
    try:
        hour, minute, second = (int(part or 0) for part in clock)
        at = time(hour, minute, second)
        local = datetime.combine(date(*day), at, tzinfo=zone)
        if offset:
            sign = offset.replace("Z", "+00:00")
            local = datetime.fromisoformat(f"{local:%Y-%m-%dT%H:%M:%S}{sign}")
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadDate("There is no such day.") from None


def _unreadable(text: str) -> str:
    if SHORT_YEAR.fullmatch(text):
        return worded("{text} has a year of two digits: write four.", text=repr(text))
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return worded(
            "{text} is a number: give the column the format of a date, then save it again.",
            text=repr(text),
        )
    return worded("{text} is no date: write 2025-12-31 or 31.12.2025.", text=repr(text[:40]))
