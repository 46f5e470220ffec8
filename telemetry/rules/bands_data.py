"""Bands of the catalogue as plain data: what they may say, and the threshold that follows.

An entry is a mapping: `profile` (small, bank, example), `mode` (absolute, points, share),
`direction` (above, below, outside), `warning`, `critical`, `instant_critical`, `low` {warning,
critical} for outside, `fires` 'k:n', `least_n`; and where they apply `relative_to`, `judged_by`,
`for_seconds`, `floor` (absolute lower limits beside relative ones), `variant`, `least_per`,
`least_positive`, `over`, `pairs`, `stop_at`, `note`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

LIMITS = ("warning", "critical", "instant_critical")
FIRES = re.compile(r"([1-9][0-9]?):([1-9][0-9]?)")
RECOVER_WINDOWS = 2
# Units in which the good end of the scale is a value that is truly reached.
REACHED = ("ratio", "percent", "index", "count", "per 1000", "multiple")


def fires_of(entry: Mapping[str, Any]) -> tuple[int, int]:
    """Return (k, n): a breach fires when k of the last n valid windows breach."""
    found = FIRES.fullmatch(str(entry["fires"]))
    if found is None:
        raise ValueError(f"{entry['fires']!r} does not say how many of how many windows")
    return int(found[1]), int(found[2])


def proposal_of(
    entries: Iterable[Mapping[str, Any]],
    *,
    profile: str,
    unit: str,
    lowest: float | None = None,
    highest: float | None = None,
    neutral: float | None = None,
    baseline: float | None = None,
    variant: str = "",
) -> dict[str, Any] | None:
    """Return the threshold that a profile proposes, None where the catalogue holds no bands.

    A profile without bands of its own takes the example. Recovery lies at half the distance to
    warning, held for two windows (profiles.md). With a `baseline`, a floor is folded into the lower
    limits; without one it stays beside them as `floor`.
    """
    entry = _chosen(list(entries), profile, variant)
    if entry is None:
        return None
    ideal = _ideal(entry, unit, lowest, highest, neutral)
    k, n = fires_of(entry)
    low = _lower(entry, baseline)
    found: dict[str, Any] = {
        "direction": entry["direction"],
        "mode": entry["mode"],
        "target": None,
        **{name: entry.get(name) for name in LIMITS},
        "recover_warning": _half_way(entry.get("warning"), ideal, entry["direction"]),
        "recover_critical": None,
        "low": low and {**low, "recover_warning": _half_way(low.get("warning"), ideal, "below")},
        "baseline": baseline if entry["mode"] != "absolute" else None,
        "fires_k": k,
        "fires_n": n,
        "least_n": entry["least_n"],
        "recover_windows": RECOVER_WINDOWS,
        "for_seconds": entry.get("for_seconds", 0),
        "judged_by": entry.get("judged_by", "value"),
        "profile": entry["profile"],
        "relative_to": entry.get("relative_to", ""),
    }
    if "floor" in entry and (baseline is None or entry["mode"] == "absolute"):
        found["floor"] = dict(entry["floor"])
    return found


def _chosen(
    entries: list[Mapping[str, Any]], profile: str, variant: str
) -> Mapping[str, Any] | None:
    for wanted in (profile, "example"):
        for entry in entries:
            if entry["profile"] == wanted and entry.get("variant", "") == variant:
                return entry
    return None


def _ideal(
    entry: Mapping[str, Any],
    unit: str,
    lowest: float | None,
    highest: float | None,
    neutral: float | None,
) -> float | None:
    """Return the value from which the distance to a limit is measured, None where none is known."""
    if entry["mode"] != "absolute":
        return 0.0
    if neutral is not None:
        return neutral
    if unit not in REACHED or entry["direction"] == "outside":
        return None
    return highest if entry["direction"] == "below" else lowest


def _half_way(limit: float | None, ideal: float | None, direction: str) -> float | None:
    """Return where recovery from `limit` lies; None, the limit itself, where half is no way back.

    So it is for a limit that is on the good side already, such as four fifths of an objective.
    """
    if limit is None or ideal is None:
        return None
    beyond = limit < ideal if direction == "below" else limit > ideal
    return (limit + ideal) / 2 if beyond else None


def _lower(entry: Mapping[str, Any], baseline: float | None) -> dict[str, Any] | None:
    """Return the lower limits of outside, with the floor as a share or in points of a baseline."""
    if entry.get("low") is None:
        return None
    low = dict(entry["low"])
    floor: Mapping[str, float] = entry.get("floor") or {}
    if not floor or not baseline or entry["mode"] == "absolute":
        return low
    relative = {name: _relative(limit, baseline, entry["mode"]) for name, limit in floor.items()}
    low |= relative
    warning, critical = low.get("warning"), low.get("critical")
    if warning is not None and critical is not None and critical >= warning:
        # The floor lies above what would be a warning: below it everything is critical.
        low.pop("warning")
    return low


def _relative(limit: float, baseline: float, mode: str) -> float:
    return limit / baseline - 1 if mode == "share" else limit - baseline
