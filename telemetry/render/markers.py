"""Events on the time axis of a chart, each named at the head of its line. Pure.

A line reaches up to the row of its own name and no further, and the rows stand above the readings:
no name touches another one, is crossed by a line, or lies on a reading.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape

from telemetry.render.drawing import LETTER, Marker, Plot

MOST_ROWS = 4  # so many names below each other; the others speak by their title alone
ROW = 13
STRONG = 6.9  # width of a letter where it is bold, as numbers of incidents are
PLAIN = ("onset", "rule")
BESIDE = 5  # from the line to its name


@dataclass(frozen=True)
class Placed:
    """A marker with its line and, where there was room, the row and the side of its name."""

    marker: Marker
    x: float
    left: float
    right: float
    anchor: str
    row: int | None

    def clears(self, other: "Placed") -> bool:
        """Whether both can stand as they are; both have a row."""
        assert self.row is not None
        assert other.row is not None
        if self.row == other.row and self.left < other.right and other.left < self.right:
            return False
        crossed = other.row <= self.row and self.left < other.x < self.right
        crossing = self.row <= other.row and other.left < self.x < other.right
        return not crossed and not crossing


def placed(plot: Plot, markers: Sequence[Marker]) -> list[Placed]:
    """Give each marker its place, the oldest first.

    Names stand left of their lines, and the later one above; near the left edge to the right of
    them, and the earlier one above: so no line crosses a name that stands higher.
    """
    ordered = sorted(markers, key=lambda marker: marker.at)
    before, after = (
        [_named(plot, marker, side) for marker in ordered] for side in ("end", "start")
    )
    edge = _at_the_edge(plot, before)
    found: dict[int, Placed] = {}
    late = sorted(range(edge, len(ordered)), key=lambda index: -before[index].x)
    for index in (*range(edge), *late):
        others = [one for one in found.values() if one.row is not None]
        found[index] = _in_a_row(after[index] if index < edge else before[index], others)
    return [found[index] for index in range(len(ordered))]


def _at_the_edge(plot: Plot, before: Sequence[Placed]) -> int:
    """Return how many of the first have no room left of their line, or left of one of these."""
    edge, limit = 0, plot.left
    for index, one in enumerate(before, start=1):
        if one.left < limit:
            edge, limit = index, one.x
    return edge


def _named(plot: Plot, marker: Marker, anchor: str) -> Placed:
    x = plot.x.place(marker.at.timestamp())
    letter = LETTER if marker.kind in PLAIN else STRONG
    wide = letter * len(marker.label) + BESIDE + 4
    left, right = (x - wide, x) if anchor == "end" else (x, x + wide)
    return Placed(marker, x, left, right, anchor, None)


def _in_a_row(one: Placed, others: Sequence[Placed]) -> Placed:
    for row in range(MOST_ROWS):
        tried = replace(one, row=row)
        if all(tried.clears(other) for other in others):
            return tried
    return one


def rows_of(found: Sequence[Placed]) -> int:
    """Return how many rows of names there are."""
    return max((one.row + 1 for one in found if one.row is not None), default=0)


def below_names(plot: Plot, found: Sequence[Placed]) -> Plot:
    """Return the frame with room for its rows of names above the readings."""
    top = plot.top + ROW * max(0, rows_of(found) - 1)
    return replace(plot, top=top, y=replace(plot.y, end=top))


def lines(plot: Plot, found: Sequence[Placed]) -> Iterator[str]:
    """Draw the line of each event, from its name to the axis, with its words as a title."""
    head = plot.top - ROW * max(0, rows_of(found) - 1)
    for one in found:
        name = {"opened": " event--open", "rule": " event--rule"}.get(one.marker.kind, "")
        top = plot.top - 4 if one.row is None else head - 13 + ROW * one.row
        line = f'<path class="event{name}" d="M{one.x:.1f} {top:.1f}V{plot.bottom:.1f}"/>'
        yield f"<g><title>{escape(one.marker.label)}</title>{line}</g>"


def names(plot: Plot, found: Sequence[Placed]) -> Iterator[str]:
    """Write the name of each event that has a row beside the head of its line."""
    head = plot.top - ROW * max(0, rows_of(found) - 1)
    for one in found:
        if one.row is None:
            continue
        x = one.x + (-BESIDE if one.anchor == "end" else BESIDE)
        y = head - 4 + ROW * one.row
        yield (
            f'<text class="{"" if one.marker.kind in PLAIN else "t-pen"}" x="{x:.1f}" y="{y:.1f}" '
            f'text-anchor="{one.anchor}">{escape(one.marker.label)}</text>'
        )
