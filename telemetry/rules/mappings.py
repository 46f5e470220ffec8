"""What a connector asks and which KPI the answer is: one line for each, checked before it is kept.

What `query` and `source` mean depends on the product:
prometheus  query: PromQL, evaluated at the end of each window; count_query: PromQL for n;
            segment_label: the label that tells the series of the answer apart
mlflow      query: name of a metric; source: 'experiment:name' or 'model:name';
            count_query: name of the metric that holds n
evidently   query: name of a metric, with the part of its value behind a dot where it has several
            (DriftedColumnsCount.share); source: its column, '' for a metric of the whole table
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ledger.rules.worded import worded
from telemetry.rules.parsing import field_and_reason
from telemetry.rules.rows import Environment, KpiId, segment_fault, window_seconds

MOST_LINES = 50
KINDS = ("prometheus", "mlflow", "evidently")
LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,58}", re.ASCII)
SHORTEST_WINDOW = 15
SOURCES = ("experiment:", "model:")


class Line(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One question and the KPI that its answer is; `factor` turns their unit into the KPI's."""

    kpi: KpiId
    query: Annotated[str, Meta(min_length=1, max_length=2000)]
    window: Annotated[str, Meta(max_length=10)]
    source: Annotated[str, Meta(max_length=300)] = ""
    environment: Environment = "production"
    segment: Annotated[str, Meta(max_length=120)] = ""
    segment_label: Annotated[str, Meta(max_length=59)] = ""
    count_query: Annotated[str, Meta(max_length=2000)] = ""
    factor: float = 1.0

    @property
    def seconds(self) -> int:
        """The length of its window in seconds."""
        return window_seconds(self.window) or 0

    @property
    def mark(self) -> str:
        """What its progress is kept under: another question begins anew."""
        parts = (self.kpi, self.query, self.window, self.source, self.environment, self.segment,
                 self.segment_label)  # fmt: skip
        return "\x1f".join(parts)[:400]


def read_lines(given: object, kind: str) -> tuple[list[Line], dict[str, str]]:
    """Return the lines of a connector and what is wrong with them, by 'lines.number.field'."""
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        return [], {"lines": "A list of lines is needed."}
    if not 0 < len(given) <= MOST_LINES:
        return [], {"lines": _too_many()}
    lines: list[Line] = []
    wrong: dict[str, str] = {}
    for number, one in enumerate(given, start=1):
        line, faults = _line(one, kind)
        wrong |= {f"lines.{number}.{name}": words for name, words in faults.items()}
        if line is not None:
            lines.append(line)
    if not wrong:
        wrong |= _doubled(lines)
    return lines, wrong


def _too_many() -> str:
    return worded("A connector asks at least one and at most {most} questions.", most=MOST_LINES)


def kept(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return lines as they are stored."""
    return [msgspec.to_builtins(line) for line in lines]


def stored_lines(rows: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Return lines that were stored."""
    return [msgspec.convert(row, Line) for row in rows]


def _line(given: object, kind: str) -> tuple[Line | None, dict[str, str]]:
    try:
        line = msgspec.convert(given, Line)
    except msgspec.ValidationError as error:
        field, reason = field_and_reason(str(error))
        return None, {field or "kpi": reason}
    faults = dict(_faults(line, kind))
    return (None, faults) if faults else (line, {})


def _faults(line: Line, kind: str) -> list[tuple[str, str]]:
    found = [
        (name, "The character NUL is not allowed.")
        for name in ("kpi", "query", "source", "environment", "count_query")
        if "\x00" in getattr(line, name)
    ]
    seconds = window_seconds(line.window)
    if seconds is None or seconds < SHORTEST_WINDOW:
        found.append(("window", "A window is a number and s, m, h or d, from 15s to 366d."))
    if not math.isfinite(line.factor) or line.factor == 0:
        found.append(("factor", "A factor is a number other than 0."))
    reason = segment_fault(line.segment)
    if reason:
        found.append(("segment", reason))
    return found + OF_KIND[kind](line)


def _of_prometheus(line: Line) -> list[tuple[str, str]]:
    found = []
    if line.source:
        found.append(("source", "Prometheus has no source beside its query."))
    if line.segment_label and not LABEL.fullmatch(line.segment_label):
        found.append(("segment_label", "This cannot be the name of a label."))
    if line.segment_label and line.segment:
        found.append(("segment_label", "Name a segment or a label that tells it, not both."))
    return found


def _of_mlflow(line: Line) -> list[tuple[str, str]]:
    found = _no_label(line)
    if not any(line.source.startswith(one) and len(line.source) > len(one) for one in SOURCES):
        found.append(("source", "Say experiment:name or model:name."))
    return found


def _of_evidently(line: Line) -> list[tuple[str, str]]:
    found = _no_label(line)
    if line.count_query:
        found.append(("count_query", "A report of Evidently names no number of cases."))
    return found


def _no_label(line: Line) -> list[tuple[str, str]]:
    if line.segment_label:
        return [("segment_label", "Only Prometheus has labels: name the segment itself.")]
    return []


OF_KIND = {"prometheus": _of_prometheus, "mlflow": _of_mlflow, "evidently": _of_evidently}


def _doubled(lines: Sequence[Line]) -> dict[str, str]:
    """Return the lines that would write into one series."""
    seen: dict[tuple[str, ...], int] = {}
    wrong = {}
    for number, line in enumerate(lines, start=1):
        key = (line.kpi, line.environment, line.segment, str(line.seconds), line.segment_label)
        first = seen.setdefault(key, number)
        if first != number:
            wrong[f"lines.{number}.kpi"] = worded("Line {first} measures the same.", first=first)
    return wrong
