"""What may happen on this floor."""

from ledger import verbs

VERBS = {
    "factor.drafted": "drafted a factor of consequence for",
    "factor.approved": "approved a factor of consequence for",
    "factor.withdrawn": "withdrew a factor of consequence for",
    "report.begun": "began the report",
    "report.drawn": "drew the figures anew of the report",
    "report.written": "wrote in the report",
    "report.issued": "issued the report",
    "report.withdrawn": "withdrew the draft of the report",
    "pack.requested": "asked for the pack",
    "pack.requested_again": "asked again for the pack",
    "pack.sealed": "sealed the record for the pack",
    "pack.built": "built the pack",
    "pack.failed": "failed to build the pack",
    "pack.downloaded": "downloaded the pack",
    "ledger.exported": "exported entries of",
    "audit.asked": "asked the auditee in",
    "audit.answered": "answered the auditor in",
    "audit.evidence_added": "added evidence to the answer in",
    "audit.sent_back": "sent back the answer in",
    "audit.accepted": "accepted the answer in",
    "audit.withdrawn": "withdrew the question",
    "applicability.drafted": "drafted a statement of applicability for",
    "applicability.written": "wrote in the statement of applicability for",
    "applicability.approved": "approved the statement of applicability for",
    "applicability.withdrawn": "withdrew a statement of applicability for",
    "own_framework.brought": "brought a version of the framework",
    "own_framework.approved": "put into force a version of the framework",
    "own_framework.refused": "refused a version of the framework",
    "own_framework.withdrawn": "withdrew a version of the framework",
    "control_upload.added": "added evidence to the control",
    "control_upload.reviewed": "reviewed evidence of the control",
    "control_upload.withdrawn": "withdrew evidence of the control",
    "control_upload.taken_out": "took out evidence of the control",
    "gap.assigned": "assigned a gap of the control",
    "gap.changed": "changed a gap of the control",
    "gap.closed": "closed a gap of the control",
    "desk_view.saved": "saved the view",
    "desk_view.removed": "took away the view",
    "calendar_feed.made": "made a new address for their",
    "calendar_feed.ended": "ended the address of their",
    "retention.ran": "dropped what is beyond its time of",
}


def register_verbs() -> None:
    """Register every verb of this floor once."""
    for name, words in VERBS.items():
        verbs.register(name, words)
