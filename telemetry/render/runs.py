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
from telemetry.render.scale import Axis

PITCH, TALL, HEAD = 30.0, 20.0, 10.0
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
    bottom = HEAD + PITCH * len(lanes)
    drawn = "".join(
        part for row, lane in enumerate(lanes) for part in _lane(lane, HEAD + PITCH * row, axis)
    )
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


def _lane(lane: Lane, top: float, axis: Axis) -> Iterator[str]:
    yield f'<text x="0" y="{top + 14:.1f}">{escape(lane.label)}</text>'
    for span in lane.spans:
        yield _span(span, top, axis)
    for event in lane.events:
        x = axis.place(event.at.timestamp())
        yield f'<path class="event" d="M{x:.1f} {top + 2:.1f}v14"/>'
        yield _label(event.label, "", top, axis, x, x)


def _span(span: Span, top: float, axis: Axis) -> str:
    x = axis.place(span.start.timestamp())
    stop = axis.end if span.end is None else axis.place(span.end.timestamp())
    wide = max(2.0, stop - x)
    box, words = KINDS[span.kind]
    shape = f'<rect class="{box}" x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{TALL:g}"/>'
    said = f"<g><title>{escape(span.label)}</title>{shape}</g>"
    fits = wide > LETTER * len(span.label) + 12
    if fits and span.kind != "open":
        at = f'x="{x + 7:.1f}" y="{top + 14:.1f}"'
        return f'{said}<text class="{words}" {at}>{escape(span.label)}</text>'
    return said + _label(span.label, words, top, axis, x, x + wide)


def _label(text: str, name: str, top: float, axis: Axis, left: float, right: float) -> str:
    """Say a label right of what it names, or left of it where the drawing ends."""
    room = axis.end + 12 - right
    beside = room > LETTER * len(text) + 5
    x, anchor = (right + 5, "start") if beside else (left - 5, "end")
    return (
        f'<text class="{name}" x="{x:.1f}" y="{top + 14:.1f}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )
