"""One poll of a connector: every line asked, what came gathered; kinds beside each other."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from registry.connectors.mlflow import Access
from telemetry.connectors import evidently, mlflow_metrics, prometheus
from telemetry.connectors.asking import NoAnswer
from telemetry.connectors.fetched import Fetched
from telemetry.rules.mappings import Line

BUDGET = 20.0
"""Seconds for all lines; what is left then is asked by the next poll."""
MOST_FAILED = 3


@dataclass(frozen=True, slots=True)
class Question:
    """What a poll needs to know, without a database: it runs in a thread of its own."""

    kind: str
    system: str
    access: Access = field(repr=False)
    lines: Sequence[Line]
    marks: Mapping[str, datetime]


def poll(question: Question, at: datetime) -> Fetched:
    """Ask every line. Raises NoAnswer where none was answered.

    A line that is not answered does not keep the others from being taken, but it is a failure.
    """
    into = Fetched(question.system)
    report = evidently.fetched_report(question.access) if question.kind == "evidently" else None
    failed: list[NoAnswer] = []
    until = time.monotonic() + BUDGET
    for number, line in enumerate(question.lines, start=1):
        if _is_given_up(failed) or time.monotonic() > until:
            into.unread[number] = "Not asked any more: the answers before it took too long."
            continue
        refused = len(into.rejected)
        try:
            asked = _ask(question, report, line, into, question.marks.get(line.mark), at)
            if asked and len(into.rejected) == refused:
                into.answered.add(number)
        except NoAnswer as error:
            into.unread[number] = error.reason
            failed.append(error)
    asked_later = [one for one in failed if one.retry_after is not None]
    if failed and not into.count and not into.answered:
        raise (asked_later or failed)[0]
    into.retry_after = asked_later[0].retry_after if asked_later else None
    return into


def _is_given_up(failed: Sequence[NoAnswer]) -> bool:
    """Whether the other side is busy, or does not answer: it is not asked the other lines too."""
    return len(failed) >= MOST_FAILED or any(one.retry_after is not None for one in failed)


def _ask(
    question: Question,
    report: evidently.Report | None,
    line: Line,
    into: Fetched,
    last: datetime | None,
    at: datetime,
) -> bool:
    """Ask one line; return whether it was, for of Prometheus only windows that ended are asked."""
    if report is not None:
        evidently.fetch(report, line, into=into, last=last)
    elif question.kind == "mlflow":
        mlflow_metrics.fetch(question.access, line, into=into, last=last, at=at)
    else:
        return prometheus.fetch(question.access, line, into=into, last=last, at=at)
    return True
