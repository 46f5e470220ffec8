"""What was ordered on an incident and how its effect is proved; the regulatory clocks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from governance.rules.figures import measure_of, number, window_word
from governance.selectors.pages.clocks import period_of
from governance.selectors.pages.papers import Papers
from governance.selectors.pages.subjects import when
from incidents.models import Action, RegulatoryClock, VerificationWindow
from incidents.selectors.clocks import line_of
from incidents.selectors.programmes import ProgrammeRead, programmes_of
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
    "failed": ("critical", "Cannot be carried out"),
    "cancelled": ("none", "Taken back"),
}
HOWS = {
    "callback": "by the gateway's signed callback",
    "probe": "by a probe",
    "person": "by a second person with evidence",
}
BY_STANDING = {
    "trend": "the slide fires no more",
    "budget": "the error budget fires no more",
    "pair": "the guardrail fires no more",
    "arrival": "readings come again",
}
ORGANISATION = RegulatoryClock.CountedAs.ORGANISATION
CLOCK_STATES = {
    "provisional": "Provisional clock",
    "confirmed": "Confirmed clock",
    "ended": "Ended clock",
}


def actions_of(papers: Papers) -> list[dict[str, Any]]:
    """Return what was ordered, how it is known to be done, and which version it is about."""
    waiting = [one for one in papers.actions if one.proof == Action.Proof.PROGRAMME]
    found = programmes_of(waiting[0].incident) if waiting else []
    programmes = {one.programme.action_id: one for one in found}
    return [_action(one, programmes) for one in papers.actions]


def _action(action: Action, programmes: Mapping[UUID, ProgrammeRead]) -> dict[str, Any]:
    state, word = ACTION_STATES[action.state]
    return {
        "action": action,
        "state": state,
        "word": word,
        "how": HOWS.get(action.confirmed_how, action.confirmed_how),
        "programme": programmes.get(action.pk),
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
    rule = window.rule
    if window.proof == "proven_stopped":
        return "No decision event while the gateway's heartbeat is alive"
    if rule.get("judge") == "version":
        return "Approved versions alone answer"
    if series is None:
        return str(window.get_proof_display()).capitalize()
    if rule.get("judge") in BY_STANDING:
        return f"{series.kpi.name}: {BY_STANDING[rule['judge']]}"
    return _within(rule, series)


def _within(rule: Mapping[str, Any], series: Series) -> str:
    """Where the readings must lie, and how many of them."""
    measure = measure_of(unit=series.kpi.unit, neutral=series.kpi.neutral)
    limits = [
        f"{word} {measure.say(rule[word])}"
        for word in ("above", "below")
        if rule.get(word) is not None
    ]
    wanted = rule.get("windows", 3)
    told = f" in {wanted} readings by the {window_word(series.window_seconds)}"
    whole = ", whole intervals off the breach" if rule.get("judge") == "fairness" else ""
    return f"{series.kpi.name} {' and '.join(limits)}{told}{whole}"


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
    line = line_of(clock, at)
    late = at > clock.due_at
    return {
        "clock": clock,
        "title": "Report sent" if clock.submission_id else CLOCK_STATES[clock.state],
        "running": clock.runs,
        "used": line.share,
        "state": "overdue" if late else "soon" if line.share >= 75 else "",
        "regime": f"{clock.rule.regime}, {clock.rule.basis}: {period_of(clock)}",
        "binding": line.is_binding,
        "late_by": line.late_by,
        "counted": "" if clock.counted_as == ORGANISATION else clock.get_counted_as_display(),
    }
