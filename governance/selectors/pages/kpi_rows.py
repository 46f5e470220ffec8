"""The table beside a KPI's chart, and its sheet: the rows that are drawn, in words."""

from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.languages import measure as measure_said
from governance.languages import measured
from governance.rules.figures import Measure, number, window_told
from governance.selectors.pages.kpi_readings import Row, Shown
from governance.selectors.pages.pictures import large
from governance.selectors.pages.subjects import few_words, when
from outbox.languages import spoken
from telemetry.models import Series

FIRST = 16
SHORT = timedelta(microseconds=1)
HEAD = (
    "Window end (UTC)", "Revision", "Value", "n", "Low", "High", "Good", "Standing", "Voided",
    "Withheld",
)  # fmt: skip
HEAD_OF_MANY = (
    "Until (UTC)", "Readings", "Good", "n", "Mean", "Lowest", "Highest", "95th percentile",
    "Furthest reading lies in", "Voided", "Withheld",
)  # fmt: skip


def table_of(shown: Shown, series: Series, measure: Measure, zone: ZoneInfo) -> dict[str, Any]:
    """Return the table: its columns, the newest rows, and the others behind them."""
    many = shown.grain != "each"
    has_interval = any(one.low is not None and one.high is not None for one in shown.rows)
    seconds = {"hour": 3600, "day": 86400}.get(shown.grain, series.window_seconds)
    rows = [
        {
            "when": _when(one, shown, seconds, zone),
            "cells": _many(one, measure) if many else _each(one, measure, has_interval),
            "state": one.standing,
            "note": _note(one),
            "void": one.void is not None and one.value is None,
        }
        for one in reversed(shown.rows)
    ]
    unit = measure_said(measure.unit, own=series.kpi.own)
    columns = _columns(shown, seconds, unit, has_interval=has_interval)
    return {
        "first": rows[:FIRST],
        "rest": rows[FIRST:],
        "columns": columns,
        "figures": columns[1:-1],
        "last": columns[-1]["label"],
        "caption": _("The last %(rows)s") % {"rows": _rows_in_words(shown)},
    }


def sheet_rows(shown: Shown) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Return the head and the cells of the rows that are drawn, the newest first."""
    if shown.grain == "each":
        return HEAD, [_cells(one) for one in reversed(shown.rows)]
    return HEAD_OF_MANY, [_cells_of_many(one) for one in reversed(shown.rows)]


def summary(shown: Shown, measure: Measure, *, own: bool = False) -> str:
    """Say what the chart shows: how many, the first, the last, the ends, how much is unknown."""
    known = [one.value for one in shown.rows if one.value is not None]
    count = _counted(shown)
    if not known:
        if any(one.withheld for one in shown.rows):
            return f"{count}: {few_words()}."
        return _("%(count)s, none with a value that counts.") % {"count": count}
    lows = [one.lowest for one in shown.rows if one.lowest is not None] or known
    highs = [one.highest for one in shown.rows if one.highest is not None] or known
    say = partial(_say, measure, own)
    told = _("%(count)s: first %(first)s, last %(last)s, lowest %(low)s, highest %(high)s.") % {
        "count": count,
        "first": say(known[0]),
        "last": say(known[-1]),
        "low": say(min(lows)),
        "high": say(max(highs)),
    }
    left_out = [one for one in shown.rows if one.value is None]
    few = sum(bool(one.withheld) for one in left_out)
    bad = sum(one.void is None and not one.withheld for one in left_out)
    voided = sum(one.voids for one in shown.rows)
    if bad:
        told += " " + ngettext("%(n)s is unknown.", "%(n)s are unknown.", bad) % {"n": bad}
    if few:
        told += " " + ngettext("%(n)s is not shown.", "%(n)s are not shown.", few) % {"n": few}
    if voided:
        told += " " + ngettext("%(n)s is voided.", "%(n)s are voided.", voided) % {"n": voided}
    return told


def _say(measure: Measure, own: bool, value: float) -> str:
    return measured(measure.say(value), own=own)


def _rows_in_words(shown: Shown) -> str:
    count = len(shown.rows)
    words = {
        "each": ngettext("%(n)s reading", "%(n)s readings", count),
        "hour": ngettext("%(n)s hour", "%(n)s hours", count),
        "day": ngettext("%(n)s day", "%(n)s days", count),
    }
    return words[shown.grain] % {"n": count}


def _counted(shown: Shown) -> str:
    rows = _rows_in_words(shown)
    if shown.grain == "each":
        return rows
    whole = number(sum(one.readings for one in shown.rows))
    return _("%(rows)s of %(all)s readings") % {"rows": rows, "all": whole}


def _when(row: Row, shown: Shown, seconds: int, zone: ZoneInfo) -> str:
    """Say until when a row is; a day of many readings by its name, for days are those of UTC."""
    if shown.grain == "day":
        return when(row.at - SHORT, 86400, ZoneInfo("UTC"))
    return when(row.at, seconds, zone)


def _columns(shown: Shown, seconds: int, unit: str, *, has_interval: bool) -> list[dict[str, Any]]:
    many = shown.grain != "each"
    until = _("%(window)s to") % {"window": large(spoken(window_told(seconds)))}
    first = {"label": _("Day (UTC)") if shown.grain == "day" else until}
    if many:
        mean = _("Mean, %(unit)s") % {"unit": unit} if unit else _("Mean")
        figures = [_("Readings"), "n", mean, _("Lowest"), _("Highest"), "p95"]
        last = _("Furthest reading")
    else:
        value = large(unit) if unit else _("Value")
        figures = ["n", value, *([_("95 % interval")] if has_interval else [])]
        last = _("Standing")
    drops = {"n", "p95"} if many else set()
    return [
        first,
        *({"label": one, "num": True, "drop": one in drops} for one in figures),
        {"label": last},
    ]


def _each(row: Row, measure: Measure, has_interval: bool) -> list[str]:
    said = measure.bare(row.shown if row.void is not None else row.value)
    said = few_words() if row.withheld else said
    interval = [measure.interval(row.low, row.high)] if has_interval else []
    return ["" if row.n is None else number(row.n), said, *interval]


def _many(row: Row, measure: Measure) -> list[str]:
    counted = number(row.good)
    if row.good != row.readings:
        counted = _("%(good)s of %(all)s") % {"good": counted, "all": number(row.readings)}
    values = [_bare(measure, one) for one in (row.lowest, row.highest, row.p95)]
    mean = few_words() if row.withheld else measure.bare(row.value)
    return [counted, "" if row.n is None else number(row.n), mean, *values]


def _bare(measure: Measure, value: float | None) -> str:
    return "" if value is None else measure.bare(value)


def _note(row: Row) -> str:
    if row.void is not None and row.value is not None:
        words = ngettext("%(n)s voided: %(reason)s", "%(n)s voided: %(reason)s", row.voids)
        return words % {"n": row.voids, "reason": row.void.reason}
    if row.void is not None:
        return _("Voided: %(reason)s (%(asked)s, confirmed by %(confirmed)s)") % {
            "reason": row.void.reason,
            "asked": row.void.asked_by,
            "confirmed": row.void.confirmed_by,
        }
    if row.value is None and row.shown is not None:
        return _("Sent as bad: it counts nowhere")
    return ""


def _cells(row: Row) -> tuple[object, ...]:
    value = row.value if row.value is not None else row.shown
    good = "yes" if row.good else "no"
    reason = row.void.reason if row.void else ""
    return (
        row.at.isoformat(), row.revision, value, row.n, row.low, row.high, good, row.standing,
        reason, row.withheld,
    )  # fmt: skip


def _cells_of_many(row: Row) -> tuple[object, ...]:
    return (
        row.at.isoformat(), row.readings, row.good, row.n, row.value, row.lowest, row.highest,
        row.p95, row.standing, row.voids, row.withheld,
    )  # fmt: skip
