"""Public holidays: of which country they can be had, and which days are worked where a law asks.

The package is imported where it is needed: that takes a second, and few processes need it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module

from django.db.models.expressions import RawSQL

from incidents.models import HolidayChoice, Incident
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from outbox.rules.calendars import Calendar
from registry.models import Unit, WorkCalendar

UNION = "EU"
"""The closing days of the Union's payment system (TARGET), for want of a list of the Union's."""
SATURDAY = 5
# From name to name by the index of names and versions: a calendar is written anew for every change,
# and of all its versions the newest alone is read.
NEWEST = """
WITH RECURSIVE named(name) AS (
    SELECT min(one.name) FROM registry_workcalendar one
    UNION ALL
    SELECT (SELECT min(one.name) FROM registry_workcalendar one WHERE one.name > named.name)
    FROM named WHERE named.name IS NOT NULL
)
SELECT (
    SELECT one.id FROM registry_workcalendar one
    WHERE one.name = named.name ORDER BY one.version DESC LIMIT 1
) FROM named WHERE named.name IS NOT NULL
"""


def public_days(country: str, subdivision: str, years: Iterable[int]) -> dict[str, str]:
    """Return the public holidays of some years, {ISO date: name}. Raises Invalid for no such place.

    `country` is an ISO code or 'EU'; `subdivision` a code of the country's, or ''.
    """
    package = import_module("holidays")
    try:
        if country == UNION:
            if subdivision:
                raise NotImplementedError("The Union has no subdivision")
            found = package.financial_holidays("ECB", years=list(years))
        else:
            found = package.country_holidays(
                country, subdiv=subdivision or None, years=list(years), language="en_US"
            )
    except (NotImplementedError, KeyError) as error:
        place = f"{country} {subdivision}".strip()
        words = worded("There are no public holidays for {place}.", place=place)
        name = "subdivision" if _is_known(country) else "country"
        raise Invalid("unknown_place", words, fields={name: words}) from error
    return {day.isoformat(): str(name)[:120] for day, name in sorted(found.items())}


def places() -> dict[str, list[str]]:
    """Return the countries whose public holidays are known, each with its subdivisions."""
    known = import_module("holidays").list_supported_countries(include_aliases=False)
    found = {str(country): [str(one) for one in parts] for country, parts in known.items()}
    return {UNION: [], **found}


def choice_for(calendar_name: str) -> HolidayChoice | None:
    """Return which public holidays a calendar takes in, None where nobody chose any."""
    return HolidayChoice.objects.filter(calendar_name=calendar_name).first()


@dataclass(frozen=True, slots=True)
class Day:
    """A day that a calendar treats by itself: what it is called, the hours that are worked then."""

    day: date
    name: str
    intervals: Sequence[Sequence[str]]

    @property
    def by_hand(self) -> bool:
        """Whether somebody entered it, and no country's list."""
        return not self.name


@dataclass(frozen=True, slots=True)
class Kept:
    """A calendar in its newest version: how many units keep it, its holidays, what is coming."""

    calendar: WorkCalendar
    units: int
    choice: HolidayChoice | None
    days: Sequence[Day]


def calendars_kept(*, today: date, days: int = 366) -> list[Kept]:
    """Return every calendar by name, with its days of the next `days` days; three queries."""
    newest = WorkCalendar.objects.filter(pk__in=RawSQL(NEWEST, ())).order_by("name")  # noqa: S611
    units = Counter(Unit.objects.values_list("calendar__name", flat=True))
    choices = {row.calendar_name: row for row in HolidayChoice.objects.all()}
    until = today + timedelta(days=days)
    return [
        Kept(
            calendar=one,
            units=units[one.name],
            choice=choices.get(one.name),
            days=_days(one, choices.get(one.name), today, until),
        )
        for one in newest
    ]


def _days(
    calendar: WorkCalendar, choice: HolidayChoice | None, since: date, until: date
) -> list[Day]:
    names = choice.days if choice is not None else {}
    found = [
        Day(date.fromisoformat(day), names.get(day, ""), intervals)
        for day, intervals in calendar.exceptions.items()
    ]
    return sorted((one for one in found if since <= one.day < until), key=lambda one: one.day)


def working_days(incident: Incident, calendar: Calendar) -> Callable[[date], bool]:
    """Return which days are working days by Regulation 1182/71, for the unit of an incident.

    All but Saturdays, Sundays and public holidays (Article 2), whatever hours the unit keeps. Where
    no country is chosen for its calendar, the calendar's own days off stand for public holidays.
    """
    choice = choice_for(incident.unit.calendar.name)
    if choice is not None:
        off = {date.fromisoformat(day) for day in choice.days}
    else:
        off = {day for day, hours in calendar.exceptions.items() if not hours}
    return lambda day: day.weekday() < SATURDAY and day not in off


def _is_known(country: str) -> bool:
    return country == UNION or country in places()
