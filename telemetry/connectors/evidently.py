"""Evidently: the figures of a report in JSON, by the name of a metric and its column.

Reports of Evidently 0.7 name a metric, its config and its value; those before it a metric and its
result. A report is only a new reading when it says when it was made: a file that nobody renews
must turn silent, not stay good.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ledger.rules.worded import worded
from registry.connectors.mlflow import Access
from telemetry.connectors.asking import NoAnswer, ask
from telemetry.connectors.fetched import Fetched
from telemetry.rules.mappings import Line

UNDATED = (
    "The report does not say when it was made: let its server send Last-Modified, so that a report"
    " which nobody renews is noticed."
)


class Report:
    """A report: when it was made, and its metrics.

    `made_at` and `last_modified` say when, where the report itself does not. Raises NoAnswer.
    """

    def __init__(
        self, body: Any, *, last_modified: str = "", made_at: datetime | None = None
    ) -> None:
        self.metrics = list(_metrics(body))
        self.made_at = _made_at(body, last_modified, made_at)


def fetched_report(access: Access) -> Report:
    """Ask for a report where it lies. Raises NoAnswer."""
    answer = ask(access, "")
    return Report(answer.body, last_modified=answer.last_modified)


def fetch(report: Report, line: Line, *, into: Fetched, last: datetime | None) -> None:
    """Take one line's figure from a report that is newer than `last`."""
    if last is not None and report.made_at <= last:
        return
    name, _, path = line.query.partition(".")
    found = [
        value
        for metric, column, value in report.metrics
        if metric == name and (column == line.source or not line.source and column == "")
    ]
    if len(found) != 1:
        asked = {"query": line.query, "source": line.source}
        into.refuse(line, asked, "query", _not_one(len(found)))
        return
    _take(line, found[0], path, report.made_at, into)


def _not_one(count: int) -> str:
    if not count:
        return "The report has no such metric."
    return worded("The report has {count} metrics of this name.", count=count)


def _take(line: Line, value: Any, path: str, made_at: datetime, into: Fetched) -> None:
    for part in path.split(".") if path else []:
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, dict):
        parts = ", ".join(map(str, list(value)[:10]))
        words = worded("The metric has parts, name one behind a dot: {parts}.", parts=parts)
        into.refuse(line, {"query": line.query}, "query", words)
    elif isinstance(value, bool) or not isinstance(value, int | float | None):
        into.refuse(line, {"query": line.query}, "query", "The value of this metric is no number.")
    else:
        whole = value is not None and math.isfinite(value)
        into.take(line, end=made_at, value=float(value) if whole and value is not None else None)


def _metrics(body: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield (name, column, value) of either form. Raises NoAnswer."""
    metrics = body.get("metrics") if isinstance(body, dict) else None
    if not isinstance(metrics, list) or not all(isinstance(one, dict) for one in metrics):
        raise NoAnswer("What came is no report of Evidently: look at the address.")
    for one in metrics:
        if "result" in one:
            result = one["result"]
            column = result.get("column_name", "") if isinstance(result, dict) else ""
            yield str(one.get("metric", "")), str(column or ""), result
        else:
            yield _name(one), _column(one), one.get("value")


def _name(metric: Mapping[str, Any]) -> str:
    return str(metric.get("metric_name") or metric.get("metric_id") or "").partition("(")[0]


def _column(metric: Mapping[str, Any]) -> str:
    config = metric.get("config")
    column = config.get("column") if isinstance(config, dict) else None
    return str(column or "")


def _made_at(body: Mapping[str, Any], last_modified: str, given: datetime | None) -> datetime:
    """Return when a report was made: as it says itself, else as its server or sender does."""
    said = body.get("timestamp")
    try:
        if isinstance(said, str) and said:
            made = datetime.fromisoformat(said.replace(" ", "T", 1))
        elif last_modified:
            made = parsedate_to_datetime(last_modified)
        elif given is not None:
            made = given
        else:
            raise NoAnswer(UNDATED)
        zoned = made if made.tzinfo is not None else made.replace(tzinfo=UTC)
        return zoned.astimezone(UTC).replace(microsecond=0)
    except (TypeError, ValueError, OverflowError):
        raise NoAnswer(UNDATED) from None
