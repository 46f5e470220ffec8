"""What may be said of a metric: is it a mapping that can be followed?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from ledger.rules.worded import worded
from telemetry.rules.otlp.units import factor_between
from telemetry.rules.rows import window_seconds

FIGURES = (
    "last", "mean", "lowest", "highest", "increase", "rate", "count", "p50", "p95", "p99",
)  # fmt: skip
COUNTED = frozenset({"count"})
SHORTEST, LONGEST = 10, 7 * 86400
MOST_ATTRIBUTES = 10
LONGEST_NAME = 200
NAME = re.compile(r"[^\x00-\x1f]{1,120}")


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping as somebody states it. `factor` is None where the units say it."""

    metric: str
    kpi_id: str
    figure: str
    window: str
    unit: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    segment_attribute: str = ""
    factor: float | None = None


def faults_of(given: Mapped, kpi_unit: str) -> dict[str, str]:
    """Return what is wrong with a mapping, by field; empty where it can be followed."""
    checks = {
        "metric": _name_fault(given.metric, LONGEST_NAME, "a metric"),
        "figure": "" if given.figure in FIGURES else "There is no such figure.",
        "window": _window_fault(given.window),
        "unit": "" if len(given.unit) <= 40 and _clean(given.unit) else "At most 40 characters.",
        "attributes": _attributes_fault(given.attributes),
        "segment_attribute": _segment_fault(given.segment_attribute),
        "factor": _factor_fault(given, kpi_unit),
    }
    return {name: words for name, words in checks.items() if words}


def factor_of(given: Mapped, kpi_unit: str) -> float | None:
    """Return by what a figure is multiplied to be in the KPI's unit, None where nobody knows."""
    if given.factor is not None:
        return given.factor
    return factor_between(given.unit, kpi_unit, counted=given.figure in COUNTED)


def _factor_fault(given: Mapped, kpi_unit: str) -> str:
    if given.factor is not None and (not isfinite(given.factor) or given.factor == 0):
        return "A factor is a number other than 0."
    if factor_of(given, kpi_unit) is None:
        unit = given.unit or "no unit"
        return worded(
            "Nobody knows how {unit!r} becomes {kpi_unit!r}: state the factor.",
            unit=unit,
            kpi_unit=kpi_unit,
        )
    return ""


def _window_fault(window: str) -> str:
    seconds = window_seconds(window)
    if seconds is None or not SHORTEST <= seconds <= LONGEST:
        return "A window is a number and s, m, h or d, from 10s to 7d, such as 5m."
    return ""


def _segment_fault(name: str) -> str:
    if not name:
        return ""
    if len(name) > 59 or "=" in name or not _clean(name):
        return "The name of an attribute, of at most 59 characters and without '='."
    return ""


def _attributes_fault(attributes: Mapping[str, Any]) -> str:
    if len(attributes) > MOST_ATTRIBUTES:
        return worded("At most {most_attributes} attributes.", most_attributes=MOST_ATTRIBUTES)
    for name, value in attributes.items():
        if not isinstance(value, str) or not NAME.fullmatch(name) or not NAME.fullmatch(value):
            return "Each attribute is a name and a text, of 1 to 120 characters each."
    return ""


def _name_fault(name: str, longest: int, what: str) -> str:
    if not name or len(name) > longest or not _clean(name):
        return worded(
            "The name of {what}, of 1 to {longest} characters.", what=what, longest=longest
        )
    return ""


def _clean(text: str) -> bool:
    return all(character >= " " for character in text)
