"""Impact assessments: written, reviewed by another person, in force until they expire."""

from registry.services.assessments.due import find_due_again
from registry.services.assessments.reviewing import (
    approve_assessment,
    note_notification,
    send_back_assessment,
)
from registry.services.assessments.writing import (
    save_assessment,
    start_assessment,
    submit_assessment,
)

__all__ = [
    "approve_assessment",
    "find_due_again",
    "note_notification",
    "save_assessment",
    "send_back_assessment",
    "start_assessment",
    "submit_assessment",
]
