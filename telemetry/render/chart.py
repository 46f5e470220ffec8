"""A KPI's trend as SVG: bands, baseline, target, guardrail and incidents drawn on the readings.

The same drawing serves the page, where the style sheet colours its classes, and the PDF, where
paper=True adds the colours, because a PDF renderer applies no page's style sheet inside SVG.
State is never colour alone: bands are hatched, points have a shape for their standing.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape

from django.utils.dateformat import format as say_date
from django.utils.safestring import SafeString, mark_safe

from telemetry.render import strokes
from telemetry.render.drawing import (
    LETTER,
    Band,
    Guardrail,
    Level,
    Marker,
    Numbers,
    Plot,
    Reading,
)
from telemetry.render.paper import PAPER_STYLE
from telemetry.render.scale import Axis, extent, ticks

CROWDED = 45  # so many readings and more are drawn without a point for each that is in order


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
        *strokes.bands(plot, bands),
        *strokes.grid(plot, readings),
        *strokes.levels(plot, bands, baseline, target),
        *strokes.markers(plot, markers),
        *_intervals(plot, readings),
        *_lines(plot, readings),
        *_points(plot, readings),
        *strokes.labels(plot, bands, baseline, target),
        *(strokes.guardrail(plot, guardrail, height) if guardrail else ()),
        *strokes.dates(plot, readings, height),
    ]
    style = f"<style>{PAPER_STYLE}</style>" if paper else ""
    said = (
        f'<title id="{key}-t">{escape(title)}</title>'
        f'<desc id="{key}-d">{escape(description)}</desc>'
    )
    return mark_safe(  # noqa: S308  every text of a caller is escaped above
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-labelledby="{key}-t {key}-d">{style}{said}{strokes.patterns(key)}'
        f"{''.join(parts)}</svg>"
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
    texts = (
        [band.label for band in bands]
        + [level.label for level in levels]
        + ([guardrail.note] if guardrail else [])
    )
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
