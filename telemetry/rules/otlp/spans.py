"""Which spans are decisions, which are steps of one, and the decision event that they make."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from telemetry.rules.otlp.conventions import (
    AGENT_RUNS,
    FILTERED,
    MODEL_CALLS,
    OWN,
    RETRIEVALS,
    TOOL_CALLS,
    first_present,
    operation_of,
    said,
    text_said,
)
from telemetry.rules.otlp.parts import Part, call_of, part_of
from telemetry.rules.otlp.shapes import Span
from telemetry.rules.otlp.words import answer_of, question_of
from telemetry.rules.parsing import field_and_reason
from telemetry.rules.rows import DecisionRow

Decisions = Literal["model_calls", "agent_runs", "marked"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNSTATED = "unstated"
"""The version of who does not say theirs: no version that anybody approved has this name."""

SEGMENT = OWN + "segment."
MARK = OWN + "decision"
NOT_OWN = frozenset({"system", "at", "segment", "tool_calls", "approvals", "scores"})
OWN_FIELDS = frozenset(DecisionRow.__struct_fields__) - NOT_OWN
MOST_CALLS = 100
LATEST_NS = 4_102_444_800 * 10**9
"""The year 2100: beyond it an instant is surely a mistake."""


@dataclass(slots=True)
class Sorted:
    """The spans of a system: decisions with their steps, steps without one, what is neither."""

    decisions: list[tuple[Span, list[Part]]] = field(default_factory=list)
    waiting: list[Part] = field(default_factory=list)
    ignored: int = 0


class Unfit(Exception):
    """A decision's span that makes no event: (field, reason)."""


def is_decision(span: Span, decisions: Decisions) -> bool:
    """Whether a span is a decision by what the system says of its spans; its own mark wins."""
    mark = span.attributes.get(MARK)
    if isinstance(mark, bool):
        return mark
    operation = operation_of(span.attributes)
    if decisions == "agent_runs":
        return operation in AGENT_RUNS
    return decisions == "model_calls" and operation in MODEL_CALLS


def sort_spans(spans: Sequence[Span], decisions: Decisions, earlier: Iterable[Part]) -> Sorted:
    """Give every step to its decision: the nearest above it, or the only one of its trace.

    `earlier` are the steps that came in before. What stays without a decision waits for one.
    """
    found = Sorted()
    owned: dict[tuple[str, str], list[Part]] = {}
    for span in spans:
        if is_decision(span, decisions):
            owned[span.trace_id, span.span_id] = []
            found.decisions.append((span, owned[span.trace_id, span.span_id]))
    steps = {(part.trace_id, part.span_id): part for part in earlier}
    for span in spans:
        if (span.trace_id, span.span_id) in owned:
            continue
        part = part_of(span)
        if part is None:
            found.ignored += 1
        else:
            steps[part.trace_id, part.span_id] = part
    _give(found, owned, steps, spans)
    return found


def _give(
    found: Sorted,
    owned: Mapping[tuple[str, str], list[Part]],
    steps: Mapping[tuple[str, str], Part],
    spans: Sequence[Span],
) -> None:
    parents = {(span.trace_id, span.span_id): span.parent_id for span in spans}
    parents |= {key: part.parent_id for key, part in steps.items() if key not in parents}
    alone: dict[str, list[tuple[str, str]]] = {}
    for key in owned:
        alone.setdefault(key[0], []).append(key)
    for part in steps.values():
        owner = _above(part, parents, owned)
        if owner is None and len(alone.get(part.trace_id, ())) == 1:
            owner = alone[part.trace_id][0]
        (found.waiting if owner is None else owned[owner]).append(part)


def _above(
    part: Part, parents: Mapping[tuple[str, str], str], owned: Mapping[tuple[str, str], list[Part]]
) -> tuple[str, str] | None:
    """Return the nearest decision above a step; a circle of parents ends where it began."""
    seen: set[str] = set()
    above = part.parent_id
    while above and above not in seen:
        if (part.trace_id, above) in owned:
            return part.trace_id, above
        seen.add(above)
        above = parents.get((part.trace_id, above), "")
    return None


def event_of(span: Span, parts: Sequence[Part], system: str) -> DecisionRow:
    """Return the decision event of a span with its steps. Raises Unfit with field and reason."""
    if not span.trace_id or not span.span_id:
        raise Unfit("span_id", "A span has a trace id of 16 bytes and a span id of 8, not zero.")
    if not 0 < span.ended_ns < LATEST_NS or span.began_ns > span.ended_ns:
        raise Unfit("at", "The span has no end, or ends before it begins.")
    given = _told(span, parts) | _own(span)
    given |= {"system": system, "at": EPOCH + timedelta(microseconds=span.ended_ns // 1000)}
    bare = next((name for name, value in given.items() if _no_number(value)), None)
    if bare is not None:
        raise Unfit(bare, "NaN and Infinity are no numbers.")
    try:
        return msgspec.convert(given, DecisionRow)
    except msgspec.ValidationError as error:
        raise Unfit(*field_and_reason(str(error))) from error


def _is_blocked(reasons: Any) -> bool:
    """Whether a filter ended an answer; what is neither a text nor texts is no reason."""
    return isinstance(reasons, str | list | tuple) and FILTERED in reasons


def _told(span: Span, parts: Sequence[Part]) -> dict[str, Any]:
    """Return what the conventions say, by the fields of a decision event."""
    tools = [part for part in parts if part.operation in TOOL_CALLS][:MOST_CALLS]
    models = sorted(
        (part for part in parts if part.operation in MODEL_CALLS), key=lambda part: part.ended_ns
    )
    attributes = span.attributes
    given: dict[str, Any] = {
        "event_id": f"{span.trace_id}-{span.span_id}",
        "version": _version(span),
        "environment": text_said("environment", attributes, span.resource) or "production",
        "latency_ms": (span.ended_ns - span.began_ns) / 1e6,
        "outcome": "failure" if span.failed or said("error", attributes) is not None else "",
        "blocked": _is_blocked(said("finish_reasons", attributes)),
        "tool_calls": [call_of(part) for part in tools],
        "model": _model(span, models),
        "fingerprint": text_said("fingerprint", attributes) or _last(models, "fingerprint"),
        "tokens_in": _tokens("tokens_in", span, models),
        "tokens_out": _tokens("tokens_out", span, models),
        "conversation": text_said("conversation", attributes) or None,
        "question": question_of(span),
        "answer": answer_of(span),
        "sources": _sources(parts),
    }
    return {name: value for name, value in given.items() if value is not None}


def _version(span: Span) -> str:
    return (
        text_said("service_version", span.resource)
        or text_said("agent_version", span.attributes)
        or UNSTATED
    )


def _model(span: Span, models: Sequence[Part]) -> str | None:
    return (
        text_said("model", span.attributes)
        or _last(models, "model")
        or text_said("model_asked", span.attributes)
        or None
    )


def _last(models: Sequence[Part], name: str) -> str | None:
    return first_present(getattr(part, name) or None for part in reversed(models)) or None


def _tokens(meaning: str, span: Span, models: Sequence[Part]) -> Any:
    own = said(meaning, span.attributes)
    if own is not None:
        return own
    counted = [n for part in models if (n := getattr(part, meaning)) is not None]
    return sum(counted) if counted else None


def _sources(parts: Sequence[Part]) -> list[str] | None:
    found = [source for part in parts if part.operation in RETRIEVALS for source in part.sources]
    return list(dict.fromkeys(found))[:MOST_CALLS] or None


def _own(span: Span) -> dict[str, Any]:
    """Return what the sender says by our own attributes; they win over the conventions'."""
    given: dict[str, Any] = {}
    segment: dict[str, Any] = {}
    for name, value in span.attributes.items():
        if name.startswith(SEGMENT):
            segment[name[len(SEGMENT) :]] = value
        elif name.startswith(OWN) and name[len(OWN) :] in OWN_FIELDS:
            given[name[len(OWN) :]] = value
    return given | {"segment": segment} if segment else given


def _no_number(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
