"""Public holidays as versions of a working calendar: chosen once, made for years ahead (CLK-14)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from incidents.models import HolidayChoice
from incidents.selectors.holidays import choice_for, public_days
from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import Unit, WorkCalendar
from registry.services.access import require_calendar
from registry.services.people import create_calendar
from registry.services.units import set_calendar

CALENDARS = machine("calendars")
JOB = "public holidays"
YEARS_AHEAD = 5
"""So many years after the present one are entered, more than a policy asks of a calendar."""


@transaction.atomic
def choose_holidays(
    *, calendar_id: UUID, country: str, subdivision: str, actor: Actor, at: datetime
) -> HolidayChoice:
    """Let a calendar take in the public holidays of a country; units go over to the new version.

    What the calendar says of a day itself stands. Another choice takes the place of the one before.
    Deadlines that run keep their version. Raises Missing, Forbidden, Invalid.
    """
    known = WorkCalendar.objects.filter(pk=calendar_id).first()
    if known is None:
        raise Missing("unknown_calendar", "There is no such calendar.")
    require_calendar(name=known.name, key=str(known.pk), actor=actor, at=at)
    code, part = country.strip().upper(), subdivision.strip().upper()
    days = public_days(code, part, _years(at))
    row = _locked(known.name) or HolidayChoice(id=uuid4(), calendar_name=known.name, days={})
    before = dict(row.days)
    is_new = not row.place
    was = {} if is_new else {"place": row.place}
    row.country, row.subdivision, row.days = code, part, days
    row.through_year = at.year + YEARS_AHEAD
    row.chosen_by_id, row.chosen_at, row.refreshed_at = actor.person, at, at
    row.save(force_insert=is_new, at=at)
    _record("calendar.holidays_chosen", row, was, actor, at)
    _new_version(row, before, actor, at)
    return row


@transaction.atomic
def set_day(
    *,
    calendar_id: UUID,
    day: date,
    intervals: Sequence[Sequence[str]] | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> WorkCalendar:
    """Enter one day of a calendar by hand; units go over to the new version.

    `intervals` are the hours of that day as [['09:00', '12:00']], [] for a day off, None to let the
    weekday's hours hold again. Deadlines that run keep their version. Raises Missing, Forbidden,
    Invalid (fields by name).
    """
    newest = _newest(calendar_id)
    require_calendar(name=newest.name, key=str(newest.pk), actor=actor, at=at)
    faults = {} if reason.strip() else {"reason": "Say why."}
    if day < at.date() - timedelta(days=366) or day.year > at.year + YEARS_AHEAD:
        faults["day"] = worded(
            "A day of the past year, or of the {years_ahead} years to come.",
            years_ahead=YEARS_AHEAD,
        )
    if faults:
        raise Invalid("day_not_right", next(iter(faults.values())), fields=faults)
    exceptions = {key: hours for key, hours in newest.exceptions.items() if key != str(day)}
    if intervals is not None:
        exceptions[str(day)] = [list(one) for one in intervals]
    return _go_over(newest, exceptions, f"{day}: {reason.strip()}", actor, at)


def _newest(calendar_id: UUID) -> WorkCalendar:
    known = WorkCalendar.objects.filter(pk=calendar_id).first()
    if known is None:
        raise Missing("unknown_calendar", "There is no such calendar.")
    return WorkCalendar.objects.filter(name=known.name).order_by("-version")[0]


@transaction.atomic
def refresh_holidays(at: datetime) -> int:
    """Enter the next years of every choice that does not reach far enough; a job of the sweep.

    One look at a small table a sweep, and once a year a new version of each such calendar.
    """
    through = at.year + YEARS_AHEAD
    short = HolidayChoice.objects.select_for_update(no_key=True).filter(through_year__lt=through)
    rows = list(short.order_by("calendar_name"))
    with acting_as(CALENDARS):
        for row in rows:
            before = dict(row.days)
            row.days = {**before, **public_days(row.country, row.subdivision, _years(at))}
            row.through_year, row.refreshed_at = through, at
            row.save(update_fields=["days", "through_year", "refreshed_at"], at=at)
            _record("calendar.holidays_refreshed", row, {"place": row.place}, CALENDARS, at)
            _new_version(row, before, CALENDARS, at)
    return len(rows)


def _new_version(row: HolidayChoice, before: dict[str, str], actor: Actor, at: datetime) -> None:
    """Write the calendar with the days off as they are now, and let its units go over to it."""
    newest = WorkCalendar.objects.filter(name=row.calendar_name).order_by("-version")[0]
    own = {day: hours for day, hours in newest.exceptions.items() if hours or day not in before}
    exceptions = {**{day: [] for day in row.days}, **own}
    words = worded(
        "Public holidays of {place} through {year}.", place=row.place, year=row.through_year
    )
    _go_over(newest, exceptions, words, actor, at)


def _go_over(
    newest: WorkCalendar, exceptions: dict[str, Any], words: str, actor: Actor, at: datetime
) -> WorkCalendar:
    """Write the next version of a calendar, if it differs, and let its units go over to it."""
    if exceptions == newest.exceptions:
        return newest
    made = create_calendar(
        name=newest.name,
        zone=newest.zone,
        hours=newest.hours,
        exceptions=dict(sorted(exceptions.items())),
        actor=actor,
        at=at,
    )
    units = Unit.objects.filter(calendar__name=newest.name).order_by("pk")
    for pk in units.values_list("pk", flat=True):
        set_calendar(unit_id=pk, calendar_id=made.pk, reason=words, actor=actor, at=at)
    return made


def _locked(name: str) -> HolidayChoice | None:
    known = choice_for(name)
    if known is None:
        return None
    found: HolidayChoice = HolidayChoice.objects.select_for_update(no_key=True).get(pk=known.pk)
    return found


def _years(at: datetime) -> range:
    return range(at.year - 1, at.year + YEARS_AHEAD + 1)


def _record(
    verb: str, row: HolidayChoice, before: dict[str, str], actor: Actor, at: datetime
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("calendar", str(row.pk), row.calendar_name),
        before=before,
        after={"place": row.place, "through_year": row.through_year, "days": row.days},
        touched=[f"incidents_holidaychoice:{row.pk}"],
    )
