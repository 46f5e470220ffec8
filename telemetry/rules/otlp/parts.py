"""Steps of a decision: a tool's, a model's or a search's span, as it waits for its decision."""

from typing import Any

import msgspec

from telemetry.rules.otlp.conventions import (
    MODEL_CALLS,
    RETRIEVALS,
    TOOL_CALLS,
    operation_of,
    said,
    text_said,
)
from telemetry.rules.otlp.messages import shortened
from telemetry.rules.otlp.shapes import Span

MOST_SOURCES = 100
LONGEST_NAME, LONGEST_MODEL, LONGEST_SOURCE = 60, 120, 400
MOST_TOKENS = 2**31 - 1
KINDS = (
    ("timeout", ("timeout", "deadline", "408", "504")),
    ("auth", ("auth", "permission", "forbidden", "credential", "401", "403")),
    ("schema", ("schema", "validation", "parse", "json", "400", "422")),
)
"""Kinds of a tool's errors by what error.type holds; everything else is 'other'."""


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step, with no more than the decision event takes of it."""

    trace_id: str
    span_id: str
    parent_id: str
    operation: str
    ended_ns: int
    duration_ms: float = 0.0
    tool: str = ""
    error: str = ""
    failed: bool = False
    model: str = ""
    fingerprint: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    sources: tuple[str, ...] = ()


def part_of(span: Span) -> Part | None:
    """Return a span as a step, None where it is none that a decision event takes."""
    operation = operation_of(span.attributes)
    if operation not in TOOL_CALLS | MODEL_CALLS | RETRIEVALS:
        return None
    if not span.trace_id or not span.span_id:
        return None
    attributes = span.attributes
    error = said("error", attributes)
    return Part(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_id=span.parent_id,
        operation=operation,
        ended_ns=span.ended_ns,
        duration_ms=max(0.0, min((span.ended_ns - span.began_ns) / 1e6, 1e12)),
        tool=shortened(text_said("tool", attributes) or span.name, LONGEST_NAME),
        error=shortened(str(error), LONGEST_NAME) if error is not None else "",
        failed=span.failed or error is not None,
        model=shortened(text_said("model", attributes), LONGEST_MODEL),
        fingerprint=shortened(text_said("fingerprint", attributes), LONGEST_MODEL),
        tokens_in=_count(said("tokens_in", attributes)),
        tokens_out=_count(said("tokens_out", attributes)),
        sources=_sources(span),
    )


def call_of(part: Part) -> dict[str, Any]:
    """Return a tool's step as a decision event lists it."""
    call: dict[str, Any] = {
        "tool": part.tool,
        "outcome": "error" if part.failed else "success",
        "duration_ms": part.duration_ms,
    }
    return call | ({"error": kind_of_error(part.error)} if part.failed else {})


def kind_of_error(said: str) -> str:
    """Return the kind of a tool's error: timeout, auth, schema, other."""
    lower = said.lower()
    found = (kind for kind, marks in KINDS if any(mark in lower for mark in marks))
    return next(found, "other")


def _count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MOST_TOKENS else None


def _sources(span: Span) -> tuple[str, ...]:
    """Return what a search found, by the documents' ids, or else where it looked."""
    documents = said("documents", span.attributes)
    found = []
    if isinstance(documents, list):
        named = (one.get("id") if isinstance(one, dict) else one for one in documents)
        found = [one for one in named if isinstance(one, str) and one]
    looked = text_said("data_source", span.attributes)
    chosen = found[:MOST_SOURCES] or ([looked] if looked else [])
    return tuple(shortened(one, LONGEST_SOURCE) for one in chosen)
