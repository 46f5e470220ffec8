"""Daily rollups: exact at any time, whatever came late, twice, corrected or bad (TEL-1, KPI-5)."""

import datetime as dt
import json
import math
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry.models import DailyRollup, SeriesState
from telemetry.selectors.rollups import day_of, days_of
from telemetry.services.rollups import mark_changed, roll_up
from telemetry.services.voids import ask_void, confirm_void
from tests.registry.factories import call, person_as_actor, role, user
from tests.telemetry.factory import AT, measured, row, series_of, take

pytestmark = pytest.mark.django_db

FIRST = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
SINCE, UNTIL = dt.date(2026, 6, 1), dt.date(2026, 9, 1)


def hourly(system, hour, value, **changes):
    """A reading of the hour that ends so many hours after the first of July."""
    return row(system, value, window="1h", window_end=(FIRST + hour * HOUR).isoformat(), **changes)


def days(system):
    """The days of the system's series."""
    return days_of(series_id=series_of(system).pk, since=SINCE, until=UNTIL)


def nearest(values, share):
    """The value at a share of sorted values, by nearest rank."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def told(rows):
    """What days should say of (hour, value, revision) by the definition alone."""
    newest = {}
    for hour, value, revision in rows:
        if hour not in newest or revision > newest[hour][1]:
            newest[hour] = (value, revision)
    by_day = {}
    for hour, (value, _) in sorted(newest.items()):
        by_day.setdefault(day_of(FIRST + hour * HOUR), []).append(value)
    found = []
    for day, values in sorted(by_day.items()):
        good = [value for value in values if value is not None]
        figures = (nearest(good, 0.5), nearest(good, 0.95), good[-1]) if good else (None,) * 3
        found.append((day, len(values), len(good), *figures))
    return found


def said(system):
    """What days say."""
    return [(d.day, d.readings, d.good, d.p50, d.p95, d.last) for d in days(system)]


def test_a_window_that_ends_at_midnight_belongs_to_the_day_before():
    system = measured(stated=None)

    take([row(system, 0.5, window_end="2026-07-02T00:00:00Z")])
    roll_up(AT)

    assert [day.day for day in days(system)] == [dt.date(2026, 7, 1)]
    assert DailyRollup.objects.get().mean == 0.5


def test_a_day_without_a_good_reading_has_no_figure():
    system = measured(stated=None)

    take([hourly(system, 1, None), hourly(system, 2, 0.4, quality="bad")])
    roll_up(AT)

    (day,) = days(system)
    assert (day.readings, day.good, day.mean, day.p95, day.n) == (2, 0, None, None, None)


def test_what_comes_late_counts_at_once_and_is_summed_up_again():
    system = measured(stated=None)
    take([hourly(system, hour, 0.5) for hour in range(1, 49)])
    roll_up(AT)

    take([hourly(system, 1, 0.9, revision=1)])
    before = days(system)
    roll_up(AT)

    assert before[0].highest == 0.9
    assert days(system) == before
    assert DailyRollup.objects.get(day="2026-07-01").highest == 0.9


def test_the_day_that_is_not_over_is_read_itself():
    system = measured(stated=None)
    noon = FIRST + dt.timedelta(hours=12)

    take([hourly(system, 1, 0.5)], at=noon)
    rolled = roll_up(noon)

    assert (rolled, DailyRollup.objects.count()) == (0, 0)
    assert [day.mean for day in days(system)] == [0.5]


def test_a_day_that_lost_readings_to_retention_keeps_its_figures():
    system = measured(stated=None)
    take([hourly(system, hour, 0.5) for hour in range(1, 25)])
    roll_up(AT)
    DailyRollup.objects.update(readings=100, mean=0.7)

    mark_changed(firsts={series_of(system).pk: dt.date(2026, 7, 1)})
    roll_up(AT)

    assert DailyRollup.objects.get().mean == 0.7


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    readings=st.lists(
        st.tuples(st.integers(1, 60), st.none() | st.integers(0, 9).map(float), st.integers(0, 2)),
        min_size=1,
        max_size=25,
        unique_by=lambda one: (one[0], one[2]),
    ),
    cuts=st.lists(st.booleans(), min_size=25, max_size=25),
)
def test_in_any_order_and_at_any_time_days_are_what_their_readings_say(readings, cuts):
    system = measured(stated=None)

    for number, (hour, value, revision) in enumerate(readings):
        take([hourly(system, hour, value, revision=revision)])
        if cuts[number]:
            roll_up(AT)
            assert said(system) == told(readings[: number + 1])
    before = said(system)
    roll_up(AT)

    assert before == told(readings) == said(system)


def test_a_voided_reading_counts_nowhere_and_its_day_is_summed_up_again():
    system = measured(stated=None)
    take([hourly(system, hour, 0.5) for hour in range(1, 25)] + [hourly(system, 30, 0.5)])
    take([hourly(system, 24, 9.0, revision=1)])
    roll_up(AT)
    series, ends = series_of(system), FIRST + 24 * HOUR

    asked = call(
        ask_void, series_id=series.pk, since=ends, until=ends, reason="the sensor was unplugged",
        actor=person_as_actor(system.owner),
    )  # fmt: skip
    validator = user(of=system.unit)
    role(validator, "compliance", unit=system.unit)
    call(confirm_void, request_id=asked.pk, reason="seen", actor=person_as_actor(validator))
    before = days(system)
    roll_up(AT)

    assert days(system) == before
    assert (before[0].readings, before[0].good, before[0].highest) == (24, 23, 0.5)


def test_the_command_finds_a_wrong_day_and_mends_it():
    system = measured(stated=None)
    take([hourly(system, hour, 0.5) for hour in range(1, 49)])
    roll_up(AT)
    DailyRollup.objects.filter(day="2026-07-01").update(mean=0.1)
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("rebuild_rollups", "--check", "--json", stdout=out)
    call_command("rebuild_rollups", stdout=StringIO())
    call_command("rebuild_rollups", "--check", stdout=StringIO())

    assert json.loads(out.getvalue())["differing_days"] == 1
    assert DailyRollup.objects.get(day="2026-07-01").mean == 0.5


def test_a_state_from_before_there_were_rollups_is_summed_up_whole():
    system = measured(stated=None)
    take([hourly(system, hour, 0.5) for hour in range(1, 49)])
    SeriesState.objects.update(dirty_from="2000-01-01")

    roll_up(AT)

    assert DailyRollup.objects.count() == 2
