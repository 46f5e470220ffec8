"""What the evidence floor keeps: packs, printouts, statements, reports."""

from reports.models.board import ConsequenceFactor, Report
from reports.models.frameworks import OwnFramework
from reports.models.packs import Pack, Printout
from reports.models.room import AuditAnswer, AuditEvidence, AuditQuestion
from reports.models.statements import ApplicabilityStatement, ControlUpload, EvidenceGap

__all__ = [
    "ApplicabilityStatement",
    "AuditAnswer",
    "AuditEvidence",
    "AuditQuestion",
    "ConsequenceFactor",
    "ControlUpload",
    "EvidenceGap",
    "OwnFramework",
    "Pack",
    "Printout",
    "Report",
]
