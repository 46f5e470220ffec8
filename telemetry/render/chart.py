"""A KPI's trend as SVG: bands, baseline, target, guardrail and incidents drawn on the readings.

The same drawing serves the page, where the style sheet colours its classes, and the PDF, where
paper=True adds the colours, because a PDF renderer applies no page's style sheet inside SVG.
State is never colour alone: bands are hatched, points have a shape for their standing.
"""

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from django.utils.safestring import SafeString, mark_safe

from telemetry.render import days, strokes, trend
from telemetry.render import markers as events
from telemetry.render.drawing import (
    LETTER,
    Around,
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

BELOW = 34  # what the dates take below


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
    around: Around | None = None,
    key: str = "chart",
    width: float = 520,
    height: float = 300,
    paper: bool = False,
) -> SafeString:
    """Draw the trend of one series, oldest reading first, as accessible SVG.

    `key` makes the ids unique on a page. A reading without a value, and a time in which none came,
    breaks the line and is marked as unknown. ValueError: no readings at all.
    """
    within = around or Around()
    levels = [level for level in (baseline, target, *within.former) if level is not None]
    named = [level for level in (target, baseline) if level is not None]
    plot = _plot(
        readings, bands, levels, guardrail, numbers or Numbers(), within, key, (width, height)
    )
    named_events = events.placed(plot, markers)
    plot = events.below_names(plot, named_events)
    parts = [
        *strokes.bands(plot, bands),
        *trend.spreads(plot, readings, within.longest),
        *strokes.shades(plot, within.shades),
        *trend.unknown(plot, readings, within),
        *trend.voids(plot, readings, within.step),
        *strokes.grid(plot, readings),
        *strokes.levels(plot, bands, levels, baseline),
        *events.lines(plot, named_events),
        *events.names(plot, named_events),
        *trend.intervals(plot, readings),
        *trend.lines(plot, readings, within.longest),
        *strokes.forecast(plot, within.forecast),
        *trend.points(plot, readings),
        *strokes.labels(plot, bands, named, trend.line_labels(plot, readings, within)),
        *(strokes.guardrail(plot, guardrail, height, within.longest) if guardrail else ()),
        *days.dates(plot, readings, within.period, height),
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
    around: Around,
    key: str,
    size: tuple[float, float],
) -> Plot:
    low, high = extent(
        _values(readings, bands, levels, around), numbers.floor_at, numbers.ceiling_at
    )
    marks = ticks(low * numbers.factor, high * numbers.factor)
    left = 14 + LETTER * max(len(f"{mark:g}") for mark in marks)
    right = (
        size[0]
        - 10
        - LETTER
        * max((len(text) for text in _texts(bands, levels, guardrail, readings, around)), default=2)
    )
    below = BELOW if guardrail is None else strokes.rail_room(guardrail)
    top, bottom = 22.0, size[1] - below
    across = _across(readings, around, left, right)
    return Plot(across, Axis(low, high, bottom, top), left, right, top, bottom, numbers, key)


def _across(readings: Sequence[Reading], around: Around, left: float, right: float) -> Axis:
    first, last = readings[0].at, readings[-1].at
    if around.period is not None:
        first, last = min(first, around.period[0]), max(last, around.period[1])
    if around.forecast is not None:
        last = max(last, around.forecast.until)
    last = max(last, first + timedelta(seconds=1))
    return Axis(first.timestamp(), last.timestamp(), left + 14, right - 8)


def _texts(
    bands: Sequence[Band],
    levels: Sequence[Level],
    guardrail: Guardrail | None,
    readings: Sequence[Reading],
    around: Around,
) -> list[str]:
    """Everything that is written at the right edge."""
    found = [band.label for band in bands if band.until is None]
    found += [level.label for level in levels]
    if guardrail is not None and not guardrail.heading:
        found.append(guardrail.note)
    if around.forecast is not None:
        found.append(around.forecast.label)
    return found + list(around.names if any(one.p95 is not None for one in readings) else ())


def _values(
    readings: Sequence[Reading],
    bands: Sequence[Band],
    levels: Sequence[Level],
    around: Around,
) -> list[float]:
    numbers: list[float | None] = [
        part for one in levels for part in (one.value, one.low, one.high)
    ]
    numbers += [edge for band in bands for edge in (band.low, band.high)]
    for one in readings:
        # What was voided does not stretch the picture: its cross is held at the edge.
        if not one.voided or one.value is not None:
            numbers += [one.value, one.low, one.high, one.lowest, one.highest]
    if around.forecast is not None:
        numbers += [around.forecast.start, around.forecast.end]
    found = [number for number in numbers if number is not None]
    if not readings:
        raise ValueError("a chart needs at least one reading")
    return found or [0.0, 1.0]
