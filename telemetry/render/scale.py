"""Where a value, a date and a label stand on a drawing, in the drawing's own units. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

STEPS = (1.0, 2.0, 2.5, 4.0, 5.0, 10.0)


@dataclass(frozen=True)
class Axis:
    """A straight map from values (low, high) to positions (start, end); start may be the larger."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Give the position of a value, held within the axis."""
        held = min(max(value, self.low), self.high)
        width = (self.high - self.low) or 1.0
        return self.start + (held - self.low) / width * (self.end - self.start)


def extent(
    values: Sequence[float], floor_at: float | None = None, ceiling_at: float | None = None
) -> tuple[float, float]:
    """Give the span that shows all values with air above and below.

    Values that start near zero start at zero. The span never leaves floor_at and ceiling_at.
    ValueError: no values.
    """
    low, high = min(values), max(values)
    air = (high - low) * 0.14 or abs(high) * 0.1 or 1.0
    bottom = 0.0 if 0 <= low <= 0.4 * high else low - air
    top = high + air
    if floor_at is not None:
        bottom = max(bottom, floor_at)
    if ceiling_at is not None:
        top = min(top, ceiling_at)
    return bottom, max(top, bottom + 1e-9)


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Choose round values within low and high, about as many as wanted."""
    rough = (high - low) / wanted
    power = 10.0 ** floor(log10(rough))
    step = min((step * power for step in STEPS), key=lambda size: abs(size - rough))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [round(step * count, 10) for count in range(first, last + 1)]


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels as little as needed so that neighbours are a gap apart, within low and high.

    The order of the answer is the order of what was wanted.
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = [wanted[index] for index in order]
    for index in range(1, len(placed)):
        placed[index] = max(placed[index], placed[index - 1] + gap)
    limit = high
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = max(low, min(placed[index], limit))
        limit = placed[index] - gap
    answer = [0.0] * len(placed)
    for position, index in zip(placed, order, strict=True):
        answer[index] = position
    return answer


def rows(spans: Sequence[tuple[float, float]]) -> list[int]:
    """Give each span (left, right) the first row in which it touches no earlier one."""
    ends: list[float] = []
    taken: list[int] = []
    for left, right in spans:
        row = next((row for row, end in enumerate(ends) if end <= left), len(ends))
        ends[row : row + 1] = [right]
        taken.append(row)
    return taken
