"""Excerpts of rows: enough to find and mend what was refused, nothing that speaks of a person.

A row is shown by the fields that say which reading or event it is. Of everything else, texts of
questions and answers, lists, and what no door asked for, the name stands there without the value.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

HIDDEN = "(not shown)"
LONGEST, LONGEST_NAME = 120, 60
MOST_FIELDS = 40
# Beside these a row of a reading has nothing: it can be mended and sent again from its excerpt.
READING = (
    "system", "kpi", "window", "window_end", "value", "environment", "segment", "n", "low",
    "high", "revision", "quality",
)  # fmt: skip
EVENT = ("system", "event_id", "at", "version", "environment", "confidence", "overridden",
         "latency_ms", "cost", "outcome", "blocked", "refused", "escalated", "grounded",
         "simulated", "tokens_in", "tokens_out", "model", "policy_version")  # fmt: skip
LABEL = ("system", "event_id", "at", "kind", "labelled_at")
HISTOGRAM = ("system", "feature", "window", "window_end", "environment", "reference")
SPAN = ("service", "operation", "trace_id", "span_id", "ended_at")
POINT = ("service", "metric", "unit", "kind", "at")
ALERT = ("alertname", "status", "severity", "system", "countersign_system", "environment", "env",
         "countersign_kpi", "countersign_segment", "countersign_window", "countersign_value",
         "startsAt")  # fmt: skip
SHOWN: Mapping[str, tuple[str, ...]] = {
    "measurements": READING,
    "decisions": EVENT,
    "labels": LABEL,
    "histograms": HISTOGRAM,
    "traces": SPAN,
    "metrics": POINT,
    "alerts": ALERT,
}
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
MAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}")
# Tokens of ours, keys of others by their usual beginnings, and long runs that look drawn by lot.
SECRET = re.compile(
    r"(?i)\bcsn_\S+|\b(?:bearer|basic|token|password|secret|api[_-]?key)\b\s*[:= ]\s*\S+"
    r"|\b(?:sk|pk|ghp|gho|xox[abp])[-_]\S{8,}|\beyJ[\w-]{8,}\S*"
    r"|(?=[A-Za-z0-9+/_-]{0,200}\d)(?=[A-Za-z0-9+/_-]{0,200}[A-Za-z])[A-Za-z0-9+/_-]{40,}"
)
IDS = frozenset({"trace_id", "span_id", "event_id"})


def excerpt_of(row: object, shown: tuple[str, ...]) -> dict[str, str]:
    """Return what is kept of a row that came through a door; '' for what is no object."""
    if not isinstance(row, Mapping):
        return {}
    known = {name: _said(name, row[name]) for name in shown if row.get(name) not in (None, "")}
    others = [str(name) for name in row if name not in shown][: MOST_FIELDS - len(known)]
    return known | {_plain(name, LONGEST_NAME): HIDDEN for name in others}


def excerpt_of_typed(row: object, shown: tuple[str, ...]) -> dict[str, str]:
    """Return what is kept of a row that could be read."""
    given = {name: getattr(row, name, None) for name in shown}
    instants = {name: one.isoformat() for name, one in given.items() if isinstance(one, datetime)}
    return excerpt_of(given | instants, shown)


def _said(name: str, value: object) -> str:
    """Return a value as it is shown: masked where it could be a secret or a person's address."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _plain(repr(value), LONGEST) if abs(value) < 1e300 else "(too large a number)"
    if not isinstance(value, str):
        return HIDDEN
    text = value[: 4 * LONGEST]
    if name not in IDS:
        text = SECRET.sub("(masked)", text)
    return _plain(MAIL.sub("(masked)", text), LONGEST)


def _plain(text: str, longest: int) -> str:
    said = CONTROL.sub(" ", text).encode("utf-8", "replace").decode()
    return said if len(said) <= longest else f"{said[: longest - 1]}…"


def reason_of(words: Any, longest: int = 500) -> str:
    """Return a reason as it is kept: it may quote what was sent, so it is masked alike."""
    text = SECRET.sub("(masked)", str(words)[: 4 * longest])
    return _plain(MAIL.sub("(masked)", text), longest)
