"""What a chart is made from: readings, bands, levels, markers, a guardrail, and its inner frame."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Literal

from telemetry.render.scale import Axis

LETTER = 6.1  # width of a letter at 11 units


@dataclass(frozen=True)
class Reading:
    """One window: its end, value and 95 % interval (None: no data), and its standing."""

    at: datetime
    value: float | None
    low: float | None = None
    high: float | None = None
    standing: str = "ok"


@dataclass(frozen=True)
class Band:
    """Where a standing begins: from `low` to `high`; None is open."""

    kind: Literal["warning", "critical"]
    low: float | None
    high: float | None
    label: str


@dataclass(frozen=True)
class Level:
    """A value that is drawn across: the baseline, the target."""

    value: float
    label: str


@dataclass(frozen=True)
class Marker:
    """An event on the time axis. 'opened' is dashed: an incident; 'live' a version; 'onset'."""

    at: datetime
    label: str
    kind: Literal["live", "onset", "opened"] = "live"


@dataclass(frozen=True)
class Guardrail:
    """The measure that must not suffer meanwhile, in its own unit, below the chart."""

    label: str
    note: str
    readings: tuple[tuple[datetime, float], ...]
    limit: float
    limit_text: str
    at_most: bool = True


@dataclass(frozen=True)
class Numbers:
    """How values are written: times factor, with digits; and the least and most they can be."""

    factor: float = 1.0
    digits: int = 1
    floor_at: float | None = None
    ceiling_at: float | None = None
    zone: tzinfo = UTC

    def say(self, value: float) -> str:
        """Write a value."""
        return f"{value * self.factor:.{self.digits}f}".replace("-", "\u2212")

    def tick(self, value: float) -> str:
        """Write a value on the axis, without needless zeros."""
        return f"{value * self.factor:g}".replace("-", "\u2212")


@dataclass(frozen=True)
class Plot:
    """The inner frame: its axes and edges."""

    x: Axis
    y: Axis
    left: float
    right: float
    top: float
    bottom: float
    numbers: Numbers
    key: str
