"""Classification under the AI Act: written by one person, confirmed by another, opened again."""

from registry.services.classification.confirming import (
    confirm_classification,
    send_back_classification,
)
from registry.services.classification.reopening import (
    reopen_classification,
    reopen_for_change,
    reopen_for_reference,
)
from registry.services.classification.writing import (
    save_answers,
    start_classification,
    submit_classification,
)

__all__ = [
    "confirm_classification",
    "reopen_classification",
    "reopen_for_change",
    "reopen_for_reference",
    "save_answers",
    "send_back_classification",
    "start_classification",
    "submit_classification",
]
