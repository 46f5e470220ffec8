"""The parts of a chart that stand still: bands, grid, levels, markers, labels, guardrail, dates."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape

from django.utils.dateformat import format as say_date

from telemetry.render.drawing import LETTER, Band, Guardrail, Level, Marker, Plot, Reading
from telemetry.render.scale import Axis, apart, extent, rows, ticks

# How an axis of time is labelled, by the length that it shows.
DATE_FORMS = (
    (timedelta(minutes=20), "H:i:s"),
    (timedelta(days=2), "H:i"),
    (timedelta(days=300), "j M"),
    (timedelta.max, "M Y"),
)


def patterns(key: str) -> str:
    """Give the hatch of the critical band and the dots of the warning band."""
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


def bands(plot: Plot, bands: Sequence[Band]) -> Iterator[str]:
    """Draw each band, coloured and hatched."""
    for band in bands:
        upper, tall = _edges(plot, band)
        name, pattern = ("crit", "hx") if band.kind == "critical" else ("warn", "dx")
        wide = plot.right - plot.left
        box = f'x="{plot.left:.1f}" y="{upper:.1f}" width="{wide:.1f}" height="{tall:.1f}"'
        yield f'<rect class="band-{name}" {box}/><rect {box} fill="url(#{plot.key}-{pattern})"/>'


def grid(plot: Plot, readings: Sequence[Reading]) -> Iterator[str]:
    """Draw the grid, its numbers and the axis."""
    factor = plot.numbers.factor
    for mark in ticks(plot.y.low * factor, plot.y.high * factor):
        y = plot.y.place(mark / factor)
        yield f'<path class="grid" d="M{plot.left:.1f} {y:.1f}H{plot.right:.1f}"/>'
        label = f"{mark:g}".replace("-", "\u2212")
        yield f'<text x="{plot.left - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    yield f'<path class="axis" d="M{plot.left:.1f} {plot.bottom:.1f}H{plot.right:.1f}"/>'


def levels(
    plot: Plot, bands: Sequence[Band], baseline: Level | None, target: Level | None
) -> Iterator[str]:
    """Draw the edges of the bands, the target and the baseline across."""
    # Where bands meet, the edge is the critical one: it is drawn last.
    for band in sorted(bands, key=lambda band: band.kind, reverse=True):
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


def markers(plot: Plot, markers: Sequence[Marker]) -> Iterator[str]:
    """Draw events from top to bottom, their labels in rows that do not touch."""
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


def labels(
    plot: Plot, bands: Sequence[Band], baseline: Level | None, target: Level | None
) -> Iterator[str]:
    """Write what each band and level is at its own line, moved apart where they crowd."""
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


def guardrail(plot: Plot, rail: Guardrail, height: float) -> Iterator[str]:
    """Draw the measure that must not suffer, below, with its limit."""
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


def dates(plot: Plot, readings: Sequence[Reading], height: float) -> Iterator[str]:
    """Write about five dates below, the last one always."""
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
        day = say_date(reading.at.astimezone(plot.numbers.zone), form)
        yield f'<text x="{x:.1f}" y="{height - 14:.1f}" text-anchor="middle">{day}</text>'
