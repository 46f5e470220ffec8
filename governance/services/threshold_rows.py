"""Versions of thresholds as rows: made of what was stated, and as the record tells them."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from governance.models import Threshold, ThresholdVersion
from governance.rules.band_checks import validate
from governance.rules.stated import LIMITS, Stated, resolved, rule_as_stated
from governance.selectors.thresholds import rule_of
from ledger.rules.refusals import Invalid
from ledger.rules.worded import joined
from registry.models import User
from telemetry.models import Baseline, Kpi

AS_STATED = (
    "baseline",
    "baseline_note",
    "fires_k",
    "fires_n",
    "least_n",
    "recover_windows",
    "keep_for_seconds",
    "for_seconds",
    "grace_seconds",
    "judged_by",
    "reason",
)


def new_version(
    *,
    threshold: Threshold,
    stated: Stated,
    valid_from: datetime,
    author: User,
    example: bool,
    baseline: Baseline | None = None,
) -> ThresholdVersion:
    """Return the next version of a threshold as its author states it; not saved.

    Limits relative to a baseline are resolved here. Raises Invalid with every reason why the bands
    cannot be used.
    """
    try:
        absolute = resolved(stated)
    except ValueError as error:
        raise Invalid("no_baseline", str(error), fields={"baseline": str(error)}) from error
    _refuse_unusable(absolute, threshold.kpi)
    newest = threshold.versions.order_by("-number").first()
    return ThresholdVersion(
        threshold=threshold,
        number=1 if newest is None else newest.number + 1,
        mode=stated.mode,
        stated=stated.as_written,
        direction=absolute.direction,
        low_side=dict(absolute.low) if absolute.low else None,
        target=absolute.target,
        **{name: getattr(absolute, name) for name in LIMITS},
        **{name: getattr(stated, name) for name in AS_STATED},
        agreed_baseline=baseline,
        valid_from=valid_from,
        author=author,
        example=example,
    )


def stated_of(version: ThresholdVersion) -> Stated:
    """Return the limits of a version as its author wrote them, over no baseline in particular."""
    written = {name: value for name, value in version.stated.items() if name != "mode"}
    kept = {name: getattr(version, name) for name in AS_STATED}
    return replace(
        Stated(direction=version.direction, mode=version.mode, **written, **kept),  # type: ignore[arg-type]
        baseline=None,
        baseline_note="",
    )


def _refuse_unusable(stated: Stated, kpi: Kpi) -> None:
    rule = rule_as_stated(stated, neutral=kpi.neutral, lowest=kpi.lowest, highest=kpi.highest)
    problems = validate(rule)
    if problems:
        raise Invalid("unusable_bands", joined(" ", problems), extra={"problems": list(problems)})


def subject_of(version: ThresholdVersion) -> tuple[str, str, str]:
    """Return what an entry is about."""
    threshold = version.threshold
    return "threshold", str(threshold.pk), f"{threshold.name}, version {version.number}"


def said_of(version: ThresholdVersion) -> dict[str, Any]:
    """What the record keeps of a version; numbers as decimal text."""
    rule = asdict(rule_of(version).bands)
    return {
        "version": version.number,
        "bands": _as_text(rule),
        "fires": f"{version.fires_k}:{version.fires_n}",
        "for_seconds": version.for_seconds,
        "least_n": version.least_n,
        "recover_windows": version.recover_windows,
        "keep_for_seconds": version.keep_for_seconds,
        "judged_by": version.judged_by,
        "valid_from": version.valid_from,
        "baseline": None if version.baseline is None else repr(version.baseline),
        "agreed_baseline": version.agreed_baseline_id,
        "example": version.example,
    }


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_text(item) for name, item in value.items() if item is not None}
    return repr(value) if isinstance(value, float | int) else value
