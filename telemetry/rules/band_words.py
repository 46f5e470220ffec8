"""Example bands in words, for pages and answers; what is judged are the numbers."""

from collections.abc import Mapping
from typing import Any

from ledger.rules.worded import as_written, in_context, joined, term, word, worded
from telemetry.rules.bands_data import LIMITS, fires_of

NAMES = {
    "warning": in_context("limit of a band", "warning"),
    "critical": in_context("limit of a band", "critical"),
    "instant_critical": in_context("limit of a band", "instant critical"),
}
AGAINST = {
    "baseline": in_context("over or under the", "baseline"),
    "plan": in_context("over or under the", "plan"),
    "objective": in_context("over or under the", "objective"),
    "budget": in_context("over or under the", "budget"),
    "nominal": in_context("over or under the", "nominal"),
}
"""What limits are relative to. In other languages the article stands with it."""


SAMPLED = {"group": word("group"), "tool": word("tool")}
"""Of what each has its own least sample."""


def sampled(entry: Mapping[str, Any]) -> str:
    """Return of what each needs a band's least sample, '' for all together."""
    per = str(entry.get("least_per") or "")
    return SAMPLED.get(per, per)


def in_words(entry: Mapping[str, Any], *, share: bool) -> str:
    """Say a band as a person does: 'warning 4 points under the baseline (2 of 3 windows)'.

    `share`: the KPI is a share, so its limits are written as per cent. Only for reading; what is
    judged are the numbers.
    """
    low, floor = entry.get("low") or {}, entry.get("floor") or {}
    parts = [_limit_words(entry, name, share) for name in LIMITS if entry.get(name) is not None]
    parts += [_limit_words(_below(entry, low), name, share) for name in LIMITS if name in low]
    parts += [_named(name, f"≤ {_number(limit, share)}") for name, limit in floor.items()]
    return worded("{limits} ({when})", limits=joined("; ", parts), when=_when(entry))


def _when(entry: Mapping[str, Any]) -> str:
    k, n = fires_of(entry)
    if entry.get("for_seconds"):
        return worded("for {for_seconds} minutes", for_seconds=entry["for_seconds"] // 60)
    return term("one window") if n == 1 else worded("{k} of {n} windows", k=k, n=n)


def _below(entry: Mapping[str, Any], low: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lower limits as an entry of their own."""
    return {**entry, **dict.fromkeys(LIMITS), **low, "direction": "below"}


def _limit_words(entry: Mapping[str, Any], name: str, share: bool) -> str:
    limit = entry[name]
    if entry["mode"] == "absolute":
        sign = "≤" if entry["direction"] == "below" else "≥"
        return _named(name, f"{sign} {_number(limit, share)}")
    told = _number(abs(limit), share or entry["mode"] == "share")
    if entry["mode"] == "points" and share:
        told = worded("{size} points", size=told.removesuffix(" %"))
    what = entry.get("relative_to") or "baseline"
    against = {"limit": _limit(name), "what": AGAINST.get(what, what)}
    if limit == 0:
        return worded("{limit} at the {what}", **against)
    if limit > 0:
        return worded("{limit} {size} over the {what}", size=told, **against)
    return worded("{limit} {size} under the {what}", size=told, **against)


def _named(name: str, told: str) -> str:
    return joined(" ", [_limit(name), as_written(told)])


def _limit(name: str) -> str:
    return term(NAMES.get(name, name.replace("_", " ")))


def _number(value: float, share: bool) -> str:
    return f"{value * 100:.6g} %" if share else f"{value:.6g}"
