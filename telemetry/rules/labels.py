"""What is found out about events later: which kinds there are, and how labels go in order.

The rows and their values stand in telemetry.rules.rows (`LabelRow`, `LABELS`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

WORDS = {
    "truth": "What the answer should have been",
    "actual": "The number that came true",
    "relevant": "Which items were relevant",
    "outcome": "How the task ended",
    "feedback": "How the user reacted",
    "overridden": "Changed or rejected by a human",
    "corrected_seconds": "How long the correction took",
    "grounded": "Supported by its sources",
    "hallucinated": "Holds a claim without support",
    "factual": "Checked against a reference and true",
    "toxic": "Over the threshold of toxicity",
    "refused": "Refused to answer",
    "reopened": "The case came back",
    "near_miss": "Could have done harm and did not",
}


class Label(NamedTuple):
    """A label beside others of its kind and event, in the order in which they count."""

    labelled_at: datetime
    reviewer: str
    value: Any


def newest(labels: Mapping[str, list[Label]]) -> dict[str, Any]:
    """Return the value that counts of each kind: the newest; the reviewer's code settles a tie."""
    return {
        kind: max(some, key=lambda one: (one.labelled_at, one.reviewer)).value
        for kind, some in labels.items()
        if some
    }
