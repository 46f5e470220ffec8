"""What the evidence floor keeps: packs, printouts, statements, reports, desks."""

from reports.models.board import ConsequenceFactor, Report
from reports.models.desk import CalendarFeed, DeskView
from reports.models.frameworks import OwnFramework
from reports.models.packs import Pack, Printout
from reports.models.room import AuditAnswer, AuditEvidence, AuditQuestion
from reports.models.statements import ApplicabilityStatement, ControlUpload, EvidenceGap

__all__ = [
    "ApplicabilityStatement",
    "AuditAnswer",
    "AuditEvidence",
    "AuditQuestion",
    "CalendarFeed",
    "ConsequenceFactor",
    "ControlUpload",
    "DeskView",
    "EvidenceGap",
    "OwnFramework",
    "Pack",
    "Printout",
    "Report",
]
