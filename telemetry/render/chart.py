"""A KPI's trend as SVG: bands, baseline, target, guardrail and incidents drawn on the readings.

The same drawing serves the page, where the style sheet colours its classes, and the PDF, where
paper=True adds the colours, because a PDF renderer does not apply the page's style sheet inside SVG.
State is never colour alone: bands are hatched, points have a shape for their standing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from html import escape
from typing import Literal

from django.utils.dateformat import format as say_date
from django.utils.safestring import SafeString, mark_safe

from telemetry.render.paper import PAPER_STYLE
from telemetry.render.scale import Axis, apart, extent, rows, ticks

LETTER = 6.1  # width of a letter at 11 units
CROWDED = 45  # so many readings and more are drawn without a point for each that is in order


@dataclass(frozen=True)
class Reading:
    """One window: its end, value and 95 % interval (None: no data), and its standing."""

    at: datetime
    value: float | None
    low: float | None = None
    high: float | None = None
    standing: str = "ok"


@dataclass(frozen=True)
class Band:
    """Where a standing begins: from `low` to `high`; None is open."""

    kind: Literal["warning", "critical"]
    low: float | None
    high: float | None
    label: str


@dataclass(frozen=True)
class Level:
    """A value that is drawn across: the baseline, the target."""

    value: float
    label: str


@dataclass(frozen=True)
class Marker:
    """An event on the time axis. 'opened' is dashed: an incident; 'live' a version; 'onset'."""

    at: datetime
    label: str
    kind: Literal["live", "onset", "opened"] = "live"


@dataclass(frozen=True)
class Guardrail:
    """The measure that must not suffer meanwhile, in its own unit, below the chart."""

    label: str
    note: str
    readings: tuple[tuple[datetime, float], ...]
    limit: float
    limit_text: str
    at_most: bool = True


@dataclass(frozen=True)
class Numbers:
    """How values are written: times factor, with digits; and the least and most they can be."""

    factor: float = 1.0
    digits: int = 1
    floor_at: float | None = None
    ceiling_at: float | None = None
    zone: tzinfo = UTC

    def say(self, value: float) -> str:
        """Write a value."""
        return f"{value * self.factor:.{self.digits}f}".replace("-", "\u2212")

    def tick(self, value: float) -> str:
        """Write a value on the axis, without needless zeros."""
        return f"{value * self.factor:g}".replace("-", "\u2212")


@dataclass(frozen=True)
class Plot:
    """The inner frame: its axes and edges."""

    x: Axis
    y: Axis
    left: float
    right: float
    top: float
    bottom: float
    numbers: Numbers
    key: str
    shapes: list[str] = field(default_factory=list)


def kpi_chart(
    *,
    readings: Sequence[Reading],
    title: str,
    description: str,
    bands: Sequence[Band] = (),
    baseline: Level | None = None,
    target: Level | None = None,
    markers: Sequence[Marker] = (),
    guardrail: Guardrail | None = None,
    numbers: Numbers | None = None,
    key: str = "chart",
    width: float = 520,
    height: float = 300,
    paper: bool = False,
) -> SafeString:
    """Draw the trend of one series, oldest reading first, as accessible SVG.

    `key` makes the ids unique on a page. A reading without a value breaks the line and is marked as
    unknown. ValueError: no readings at all.
    """
    shown = numbers or Numbers()
    levels = [level for level in (baseline, target) if level is not None]
    plot = _plot(readings, bands, levels, guardrail, shown, key, width, height)
    parts = [
        *_bands(plot, bands),
        *_grid(plot, readings),
        *_levels(plot, bands, baseline, target),
        *_markers(plot, markers),
        *_intervals(plot, readings),
        *_lines(plot, readings),
        *_points(plot, readings),
        *_labels(plot, bands, baseline, target),
        *(_guardrail(plot, guardrail, height) if guardrail else ()),
        *_dates(plot, readings, height),
    ]
    style = f"<style>{PAPER_STYLE}</style>" if paper else ""
    names = f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(description)}</desc>'
    return mark_safe(
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-labelledby="{key}-t {key}-d">{style}{names}{_patterns(key)}{"".join(parts)}</svg>'
    )


def _plot(
    readings: Sequence[Reading],
    bands: Sequence[Band],
    levels: Sequence[Level],
    guardrail: Guardrail | None,
    numbers: Numbers,
    key: str,
    width: float,
    height: float,
) -> Plot:
    low, high = extent(_values(readings, bands, levels), numbers.floor_at, numbers.ceiling_at)
    marks = ticks(low * numbers.factor, high * numbers.factor)
    left = 14 + LETTER * max(len(f"{mark:g}") for mark in marks)
    texts = [item.label for item in (*bands, *levels)] + ([guardrail.note] if guardrail else [])
    right = width - 10 - LETTER * max((len(text) for text in texts), default=2)
    top, bottom = 22.0, height - (82 if guardrail else 34)
    first, last = readings[0].at, max(readings[-1].at, readings[0].at + timedelta(seconds=1))
    across = Axis(first.timestamp(), last.timestamp(), left + 14, right - 8)
    return Plot(across, Axis(low, high, bottom, top), left, right, top, bottom, numbers, key)


def _values(
    readings: Sequence[Reading], bands: Sequence[Band], levels: Sequence[Level]
) -> list[float]:
    numbers: list[float | None] = [level.value for level in levels]
    numbers += [edge for band in bands for edge in (band.low, band.high)]
    numbers += [part for reading in readings for part in (reading.value, reading.low, reading.high)]
    found = [number for number in numbers if number is not None]
    if not readings:
        raise ValueError("a chart needs at least one reading")
    return found or [0.0, 1.0]


def _patterns(key: str) -> str:
    return (
        f'<defs><pattern id="{key}-hx" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path class="hatch" d="M0 0V6"/></pattern>'
        f'<pattern id="{key}-dx" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<circle class="hatch-warn" cx="1.5" cy="1.5" r=".9"/></pattern></defs>'
    )


def _edges(plot: Plot, band: Band) -> tuple[float, float]:
    upper = plot.top if band.high is None else plot.y.place(band.high)
    lower = plot.bottom if band.low is None else plot.y.place(band.low)
    return upper, max(0.0, lower - upper)


def _bands(plot: Plot, bands: Sequence[Band]) -> Iterator[str]:
    for band in bands:
        upper, tall = _edges(plot, band)
        name, pattern = ("crit", "hx") if band.kind == "critical" else ("warn", "dx")
        box = f'x="{plot.left:.1f}" y="{upper:.1f}" width="{plot.right - plot.left:.1f}" height="{tall:.1f}"'
        yield f'<rect class="band-{name}" {box}/><rect {box} fill="url(#{plot.key}-{pattern})"/>'


def _grid(plot: Plot, readings: Sequence[Reading]) -> Iterator[str]:
    factor = plot.numbers.factor
    for mark in ticks(plot.y.low * factor, plot.y.high * factor):
        y = plot.y.place(mark / factor)
        yield f'<path class="grid" d="M{plot.left:.1f} {y:.1f}H{plot.right:.1f}"/>'
        label = f"{mark:g}".replace("-", "\u2212")
        yield f'<text x="{plot.left - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    yield f'<path class="axis" d="M{plot.left:.1f} {plot.bottom:.1f}H{plot.right:.1f}"/>'


def _levels(
    plot: Plot, bands: Sequence[Band], baseline: Level | None, target: Level | None
) -> Iterator[str]:
    for band in bands:
        name = "crit" if band.kind == "critical" else "warn"
        for edge in (band.low, band.high):
            if edge is not None and plot.y.low < edge < plot.y.high:
                yield _across(plot, f"edge-{name}", edge)
    if target is not None:
        yield _across(plot, "target", target.value)
    if baseline is not None:
        yield _across(plot, "baseline", baseline.value)


def _across(plot: Plot, name: str, value: float) -> str:
    return f'<path class="{name}" d="M{plot.left:.1f} {plot.y.place(value):.1f}H{plot.right:.1f}"/>'


def _markers(plot: Plot, markers: Sequence[Marker]) -> Iterator[str]:
    ordered = sorted(markers, key=lambda marker: marker.at)
    places = [_marker_place(plot, marker) for marker in ordered]
    for marker, (x, _left, _right, anchor), row in zip(
        ordered, places, rows([(left, right) for _x, left, right, _a in places]), strict=True
    ):
        dashed = " event--open" if marker.kind == "opened" else ""
        shift = -5 if anchor == "end" else 5
        y = plot.top + 2 + 13 * row
        yield f'<path class="event{dashed}" d="M{x:.1f} {plot.top - 8:.1f}V{plot.bottom:.1f}"/>'
        yield (
            f'<text class="{"" if marker.kind == "onset" else "t-pen"}" x="{x + shift:.1f}" '
            f'y="{y:.1f}" text-anchor="{anchor}">{escape(marker.label)}</text>'
        )


def _marker_place(plot: Plot, marker: Marker) -> tuple[float, float, float, str]:
    x = plot.x.place(marker.at.timestamp())
    wide = LETTER * len(marker.label) + 8
    if x - wide >= plot.left:
        return x, x - wide, x, "end"
    return x, x, x + wide, "start"


def _intervals(plot: Plot, readings: Sequence[Reading]) -> Iterator[str]:
    cap = 3 if len(readings) < CROWDED else 0
    for reading in readings:
        if reading.low is None or reading.high is None:
            continue
        x = plot.x.place(reading.at.timestamp())
        low, high = plot.y.place(reading.low), plot.y.place(reading.high)
        caps = (
            f"M{x - cap:.1f} {high:.1f}h{2 * cap}M{x - cap:.1f} {low:.1f}h{2 * cap}" if cap else ""
        )
        yield f'<path class="ci" d="M{x:.1f} {low:.1f}V{high:.1f}{caps}"/>'


def _lines(plot: Plot, readings: Sequence[Reading]) -> Iterator[str]:
    run: list[str] = []
    for reading in (*readings, None):
        if reading is not None and reading.value is not None:
            x, y = plot.x.place(reading.at.timestamp()), plot.y.place(reading.value)
            run.append(f"{x:.1f},{y:.1f}")
            continue
        if len(run) > 1:
            yield f'<polyline class="line" points="{" ".join(run)}"/>'
        run = []


def _points(plot: Plot, readings: Sequence[Reading]) -> Iterator[str]:
    for reading in readings:
        if len(readings) >= CROWDED and reading.standing == "ok" and reading.value is not None:
            continue
        x = plot.x.place(reading.at.timestamp())
        said = f"{say_date(reading.at.astimezone(plot.numbers.zone), 'D j M Y H:i')}: "
        if reading.value is None:
            shape = f'<circle class="pt-none" cx="{x:.1f}" cy="{plot.bottom - 7:.1f}" r="4"/>'
            said += "no data"
        else:
            shape = _shape(reading.standing, x, plot.y.place(reading.value))
            said += _said(plot.numbers, reading, reading.value)
        yield f"<g><title>{escape(said)}</title>{shape}</g>"


def _said(numbers: Numbers, reading: Reading, value: float) -> str:
    said = numbers.say(value)
    if reading.low is not None and reading.high is not None:
        said += f", 95 % interval {numbers.say(reading.low)} to {numbers.say(reading.high)}"
    return f"{said}, {reading.standing}"


def _shape(standing: str, x: float, y: float) -> str:
    if standing in ("warning", "watch", "pending"):
        return f'<path class="pt-warn" d="M{x:.1f} {y - 5:.1f}l4.6 8h-9.2z"/>'
    if standing == "critical":
        return f'<path class="pt-crit" d="M{x:.1f} {y - 5.6:.1f}l5.6 5.6-5.6 5.6-5.6-5.6z"/>'
    name = "pt-recovering" if standing == "recovering" else "pt"
    return f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>'


def _labels(
    plot: Plot, bands: Sequence[Band], baseline: Level | None, target: Level | None
) -> Iterator[str]:
    found: list[tuple[float, str, str]] = []
    for band in bands:
        upper, tall = _edges(plot, band)
        name = "t-crit" if band.kind == "critical" else "t-warn"
        found.append((upper + tall / 2 + 4, name, band.label))
    for level in (target, baseline):
        if level is not None:
            found.append((plot.y.place(level.value) + 4, "", level.label))
    places = apart([y for y, _name, _label in found], 13, plot.top + 8, plot.bottom + 4)
    for (_y, name, label), y in zip(found, places, strict=True):
        yield f'<text class="{name}" x="{plot.right + 7:.1f}" y="{y:.1f}">{escape(label)}</text>'


def _guardrail(plot: Plot, rail: Guardrail, height: float) -> Iterator[str]:
    top, bottom = height - 64, height - 30
    values = [value for _at, value in rail.readings]
    low, high = extent([*values, rail.limit])
    axis = Axis(low, high, bottom, top)
    edge = axis.place(rail.limit)
    upper, tall = (top, edge - top) if rail.at_most else (edge, bottom - edge)
    across = f'x="{plot.left:.1f}" width="{plot.right - plot.left:.1f}"'
    yield f'<rect class="band-warn" {across} y="{upper:.1f}" height="{tall:.1f}"/>'
    yield f'<path class="edge-warn" d="M{plot.left:.1f} {edge:.1f}H{plot.right:.1f}"/>'
    yield f'<path class="axis" d="M{plot.left:.1f} {bottom:.1f}H{plot.right:.1f}"/>'
    spots = [
        f"{plot.x.place(at.timestamp()):.1f},{axis.place(value):.1f}" for at, value in rail.readings
    ]
    yield f'<polyline class="guard" points="{" ".join(spots)}"/>'
    limit = escape(rail.limit_text)
    yield f'<text x="{plot.left - 6:.1f}" y="{edge + 4:.1f}" text-anchor="end">{limit}</text>'
    for offset, name, text in ((7, "t-strong", rail.label), (20, "", rail.note)):
        x = plot.right + 7
        yield f'<text class="{name}" x="{x:.1f}" y="{top + offset:.1f}">{escape(text)}</text>'


def _dates(plot: Plot, readings: Sequence[Reading], height: float) -> Iterator[str]:
    length = readings[-1].at - readings[0].at
    form = "H:i" if length < timedelta(days=2) else "j M" if length < timedelta(days=300) else "M Y"
    free = plot.left - 30
    last = plot.x.place(readings[-1].at.timestamp())
    step = max(1, round(len(readings) / 5))
    chosen = [*readings[:-1:step], readings[-1]]
    for reading in chosen:
        x = plot.x.place(reading.at.timestamp())
        crowds = reading is not readings[-1] and x > last - 48
        if x - free < 48 or crowds:
            continue
        free = x
        day = say_date(reading.at.astimezone(plot.numbers.zone), form)
        yield f'<text x="{x:.1f}" y="{height - 14:.1f}" text-anchor="middle">{day}</text>'
