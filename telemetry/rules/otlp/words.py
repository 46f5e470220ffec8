"""What was asked and answered, where a span or an event within it says so.

The conventions leave both out unless the sender chose to send them.
"""

from telemetry.rules.otlp.conventions import CONTENT_EVENTS, said
from telemetry.rules.otlp.messages import words_of
from telemetry.rules.otlp.shapes import Attributes, Span


def question_of(span: Span) -> str | None:
    """Return the last thing that the user said, None where it is not sent."""
    return words_of(said("question", *_places(span)), role="user")


def answer_of(span: Span) -> str | None:
    """Return the answer, None where it is not sent."""
    return words_of(said("answer", *_places(span)), role="assistant")


def _places(span: Span) -> list[Attributes]:
    told = [event.attributes for event in span.events if event.name in CONTENT_EVENTS]
    return [span.attributes, *told]
