"""Bands: what a threshold says about one reading. The standing is judged in standings.py."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Self

Direction = Literal["above", "below", "outside"]
JudgedBy = Literal["value", "lower_bound"]

OPEN_END = math.inf
DAY = 86400
FLAP_CHANGES = 4


class Band(StrEnum):
    """Where one reading lies. `watch` is a mark on a reading that breaches nothing yet."""

    OK = "ok"
    WATCH = "watch"
    WARNING = "warning"
    CRITICAL = "critical"
    INSTANT = "instant"
    BAD = "bad"


LEVEL = {Band.OK: 0, Band.WATCH: 0, Band.WARNING: 1, Band.CRITICAL: 2, Band.INSTANT: 3}


@dataclass(frozen=True, slots=True)
class Side:
    """The limits on one side. A breach includes its limit; recovery lies strictly before its own.

    What is None does not exist; a recovery limit that is None is the entry limit itself.
    """

    warning: float | None = None
    critical: float | None = None
    instant_critical: float | None = None
    recover_warning: float | None = None
    recover_critical: float | None = None

    @property
    def limits(self) -> tuple[float, ...]:
        """Warning, critical and instant limits that exist, in this order."""
        found = (self.warning, self.critical, self.instant_critical)
        return tuple(limit for limit in found if limit is not None)

    @property
    def leaves_critical(self) -> float:
        """The limit before which a reading counts towards leaving CRITICAL.

        A side that has lost its critical limit by an edit falls back on warning (EVA-11).
        """
        return _first(
            self.recover_critical,
            self.critical,
            self.instant_critical,
            self.recover_warning,
            self.warning,
        )

    @property
    def leaves_warning(self) -> float:
        """The limit before which a reading counts towards OK."""
        return _first(self.recover_warning, self.warning, self.leaves_critical)

    def mirrored(self) -> Self:
        """The same limits with the sign turned, so that 'below' is judged as 'above'."""
        turned = {
            item.name: None if (limit := getattr(self, item.name)) is None else -limit
            for item in fields(self)
        }
        return type(self)(**turned)


@dataclass(frozen=True, slots=True)
class Bands:
    """Limits of a KPI. `side` is the upper side for above and outside, the lower one for below.

    `low_side` exists for outside only. `target` is where the value should lie; it is drawn, and
    must be possible within the bands, but judges nothing. Units are the KPI's own.
    """

    direction: Direction
    side: Side
    low_side: Side | None = None
    target: float | None = None

    @property
    def upper(self) -> Side | None:
        """The limits above which it breaches, or None."""
        return None if self.direction == "below" else self.side

    @property
    def lower(self) -> Side | None:
        """The limits below which it breaches, or None."""
        return self.side if self.direction == "below" else self.low_side


@dataclass(frozen=True, slots=True)
class Firing:
    """A breach fires when k of the last n valid readings breach; n = k is k consecutive ones.

    `for_seconds` fires only when the windows of the run of breaches cover so much event time.
    """

    k: int = 1
    n: int = 1
    for_seconds: int = 0

    @property
    def consecutive(self) -> bool:
        """Whether one valid reading without a breach starts the count anew."""
        return self.k == self.n


@dataclass(frozen=True, slots=True)
class Rule:
    """How the readings of one series are judged.

    `least_n`: readings of fewer samples are bad. `recover_windows` valid readings in a row, and
    `keep_for` seconds between the first and the last window_end of them, lead back. Seconds of
    `window` and `cadence` are those of the series; `grace` is allowed on top of the cadence.
    `judged_by` lower_bound takes the bound of the 95 % interval that lies nearest to the good
    side; an interval that excludes `neutral` (no difference: 0 for a gap, 1 for a ratio, None
    where there is no such value) is a warning at least (EVA-19). `lowest` and `highest` are the
    ends of what the KPI can be. `flap_changes` entries and exits within `flap_within` seconds are
    flapping until `flap_stable` seconds have passed without one (0 changes: never).
    """

    bands: Bands
    firing: Firing = Firing()
    least_n: int = 0
    recover_windows: int = 1
    keep_for: int = 0
    judged_by: JudgedBy = "value"
    neutral: float | None = 0.0
    window: int = 0
    cadence: int = 86400
    grace: int = 0
    lowest: float = -OPEN_END
    highest: float = OPEN_END
    flap_changes: int = 0
    flap_within: int = 86400
    flap_stable: int = 86400
    quiet_above: float = field(init=False, default=-OPEN_END, repr=False, compare=False)
    quiet_below: float = field(init=False, default=OPEN_END, repr=False, compare=False)

    def __post_init__(self) -> None:
        upper, lower = self.bands.upper, self.bands.lower
        if upper is not None and upper.limits:
            object.__setattr__(self, "quiet_below", min(upper.limits))
        if lower is not None and lower.limits:
            object.__setattr__(self, "quiet_above", max(lower.limits))


def fitted(rule: Rule, *, window: int, cadence: int) -> Rule:
    """Return the rule for a series of windows and a cadence of so many seconds.

    Flapping are four entries and exits in 24 hours, of what is read more rarely than hourly in
    fourteen cadences at least; it is over after 24 hours, or three cadences, without one.
    """
    return replace(
        rule,
        window=window,
        cadence=cadence,
        flap_changes=FLAP_CHANGES,
        flap_within=max(DAY, 14 * cadence),
        flap_stable=max(DAY, 3 * cadence),
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a series. The newest revision of a window_end counts. Instants are aware."""

    window_end: datetime
    value: float | None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    quality: str = "good"
    revision: int = 0


def band_of(rule: Rule, reading: Reading) -> Band:
    """Return where a reading lies; anything that is no number of enough samples is bad."""
    value = reading.value
    if value is None or not is_valid(rule, reading):
        return Band.BAD
    if rule.judged_by == "value":
        return _band(rule.bands, value, value)
    if reading.low is None or reading.high is None:
        return Band.BAD
    found = _band(rule.bands, reading.low, reading.high)
    if found is not Band.OK:
        return found
    if excludes_neutral(rule, reading):
        return Band.WARNING
    return Band.OK if _band(rule.bands, value, value) is Band.OK else Band.WATCH


def is_valid(rule: Rule, reading: Reading) -> bool:
    """Whether a reading may count: good, a finite number, of enough samples, with its interval."""
    if reading.quality != "good" or not _finite(reading.value):
        return False
    if rule.least_n and (reading.n is None or reading.n < rule.least_n):
        return False
    return rule.judged_by == "value" or _encloses(reading)


def excludes_neutral(rule: Rule, reading: Reading) -> bool:
    """Whether the interval says that there is a difference; False where the rule asks for none."""
    if rule.judged_by == "value" or rule.neutral is None or not is_valid(rule, reading):
        return False
    low, high = reading.low, reading.high
    return low is not None and high is not None and not low <= rule.neutral <= high


def is_past(rule: Rule, value: float, *, critical: bool) -> bool:
    """Whether a value lies strictly on the safe side of recovery from critical or from warning."""
    upper, lower = rule.bands.upper, rule.bands.lower
    if critical:
        below_top = upper is None or value < upper.leaves_critical
        return below_top and (lower is None or value > lower.leaves_critical)
    below_top = upper is None or value < upper.leaves_warning
    return below_top and (lower is None or value > lower.leaves_warning)


def bands_from(data: Mapping[str, Any]) -> Bands:
    """Build bands from plain data: direction, target, the limits, and low {limits} for outside."""
    low = data.get("low")
    return Bands(
        direction=data["direction"],
        side=_side_from(data),
        low_side=None if low is None else _side_from(low),
        target=data.get("target"),
    )


def _side_from(data: Mapping[str, Any]) -> Side:
    return Side(**{item.name: data.get(item.name) for item in fields(Side)})


def _band(bands: Bands, low: float, high: float) -> Band:
    """Return the worse of the two sides, the upper judged by `low`, the lower by `high`."""
    found = Band.OK
    if bands.upper is not None:
        found = _beyond(bands.upper, low)
    if bands.lower is not None:
        other = _beyond(bands.lower.mirrored(), -high)
        found = max(found, other, key=LEVEL.__getitem__)
    return found


def _beyond(side: Side, value: float) -> Band:
    if side.instant_critical is not None and value >= side.instant_critical:
        return Band.INSTANT
    if side.critical is not None and value >= side.critical:
        return Band.CRITICAL
    if side.warning is not None and value >= side.warning:
        return Band.WARNING
    return Band.OK


def _encloses(reading: Reading) -> bool:
    low, high = reading.low, reading.high
    return low is not None and high is not None and _finite(low) and _finite(high) and low <= high


def _finite(number: float | None) -> bool:
    return number is not None and math.isfinite(number)


def _first(*limits: float | None) -> float:
    return next((limit for limit in limits if limit is not None), OPEN_END)
