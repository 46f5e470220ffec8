"""A set of labelled answers as somebody takes it along."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Labelled events as JSON lines, how many there are, and the entry that says so."""

    content: bytes
    events: int
    entry: int
