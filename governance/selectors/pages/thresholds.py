"""What the pages of thresholds and of their back-tests show."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from governance.models import Backtest, Threshold, ThresholdVersion
from governance.rules.figures import Measure, measure_of
from governance.rules.stated import is_loosened
from governance.selectors.backtests import Precision, alert_precision, newest_backtests
from governance.selectors.pages.pictures import band_words
from governance.selectors.policies import document_of, policy_in_force
from governance.selectors.thresholds import rule_of, thresholds_of
from ledger.rules.worded import worded
from registry.models import System
from telemetry.models import Kpi, Series
from telemetry.selectors.baselines import approved_baseline
from telemetry.selectors.catalogue import proposed_bands

PROFILES = {"small": "small", "bank": "bank", "demo": "small"}
MODES = {"points": "points of the baseline", "share": "of the baseline"}


def thresholds_page(*, system: System) -> dict[str, Any]:
    """Return what templates/governance/thresholds/list.html shows; five queries."""
    rows = list(thresholds_of(system_id=system.pk))
    versions = [one for row in rows for one in row.versions.all()]
    precision = alert_precision(version_ids=[one.pk for one in versions])
    tried = newest_backtests(version_ids=[one.pk for one in versions])
    listed = [_row(row, precision, tried) for row in rows]
    return {
        "system": system,
        "rows": listed,
        "drafts": [one for row in listed for one in row["versions"] if one["is_draft"]],
        "waiting": [row for row in listed if row["threshold"].waits_for],
    }


def version_page(*, version: ThresholdVersion) -> dict[str, Any]:
    """Return what templates/governance/thresholds/version.html shows."""
    threshold = version.threshold
    former = threshold.versions.filter(state=ThresholdVersion.State.ACTIVE).first()
    measure = _measure(threshold.kpi)
    tried = newest_backtests(version_ids=[version.pk]).get(version.pk)
    precision = alert_precision(version_ids=[version.pk])[version.pk]
    is_draft = version.state == ThresholdVersion.State.DRAFT
    loosens = is_draft and former is not None and is_loosened(rule_of(version), rule_of(former))
    return {
        "system": threshold.system,
        "threshold": threshold,
        "one": version_shown(version, measure, precision, tried),
        "former": None if former in (None, version) else version_shown(former, measure),
        "loosens": loosens,
        "backtest": None if tried is None else backtest_shown(tried, measure),
    }


def version_shown(
    version: ThresholdVersion,
    measure: Measure,
    precision: Precision | None = None,
    tried: Backtest | None = None,
) -> dict[str, Any]:
    """Return one version with its limits in words."""
    state = {"active": "ok", "draft": "pending"}.get(version.state, "none")
    by_hand = version.baseline is not None and version.agreed_baseline_id is None
    return {
        "version": version,
        "state": state,
        "is_draft": version.state == ThresholdVersion.State.DRAFT,
        "bands": band_words(version, measure),
        "fires": worded("{k} of {n}", k=version.fires_k, n=version.fires_n),
        "baseline": "" if version.baseline is None else measure.say(version.baseline),
        "by_hand": by_hand,
        "relative": MODES.get(version.mode, ""),
        "precision": precision,
        "precision_share": _percent(precision),
        "backtest": tried,
    }


def backtest_shown(backtest: Backtest, measure: Measure) -> dict[str, Any]:
    """Return a back-test with its cases in words."""
    result: Mapping[str, Any] = backtest.result or {}
    told = {
        name: [_case(one, measure) for one in some]
        for name, some in result.get("cases", {}).items()
    }
    share = 0.0 if not backtest.total else min(1.0, backtest.done / backtest.total)
    return {"row": backtest, "result": result, "cases": told, "share": share}


def proposal_for(*, series: Series, at: datetime) -> tuple[dict[str, Any], str]:
    """Return the first values of a threshold's form, and where they come from.

    The version in force; without one the bands of the unit's profile.
    """
    active = ThresholdVersion.objects.filter(
        threshold__system_id=series.system_id,
        threshold__kpi_id=series.kpi_id,
        threshold__environment=series.environment,
        threshold__segment=series.segment,
        state=ThresholdVersion.State.ACTIVE,
    ).first()
    if active is not None:
        return _as_stated(active), worded("version {number}, in force now", number=active.number)
    policy = document_of(policy_in_force(unit_id=series.system.unit_id, at=at))
    profile = PROFILES.get(policy.profile, "small")
    baseline = approved_baseline(series, at)
    found = proposed_bands(
        series.kpi, profile, baseline=None if baseline is None else baseline.value
    )
    if found is None:
        return {"direction": "above" if series.kpi.better == "lower" else "below"}, ""
    profile = f"{found['profile']!r}"
    return found, worded("the profile {profile}: an example to approve", profile=profile)


def measure_for(kpi: Kpi) -> Measure:
    """Return how values of a KPI are written."""
    return _measure(kpi)


def _row(
    row: Threshold, precision: Mapping[Any, Precision], tried: Mapping[Any, Backtest]
) -> dict[str, Any]:
    measure = _measure(row.kpi)
    versions: Sequence[ThresholdVersion] = sorted(row.versions.all(), key=lambda one: -one.number)
    shown = [
        version_shown(one, measure, precision.get(one.pk), tried.get(one.pk)) for one in versions
    ]
    active = next((one for one in shown if one["version"].state == "active"), None)
    return {"threshold": row, "active": active, "versions": shown}


def _measure(kpi: Kpi) -> Measure:
    return measure_of(unit=kpi.unit, neutral=kpi.neutral)


def _case(one: Mapping[str, Any], measure: Measure) -> dict[str, Any]:
    return {
        **one,
        "window_end": datetime.fromisoformat(one["window_end"]),
        "ended_at": datetime.fromisoformat(one["ended_at"]) if one["ended_at"] else None,
        "said": measure.say(one["value"]),
        "mark": "critical" if one["state"] == "CRITICAL" else "warning",
    }


def _percent(precision: Precision | None) -> str:
    if precision is None or precision.share is None:
        return ""
    return worded(
        "{share} ({real} of {all})",
        share=f"{precision.share:.0%}",
        real=precision.real,
        all=precision.real + precision.false,
    )


def _as_stated(version: ThresholdVersion) -> dict[str, Any]:
    names = (
        "fires_k", "fires_n", "least_n", "recover_windows", "for_seconds", "judged_by", "direction",
    )  # fmt: skip
    return {**version.stated, **{name: getattr(version, name) for name in names}}
