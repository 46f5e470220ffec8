"""The names of OpenTelemetry's conventions that are read, the present one first, then older ones.

Source: OpenTelemetry semantic conventions for generative AI, spans, agent spans, events and metrics
(https://opentelemetry.io/docs/specs/semconv/gen-ai/), registry of attributes as published with
opentelemetry-semantic-conventions 0.66b2: what it marks as deprecated is the older name here.
"""

from collections.abc import Iterable
from typing import Any

from telemetry.rules.otlp.shapes import Attributes

SOURCE = "https://opentelemetry.io/docs/specs/semconv/gen-ai/"

NAMES: dict[str, tuple[str, ...]] = {
    "operation": ("gen_ai.operation.name",),
    "provider": ("gen_ai.provider.name", "gen_ai.system"),
    "model": ("gen_ai.response.model",),
    "model_asked": ("gen_ai.request.model",),
    "fingerprint": (
        "openai.response.system_fingerprint",
        "gen_ai.openai.response.system_fingerprint",
    ),
    "tokens_in": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "tokens_out": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "finish_reasons": ("gen_ai.response.finish_reasons",),
    "conversation": ("gen_ai.conversation.id",),
    "tool": ("gen_ai.tool.name",),
    "agent_version": ("gen_ai.agent.version",),
    "question": ("gen_ai.input.messages", "gen_ai.prompt"),
    "answer": ("gen_ai.output.messages", "gen_ai.completion"),
    "documents": ("gen_ai.retrieval.documents",),
    "data_source": ("gen_ai.data_source.id",),
    "error": ("error.type",),
    "service": ("service.name",),
    "service_version": ("service.version",),
    "environment": ("deployment.environment.name", "deployment.environment"),
}
"""By meaning: the names under which it comes."""

CONTENT_EVENTS = frozenset(
    {
        "gen_ai.client.inference.operation.details",
        "gen_ai.content.prompt",
        "gen_ai.content.completion",
    }
)
"""Events that carry what was asked and answered; the last two are the older ones."""

MODEL_CALLS = frozenset({"chat", "text_completion", "generate_content"})
AGENT_RUNS = frozenset({"invoke_agent", "invoke_workflow"})
TOOL_CALLS = frozenset({"execute_tool"})
RETRIEVALS = frozenset({"retrieval"})
FILTERED = "content_filter"
"""The finish reason of an answer that a filter stopped."""

OWN = "countersign."
"""Our own attributes, for what the conventions have no name for."""


def said(meaning: str, *places: Attributes) -> Any:
    """Return what is said under any name of a meaning, in the first place that says it."""
    for place in places:
        for name in NAMES[meaning]:
            value = place.get(name)
            if value is not None:
                return value
    return None


def text_said(meaning: str, *places: Attributes) -> str:
    """Return what is said as text, '' where nothing is or it is no text."""
    found = said(meaning, *places)
    return found if isinstance(found, str) else ""


def operation_of(attributes: Attributes) -> str:
    """Return the operation that a span names; a model without an operation was a chat."""
    named = text_said("operation", attributes)
    if named:
        return named
    return "chat" if text_said("model_asked", attributes) else ""


def first_present(values: Iterable[Any]) -> Any:
    """Return the first that is not None."""
    return next((value for value in values if value is not None), None)
