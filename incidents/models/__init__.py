"""What went wrong and who must answer now."""

from incidents.models.actions import Action, ActionReceipt, VerificationWindow
from incidents.models.answers import Evidence, Findings, FirstAssessment, Questions, Validation
from incidents.models.incident import Incident, Participation, RegulatoryClock, Transition
from incidents.models.notes import PrivilegedNote

__all__ = [
    "Action",
    "ActionReceipt",
    "Evidence",
    "Findings",
    "FirstAssessment",
    "Incident",
    "Participation",
    "PrivilegedNote",
    "Questions",
    "RegulatoryClock",
    "Transition",
    "Validation",
    "VerificationWindow",
]
