"""A threshold as its author states it, and the limits in the KPI's unit that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from governance.rules.bands import Bands, Side, bands_from

Mode = Literal["absolute", "points", "share"]
LIMITS = tuple(item.name for item in fields(Side))


@dataclass(frozen=True, slots=True)
class Stated:
    """Limits in `mode`: absolute; points to add to `baseline`; shares of it (-0.03: 3 % less).

    A limit that is None does not exist. `low` holds the lower limits of the direction 'outside',
    by the same names. `fires_k` of the last `fires_n` valid windows fire; `judged_by` is value or
    lower_bound.
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
