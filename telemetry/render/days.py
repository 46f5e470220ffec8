"""The dates below a chart: of some readings, or round ones of the calendar. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from outbox.languages import say_date
from telemetry.render.drawing import Plot, Reading

# How an axis of time is labelled, by the length that it shows.
DATE_FORMS = (
    (timedelta(minutes=20), "H:i:s"),
    (timedelta(days=2), "H:i"),
    (timedelta(days=300), "j M"),
    (timedelta.max, "M Y"),
)
HOURS = (1, 2, 3, 6, 12)
DAYS = (1, 2, 7, 14)
MONTHS = (1, 2, 3, 6, 12)
ROOM = 74.0  # what a date takes, with air


def dates(
    plot: Plot,
    readings: Sequence[Reading],
    period: tuple[datetime, datetime] | None,
    height: float,
) -> Iterator[str]:
    """Write dates below: of a period round ones, else those of about five readings."""
    chosen = _of_readings(plot, readings) if period is None else _of_calendar(plot)
    for x, day in chosen:
        yield f'<text x="{x:.1f}" y="{height - 14:.1f}" text-anchor="middle">{day}</text>'


def _of_calendar(plot: Plot) -> Iterator[tuple[float, str]]:
    zone = plot.numbers.zone
    first, last = (datetime.fromtimestamp(one, zone) for one in (plot.x.low, plot.x.high))
    for at, form in round_instants(first, last, (plot.x.end - plot.x.start) / ROOM, zone):
        x = plot.x.place(at.timestamp())
        if plot.left + 10 <= x <= plot.right - 4:
            yield x, say_date(at, form)


def round_instants(
    first: datetime, last: datetime, most: float, zone: tzinfo
) -> list[tuple[datetime, str]]:
    """Return round instants of the calendar in a zone, at most about so many, with their form."""
    length = last - first
    for hours in HOURS:
        if length <= timedelta(hours=hours * most):
            return _hourly(first, last, hours, zone)
    for days in DAYS:
        if length <= timedelta(days=days * most):
            return _daily(first, last, days, zone)
    months = next((one for one in MONTHS if length <= timedelta(days=31 * one * most)), 12)
    return _monthly(first, last, months, zone)


def _hourly(first: datetime, last: datetime, step: int, zone: tzinfo) -> list[tuple[datetime, str]]:
    found: list[tuple[datetime, str]] = []
    day = first.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    while (at := day.replace(tzinfo=zone)) <= last:
        if at >= first:
            found.append((at, "H:i" if at.hour else "j M"))
        day += timedelta(hours=step)
    return found


def _daily(first: datetime, last: datetime, step: int, zone: tzinfo) -> list[tuple[datetime, str]]:
    day = first.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    # Weeks begin on Monday; every second day is told by the calendar, not by what is shown.
    day -= timedelta(days=(day.weekday() if step >= 7 else day.toordinal() % step))
    found: list[tuple[datetime, str]] = []
    while (at := day.replace(tzinfo=zone)) <= last:
        if at >= first:
            found.append((at, "j M"))
        day += timedelta(days=step)
    return found


def _monthly(
    first: datetime, last: datetime, step: int, zone: tzinfo
) -> list[tuple[datetime, str]]:
    found: list[tuple[datetime, str]] = []
    month = first.year * 12 + (first.month - 1) // step * step
    while (at := datetime(month // 12, month % 12 + 1, 1, tzinfo=zone)) <= last:
        if at >= first:
            found.append((at, "M Y" if at.month == 1 or not found else "M"))
        month += step
    return found


def _of_readings(plot: Plot, readings: Sequence[Reading]) -> Iterator[tuple[float, str]]:
    length = readings[-1].at - readings[0].at
    form = next(form for longest, form in DATE_FORMS if length < longest)
    free = plot.left - 40
    last = plot.x.place(readings[-1].at.timestamp())
    step = max(1, round(len(readings) / 5))
    chosen = [*readings[:-1:step], readings[-1]]
    for reading in chosen:
        x = plot.x.place(reading.at.timestamp())
        crowds = reading is not readings[-1] and x > last - 48
        if x - free < 48 or crowds:
            continue
        free = x
        yield x, say_date(reading.at.astimezone(plot.numbers.zone), form)
