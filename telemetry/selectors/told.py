"""Decision events with what was found out about them later, as SQL that others count from.

`told` is a common table expression: the events of a system in [since, until), each with the newest
label of every kind in place of what the event itself said (see telemetry.models.EventLabel).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from telemetry.rules.exact import BY_TOOL
from telemetry.rules.tallies import MEASURES

# Which labels there are, and as what they are read.
PIVOTS = {
    "truth": "text", "actual": "float8", "relevant": "jsonb", "outcome": "text",
    "feedback": "text", "overridden": "boolean", "corrected_seconds": "float8",
    "grounded": "boolean", "hallucinated": "boolean", "factual": "boolean", "toxic": "boolean",
    "refused": "boolean", "reopened": "boolean", "near_miss": "boolean",
}  # fmt: skip
ONLY_LABELS = frozenset({"factual", "reopened"})
AS_DELIVERED = (
    "at", "event_id", "environment", "segment", "answer", "confidence", "latency_ms", "cost",
    "tool_calls", "blocked", "boundary_violation", "outside", "spend", "escalated", "question",
    "input_sha256", "policy_version", "score", "scores", "predicted", "predicted_low",
    "predicted_high", "ranking", "approve_seconds", "complete_seconds", "skipped", "approvals",
    "tokens_out", "conversation", "format_ok",
)  # fmt: skip


def _pivot(kind: str, read_as: str) -> str:
    value = "l.value" if read_as == "jsonb" else f"(l.value #>> '{{{{}}}}')::{read_as}"
    return f"(array_agg({value}) FILTER (WHERE l.kind = '{kind}'))[1] AS {kind}"


def _or_label(kind: str) -> str:
    return f"f.{kind}" if kind in ONLY_LABELS else f"coalesce(f.{kind}, e.{kind}) AS {kind}"


TOLD = f"""
latest{{n}} AS (
  SELECT DISTINCT ON (l.at, l.event_id, l.kind) l.at, l.event_id, l.kind, l.value, l.received_at
    FROM telemetry_event_label l
   WHERE l.system_id = %(system)s AND l.at >= %(since)s AND l.at < %(until)s {{labels}}
   ORDER BY l.at, l.event_id, l.kind, l.labelled_at DESC, l.reviewer DESC
), found{{n}} AS (
  SELECT l.at, l.event_id, {", ".join(_pivot(*one) for one in PIVOTS.items())},
    min(l.received_at) FILTER (WHERE l.kind = 'truth') AS truth_received_at
    FROM latest{{n}} l GROUP BY l.at, l.event_id
), told{{n}} AS (
  SELECT {", ".join(f"e.{name}" for name in AS_DELIVERED)},
    {", ".join(_or_label(kind) for kind in PIVOTS)}, f.truth_received_at
    FROM telemetry_decision_event e
    LEFT JOIN found{{n}} f ON f.at = e.at AND f.event_id = e.event_id
   WHERE e.system_id = %(system)s AND e.at >= %(since)s AND e.at < %(until)s
     AND e.canary IS NULL {{events}}
)"""  # noqa: S608  names of ours
AMONG = (
    "AND ({}.at, {}.event_id) IN (SELECT * FROM unnest(%(ats)s::timestamptz[], %(ids)s::text[]))"
)


def told_between() -> str:
    """Return `told` for the parameters system, since and until."""
    return TOLD.format(n="", labels="", events="")


def told_among(*, n: str = "", labels: str = "") -> str:
    """Return `told` of the events that `keys_of` names; `labels` narrows which labels count."""
    return TOLD.format(
        n=n, labels=f"{AMONG.format('l', 'l')} {labels}", events=AMONG.format("e", "e")
    )


def keys_of(system_id: UUID, keys: Collection[tuple[datetime, str]]) -> dict[str, Any]:
    """Return the parameters of `told_among` for the instants and ids of events."""
    instants = [at for at, _ in keys]
    return {
        "system": system_id,
        "since": min(instants),
        "until": max(instants) + timedelta(microseconds=1),
        "ats": instants,
        "ids": [event for _, event in keys],
    }


def _calls(condition: str = "") -> str:
    where = f" WHERE {condition}" if condition else ""
    return (
        "CASE WHEN e.tool_calls = '[]'::jsonb THEN 0 ELSE"  # noqa: S608  names of ours
        f" (SELECT count(*) FROM jsonb_array_elements(e.tool_calls) c{where}) END"
    )


def _approvals(condition: str) -> str:
    return (
        "CASE WHEN e.approvals IS NULL THEN 0 ELSE"  # noqa: S608  names of ours
        f" (SELECT count(*) FROM jsonb_array_elements(e.approvals) a WHERE {condition}) END"
    )


def _decimal(expression: str, condition: str = "true") -> str:
    return f"CASE WHEN {condition} THEN {expression} ELSE 0 END"


# What a call of a tool came to, of `c`.
CALLS = {
    "tool_call_success_rate": "lower(c ->> 'outcome') IN ('success', 'succeeded', 'ok', 'done')"
    " AND NOT c ? 'error'",
    "timeout_rate": "'timeout' IN (lower(c ->> 'error'), lower(c ->> 'outcome'))",
    "retry_rate": "c ? 'retried'",
    "auth_failure_rate": "coalesce(lower(c ->> 'error'), '') IN ('auth', 'authentication',"
    " 'authorisation', 'authorization', 'forbidden', 'unauthorised', 'unauthorized')",
    "schema_mismatch_rate": "coalesce(lower(c ->> 'error'), '') IN ('schema', 'arguments',"
    " 'validation')",
}
assert CALLS.keys() == BY_TOOL
OUTSIDE = "(e.boundary_violation OR e.outside IS NOT NULL)"
MEASURED = "e.predicted IS NOT NULL AND e.actual IS NOT NULL"
INTERVAL = "e.predicted_low IS NOT NULL AND e.predicted_high IS NOT NULL AND e.actual IS NOT NULL"
ERROR = "(e.predicted::numeric - e.actual::numeric)"
SIZES = "(abs(e.predicted::numeric) + abs(e.actual::numeric))"
ASKED = "(e.question IS NOT NULL OR e.input_sha256 IS NOT NULL)"
# What one event brings to each sum; `g` names the answer that counts as positive.
CONDITIONS = {
    "events": "true",
    "labelled": "e.answer IS NOT NULL AND e.truth IS NOT NULL",
    "correct": "e.answer = e.truth",
    "reviewed": "e.overridden IS NOT NULL",
    "overridden": "e.overridden",
    "judged": "e.grounded IS NOT NULL",
    "grounded": "e.grounded",
    "finished": "e.outcome <> ''",
    "succeeded": "e.outcome = 'success'",
    "partly": "e.outcome = 'partial'",
    "failed": "e.outcome = 'failure'",
    "attempted": OUTSIDE,
    "executed": f"{OUTSIDE} AND NOT e.blocked",
    "blocked": "e.blocked",
    "stopped_attempts": f"{OUTSIDE} AND e.blocked",
    "escalated": "e.escalated OR e.feedback = 'escalated'",
    "near_misses": "e.near_miss",
    "intervened": "coalesce(e.overridden, false) OR e.corrected_seconds IS NOT NULL"
    " OR coalesce(e.approvals @> '[{\"granted\": false}]', false)",
    "answered": "e.answer IS NOT NULL",
    "positive": "e.answer = g.positive",
    "timed": "e.latency_ms IS NOT NULL",
    "true_positive": "e.answer = g.positive AND e.truth = g.positive",
    "false_positive": "e.answer = g.positive AND e.truth <> g.positive",
    "false_negative": "e.answer <> g.positive AND e.truth = g.positive",
    "hallucination_judged": "e.hallucinated IS NOT NULL",
    "hallucinated": "e.hallucinated",
    "fact_checked": "e.factual IS NOT NULL",
    "factual": "e.factual",
    "toxicity_judged": "e.toxic IS NOT NULL",
    "toxic": "e.toxic",
    "refusal_told": "e.refused IS NOT NULL",
    "refused": "e.refused",
    "refused_reviewed": "e.refused AND e.overridden IS NOT NULL",
    "refused_overridden": "e.refused AND e.overridden",
    "format_checked": "e.format_ok IS NOT NULL",
    "format_ok": "e.format_ok",
    "reacted": "e.feedback IN ('up', 'down')",
    "thumbs_up": "e.feedback = 'up'",
    "shown": "e.skipped IS NOT NULL OR e.feedback IN ('clicked', 'skipped')",
    "clicked": "e.feedback = 'clicked'",
    "skipped": "coalesce(e.skipped, false) OR e.feedback = 'skipped'",
    "questions": ASKED,
    "unanswered": f"{ASKED} AND (coalesce(e.answer, '') = '' OR coalesce(e.refused, false))",
    "reopening_judged": "e.reopened IS NOT NULL",
    "reopened": "e.reopened",
    "traced": f"{ASKED} AND e.answer IS NOT NULL AND e.policy_version IS NOT NULL",
    "corrected": "e.corrected_seconds IS NOT NULL",
    "costed": "e.cost IS NOT NULL",
    "tokens_told": "e.tokens_out IS NOT NULL",
    "measured": MEASURED,
    "relative": f"{MEASURED} AND e.actual <> 0",
    "intervals": INTERVAL,
    "in_interval": f"{INTERVAL} AND e.actual BETWEEN e.predicted_low AND e.predicted_high",
}
AMOUNTS = {
    "tool_calls": _calls(),
    "tool_successes": _calls(CALLS["tool_call_success_rate"]),
    "tool_timeouts": _calls(CALLS["timeout_rate"]),
    "tool_retries": _calls(CALLS["retry_rate"]),
    "tool_auth_failures": _calls(CALLS["auth_failure_rate"]),
    "tool_schema_mismatches": _calls(CALLS["schema_mismatch_rate"]),
    "approvals_answered": _approvals("a ->> 'granted' IS NOT NULL"),
    "approvals_granted": _approvals("(a ->> 'granted')::boolean"),
    "spend": "e.spend::numeric",
    "cost": "e.cost::numeric",
    "cost_squared": "e.cost::numeric * e.cost::numeric",
    "tokens_out": "e.tokens_out",
    "corrected_seconds": "e.corrected_seconds::numeric",
    "actual": _decimal("e.actual::numeric", MEASURED),
    "actual_squared": _decimal("e.actual::numeric * e.actual::numeric", MEASURED),
    "error": _decimal(ERROR, MEASURED),
    "absolute_error": _decimal(f"abs({ERROR})", MEASURED),
    "squared_error": _decimal(f"{ERROR} * {ERROR}", MEASURED),
    "relative_error": _decimal(
        f"abs({ERROR} / e.actual::numeric)", f"{MEASURED} AND e.actual <> 0"
    ),
    "symmetric_error": _decimal(
        f"2 * abs({ERROR}) / {SIZES}", f"{MEASURED} AND (e.predicted <> 0 OR e.actual <> 0)"
    ),
    "interval_width": _decimal("e.predicted_high::numeric - e.predicted_low::numeric", INTERVAL),
}


def _brought(measure: str) -> str:
    if measure in CONDITIONS:
        return f"CASE WHEN {CONDITIONS[measure]} THEN 1 ELSE 0 END"
    return f"coalesce({AMOUNTS[measure]}, 0)"


def sums(sign: str = "1") -> str:
    """Return the array of the sums in their order, over events `e` counted for `g`."""
    each = ", ".join(f"sum({sign} * ({_brought(name)}))::numeric" for name in MEASURES)
    return f"ARRAY[{each}]"


PART = "nullif(e.segment ->> nullif(g.attribute, ''), '')"
"""The value of the attribute that the events are split by; null where there is none."""
