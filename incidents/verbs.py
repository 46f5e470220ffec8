"""What may happen on this floor."""

from incidents.rules.plan import SEVERITIES
from ledger import verbs

VERBS = {
    "incident.opened": "opened",
    "incident.joined": "joined a breach to",
    "incident.severity_raised": "raised the severity of",
    "incident.acknowledged": "acknowledged",
    "incident.first_assessed": "wrote the first assessment of",
    "incident.evidence_added": "added evidence to",
    "incident.findings_submitted": "submitted and signed the findings of",
    "incident.returned": "returned to the owner",
    "incident.reviewed": "signed a review of",
    "incident.validated": "validated",
    "incident.decision_adopted": "moved to action",
    "incident.kept_running": "moved to verification",
    "incident.lapsed": "noted a lapsed vote on",
    "incident.action_confirmed": "confirmed an action of",
    "incident.executed": "carried out the decision on",
    "incident.attempt_failed": "failed to carry out an action of",
    "incident.dismissal_proposed": "proposed to dismiss",
    "incident.dismissed": "dismissed",
    "incident.silence_ended": "saw the silence end over",
    "incident.answered_silenced": "answered in one line, and closed,",
    "incident.recovery_noted": "noted from readings a recovery of",
    "incident.stage_overdue": "noted a passed deadline of",
    "incident.clock_overdue": "noted a passed regulatory deadline of",
    "incident.closed": "verified and closed",
    "incident.verification_failed": "found the verification failed of",
    "incident.inconclusive": "found the verification inconclusive of",
    "incident.closed_small": "closed as a small case",
    "incident.clock_armed": "armed a provisional clock for",
    "incident.clock_left_out": "left out a clock of",
    "incident.clock_confirmed": "confirmed the clock of",
    "incident.clock_ended": "ended the clock of",
    "incident.acknowledgement_lapsed": "let the acknowledgement lapse of",
    "incident.verification_judged": "judged the verification of",
    "incident.handed_over": "handed over",
    "action.handed_over": "handed over the order",
    "incident.note_written": "wrote a privileged note on",
    "action.ordered": "ordered",
    "action.dispatched": "dispatched",
    "action.receipt": "reported on",
    "action.confirmed": "confirmed",
    "action.overdue": "noted as overdue",
}

# A validation that left the severity lower than it found it, as canonical bodies say so.
LOWERED = "|".join(
    rf'"after":\{{[^{{}}]*"severity":"{after}".*"before":\{{[^{{}}]*"severity":"({"|".join(above)})"'
    for after, above in (
        (level, SEVERITIES[place + 1 :]) for place, level in enumerate(SEVERITIES[:-1])
    )
)
BY_HAND = '"how":"person"'
# What auditors list apart: the verb, the group, and what the body of such an entry looks like.
EXCEPTIONS = {
    "incident.validated": ("lowered_severity", LOWERED),
    "incident.kept_running": ("acceptance", ""),
    "incident.action_confirmed": ("manual_confirmation", BY_HAND),
    "incident.executed": ("manual_confirmation", BY_HAND),
    "incident.attempt_failed": ("failed_action", ""),
    "incident.lapsed": ("lapse", ""),
    "incident.acknowledgement_lapsed": ("lapse", ""),
    "incident.stage_overdue": ("lapse", ""),
    "incident.clock_overdue": ("lapse", ""),
    "action.overdue": ("lapse", ""),
}


def register_verbs() -> None:
    """Register every verb of this floor once."""
    for name, words in VERBS.items():
        group, pattern = EXCEPTIONS.get(name, ("", ""))
        verbs.register(name, words, exception=bool(group), group=group, pattern=pattern)
