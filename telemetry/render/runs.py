"""What ran when: lanes of spans and events on one time axis, as SVG. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from html import escape
from typing import Literal

from django.utils.dateformat import format as say_date
from django.utils.safestring import SafeString, mark_safe

from telemetry.render.drawing import Marker
from telemetry.render.paper import PAPER_STYLE
from telemetry.render.scale import Axis, rows

PITCH, TALL, HEAD, BELOW = 30.0, 20.0, 10.0, 14.0
LETTER = 8.2  # wider than on a chart: a tablet shows this drawing small and its words larger
# Each kind of span: its class, and the class of its label.
KINDS = {
    "old": ("run-old", "t-strong"),
    "live": ("run-live", "t-strong"),
    "closed": ("run-inc", "t-strong"),
    "unseen": ("run-gap", "t-warn"),
    "open": ("run-crit", "t-crit"),
}


@dataclass(frozen=True)
class Span:
    """Something that lasted: an earlier or the live version, a closed, unseen or open incident."""

    start: datetime
    end: datetime | None
    label: str
    kind: Literal["old", "live", "closed", "unseen", "open"]


@dataclass(frozen=True)
class Lane:
    """One row: a label at its left, spans and events in it."""

    label: str
    spans: tuple[Span, ...] = ()
    events: tuple[Marker, ...] = ()


def runs_chart(
    *,
    lanes: Sequence[Lane],
    start: datetime,
    end: datetime,
    description: str,
    zone: tzinfo = UTC,
    width: float = 1160,
    paper: bool = False,
) -> SafeString:
    """Draw lanes from start to end. A span without an end runs on; what lies before is cut.

    ValueError: no lanes, or an end that is not after the start.
    """
    if not lanes or end <= start:
        raise ValueError("a chart of runs needs lanes and a time that passes")
    left = 14 + LETTER * max(len(lane.label) for lane in lanes)
    axis = Axis(start.timestamp(), end.timestamp(), left, width - 12)
    drawn, bottom = "", HEAD
    for lane in lanes:
        part, tall = _lane(lane, bottom, axis)
        drawn, bottom = drawn + part, bottom + tall
    style = f"<style>{PAPER_STYLE}</style>" if paper else ""
    return mark_safe(  # noqa: S308  every text of a caller is escaped
        f'<svg class="chart ran" viewBox="0 0 {width:g} {bottom + 22:g}" role="img" '
        f'aria-label="{escape(description)}">{style}'
        f"{''.join(_months(axis, start, end, bottom, zone))}{drawn}</svg>"
    )


def _months(
    axis: Axis, start: datetime, end: datetime, bottom: float, zone: tzinfo
) -> Iterator[str]:
    month = start.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month < end:
        x = axis.place(month.timestamp())
        name = say_date(month, "F")
        yield f'<path class="grid" d="M{x:.1f} 6V{bottom:.1f}"/>'
        if axis.end - x > LETTER * len(name):
            yield f'<text x="{x + 4:.1f}" y="{bottom + 16:.1f}">{name}</text>'
        year, number = divmod(month.year * 12 + month.month, 12)
        month = month.replace(year=year, month=number + 1)


def _lane(lane: Lane, top: float, axis: Axis) -> tuple[str, float]:
    """Draw a lane; give it and its height, which grows by the labels that do not fit inside."""
    boxes = [(span, *_place(span, axis)) for span in lane.spans]
    drawn = f'<text x="0" y="{top + 14:.1f}">{escape(lane.label)}</text>'
    drawn += "".join(_span(span, x, wide, top) for span, x, wide in boxes)
    drawn += "".join(_event(event, top, axis) for event in lane.events)
    outside = [(span, x, wide) for span, x, wide in boxes if not _fits(span, wide)]
    places = [_beneath(span, x, axis) for span, x, _wide in outside]
    taken = rows(places)
    for (span, _x, _wide), (left, _right), row in zip(outside, places, taken, strict=True):
        at = f'x="{left:.1f}" y="{top + TALL + BELOW * (row + 1):.1f}"'
        drawn += f'<text class="{KINDS[span.kind][1]}" {at}>{escape(span.label)}</text>'
    return drawn, PITCH + BELOW * (max(taken, default=-1) + 1)


def _place(span: Span, axis: Axis) -> tuple[float, float]:
    x = axis.place(span.start.timestamp())
    stop = axis.end if span.end is None else axis.place(span.end.timestamp())
    return x, max(2.0, stop - x)


def _fits(span: Span, wide: float) -> bool:
    return span.kind != "open" and wide > LETTER * len(span.label) + 12


def _beneath(span: Span, x: float, axis: Axis) -> tuple[float, float]:
    said = LETTER * len(span.label)
    left = min(x, axis.end + 12 - said)
    return left, left + said + 8


def _span(span: Span, x: float, wide: float, top: float) -> str:
    box, words = KINDS[span.kind]
    shape = f'<rect class="{box}" x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{TALL:g}"/>'
    drawn = f"<g><title>{escape(span.label)}</title>{shape}</g>"
    if not _fits(span, wide):
        return drawn
    at = f'x="{x + 7:.1f}" y="{top + 14:.1f}"'
    return f'{drawn}<text class="{words}" {at}>{escape(span.label)}</text>'


def _event(event: Marker, top: float, axis: Axis) -> str:
    x = axis.place(event.at.timestamp())
    room = axis.end + 12 - x
    beside = room > LETTER * len(event.label) + 5
    shift, anchor = (5, "start") if beside else (-5, "end")
    at = f'x="{x + shift:.1f}" y="{top + 14:.1f}" text-anchor="{anchor}"'
    line = f'<path class="event" d="M{x:.1f} {top + 2:.1f}v14"/>'
    return f"{line}<text {at}>{escape(event.label)}</text>"
