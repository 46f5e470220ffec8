"""A threshold as its author states it, and the limits in the KPI's unit that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from governance.rules.bands import OPEN_END, Bands, Firing, Rule, Side, bands_from

Mode = Literal["absolute", "points", "share"]
DIRECTIONS = ("above", "below", "outside")
LIMITS = tuple(item.name for item in fields(Side))


@dataclass(frozen=True, slots=True)
class Stated:
    """Limits in `mode`: absolute; points to add to `baseline`; shares of it (-0.03: 3 % less).

    A limit that is None does not exist. `low` holds the lower limits of the direction 'outside',
    by the same names. `fires_k` of the last `fires_n` valid windows fire; `judged_by` is value or
    lower_bound. `baseline` is a number stated by hand, or that of the approved baseline.
    """

    direction: Literal["above", "below", "outside"]
    mode: Mode = "absolute"
    target: float | None = None
    warning: float | None = None
    critical: float | None = None
    instant_critical: float | None = None
    recover_warning: float | None = None
    recover_critical: float | None = None
    low: Mapping[str, float | None] | None = None
    baseline: float | None = None
    baseline_note: str = ""
    fires_k: int = 2
    fires_n: int = 3
    least_n: int = 0
    recover_windows: int = 2
    keep_for_seconds: int = 0
    for_seconds: int = 0
    grace_seconds: int = 0
    judged_by: Literal["value", "lower_bound"] = "value"
    reason: str = field(default="", compare=False)

    @property
    def is_relative(self) -> bool:
        """Whether its limits say nothing without a baseline."""
        return self.mode != "absolute"

    def against(self, baseline: float, note: str) -> "Stated":
        """Return the same limits over a baseline."""
        return replace(self, baseline=baseline, baseline_note=note)

    @property
    def as_written(self) -> dict[str, Any]:
        """The limits as plain data, for the record."""
        written = {name: getattr(self, name) for name in ("target", *LIMITS)}
        return {"mode": self.mode, **written, "low": dict(self.low) if self.low else None}


def resolved(stated: Stated) -> Stated:
    """Return the same threshold with absolute limits. Raises ValueError without a baseline."""
    if stated.mode == "absolute":
        return stated
    if stated.baseline is None:
        raise ValueError("Limits relative to a baseline need a baseline.")
    low = stated.low
    return Stated(
        **{item.name: getattr(stated, item.name) for item in fields(Stated)}
        | {name: _absolute(stated, getattr(stated, name)) for name in ("target", *LIMITS)}
        | {"low": {k: _absolute(stated, v) for k, v in low.items()} if low else None}
    )


def bands_as_stated(stated: Stated) -> Bands:
    """Return the bands of a resolved threshold."""
    limits = {name: getattr(stated, name) for name in LIMITS}
    return bands_from(
        {"direction": stated.direction, "target": stated.target, "low": stated.low, **limits}
    )


def rule_as_stated(
    stated: Stated,
    *,
    neutral: float | None,
    lowest: float | None,
    highest: float | None,
) -> Rule:
    """Return the rule of a resolved threshold of a KPI, for no window or cadence in particular."""
    return Rule(
        bands=bands_as_stated(stated),
        firing=Firing(stated.fires_k, stated.fires_n, stated.for_seconds),
        least_n=stated.least_n,
        recover_windows=stated.recover_windows,
        keep_for=stated.keep_for_seconds,
        judged_by=stated.judged_by,
        neutral=neutral,
        grace=stated.grace_seconds,
        lowest=-OPEN_END if lowest is None else lowest,
        highest=OPEN_END if highest is None else highest,
    )


def is_loosened(new: Rule, old: Rule) -> bool:
    """Whether readings that fired under the old rule may not fire under the new one.

    Wider limits, more breaches asked for, a longer duration, more samples, a longer grace, or
    judging by the bound of the interval where the value was judged.
    """
    wants_more = (
        new.firing.for_seconds > old.firing.for_seconds
        or new.least_n > old.least_n
        or new.grace > old.grace
        or (new.judged_by == "lower_bound" and old.judged_by == "value")
    )
    return wants_more or _fires_later(new.firing, old.firing) or is_looser(new.bands, old.bands)


def _fires_later(new: Firing, old: Firing) -> bool:
    """Whether some k of n that fired does not: unless one is enough, or as many fit in as long."""
    return new.k > 1 and not (new.k <= old.k and new.n >= old.n)


def is_looser(new: Bands, old: Bands) -> bool:
    """Whether something that breached the old bands does not breach the new ones."""
    if new.direction != old.direction:
        return True
    upper = _is_looser_side(new.upper, old.upper)
    lower = _is_looser_side(
        new.lower.mirrored() if new.lower else None, old.lower.mirrored() if old.lower else None
    )
    return upper or lower


def _is_looser_side(new: Side | None, old: Side | None) -> bool:
    if old is None:
        return False
    pairs = [
        (None if new is None else getattr(new, name), getattr(old, name))
        for name in ("warning", "critical", "instant_critical")
    ]
    return any(was is not None and (now is None or now > was) for now, was in pairs)


def _absolute(stated: Stated, limit: float | None) -> float | None:
    if limit is None or stated.baseline is None:
        return None
    if stated.mode == "points":
        return stated.baseline + limit
    return stated.baseline * (1 + limit)
