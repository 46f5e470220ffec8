"""What the shipped catalogue says of a KPI, so that a door can say it in the reader's language.

Each text is found by the id of its KPI: an organisation's own one has an id of its own, and what
people wrote of it stays as they wrote it, even where it reads like a text of ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ledger.rules.worded import in_context

UNIT, WINDOW, TIMING, SCORECARD = (
    "unit of a KPI", "window of a KPI", "timing of a KPI", "scorecard",
)  # fmt: skip
TEXTS = ("name", "explanation", "counter_metric_note", "reference")
"""What is said of one KPI alone; units and windows are words that many share."""


def context_of(kpi_id: str) -> str:
    """Return the context in which the texts of a KPI are translated."""
    return f"KPI {kpi_id}"


def of_kpi(kpi_id: str, text: str) -> str:
    """Return a text of the catalogue on a KPI: its name, what it says, a note."""
    return in_context(context_of(kpi_id), text) if text else text


def of_unit(unit: str) -> str:
    """Return the unit of a KPI: 'ratio'."""
    return in_context(UNIT, unit) if unit else unit


def of_window(window: str) -> str:
    """Return how often a KPI is looked at: 'rolling 7-30 d'."""
    return in_context(WINDOW, window) if window else window


def of_timing(timing: str) -> str:
    """Return whether a KPI shows early or late: 'leading', 'lagging'."""
    return in_context(TIMING, timing) if timing else timing


def of_scorecard(text: str) -> str:
    """Return what a scorecard begins with: why a KPI stands there, what is done when it breaks."""
    return in_context(SCORECARD, text) if text else text


def catalogue_texts(kpis: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Return every text of the shipped catalogue that pages say, each with its context."""
    for kpi in kpis:
        for name in TEXTS:
            if kpi.get(name):
                yield context_of(kpi["id"]), kpi[name]
        yield UNIT, kpi["unit"]
        yield WINDOW, kpi["window"]
        yield TIMING, kpi["timing"]


def scorecard_texts(
    templates: Mapping[str, Sequence[Mapping[str, Any]]],
) -> Iterator[tuple[str, str]]:
    """Return every text of the shipped scorecards that pages say, each with its context."""
    for rows in templates.values():
        for row in rows:
            yield SCORECARD, row["why"]
            yield SCORECARD, row["on_breach"]
