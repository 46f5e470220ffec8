"""The diagram of an incident's states, drawn from the table that is executed: boxes and arrows.

Pure: places in units of the drawing, no pixels of a screen. What a parent takes along is left out:
a child goes wherever its parent goes.
"""

from collections import defaultdict
from dataclasses import dataclass

from incidents.rules.states import (
    CANCELLED,
    CLOSED,
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    RISK_ACCEPTED,
    STATE_WORDS,
    VALIDATION,
    VERIFICATION,
    Edge,
)
from incidents.rules.tables.families import FOLLOW

WIDTH, HEIGHT = 1064, 500
BOX_WIDTH, BOX_HEIGHT = 108, 44
STEP = 156
LEFT = 10
MIDDLE, BELOW = 220, 440
ROW = (OPEN, INVESTIGATING, VALIDATION, DECISION, EXECUTION, VERIFICATION, CLOSED)
PLACES: dict[str, tuple[int, int]] = {
    **{state: (LEFT + STEP * place, MIDDLE) for place, state in enumerate(ROW)},
    CANCELLED: (LEFT + STEP, BELOW),
    RISK_ACCEPTED: (LEFT + STEP * 4, BELOW),
}
RISE = 34
"""How much higher an arc stands for every state that it passes."""


@dataclass(frozen=True, slots=True)
class Box:
    """A state: where its box stands, what it is called."""

    state: str
    words: str
    x: int
    y: int

    @property
    def text_x(self) -> int:
        """The middle of the box."""
        return self.x + BOX_WIDTH // 2

    @property
    def text_y(self) -> int:
        """Where its words stand."""
        return self.y + BOX_HEIGHT // 2 + 5


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from a state to another one: its path, the codes that lead there, where they stand."""

    source: str
    target: str
    codes: str
    commands: str
    path: str
    x: int
    y: int


def boxes() -> list[Box]:
    """Return a box for every state."""
    return [Box(state, STATE_WORDS[state], x, y) for state, (x, y) in PLACES.items()]


def arrows(edges: tuple[Edge, ...]) -> list[Arrow]:
    """Return an arrow for every pair of states that some command joins, with all its codes."""
    joined: defaultdict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge.source and edge.source != edge.target and edge.command != FOLLOW:
            joined[edge.source, edge.target].append(edge)
    return [_arrow(source, target, found) for (source, target), found in joined.items()]


def _arrow(source: str, target: str, found: list[Edge]) -> Arrow:
    path, x, y = _path(source, target)
    codes = ", ".join(dict.fromkeys(edge.code for edge in found))
    commands = ", ".join(edge.command for edge in found)
    return Arrow(source, target, codes, commands, path, x, y)


def _path(source: str, target: str) -> tuple[str, int, int]:
    """Return a path and where its label stands: ahead above the row, back below it."""
    (from_x, from_y), (to_x, to_y) = PLACES[source], PLACES[target]
    if from_y != to_y:
        return _across(from_x, from_y, to_x, to_y)
    if from_y == BELOW:
        y, end = from_y + BOX_HEIGHT // 2, to_x + BOX_WIDTH
        return f"M{from_x} {y} L{end + 2} {y}", (from_x + end) // 2, y - 8
    passed = abs(to_x - from_x) // STEP
    ahead = to_x > from_x
    if ahead and passed == 1:
        y = from_y + BOX_HEIGHT // 2
        start, end = from_x + BOX_WIDTH, to_x
        return f"M{start} {y} L{end - 2} {y}", (start + end) // 2, y - 8
    y = from_y if ahead else from_y + BOX_HEIGHT
    start = from_x + BOX_WIDTH * (3 if ahead else 1) // 4
    end = to_x + BOX_WIDTH * (1 if ahead else 3) // 4
    bend = RISE * (passed + 1) * (-1 if ahead else 1)
    middle = (start + end) // 2
    label = y + bend * 3 // 4 + (-6 if ahead else 14)
    return f"M{start} {y} C{start} {y + bend} {end} {y + bend} {end} {y}", middle, label


def _across(from_x: int, from_y: int, to_x: int, to_y: int) -> tuple[str, int, int]:
    """Between the row and what stands below it; the label stands at the end in the row.

    What goes down leaves at the left, or the middle where it goes right; what comes up arrives at
    the right, a line lower.
    """
    down = to_y > from_y
    shift = (BOX_WIDTH // 6 if to_x <= from_x else BOX_WIDTH // 2) if down else BOX_WIDTH * 5 // 6
    start_x, end_x = from_x + shift, to_x + shift
    start_y = from_y + (BOX_HEIGHT if down else 0)
    end_y = to_y + (0 if down else BOX_HEIGHT)
    half = (start_y + end_y) // 2
    path = f"M{start_x} {start_y} C{start_x} {half} {end_x} {half} {end_x} {end_y}"
    return (path, start_x, start_y + 18) if down else (path, end_x, end_y + 34)
