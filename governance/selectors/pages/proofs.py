"""What was ordered on an incident and how its effect is proved; the regulatory clocks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from governance.rules.figures import joined as listed
from governance.rules.figures import measure_of, number, window_told
from governance.selectors.pages.clocks import period_of
from governance.selectors.pages.papers import Papers
from governance.selectors.pages.subjects import when
from incidents.models import Action, RegulatoryClock, VerificationWindow
from incidents.selectors.clocks import line_of
from incidents.selectors.programmes import ProgrammeRead, programmes_of
from ledger.rules.worded import joined, shortened, term, word, worded
from registry.models import ClockRule
from registry.rules.shipped import cited, shipped
from telemetry.models import Series
from telemetry.rules.kpi_words import of_kpi

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
        return term(word("No decision event while the gateway's heartbeat is alive"))
    if rule.get("judge") == "version":
        return term(word("Approved versions alone answer"))
    if series is None:
        label = str(window.get_proof_display())
        return shortened(label.capitalize(), label)
    if rule.get("judge") in BY_STANDING:
        kpi = of_kpi(series.kpi_id, series.kpi.name)
        return joined(": ", [kpi, term(BY_STANDING[rule["judge"]])])
    return _within(rule, series)


def _within(rule: Mapping[str, Any], series: Series) -> str:
    """Where the readings must lie, and how many of them."""
    measure = measure_of(unit=series.kpi.unit, neutral=series.kpi.neutral)
    sides = (("above", word("above {limit}")), ("below", word("below {limit}")))
    limits = [
        worded(words, limit=measure.say(rule[side]))
        for side, words in sides
        if rule.get(side) is not None
    ]
    told = worded(
        "{kpi} {limits} in {windows} readings by the {window}",
        kpi=of_kpi(series.kpi_id, series.kpi.name),
        limits=listed(limits),
        windows=rule.get("windows", 3),
        window=window_told(series.window_seconds),
    )
    if rule.get("judge") == "fairness":
        return worded("{told}, whole intervals off the breach", told=told)
    return told


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


def _duty(rule: ClockRule) -> str:
    return joined(", ", [shipped(rule.regime), cited(rule.basis)])


def _clock(clock: RegulatoryClock, at: datetime) -> dict[str, Any]:
    line = line_of(clock, at)
    late = at > clock.due_at
    return {
        "clock": clock,
        "title": word("Report sent") if clock.submission_id else CLOCK_STATES[clock.state],
        "running": clock.runs,
        "used": line.share,
        "state": "overdue" if late else "soon" if line.share >= 75 else "",
        "regime": joined(": ", [_duty(clock.rule), period_of(clock)]),
        "binding": line.is_binding,
        "late_by": line.late_by,
        "counted": "" if clock.counted_as == ORGANISATION else clock.get_counted_as_display(),
    }
