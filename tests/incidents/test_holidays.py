"""Public holidays as calendar versions; working days by Regulation 1182/71. CLK-14, INC-5."""

import datetime as dt

import pytest

from incidents.models import HolidayChoice
from incidents.rules.plan import calendar_of, from_text
from incidents.selectors.clocks import clocks_of
from incidents.selectors.holidays import places, public_days, working_days
from incidents.services.holidays import YEARS_AHEAD, choose_holidays, refresh_holidays
from ledger.context import acting_as
from ledger.rules.refusals import Forbidden, Invalid, Missing
from registry.models import Unit, WorkCalendar
from registry.selectors.units import calendar_of as calendar_of_unit
from tests.incidents.factory import AT, SETUP, acting, clock_rule, do, fresh, opened

pytestmark = pytest.mark.django_db
UNITY = dt.date(2028, 10, 3)


def choose(of, country="DE", subdivision="BY", *, by=None, at=AT):
    """Choose the public holidays of the house's calendar."""
    actor = SETUP if by is None else acting(by)
    unit = Unit.objects.get(pk=of.unit.pk)
    with acting_as(actor):
        return choose_holidays(
            calendar_id=unit.calendar_id, country=country, subdivision=subdivision, actor=actor,
            at=at,
        )  # fmt: skip


def calendar(of):
    """The calendar of the house's unit now."""
    return WorkCalendar.objects.get(unit=of.unit)


def test_a_choice_makes_the_next_version_of_the_calendar_and_units_go_over_to_it(house):
    row = choose(house)

    now = calendar(house)
    assert (now.version, now.exceptions["2026-10-03"]) == (2, [])
    assert now.exceptions["2027-01-06"] == []
    assert (row.place, row.through_year) == ("DE-BY", AT.year + YEARS_AHEAD)
    assert row.days["2026-10-03"]


def test_the_parts_of_a_country_differ():
    bavaria, berlin = public_days("DE", "BY", [2026]), public_days("DE", "BE", [2026])

    assert "2026-01-06" in bavaria
    assert "2026-01-06" not in berlin
    assert {"DE", "FR", "EU"} <= places().keys()


def test_what_the_calendar_says_of_a_day_itself_stands(house):
    with acting_as(SETUP):
        own = calendar(house)
        own.exceptions = {"2026-10-03": [["10:00", "12:00"]], "2026-12-24": []}
        own.save(update_fields=["exceptions"], at=AT)

    choose(house)

    now = calendar(house).exceptions
    assert (now["2026-10-03"], now["2026-12-24"]) == ([["10:00", "12:00"]], [])


def test_another_choice_takes_the_place_of_the_one_before(house):
    choose(house)

    choose(house, "FR", "")

    now = calendar(house).exceptions
    assert "2026-07-14" in now
    assert "2026-10-03" not in now
    assert HolidayChoice.objects.get().place == "FR"


def test_the_lint_passes_by_itself_and_the_next_years_come_by_the_sweep(house):
    choose(house)
    later = AT.replace(year=AT.year + 2)

    made = refresh_holidays(later)
    again = refresh_holidays(later)

    reach = calendar_of_unit(unit=Unit.objects.get(pk=house.unit.pk))
    assert (made, again) == (1, 0)
    assert max(day.year for day in reach.exceptions) >= later.year + YEARS_AHEAD
    assert calendar(house).version == 3


def test_open_deadlines_keep_their_calendar(house):
    incident = opened(house)
    before = fresh(incident).plan

    choose(house)

    assert fresh(incident).plan == before


@pytest.mark.parametrize(("country", "part"), [("XX", ""), ("DE", "QQ"), ("", ""), ("EU", "DE")])
def test_a_place_without_public_holidays_is_refused_by_its_field(house, country, part):
    with pytest.raises(Invalid) as caught:
        choose(house, country, part)

    assert set(caught.value.fields) <= {"country", "subdivision"}


def test_only_who_administers_chooses(house):
    with pytest.raises(Forbidden):
        choose(house, by=house.owner)


def test_no_calendar_no_choice(house):
    with pytest.raises(Missing), acting_as(SETUP):
        choose_holidays(calendar_id=house.unit.pk, country="DE", subdivision="", actor=SETUP, at=AT)


def test_clk_14_working_days_are_the_laws_not_the_units_hours(house):
    choose(house)
    incident = fresh(opened(house))

    is_working = working_days(incident, calendar_of(from_text(incident.plan)))

    friday, saturday = dt.date(2028, 10, 6), dt.date(2028, 10, 7)
    # The house works on Mondays alone; the regulation knows other working days.
    assert (is_working(friday), is_working(saturday), is_working(UNITY)) == (True, False, False)


def test_clk_14_the_outer_reading_passes_over_a_public_holiday(house):
    choose(house)
    clock_rule("personal_data", hours=48, terms={"outer": "days"})
    wednesday = dt.datetime(2026, 12, 23, 12, tzinfo=dt.UTC)
    incident = opened(house, detected_at=wednesday, at=wednesday)
    do(incident, "acknowledge", house.owner, at=wednesday, personal_data="yes")

    (line,) = clocks_of(incident=fresh(incident), at=wednesday)

    # 25 and 26 December are public holidays, 27 a Sunday: 24 and 28 are the two working days.
    assert line.readings[0].due_at.date() == dt.date(2026, 12, 28)
    assert line.clock.due_at == wednesday + dt.timedelta(hours=48)


def test_the_union_stands_for_the_closing_days_of_target():
    assert set(public_days("EU", "", [2026])) >= {"2026-04-03", "2026-05-01", "2026-12-25"}
