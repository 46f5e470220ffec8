"""Calendars: what is refused, what is written down."""

from datetime import date
from typing import Any

import pytest

from outbox.rules.calendars import (
    BadCalendar,
    Calendar,
    calendar_data,
    calendar_from,
    lint_calendar,
)

PLAIN: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "weekly": {
        "mon": [["08:00", "12:00"], ["13:00", "17:00"]],
        "tue": [["08:00", "12:00"], ["13:00", "17:00"]],
        "wed": [["08:00", "12:00"]],
        "thu": [],
        "fri": [["20:00", "24:00"]],
        "sat": [],
        "sun": [],
    },
    "exceptions": {"2026-12-24": [["08:00", "12:00"]], "2026-12-25": []},
    "known_until": "2028-12-31",
}


def test_a_calendar_reads_back_as_it_was_written() -> None:
    calendar = calendar_from(PLAIN)

    written = calendar_data(calendar)

    assert written == PLAIN


def test_the_longer_of_equally_common_days_is_the_standard_day() -> None:
    calendar = calendar_from(PLAIN)

    length = calendar.standard_day

    assert length == 8 * 3600


def test_an_exception_replaces_the_hours_of_its_weekday() -> None:
    calendar = calendar_from(PLAIN)

    hours = [calendar.hours_on(date(2026, 12, day)) for day in (18, 24, 25)]

    assert hours == [((1200, 1440),), ((480, 720),), ()]


@pytest.mark.parametrize(
    "change",
    [
        {"zone": "Europe/Atlantis"},
        {"zone": "../etc"},
        {"weekly": {"monday": []}},
        {"weekly": {"mon": [["17:00", "09:00"]]}},
        {"weekly": {"mon": [["09:00", "12:00"], ["11:00", "14:00"]]}},
        {"weekly": {"mon": [["09:00", "24:01"]]}},
        {"weekly": {"mon": [["9", "17:00"]]}},
        {"weekly": {"mon": [["09:60", "17:00"]]}},
        {"exceptions": {"2026-12-24": [["12:00", "12:00"]]}},
    ],
)
def test_a_calendar_that_cannot_be_worked_by_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadCalendar):
        calendar_from(PLAIN | change)


def test_a_calendar_needs_seven_weekdays() -> None:
    with pytest.raises(BadCalendar, match="seven"):
        Calendar("UTC", ((),) * 5)


def test_a_week_without_work_has_no_standard_day() -> None:
    calendar = calendar_from({"zone": "UTC", "weekly": {}})

    with pytest.raises(BadCalendar, match="no weekday"):
        _ = calendar.standard_day


@pytest.mark.parametrize(
    ("known_until", "words"),
    [(None, "does not say"), ("2028-11-18", "until 2028-11-18 only"), ("2028-11-19", "")],
)
def test_the_lint_says_when_holidays_are_not_entered_far_enough(
    known_until: str | None, words: str
) -> None:
    calendar = calendar_from(PLAIN | {"known_until": known_until})

    found = "".join(lint_calendar(calendar, on=date(2026, 11, 20), years=2))

    assert words in found
    assert bool(words) == bool(found)
