"""What went wrong and who must answer now."""

from incidents.models.acceptances import AcceptanceProposal, RiskAcceptance
from incidents.models.actions import Action, ActionReceipt, VerificationWindow
from incidents.models.answers import Evidence, Findings, FirstAssessment, Questions, Validation
from incidents.models.clocks import (
    ClockFact,
    CounselDate,
    RegulatoryClock,
    ReportDraft,
    Submission,
)
from incidents.models.comments import (
    CaseLook,
    Comment,
    CommentFile,
    CommentMention,
    CommentWithdrawal,
    EvidenceLink,
)
from incidents.models.containment import Containment, EvidenceHold, InterimMeasure
from incidents.models.courses import Course
from incidents.models.families import Ask, IncidentLink
from incidents.models.holidays import HolidayChoice
from incidents.models.incident import Incident, Participation, Transition
from incidents.models.notes import NoteRelease, PrivilegedNote
from incidents.models.probes import ProbeEndpoint, ProbeState
from incidents.models.programmes import ProgrammeBatch, Reconciliation, RemediationProgramme
from incidents.models.turns import ClockPause, PastCycle

__all__ = [
    "AcceptanceProposal",
    "Action",
    "ActionReceipt",
    "Ask",
    "CaseLook",
    "ClockFact",
    "ClockPause",
    "Comment",
    "CommentFile",
    "CommentMention",
    "CommentWithdrawal",
    "Containment",
    "CounselDate",
    "Course",
    "Evidence",
    "EvidenceHold",
    "EvidenceLink",
    "Findings",
    "FirstAssessment",
    "HolidayChoice",
    "Incident",
    "IncidentLink",
    "InterimMeasure",
    "NoteRelease",
    "Participation",
    "PastCycle",
    "PrivilegedNote",
    "ProbeEndpoint",
    "ProbeState",
    "ProgrammeBatch",
    "Questions",
    "Reconciliation",
    "RegulatoryClock",
    "RiskAcceptance",
    "RemediationProgramme",
    "ReportDraft",
    "Submission",
    "Transition",
    "Validation",
    "VerificationWindow",
]
