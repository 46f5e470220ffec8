"""Recorded sentences as a reader meets them: instants in UTC are shown in the reader's zone."""

import re
from datetime import UTC, datetime

from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString, mark_safe

from config import marks

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
INSTANT = re.compile(
    r"\b(?:(\d{4})-(\d\d)-(\d\d)|(\d{1,2}) (" + "|".join(MONTHS) + r") (\d{4}))"
    r" (\d\d):(\d\d) UTC\b"
)


def zoned(text: str) -> SafeString:
    """Return a recorded text as markup, each instant that it names in UTC in the reader's zone.

    Two forms are known, as the record has written them: '2026-11-20 14:00 UTC' and
    '20 November 2026 14:00 UTC'. What is no instant stays as it stands. Lines stay lines.
    """
    if isinstance(text, SafeString):
        return text
    lines = ((_line(one),) for one in str(text).splitlines())
    return format_html_join(mark_safe("<br>"), "{}", lines)


def _line(text: str) -> SafeString:
    parts, end = [], 0
    for found in INSTANT.finditer(text):
        instant = _instant(found)
        if instant is not None:
            shown = marks.instant(instant, "dated")
            parts += [conditional_escape(text[end : found.start()]), shown]
            end = found.end()
    return format_html_join("", "{}", ((one,) for one in [*parts, conditional_escape(text[end:])]))


def _instant(found: re.Match[str]) -> datetime | None:
    year, month, day, late_day, name, late_year, hour, minute = found.groups()
    numbers = (year, month, day) if year else (late_year, MONTHS.index(name) + 1, late_day)
    on_year, on_month, on_day = map(int, numbers)
    try:
        return datetime(on_year, on_month, on_day, int(hour), int(minute), tzinfo=UTC)
    except ValueError:
        return None
