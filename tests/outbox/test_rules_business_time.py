"""F8: business time against a walker that looks at every minute."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outbox.rules.business_time import due, is_working, next_opening, worked_between
from outbox.rules.calendars import BadCalendar, Calendar, Hours, calendar_from
from outbox.rules.durations import Duration

MINUTE = timedelta(minutes=1)
OFFICE: Hours = ((9 * 60, 12 * 60 + 30), (13 * 60, 17 * 60 + 15))
# Nights whose opening or closing falls into the hour that a change of the clock skips or repeats.
NIGHT: Hours = ((0, 65), (100, 135), (150, 6 * 60), (22 * 60, 24 * 60))
CHANGES = {
    "Europe/Berlin": (datetime(2026, 3, 24, tzinfo=UTC), datetime(2026, 10, 20, tzinfo=UTC)),
    "America/New_York": (datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC)),
    "Asia/Kathmandu": (datetime(2026, 3, 24, tzinfo=UTC), datetime(2026, 10, 20, tzinfo=UTC)),
    "Australia/Lord_Howe": (datetime(2026, 3, 31, tzinfo=UTC), datetime(2026, 9, 29, tzinfo=UTC)),
    "Australia/Sydney": (datetime(2026, 3, 31, tzinfo=UTC), datetime(2026, 9, 29, tzinfo=UTC)),
}
TABLE_MINUTES = 16 * 1440


def calendar(
    zone: str = "Europe/Berlin",
    *,
    hours: Hours = OFFICE,
    weekend: Hours = (),
    exceptions: dict[date, Hours] | None = None,
) -> Calendar:
    return Calendar(zone, (hours,) * 5 + (weekend,) * 2, exceptions or {})


def shift(zone: str, begin: datetime, nights: bool) -> Calendar:
    holidays: dict[date, Hours] = {
        begin.date() + timedelta(days=2): (),
        begin.date() + timedelta(days=3): ((600, 660),),
    }
    if nights:
        return calendar(zone, hours=NIGHT, weekend=NIGHT, exceptions=holidays)
    return calendar(zone, exceptions=holidays)


@cache
def minutes_worked(zone: str, begin: datetime, nights: bool) -> list[bool]:
    """Look at each minute: the clock has been on a worked minute, and not yet shown its closing.

    The latest wall clock seen so far is what counts, so an hour that comes twice is worked on
    (or rested) through as it stood before the change.
    """
    plan, place = shift(zone, begin, nights), ZoneInfo(zone)
    latest, worked = datetime(2000, 1, 1), []
    for number in range(TABLE_MINUTES):
        instant = begin + number * MINUTE
        latest = max(latest, instant.astimezone(place).replace(tzinfo=None))
        hours = plan.exceptions.get(latest.date(), plan.weekly[latest.weekday()])
        shown = latest.hour * 60 + latest.minute
        worked.append(any(opening <= shown < closing for opening, closing in hours))
    return worked


def oracle_due(table: list[bool], start: int, minutes: int) -> int:
    """The number of the minute by whose end so many minutes were worked."""
    at = start
    while minutes:
        minutes -= table[at]
        at += 1
    return at


places = st.sampled_from(sorted(CHANGES))
starts = st.integers(min_value=1440, max_value=7 * 1440)
lengths = st.integers(min_value=1, max_value=18 * 60)


@settings(deadline=None)
@given(places, st.integers(0, 1), st.booleans(), starts, lengths)
def test_f8_a_deadline_is_where_the_minute_walker_ends(
    zone: str, change: int, nights: bool, start: int, minutes: int
) -> None:
    begin = CHANGES[zone][change]
    walked = oracle_due(minutes_worked(zone, begin, nights), start, minutes)

    found = due(
        begin + start * MINUTE, Duration.parse(f"{minutes}bmin"), shift(zone, begin, nights)
    )

    assert found == begin + walked * MINUTE


@settings(deadline=None)
@given(places, st.integers(0, 1), st.booleans(), starts, st.integers(0, 8 * 1440))
def test_f8_worked_time_is_what_the_minute_walker_counts(
    zone: str, change: int, nights: bool, start: int, minutes: int
) -> None:
    begin = CHANGES[zone][change]
    walked = sum(minutes_worked(zone, begin, nights)[start : start + minutes])

    found = worked_between(
        begin + start * MINUTE, begin + (start + minutes) * MINUTE, shift(zone, begin, nights)
    )

    assert found == walked * MINUTE


@settings(deadline=None)
@given(places, st.booleans(), starts, lengths, st.integers(0, 3000), st.integers(0, 600))
def test_f8_later_starts_and_longer_durations_never_end_earlier(
    zone: str, nights: bool, start: int, minutes: int, later: int, longer: int
) -> None:
    begin = CHANGES[zone][0]
    plan = shift(zone, begin, nights)
    first = begin + start * MINUTE

    early = due(first, Duration.parse(f"{minutes}bmin"), plan)
    late = due(first + later * MINUTE, Duration.parse(f"{minutes + longer}bmin"), plan)

    assert early <= late


@settings(deadline=None)
@given(places, st.booleans(), starts, st.integers(1, 40))
def test_f8_what_is_worked_until_a_deadline_is_the_duration(
    zone: str, nights: bool, start: int, quarter_days: int
) -> None:
    begin = CHANGES[zone][1]
    plan = shift(zone, begin, nights)
    duration = Duration.parse(f"{quarter_days}/4bd")

    end = due(begin + start * MINUTE, duration, plan)

    worked = worked_between(begin + start * MINUTE, end, plan)
    assert worked == timedelta(seconds=float(duration.seconds(plan.standard_day)))


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        # Friday afternoon: one hour left, three on Monday.
        ("2026-11-13T16:15+01:00", "4bh", "2026-11-16T12:00+01:00"),
        # Saturday counts from Monday's opening.
        ("2026-11-14T11:00+01:00", "1bh", "2026-11-16T10:00+01:00"),
        # A deadline exactly at closing belongs to that day.
        ("2026-11-13T09:00+01:00", "1bd", "2026-11-13T17:15+01:00"),
        ("2026-11-13T16:15+01:00", "1bh", "2026-11-13T17:15+01:00"),
        # A start exactly at closing counts from the next opening.
        ("2026-11-13T17:15+01:00", "1bh", "2026-11-16T10:00+01:00"),
        # Lunch is not worked.
        ("2026-11-16T12:00+01:00", "1bh", "2026-11-16T13:30+01:00"),
        # Elapsed time runs through the night and through the change of the clock.
        ("2026-10-24T12:00+02:00", "1d", "2026-10-25T11:00+01:00"),
        ("2026-03-28T12:00+01:00", "24h", "2026-03-29T13:00+02:00"),
        # Business time over the same weekends ends at the same wall clock.
        ("2026-10-23T17:00+02:00", "30bmin", "2026-10-26T09:15+01:00"),
        ("2026-03-27T17:00+01:00", "30bmin", "2026-03-30T09:15+02:00"),
        ("2026-11-14T11:00+01:00", "0bh", "2026-11-16T09:00+01:00"),
        ("2026-11-13T17:15+01:00", "0bh", "2026-11-13T17:15+01:00"),
    ],
)
def test_a_deadline_in_an_office_in_berlin(start: str, duration: str, end: str) -> None:
    found = due(datetime.fromisoformat(start), Duration.parse(duration), calendar())

    assert found == datetime.fromisoformat(end)
    assert found.tzinfo is UTC


def test_a_shorter_friday_does_not_shorten_the_business_day() -> None:
    plan = Calendar("Europe/Berlin", (((540, 1020),),) * 4 + (((540, 900),), (), ()))

    end = due(datetime.fromisoformat("2026-11-13T09:00+01:00"), Duration.parse("1bd"), plan)

    assert end == datetime.fromisoformat("2026-11-16T11:00+01:00")


def test_a_working_hour_that_the_clock_skips_is_not_worked() -> None:
    plan = calendar(weekend=((120, 240),))

    worked = worked_between(
        datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 20, tzinfo=UTC), plan
    )

    assert worked == timedelta(hours=1)


def test_a_day_that_a_zone_skipped_is_not_worked() -> None:
    plan = calendar("Pacific/Apia")

    end = due(datetime.fromisoformat("2011-12-29T17:00-10:00"), Duration.parse("1bh"), plan)

    assert end == datetime.fromisoformat("2012-01-02T09:45+14:00")


def test_an_instant_is_working_from_the_opening_until_before_the_closing() -> None:
    plan = calendar()
    opening, closing = (
        datetime(2026, 11, 16, 8, tzinfo=UTC),
        datetime(2026, 11, 16, 16, 15, tzinfo=UTC),
    )

    answers = [is_working(at, plan) for at in (opening, closing - MINUTE, closing)]

    assert answers == [True, True, False]


def test_the_next_opening_after_a_closing_is_on_the_next_worked_day() -> None:
    opening = next_opening(datetime(2026, 11, 13, 16, 15, tzinfo=UTC), calendar())

    assert opening == datetime(2026, 11, 16, 8, tzinfo=UTC)


def test_nothing_is_worked_backwards() -> None:
    late = datetime(2026, 11, 16, 12, tzinfo=UTC)

    worked = worked_between(late, late - timedelta(days=3), calendar())

    assert worked == timedelta()


def test_a_naive_start_is_refused() -> None:
    naive = datetime(2026, 11, 16, 12)

    with pytest.raises(ValueError, match="no time zone"):
        due(naive, Duration.parse("1h"))


def test_business_time_without_a_calendar_is_refused() -> None:
    with pytest.raises(BadCalendar):
        due(datetime(2026, 11, 16, tzinfo=UTC), Duration.parse("1bh"))


def test_a_calendar_that_stays_closed_is_refused_instead_of_walked_for_ever() -> None:
    closed: dict[date, Hours] = {date(2026, 11, 1) + timedelta(days=n): () for n in range(800)}

    with pytest.raises(BadCalendar, match="nothing is worked"):
        due(
            datetime(2026, 11, 16, tzinfo=UTC),
            Duration.parse("1bh"),
            calendar_from(
                {
                    "zone": "UTC",
                    "weekly": {"mon": [["09:00", "17:00"]]},
                    "exceptions": {day.isoformat(): [] for day in closed},
                }
            ),
        )
