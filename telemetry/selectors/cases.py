"""The cases of a window, column by column, for figures that no sums of hours can give."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from django.db import connection

from telemetry.models import Computation
from telemetry.rules.exact import BY_TOOL, EXACT
from telemetry.selectors.told import CALLS, PART, told_between

EVENTS = "told e"
TOOLS = "told e CROSS JOIN LATERAL jsonb_array_elements(e.tool_calls) c"
# Of each kind of label on an event, whether the newest words of two or more reviewers agree.
REVIEWS = """
told e JOIN (
  SELECT n.at, n.event_id, n.kind, count(DISTINCT n.value) = 1 AS agree FROM (
    SELECT DISTINCT ON (l.at, l.event_id, l.kind, l.reviewer) l.* FROM telemetry_event_label l
     WHERE l.system_id = %(system)s AND l.at >= %(since)s AND l.at < %(until)s AND l.reviewer <> ''
     ORDER BY l.at, l.event_id, l.kind, l.reviewer, l.labelled_at DESC) n
  GROUP BY n.at, n.event_id, n.kind HAVING count(*) > 1) r
ON r.at = e.at AND r.event_id = e.event_id"""
SCORE = "coalesce(e.score, (e.scores ->> %(positive)s)::float8)"
CLASS = "e.truth = %(positive)s"
SCORED = f"{SCORE} IS NOT NULL AND e.truth IS NOT NULL"
RANKED = "jsonb_typeof(e.ranking) = 'array' AND jsonb_typeof(e.relevant) = 'array'"


class Read(NamedTuple):
    """Which columns of which cases a figure is made of, as SQL over `e`.

    With `lists` the columns hold JSON lists.
    """

    columns: tuple[str, ...]
    where: str
    source: str = EVENTS
    lists: bool = False


READS = {
    "latency_p50": Read(("e.latency_ms",), "e.latency_ms IS NOT NULL"),
    "latency_p95": Read(("e.latency_ms",), "e.latency_ms IS NOT NULL"),
    "latency_p99": Read(("e.latency_ms",), "e.latency_ms IS NOT NULL"),
    "error_p95": Read(
        ("abs(e.predicted - e.actual)",), "e.predicted IS NOT NULL AND e.actual IS NOT NULL"
    ),
    "completion_time": Read(("e.complete_seconds",), "e.complete_seconds IS NOT NULL"),
    "approval_time": Read(("e.approve_seconds",), "e.approve_seconds IS NOT NULL"),
    "label_delay": Read(
        ("greatest(extract(epoch FROM e.truth_received_at - e.at), 0)::float8",),
        "e.truth_received_at IS NOT NULL",
    ),
    "roc_auc": Read((SCORE, CLASS), SCORED),
    "pr_auc": Read((SCORE, CLASS), SCORED),
    "brier_score": Read((SCORE, CLASS), SCORED),
    "log_loss": Read((SCORE, CLASS), SCORED),
    "calibration_error": Read(
        ("e.confidence", "e.answer = e.truth"),
        "e.confidence IS NOT NULL AND e.answer IS NOT NULL AND e.truth IS NOT NULL",
    ),
    "balanced_accuracy": Read(
        ("e.truth", "e.answer"), "e.answer IS NOT NULL AND e.truth IS NOT NULL"
    ),
    "ndcg_at_k": Read(("e.ranking", "e.relevant"), RANKED, lists=True),
    "mrr": Read(("e.ranking", "e.relevant"), RANKED, lists=True),
    "mean_average_precision": Read(("e.ranking", "e.relevant"), RANKED, lists=True),
    "response_consistency": Read(
        ("e.input_sha256", "e.answer"), "e.input_sha256 IS NOT NULL AND e.answer IS NOT NULL"
    ),
    "reviewer_agreement": Read(("r.agree",), "true", REVIEWS),
    "conversation_length": Read(("e.conversation",), "e.conversation IS NOT NULL"),
    "loop_rate": Read(
        ("jsonb_path_query_array(e.tool_calls, '$[*].tool')",),
        "e.tool_calls <> '[]'::jsonb",
        lists=True,
    ),
    **{kpi: Read((f"coalesce({called}, false)",), "true", TOOLS) for kpi, called in CALLS.items()},
}
assert READS.keys() == EXACT.keys() | BY_TOOL


def cases_of(computation: Computation, end: datetime) -> dict[str, Sequence[Sequence[Any]]]:
    """Return the columns that a KPI is made of, for all cases ('') and each part of them.

    The parts are the values of the computation's attribute; for a KPI by tool, the tools.
    """
    read = READS[computation.kpi_id]
    parameters: dict[str, Any] = {
        "system": computation.system_id,
        "since": end - timedelta(seconds=computation.window_seconds),
        "until": end,
        "environment": computation.environment,
        "attribute": computation.attribute,
        "positive": computation.positive,
    }
    with connection.cursor() as cursor:
        cursor.execute(_statement(read), parameters)
        return {
            "" if whole else part: _parsed(columns) if read.lists else columns
            for part, whole, *columns in cursor.fetchall()
            if whole or part
        }


def _parsed(columns: Sequence[Sequence[str]]) -> list[list[Any]]:
    return [[orjson.loads(text) for text in column] for column in columns]


def _statement(read: Read) -> str:
    part = "c ->> 'tool'" if read.source is TOOLS else PART
    columns = ", ".join(f"array_agg({name} ORDER BY e.at, e.event_id)" for name in read.columns)
    return f"""
WITH {told_between()}
SELECT coalesce({part}, '') AS part, GROUPING(coalesce({part}, '')) AS whole, {columns}
  FROM {read.source}
 CROSS JOIN (SELECT %(attribute)s::text AS attribute) g
 WHERE e.environment = %(environment)s AND {read.where}
 GROUP BY GROUPING SETS ((), (coalesce({part}, '')))
HAVING count(*) > 0"""  # noqa: S608  names of ours
