"""The readings of a chart: line, interval, spread, points, and what is not known. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from html import escape

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from outbox.languages import say_date
from telemetry.render.drawing import LETTER, Around, Numbers, Plot, Reading

CROWDED = 45  # so many readings and more are drawn without a point for each that is in order
STANDINGS = {
    "ok": pgettext_lazy("standing of a reading", "ok"),
    "watch": pgettext_lazy("standing of a reading", "watch"),
    "pending": pgettext_lazy("standing of a reading", "pending"),
    "warning": pgettext_lazy("standing of a reading", "warning"),
    "critical": pgettext_lazy("standing of a reading", "critical"),
    "recovering": pgettext_lazy("standing of a reading", "recovering"),
    "none": pgettext_lazy("standing of a reading", "none"),
}


def is_gap(before: datetime, after: datetime, longest: timedelta | None) -> bool:
    """Whether a reading is missing between two that may be `longest` apart."""
    return longest is not None and after - before > longest


def runs(readings: Sequence[Reading], longest: timedelta | None) -> list[list[Reading]]:
    """Return the stretches of readings with a value in which none is missing."""
    found: list[list[Reading]] = [[]]
    for reading in readings:
        if reading.value is None:
            found.append([])
            continue
        if found[-1] and is_gap(found[-1][-1].at, reading.at, longest):
            found.append([])
        found[-1].append(reading)
    return [run for run in found if run]


def spreads(plot: Plot, readings: Sequence[Reading], longest: timedelta | None) -> Iterator[str]:
    """Draw what lies between the lowest and the highest reading of each day."""
    for run in runs(readings, longest):
        whole = [(one, one.lowest, one.highest) for one in run]
        upper = [_spot(plot, one.at, high) for one, _low, high in whole if high is not None]
        lower = [_spot(plot, one.at, low) for one, low, _high in whole if low is not None]
        if len(upper) > 1 and len(upper) == len(lower):
            yield f'<polygon class="spread" points="{" ".join([*upper, *reversed(lower)])}"/>'
        elif upper and lower:
            (x, high), (_x, low) = upper[0].split(","), lower[0].split(",")
            yield f'<path class="ci" d="M{x} {low}V{high}"/>'


def unknown(plot: Plot, readings: Sequence[Reading], around: Around) -> Iterator[str]:
    """Shade the times in which a reading was due and none came."""
    for since, until in missing(readings, around):
        left, right = plot.x.place(since.timestamp()), plot.x.place(until.timestamp())
        wide = max(2.0, right - left)
        box = f'x="{left:.1f}" y="{plot.top:.1f}" width="{wide:.1f}" '
        box += f'height="{plot.bottom - plot.top:.1f}"'
        yield f'<g><title>{escape(around.unknown)}</title><rect class="unknown" {box}/>'
        yield f'<rect {box} fill="url(#{plot.key}-nx)"/></g>'
        if wide > LETTER * len(around.unknown) + 8:
            at = f'x="{left + wide / 2:.1f}" y="{plot.bottom - 8:.1f}" text-anchor="middle"'
            yield f'<text class="t-none" {at}>{escape(around.unknown)}</text>'


def missing(readings: Sequence[Reading], around: Around) -> list[tuple[datetime, datetime]]:
    """Return the times in which readings are missing, at both ends of the period too."""
    step = around.step
    if step is None:
        return []
    ends = [reading.at for reading in readings]
    if around.period is not None:
        ends = [around.period[0], *ends, around.period[1] + step]
    pairs = zip(ends, ends[1:], strict=False)
    late = around.longest
    found = [(before, after - step) for before, after in pairs if is_gap(before, after, late)]
    if around.period is not None and found and found[-1][1] == around.period[1]:
        # What is due is not late yet: its grace more is waited for the newest one.
        since, until = found.pop()
        if is_gap(since, until, late):
            found.append((since, until))
    return found


def voids(plot: Plot, readings: Sequence[Reading], step: timedelta | None) -> Iterator[str]:
    """Hatch the windows that were voided, and cross out what they said."""
    for reading in readings:
        if not reading.voided:
            continue
        right = plot.x.place(reading.at.timestamp())
        left = right - 4 if step is None else plot.x.place((reading.at - step).timestamp())
        wide = min(max(4.0, right - left), 14.0)
        box = f'x="{right - wide / 2:.1f}" y="{plot.top:.1f}" width="{wide:.1f}" '
        box += f'height="{plot.bottom - plot.top:.1f}"'
        yield f'<rect {box} fill="url(#{plot.key}-vx)"/>'


def intervals(plot: Plot, readings: Sequence[Reading]) -> Iterator[str]:
    """Draw the 95 % interval of each reading."""
    cap = 3 if len(readings) < CROWDED else 0
    for reading in readings:
        if reading.low is None or reading.high is None or reading.value is None:
            continue
        x = plot.x.place(reading.at.timestamp())
        low, high = plot.y.place(reading.low), plot.y.place(reading.high)
        caps = (
            f"M{x - cap:.1f} {high:.1f}h{2 * cap}M{x - cap:.1f} {low:.1f}h{2 * cap}" if cap else ""
        )
        yield f'<path class="ci" d="M{x:.1f} {low:.1f}V{high:.1f}{caps}"/>'


def lines(plot: Plot, readings: Sequence[Reading], longest: timedelta | None) -> Iterator[str]:
    """Draw the values, and the 95th percentiles where days have them."""
    for run in runs(readings, longest):
        high = [_spot(plot, one.at, one.p95) for one in run if one.p95 is not None]
        if len(high) > 1:
            yield f'<polyline class="p95" points="{" ".join(high)}"/>'
        spots = [_spot(plot, one.at, one.value) for one in run if one.value is not None]
        if len(spots) > 1:
            yield f'<polyline class="line" points="{" ".join(spots)}"/>'


def points(plot: Plot, readings: Sequence[Reading]) -> Iterator[str]:
    """Draw each reading in the shape of its standing, with its words."""
    for reading in readings:
        in_order = reading.standing == "ok" and reading.value is not None and not reading.voided
        if len(readings) >= CROWDED and in_order:
            continue
        x = plot.x.place(reading.at.timestamp())
        said = f"{say_date(reading.at.astimezone(plot.numbers.zone), 'D j M Y H:i')}: "
        if reading.voided and reading.value is None:
            y = plot.bottom - 7 if reading.shown is None else plot.y.place(reading.shown)
            shape = f'<path class="pt-void" d="M{x - 4:.1f} {y - 4:.1f}l8 8m0-8l-8 8"/>'
            said += f"{reading.voided}"
        elif reading.value is None:
            shape = f'<circle class="pt-none" cx="{x:.1f}" cy="{plot.bottom - 7:.1f}" r="4"/>'
            standing = _standing(reading)
            said += f"{reading.withheld}, {standing}" if reading.withheld else _("no data")
        else:
            shape = _shape(reading.standing, x, plot.y.place(_drawn_at(reading, reading.value)))
            said += _said(plot.numbers, reading, reading.value)
            said += f", {reading.voided}" if reading.voided else ""
        yield f"<g><title>{escape(said)}</title>{shape}</g>"


def line_labels(
    plot: Plot, readings: Sequence[Reading], around: Around
) -> list[tuple[float, str, str]]:
    """Return what the lines are called at their right end: (y, class, words)."""
    found: list[tuple[float, str, str]] = []
    last = next((one for one in reversed(readings) if one.p95 is not None), None)
    if last is not None and last.p95 is not None and last.value is not None:
        found.append((plot.y.place(last.value) + 4, "t-strong", around.names[0]))
        found.append((plot.y.place(last.p95) + 4, "", around.names[1]))
    if around.forecast is not None:
        found.append((plot.y.place(around.forecast.end) + 4, "t-strong", around.forecast.label))
    return found


def _spot(plot: Plot, at: datetime, value: float | None) -> str:
    return f"{plot.x.place(at.timestamp()):.1f},{plot.y.place(value or 0.0):.1f}"


def _drawn_at(reading: Reading, value: float) -> float:
    return value if reading.furthest is None else reading.furthest


def _said(numbers: Numbers, reading: Reading, value: float) -> str:
    said = numbers.say(value)
    if reading.low is not None and reading.high is not None:
        ends = {"low": numbers.say(reading.low), "high": numbers.say(reading.high)}
        said += f", {_('95 %% interval %(low)s to %(high)s') % ends}"
    if reading.lowest is not None and reading.highest is not None:
        ends = {"low": numbers.say(reading.lowest), "high": numbers.say(reading.highest)}
        said += f", {_('%(low)s to %(high)s') % ends}"
    return f"{said}, {_standing(reading)}"


def _standing(reading: Reading) -> str:
    return str(STANDINGS.get(reading.standing, reading.standing))


def _shape(standing: str, x: float, y: float) -> str:
    if standing in ("warning", "watch", "pending"):
        return f'<path class="pt-warn" d="M{x:.1f} {y - 5:.1f}l4.6 8h-9.2z"/>'
    if standing == "critical":
        return f'<path class="pt-crit" d="M{x:.1f} {y - 5.6:.1f}l5.6 5.6-5.6 5.6-5.6-5.6z"/>'
    name = "pt-recovering" if standing == "recovering" else "pt"
    return f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>'
