"""A trend as small as a word: the last readings, the bands behind, the baseline across. Pure."""

from collections.abc import Sequence

from django.utils.safestring import SafeString, mark_safe

from telemetry.render.drawing import Band
from telemetry.render.paper import SPARK_STYLE
from telemetry.render.scale import Axis, extent

WIDTH, HEIGHT = 120.0, 28.0
POINTS = {"critical": "pt-crit", "warning": "pt-warn", "watch": "pt-warn"}


def sparkline(
    values: Sequence[float | None],
    *,
    bands: Sequence[Band] = (),
    baseline: float | None = None,
    standing: str = "ok",
    paper: bool = False,
) -> SafeString:
    """Draw values, oldest first; None leaves a gap. Hidden from readers of the screen by voice,
    who have the number beside it. Without a value there is no drawing.
    """
    known = [value for value in values if value is not None]
    if not known:
        return mark_safe("")
    edges = [edge for band in bands for edge in (band.low, band.high) if edge is not None]
    reach = known + edges + ([baseline] if baseline is not None else [])
    y = Axis(*extent(reach), HEIGHT - 2, 2)
    x = Axis(0, max(1, len(values) - 1), 2, WIDTH - 4)
    behind = "".join(_band(y, band) for band in bands)
    across = (
        "" if baseline is None else f'<path class="baseline" d="M0 {y.place(baseline):.1f}H120"/>'
    )
    style = f"<style>{SPARK_STYLE}</style>" if paper else ""
    return mark_safe(  # noqa: S308  numbers and our own words only
        f'<svg class="spark" viewBox="0 0 120 28" aria-hidden="true">{style}{behind}{across}'
        f"{_runs(x, y, values)}{_end(x, y, values, standing)}</svg>"
    )


def _band(y: Axis, band: Band) -> str:
    upper = 0.0 if band.high is None else y.place(band.high)
    lower = HEIGHT if band.low is None else y.place(band.low)
    name = "crit" if band.kind == "critical" else "warn"
    tall = max(0.0, lower - upper)
    return f'<rect class="band-{name}" x="0" width="120" y="{upper:.1f}" height="{tall:.1f}"/>'


def _runs(x: Axis, y: Axis, values: Sequence[float | None]) -> str:
    drawn, run = "", ""
    for index, value in enumerate((*values, None)):
        if value is not None:
            run += f" {x.place(index):.1f},{y.place(value):.1f}"
        elif run:
            drawn += f'<polyline class="line" points="{run.strip()}"/>'
            run = ""
    return drawn


def _end(x: Axis, y: Axis, values: Sequence[float | None], standing: str) -> str:
    index = max(index for index, value in enumerate(values) if value is not None)
    value = values[index] or 0.0
    name = POINTS.get(standing, "pt-ok")
    return f'<circle class="{name}" cx="{x.place(index):.1f}" cy="{y.place(value):.1f}" r="2.6"/>'
