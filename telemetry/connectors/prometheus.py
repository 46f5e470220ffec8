"""Prometheus: each line is a PromQL query, evaluated at the end of every window that is due.

One range query a line brings all windows that were missed; the step is the window, and its ends
are whole multiples of the window, so that asking again brings the same readings.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ledger.rules.worded import worded
from registry.connectors.mlflow import Access
from telemetry.connectors.asking import NoAnswer, ask
from telemetry.connectors.fetched import Fetched
from telemetry.rules.mappings import Line
from telemetry.rules.rows import segment_fault
from telemetry.rules.schedules import settled_until, windows_due

LAG = 15
"""Seconds after the end of a window until its last samples are surely scraped."""
MOST_NOTES = 20
PATH = "/api/v1/query_range"
Counts = dict[tuple[str, datetime], int]


def fetch(
    access: Access, line: Line, *, into: Fetched, last: datetime | None, at: datetime
) -> bool:
    """Ask one line for the windows that have ended since `last`, if any; say whether it was asked.

    Raises NoAnswer.
    """
    due = windows_due(at=at, seconds=line.seconds, last=last, lag=LAG)
    if due is None:
        return False
    asked = {
        "start": str(due[0].timestamp()),
        "end": str(due[1].timestamp()),
        "step": str(line.seconds),
    }
    found = _series(access, line.query, asked, into)
    counts = _counts(access, line, asked, into) if line.count_query else {}
    if len(found) > 1 and not line.segment_label:
        into.refuse(line, {"query": line.query}, "query", _too_many(len(found)))
        return True
    for labels, values in found:
        _take(line, labels, values, counts, into)
    settled = settled_until(at=at, seconds=line.seconds, asked_until=due[1])
    known = into.marks.get(line.mark, last)
    into.marks[line.mark] = settled if known is None else max(known, settled)
    return True


def _too_many(count: int) -> str:
    return worded(
        "The query returns {count} series: aggregate them to one, or name the label that tells "
        "segments apart.",
        count=count,
    )


def _series(
    access: Access, query: str, asked: Mapping[str, str], into: Fetched
) -> list[tuple[dict[str, str], list[Any]]]:
    """Return (labels, values) of what a query returns. Raises NoAnswer."""
    body = ask(access, PATH, form={"query": query, **asked, "timeout": "8s"}).body
    if not isinstance(body, dict) or body.get("status") != "success":
        raise _strange()
    data = body.get("data")
    if not isinstance(data, dict) or data.get("resultType") != "matrix":
        raise _strange()
    warnings = body.get("warnings")
    if isinstance(warnings, list):
        into.notes.extend(str(words)[:300] for words in warnings[:MOST_NOTES])
    result = data.get("result")
    if not isinstance(result, list) or not all(isinstance(one, dict) for one in result):
        raise _strange()
    return [_labelled(one) for one in result]


def _labelled(one: Mapping[str, Any]) -> tuple[dict[str, str], list[Any]]:
    labels, values = one.get("metric"), one.get("values", [])
    if not isinstance(labels, dict) or not isinstance(values, list):
        raise _strange()
    return {str(key): str(value) for key, value in labels.items()}, values


def _take(
    line: Line, labels: Mapping[str, str], values: list[Any], counts: Counts, into: Fetched
) -> None:
    segment, fault = _segment(line, labels)
    if fault:
        into.refuse(line, {"segment": segment}, "segment_label", fault)
        return
    for end, value in _samples(values):
        if into.is_full:
            into.notes.append("More came than one poll takes; the next one goes on from here.")
            return
        into.take(line, end=end, value=value, segment=segment, n=counts.get((segment, end)))


def _segment(line: Line, labels: Mapping[str, str]) -> tuple[str, str]:
    """Return the segment of a series and what is wrong with it, '' for nothing."""
    if not line.segment_label:
        return line.segment, ""
    value = labels.get(line.segment_label, "")
    if not value:
        return "", worded("A series of the answer has no label {label}.", label=line.segment_label)
    segment = f"{line.segment_label}={value}"
    return segment, segment_fault(segment) or ""


def _samples(values: list[Any]) -> Iterator[tuple[datetime, float | None]]:
    """Yield (window end, value); NaN and Inf are no numbers, so the reading is bad."""
    for pair in values:
        try:
            end = datetime.fromtimestamp(float(pair[0]), UTC)
            value = float(pair[1])
        except (TypeError, ValueError, IndexError, OverflowError, KeyError, OSError):
            raise _strange() from None
        yield end.replace(microsecond=0), value if math.isfinite(value) else None


def _counts(access: Access, line: Line, asked: Mapping[str, str], into: Fetched) -> Counts:
    """Return n by segment and window end; where it is no whole number it is left out."""
    counts: Counts = {}
    for labels, values in _series(access, line.count_query, asked, into):
        segment, fault = _segment(line, labels)
        if fault:
            continue
        for end, value in _samples(values):
            if value is not None and 0 <= value < 2**31 - 1:
                counts[segment, end] = round(value)
    return counts


def _strange() -> NoAnswer:
    return NoAnswer("The answer is none of Prometheus: look at the address.")
