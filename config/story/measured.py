"""What people made of the demo's readings: a file, a void, baselines, a threshold, objectives.

All of it comes after the readings of the past, through the services that everybody uses.
"""

import csv
import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from config.story.measuring import FILE
from config.story.readiness import WHY, as_person, told_in
from governance.models import ErrorBudget, GuardrailPair, ThresholdVersion, TrendRule
from governance.rules.objectives import BudgetStated, PairStated, TrendStated
from governance.rules.stated import Stated
from governance.services.baselines import agree_to_baseline
from governance.services.objectives import (
    approve_objective,
    draft_error_budget,
    draft_guardrail_pair,
    draft_trend_rule,
)
from governance.services.thresholds import approve_threshold, draft_threshold
from governance.services.upload_imports import import_upload
from governance.services.uploads import read_upload, request_import
from governance.services.voids import decide_void
from ledger.context import acting_as
from ledger.rules.actors import Actor
from registry.models import System, User
from telemetry.models import Series, Upload
from telemetry.services.baselines import Window, draft_baseline
from telemetry.services.voids import ask_void

WEEK = timedelta(days=7)
WINDOWS = 14
PATIENCE_SECONDS = 60
COLUMNS = ("period end", "metric", "value", "cases")


@dataclass(frozen=True, slots=True)
class Told:
    """The demo after its past: now, when the last window of the past ended, how long one is."""

    at: datetime
    end: datetime
    window: timedelta

    def system(self, slug: str) -> System:
        """Return a system of the story."""
        found: System = System.objects.select_related("owner").get(slug=slug)
        return found

    def person(self, key: str) -> Actor:
        """Return a persona as who acts."""
        return as_person(self.user(key))

    def user(self, key: str) -> User:
        """Return a persona as a user."""
        found: User = User.objects.get(email__startswith=f"{key}@", demo=True)
        return found


def measure(told: Told) -> None:
    """Take in the file of the service desk; agree on baselines, a threshold and objectives."""
    data = told_in(FILE)
    _upload(told, data["weekly"])
    _void(told, data["weekly"])
    for one in data["baselines"]:
        note = data["weekly_note" if "weeks" in one else "baseline_note"]
        _baseline(told, one, note)
    version = _threshold(told, data["threshold"])
    _objectives(told, version, data["objectives"])
    _stricter(told, data["stricter"])


def monday(instant: datetime) -> datetime:
    """Return the beginning of the week (UTC) that an instant lies in."""
    day = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def week_end(told: Told, data: Mapping[str, Any], number: int) -> datetime:
    """Return when a week of the file ended; the last ended on Monday.

    They are counted from 1; those of `earlier` lie before, 0 and less.
    """
    return monday(told.at) - WEEK * (len(data["reopen_rate"]) - number)


def file_of(told: Told, data: Mapping[str, Any]) -> bytes:
    """Return the file of the service desk, with a line that cannot be taken in."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(_lines(told, data))
    value, kpi = data["bad_line"]
    rows.writerow((f"{monday(told.at) - WEEK:%Y-%m-%d}", kpi, value, data["cases"]))
    return text.getvalue().encode()


def _lines(told: Told, data: Mapping[str, Any]) -> Iterator[tuple[str, str, float, int]]:
    for kpi in ("reopen_rate", "deflection_rate", "own_tariff_lag_days"):
        before = data["earlier"][kpi]
        for number, value in enumerate([*before, *data[kpi]], start=1 - len(before)):
            yield f"{week_end(told, data, number):%Y-%m-%d}T00:00:00Z", kpi, value, data["cases"]


def _upload(told: Told, data: Mapping[str, Any]) -> Upload:
    actor = told.person(data["by"])
    with acting_as(actor):
        found = read_upload(
            name=data["name"], content=file_of(told, data), kind=Upload.Kind.MEASUREMENTS,
            every={"system": data["system"], "window": "7d"}, actor=actor, at=told.at,
        )  # fmt: skip
        request_import(
            upload_id=found.pk, expected_version=found.version, without_bad=True, actor=actor,
            at=told.at,
        )  # fmt: skip
    return _imported(import_upload(upload_id=found.pk, at=told.at))


def _imported(found: Upload) -> Upload:
    """Wait for the file where the sweep took its import on first. Raises RuntimeError."""
    until = time.monotonic() + PATIENCE_SECONDS
    while found.state != Upload.State.IMPORTED:
        if time.monotonic() > until:
            raise RuntimeError(f"The file {found.name} was not taken in: {found.failure}")
        time.sleep(0.1)
        found.refresh_from_db()
    return found


def _void(told: Told, data: Mapping[str, Any]) -> None:
    """Let one week count nowhere: asked by one person, confirmed by another."""
    wrong = data["voided"]
    when = week_end(told, data, wrong["week"])
    by, other = told.person(wrong["asked_by"]), told.person(wrong["decided_by"])
    with acting_as(by):
        request = ask_void(
            series_id=_series(told, data["system"], "reopen_rate").pk, since=when, until=when,
            reason=wrong["reason"], actor=by, at=told.at,
        )  # fmt: skip
    with acting_as(other):
        decide_void(
            request_id=request.pk, confirmed=True, reason=wrong["confirmed"], actor=other,
            at=told.at,
        )  # fmt: skip


def _baseline(told: Told, one: Mapping[str, Any], note: str) -> None:
    series = _series(told, one["system"], one["kpi"])
    since, step = (
        (told.end - (WINDOWS - 1) * told.window, told.window)
        if "windows" in one
        else (week_end(told, told_in(FILE)["weekly"], 1), WEEK)
    )
    until = since + step * one.get("windows", one.get("weeks"))
    window = Window(since, until, staffing=one.get("staffing", ""), notes=note)
    author, approver = told.person(one["author"]), told.person(one["approver"])
    with acting_as(author):
        draft = draft_baseline(series_id=series.pk, window=window, actor=author, at=told.at)
    with acting_as(approver):
        agree_to_baseline(baseline_id=draft.pk, reason=WHY, actor=approver, at=told.at)


def _threshold(told: Told, one: Mapping[str, Any]) -> ThresholdVersion:
    """Put limits in force that stand over the approved baseline, for the weeks of the file too."""
    draft = _drafted(told, one, valid_from=week_end(told, told_in(FILE)["weekly"], 1))
    approver = told.person(one["approver"])
    with acting_as(approver):
        return approve_threshold(version_id=draft.pk, reason=WHY, actor=approver, at=told.at)


def _stricter(told: Told, one: Mapping[str, Any]) -> None:
    """Draft stricter limits: their back-test is made, and they wait for a second person."""
    _drafted(told, one)


def _drafted(
    told: Told, one: Mapping[str, Any], valid_from: datetime | None = None
) -> ThresholdVersion:
    author = told.person(one["author"])
    with acting_as(author):
        return draft_threshold(
            system_id=told.system(one["system"]).pk, kpi_id=one["kpi"],
            stated=Stated(**one["stated"]), valid_from=valid_from, actor=author, at=told.at,
        )  # fmt: skip


def _objectives(told: Told, version: ThresholdVersion, data: Mapping[str, Any]) -> None:
    """Put a trend rule, an error budget and a guardrail in force beside that threshold."""
    threshold = version.threshold
    author, approver = told.person(data["author"]), told.person(data["approver"])
    said: dict[str, Any] = {"actor": author, "at": told.at, "reason": data["reason"]}
    pair, budget = data["pair"], data["budget"] | {"pairs": tuple(data["budget"]["pairs"])}
    with acting_as(author):
        rule = draft_trend_rule(
            threshold_id=threshold.pk, stated=TrendStated(**data["trend"]), **said
        )
        spent = draft_error_budget(
            system_id=threshold.system_id, kpi_id=threshold.kpi_id, stated=BudgetStated(**budget),
            **said,
        )  # fmt: skip
        both = draft_guardrail_pair(
            system_id=threshold.system_id, gain_id=pair["gain"], guardrail_id=pair["guardrail"],
            stated=PairStated(**pair["stated"]), **said,
        )  # fmt: skip
    with acting_as(approver):
        for kind, row in ((TrendRule, rule), (ErrorBudget, spent), (GuardrailPair, both)):
            approve_objective(kind=kind, version_id=row.pk, reason=WHY, actor=approver, at=told.at)


def _series(told: Told, slug: str, kpi: str) -> Series:
    """Return the series of a KPI; of a gap between groups, that of the group it is told of."""
    rows = Series.objects.filter(system__slug=slug, kpi_id=kpi)
    return rows.order_by("-segment", "pk")[0]
