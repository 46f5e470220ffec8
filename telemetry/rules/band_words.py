"""Example bands in words, for pages and answers; what is judged are the numbers."""

from collections.abc import Mapping
from typing import Any

from ledger.rules.worded import worded
from telemetry.rules.bands_data import LIMITS, fires_of


def in_words(entry: Mapping[str, Any], *, share: bool) -> str:
    """Say a band as a person does: 'warning 4 points under the baseline (2 of 3 windows)'.

    `share`: the KPI is a share, so its limits are written as per cent. Only for reading; what is
    judged are the numbers.
    """
    low, floor = entry.get("low") or {}, entry.get("floor") or {}
    parts = [_limit_words(entry, name, share) for name in LIMITS if entry.get(name) is not None]
    parts += [_limit_words(_below(entry, low), name, share) for name in LIMITS if name in low]
    parts += [f"{name} ≤ {_number(limit, share)}" for name, limit in floor.items()]
    return f"{'; '.join(parts)} ({_when(entry)})"


def _when(entry: Mapping[str, Any]) -> str:
    k, n = fires_of(entry)
    if entry.get("for_seconds"):
        return worded("for {for_seconds} minutes", for_seconds=entry["for_seconds"] // 60)
    return "one window" if n == 1 else worded("{k} of {n} windows", k=k, n=n)


def _below(entry: Mapping[str, Any], low: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lower limits as an entry of their own."""
    return {**entry, **dict.fromkeys(LIMITS), **low, "direction": "below"}


def _limit_words(entry: Mapping[str, Any], name: str, share: bool) -> str:
    limit, word = entry[name], name.replace("_", " ")
    if entry["mode"] == "absolute":
        sign = "≤" if entry["direction"] == "below" else "≥"
        return f"{word} {sign} {_number(limit, share)}"
    told = _number(abs(limit), share or entry["mode"] == "share")
    points = " points" if entry["mode"] == "points" and share else ""
    told = told.removesuffix(" %") + points if points else told
    what = entry.get("relative_to") or "baseline"
    if limit == 0:
        return worded("{word} at the {what}", word=word, what=what)
    return f"{word} {told} {'over' if limit > 0 else 'under'} the {what}"


def _number(value: float, share: bool) -> str:
    return f"{value * 100:.6g} %" if share else f"{value:.6g}"
