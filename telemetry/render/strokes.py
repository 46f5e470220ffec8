"""The parts of a chart that stand still: bands, grid, levels, labels, guardrail. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from html import escape

from outbox.languages import say_numbers
from telemetry.render.drawing import (
    LETTER,
    Band,
    Forecast,
    Guardrail,
    Level,
    Plot,
    Reading,
    Shade,
)
from telemetry.render.scale import Axis, apart, extent, ticks

FOOT = 30  # what stands below a guardrail


def patterns(key: str) -> str:
    """Give the hatch of the critical band, the dots of the warning band, unknown and voided."""
    return (
        f'<defs><pattern id="{key}-hx" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path class="hatch" d="M0 0V6"/></pattern>'
        f'<pattern id="{key}-dx" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<circle class="hatch-warn" cx="1.5" cy="1.5" r=".9"/></pattern>'
        f'<pattern id="{key}-nx" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(135)"><path class="hatch-none" d="M0 0V7"/></pattern>'
        f'<pattern id="{key}-vx" width="5" height="5" patternUnits="userSpaceOnUse">'
        '<path class="hatch-none" d="M0 0L5 5M5 0L0 5"/></pattern></defs>'
    )


def _edges(plot: Plot, band: Band) -> tuple[float, float]:
    upper = plot.top if band.high is None else plot.y.place(band.high)
    lower = plot.bottom if band.low is None else plot.y.place(band.low)
    return upper, max(0.0, lower - upper)


def _ends(plot: Plot, since: datetime | None, until: datetime | None) -> tuple[float, float]:
    """From where to where something holds, from edge to edge where it has no end in the picture."""
    left = plot.left if since is None else plot.x.place(since.timestamp())
    right = plot.right if until is None else plot.x.place(until.timestamp())
    return plot.left if left <= plot.x.start else left, right


def bands(plot: Plot, bands: Sequence[Band]) -> Iterator[str]:
    """Draw each band as long as it was in force, coloured and hatched."""
    for band in bands:
        upper, tall = _edges(plot, band)
        left, right = _ends(plot, band.since, band.until)
        if right <= left:
            continue
        name, pattern = ("crit", "hx") if band.kind == "critical" else ("warn", "dx")
        box = f'x="{left:.1f}" y="{upper:.1f}" width="{right - left:.1f}" height="{tall:.1f}"'
        yield f'<rect class="band-{name}" {box}/><rect {box} fill="url(#{plot.key}-{pattern})"/>'


def shades(plot: Plot, shades: Sequence[Shade]) -> Iterator[str]:
    """Shade the times in which a silence held, named at the foot."""
    for shade in shades:
        left, right = _ends(plot, shade.since, shade.until)
        wide = max(2.0, right - left)
        box = f'x="{left:.1f}" y="{plot.top:.1f}" width="{wide:.1f}" '
        box += f'height="{plot.bottom - plot.top:.1f}"'
        yield f'<g><title>{escape(shade.label)}</title><rect class="muted-span" {box}/></g>'
        yield f'<path class="muted-edge" d="M{left:.1f} {plot.bottom - 2:.1f}h{wide:.1f}"/>'
        if wide > LETTER * len(shade.label) + 8:
            at = f'x="{left + 4:.1f}" y="{plot.bottom - 8:.1f}"'
            yield f'<text class="t-none" {at}>{escape(shade.label)}</text>'


def grid(plot: Plot, readings: Sequence[Reading]) -> Iterator[str]:
    """Draw the grid, its numbers and the axis."""
    factor = plot.numbers.factor
    for mark in ticks(plot.y.low * factor, plot.y.high * factor):
        y = plot.y.place(mark / factor)
        yield f'<path class="grid" d="M{plot.left:.1f} {y:.1f}H{plot.right:.1f}"/>'
        label = say_numbers(f"{mark:g}".replace("-", "\u2212"))
        yield f'<text x="{plot.left - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    yield f'<path class="axis" d="M{plot.left:.1f} {plot.bottom:.1f}H{plot.right:.1f}"/>'


def levels(
    plot: Plot, bands: Sequence[Band], levels: Sequence[Level], baseline: Level | None
) -> Iterator[str]:
    """Draw the edges of the bands, targets and the baseline with its interval across."""
    # Where bands meet, the edge is the critical one: it is drawn last.
    for band in sorted(bands, key=lambda band: band.kind, reverse=True):
        name = "crit" if band.kind == "critical" else "warn"
        for edge in (band.low, band.high):
            if edge is not None and plot.y.low < edge < plot.y.high:
                yield _across(plot, f"edge-{name}", edge, _ends(plot, band.since, band.until))
    for level in levels:
        ends = _ends(plot, level.since, level.until)
        if level.low is not None and level.high is not None:
            upper, lower = plot.y.place(level.high), plot.y.place(level.low)
            box = f'x="{ends[0]:.1f}" y="{upper:.1f}" width="{max(0.0, ends[1] - ends[0]):.1f}"'
            yield f'<rect class="about" {box} height="{max(1.0, lower - upper):.1f}"/>'
        yield _across(plot, "baseline" if level is baseline else "target", level.value, ends)


def _across(plot: Plot, name: str, value: float, ends: tuple[float, float]) -> str:
    if ends[1] <= ends[0]:
        return ""
    return f'<path class="{name}" d="M{ends[0]:.1f} {plot.y.place(value):.1f}H{ends[1]:.1f}"/>'


def forecast(plot: Plot, told: Forecast | None) -> Iterator[str]:
    """Draw where a slide leads, and where it meets the limit."""
    if told is None:
        return
    first, last = plot.x.place(told.since.timestamp()), plot.x.place(told.until.timestamp())
    start, end = plot.y.place(told.start), plot.y.place(told.end)
    yield f'<path class="forecast" d="M{first:.1f} {start:.1f}L{last:.1f} {end:.1f}"/>'
    yield f'<circle class="pt-forecast" cx="{last:.1f}" cy="{end:.1f}" r="4"/>'


def labels(
    plot: Plot,
    bands: Sequence[Band],
    levels: Sequence[Level],
    lines: Sequence[tuple[float, str, str]] = (),
) -> Iterator[str]:
    """Write what each band, level and line is at its own line, moved apart where they crowd."""
    found = list(lines)
    for band in bands:
        if band.until is not None:
            continue
        upper, tall = _edges(plot, band)
        name = "t-crit" if band.kind == "critical" else "t-warn"
        found.append((upper + tall / 2 + 4, name, band.label))
    found += [(plot.y.place(level.value) + 4, "", level.label) for level in levels if level.label]
    places = apart([y for y, _name, _label in found], 13, plot.top + 8, plot.bottom + 4)
    for (_y, name, label), y in zip(found, places, strict=True):
        yield f'<text class="{name}" x="{plot.right + 7:.1f}" y="{y:.1f}">{escape(label)}</text>'


def rail_room(rail: Guardrail) -> float:
    """Return what a guardrail takes below a trend, with its heading and the dates."""
    return FOOT + _rail_height(rail) + (34 if rail.heading else 18)


def _rail_height(rail: Guardrail) -> float:
    return 52 if rail.heading else 34


def guardrail(
    plot: Plot, rail: Guardrail, height: float, longest: timedelta | None = None
) -> Iterator[str]:
    """Draw the measure that must not suffer, below on the same time axis, with its limit."""
    top, bottom = height - FOOT - _rail_height(rail), height - FOOT
    known = [value for _at, value in rail.readings if value is not None]
    low, high = extent([*known, *(() if rail.limit is None else (rail.limit,))])
    axis = Axis(low, high, bottom, top)
    if rail.limit is not None:
        yield from _rail_limit(plot, rail, axis, rail.limit)
    yield f'<path class="axis" d="M{plot.left:.1f} {bottom:.1f}H{plot.right:.1f}"/>'
    for run in _rail_runs(rail, longest):
        spots = [f"{plot.x.place(at.timestamp()):.1f},{axis.place(value):.1f}" for at, value in run]
        if len(spots) == 1:
            x, y = spots[0].split(",")
            yield f'<circle class="pt" cx="{x}" cy="{y}" r="1.6"/>'
            continue
        yield f'<polyline class="guard" points="{" ".join(spots)}"/>'
    yield from _rail_gaps(plot, rail, longest, axis)
    yield from _rail_words(plot, rail, top)


def _rail_gaps(plot: Plot, rail: Guardrail, longest: timedelta | None, axis: Axis) -> Iterator[str]:
    found = _rail_runs(rail, longest)
    for before, after in zip(found, found[1:], strict=False):
        left, right = (plot.x.place(one[0].timestamp()) for one in (before[-1], after[0]))
        box = f'x="{left + 1:.1f}" y="{axis.end:.1f}" width="{max(1.0, right - left - 2):.1f}" '
        box += f'height="{axis.start - axis.end:.1f}"'
        yield f'<rect class="unknown" {box}/><rect {box} fill="url(#{plot.key}-nx)"/>'


def _rail_limit(plot: Plot, rail: Guardrail, axis: Axis, value: float) -> Iterator[str]:
    top, bottom, edge = axis.end, axis.start, axis.place(value)
    upper, tall = (top, edge - top) if rail.at_most else (edge, bottom - edge)
    across = f'x="{plot.left:.1f}" width="{plot.right - plot.left:.1f}"'
    yield f'<rect class="band-warn" {across} y="{upper:.1f}" height="{tall:.1f}"/>'
    yield f'<path class="edge-warn" d="M{plot.left:.1f} {edge:.1f}H{plot.right:.1f}"/>'
    at = f'x="{plot.left - 6:.1f}" y="{edge + 4:.1f}" text-anchor="end"'
    yield f"<text {at}>{escape(rail.limit_text)}</text>"


def _rail_runs(rail: Guardrail, longest: timedelta | None) -> list[list[tuple[datetime, float]]]:
    found: list[list[tuple[datetime, float]]] = [[]]
    for at, value in rail.readings:
        last = found[-1][-1][0] if found[-1] else None
        late = last is not None and longest is not None and at - last > longest
        if value is None or late:
            found.append([])
        if value is not None:
            found[-1].append((at, value))
    return [run for run in found if run]


def _rail_words(plot: Plot, rail: Guardrail, top: float) -> Iterator[str]:
    if rail.heading:
        at = f'x="{plot.left:.1f}" y="{top - 8:.1f}"'
        yield f'<text class="t-strong" {at}>{escape(rail.heading)}</text>'
        return
    for offset, name, text in ((7, "t-strong", rail.label), (20, "", rail.note)):
        x = plot.right + 7
        yield f'<text class="{name}" x="{x:.1f}" y="{top + offset:.1f}">{escape(text)}</text>'
