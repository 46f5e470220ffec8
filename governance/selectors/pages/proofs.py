"""What was ordered on an incident and how its effect is proved; the regulatory clocks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from governance.rules.figures import measure_of, number, window_word
from governance.selectors.pages.papers import Papers
from governance.selectors.pages.subjects import when
from incidents.models import Action, RegulatoryClock, VerificationWindow
from incidents.selectors.clocks import is_binding
from telemetry.models import Series

MARKS = {
    "good": ("ok", "Counts"),
    "outside": ("critical", "Outside"),
    "instant": ("critical", "Outside, at once"),
    "bad": ("none", "Counts nowhere"),
    "early": ("none", "Before the start"),
    "late": ("none", "After the end"),
    "future": ("none", "In the future"),
    "superseded": ("none", "Superseded"),
}
OUTCOMES = {
    "RUNNING": ("current", "Running"),
    "PASSED": ("ok", "Passed"),
    "FAILED": ("critical", "Failed"),
    "INCONCLUSIVE": ("none", "Inconclusive"),
    "ERROR": ("none", "Error"),
}
ACTION_STATES = {
    "ordered": ("pending", "Ordered"),
    "dispatched": ("current", "Dispatched"),
    "confirmed": ("ok", "Confirmed"),
    "failed": ("critical", "Failed"),
    "cancelled": ("none", "Cancelled"),
}
HOWS = {
    "callback": "by the gateway's signed callback",
    "probe": "by a probe",
    "person": "by a second person with evidence",
}
CLOCK_STATES = {
    "provisional": "Provisional clock",
    "confirmed": "Confirmed clock",
    "ended": "Ended clock",
}


def actions_of(papers: Papers) -> list[dict[str, Any]]:
    """Return what was ordered, how it is known to be done, and which version it is about."""
    return [_action(one) for one in papers.actions]


def _action(action: Action) -> dict[str, Any]:
    state, word = ACTION_STATES[action.state]
    return {
        "action": action,
        "state": state,
        "word": word,
        "how": HOWS.get(action.confirmed_how, action.confirmed_how),
        "failed": [one for one in action.receipts.all() if not one.matches],
        "numbers": [one.entry_number for one in action.receipts.all() if one.matches],
    }


def proofs_of(papers: Papers, series: dict[int, Series], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return the proofs with their outcome and the readings that they were judged by."""
    return [_proof(window, series, zone) for window in papers.windows]


def _proof(window: VerificationWindow, series: dict[int, Series], zone: ZoneInfo) -> dict[str, Any]:
    state, word = OUTCOMES[window.outcome]
    measured = series.get(window.series_id or 0)
    return {
        "window": window,
        "state": state,
        "word": word,
        "what": _what(window, measured),
        "columns": PROOF_COLUMNS,
        "rows": [_proof_row(row, measured, zone) for row in window.figures.get("rows", [])][::-1],
    }


PROOF_COLUMNS: Sequence[dict[str, Any]] = (
    {"label": "Window to"},
    {"label": "n", "num": True, "drop": True},
    {"label": "Value", "num": True},
    {"label": "Judged"},
    {"label": "Why", "drop": True},
)


def _what(window: VerificationWindow, series: Series | None) -> str:
    if window.proof == "proven_stopped":
        return "No decision event while the gateway's heartbeat is alive"
    if series is None:
        return str(window.get_proof_display()).capitalize()
    measure = measure_of(unit=series.kpi.unit, neutral=series.kpi.neutral)
    rule, limits = window.rule, []
    if rule.get("above") is not None:
        limits.append(f"above {measure.say(rule['above'])}")
    if rule.get("below") is not None:
        limits.append(f"below {measure.say(rule['below'])}")
    wanted = rule.get("windows", 3)
    told = f" in {wanted} readings by the {window_word(series.window_seconds)}"
    return f"{series.kpi.name} {' and '.join(limits)}{told}"


def _proof_row(row: dict[str, Any], series: Series | None, zone: ZoneInfo) -> dict[str, Any]:
    state, word = MARKS.get(str(row.get("mark")), ("none", str(row.get("mark"))))
    ended = datetime.fromisoformat(row["window_end"])
    value = None if row.get("value") is None else float(row["value"])
    unit, neutral, seconds = "", None, 0
    if series is not None:
        unit, neutral, seconds = series.kpi.unit, series.kpi.neutral, series.window_seconds
    return {
        "cells": [
            {"text": when(ended, seconds, zone)},
            {"text": "" if row.get("n") is None else number(row["n"])},
            {"text": measure_of(unit=unit, neutral=neutral, size=value).say(value)},
            {"state": state, "text": word},
            {"text": row.get("reason", "")},
        ]
    }


def clocks_of(papers: Papers, at: datetime) -> list[dict[str, Any]]:
    """Return the regulatory clocks with how much of their time is used."""
    return [_clock(clock, at) for clock in papers.clocks]


def _clock(clock: RegulatoryClock, at: datetime) -> dict[str, Any]:
    length = (clock.due_at - clock.aware_at).total_seconds()
    used = min(100, max(0, round(100 * (at - clock.aware_at).total_seconds() / length)))
    late = at > clock.due_at
    hours = clock.rule.hours
    period = f"{hours // 24} days" if hours % 24 == 0 and hours > 72 else f"{hours} h"
    return {
        "clock": clock,
        "title": CLOCK_STATES[clock.state],
        "running": clock.state != "ended",
        "used": used,
        "state": "overdue" if late else "soon" if used >= 75 else "",
        "regime": f"{clock.rule.regime}, {clock.rule.basis}: {period}",
        "binding": is_binding(clock),
    }
