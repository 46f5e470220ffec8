"""What a chart is made from: readings, bands, levels, markers, a guardrail, and its inner frame."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from outbox.languages import say_numbers
from telemetry.render.scale import Axis

LETTER = 6.1  # width of a letter at 11 units


@dataclass(frozen=True)
class Reading:
    """One window, or a day of windows: where it ends, its value (None: unknown), its standing.

    `low` and `high` are the 95 % interval of one window; of a day `lowest`, `highest` and `p95` are
    those of its windows, `furthest` the one that its standing is about. A reading that was `voided`
    (why) has no value; `shown` is what it said. One that is `withheld` (why) has none either, and
    keeps its standing.
    """

    at: datetime
    value: float | None
    low: float | None = None
    high: float | None = None
    standing: str = "ok"
    lowest: float | None = None
    highest: float | None = None
    p95: float | None = None
    furthest: float | None = None
    voided: str = ""
    shown: float | None = None
    withheld: str = ""


@dataclass(frozen=True)
class Band:
    """Where a standing begins: from `low` to `high`; None is open. In force in [since, until)."""

    kind: Literal["warning", "critical"]
    low: float | None
    high: float | None
    label: str
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Level:
    """A value that is drawn across, with its 95 % interval: the baseline, the target.

    It holds in [since, until); without a label nothing is written beside it.
    """

    value: float
    label: str
    low: float | None = None
    high: float | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Marker:
    """An event on the time axis. 'opened' is dashed: an incident; 'live' a version; 'onset'.

    'rule' is where another version of the threshold begins to judge.
    """

    at: datetime
    label: str
    kind: Literal["live", "onset", "opened", "rule"] = "live"


@dataclass(frozen=True)
class Guardrail:
    """The measure that must not suffer meanwhile, in its own unit, below the chart.

    A reading without a value breaks its line. With `heading` it is named above, not at the right.
    """

    label: str
    note: str
    readings: tuple[tuple[datetime, float | None], ...]
    limit: float | None
    limit_text: str
    at_most: bool = True
    heading: str = ""


@dataclass(frozen=True)
class Shade:
    """A stretch of time in which a silence held, with its words."""

    since: datetime
    until: datetime
    label: str


@dataclass(frozen=True)
class Forecast:
    """Where a slide leads: a straight line between two instants, and what it says at its end."""

    since: datetime
    start: float
    until: datetime
    end: float
    label: str


@dataclass(frozen=True)
class Around:
    """What a trend is seen in: the time that is shown, how often a reading is due, what held then.

    Where nothing came for a `step` and its `grace` (without one: half a step), no line is drawn
    and it is shown as unknown. `former` are levels that hold no more; `names` are the words for the
    mean and the 95th percentile of days.
    """

    period: tuple[datetime, datetime] | None = None
    step: timedelta | None = None
    grace: timedelta = timedelta(0)
    former: tuple[Level, ...] = ()
    shades: tuple[Shade, ...] = ()
    forecast: Forecast | None = None
    names: tuple[str, str] = ("mean", "p95")
    unknown: str = "no data"

    @property
    def longest(self) -> timedelta | None:
        """How far apart two readings may be where none is missing; None where nobody knows."""
        return None if self.step is None else self.step + (self.grace or self.step / 2)


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
        return say_numbers(f"{value * self.factor:.{self.digits}f}".replace("-", "\u2212"))

    def tick(self, value: float) -> str:
        """Write a value on the axis, without needless zeros."""
        return say_numbers(f"{value * self.factor:g}".replace("-", "\u2212"))


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
