"""What may happen on this floor."""

from ledger import verbs

VERBS = {
    "threshold.drafted": "drafted the threshold",
    "threshold.approved": "approved the threshold",
    "threshold.waits": "stopped judging, for want of a baseline, by",
    "backtest.asked": "asked for a back-test of",
    "backtest.finished": "finished the back-test of",
    "rules.attested": "attested the rules of",
    "coverage.measured": "measured the monitoring coverage of",
    "standing.changed": "changed the standing of",
    "measured.changed": "judged over many readings",
    "objective.drafted": "drafted",
    "objective.approved": "approved",
    "watch.opened": "opened the watch",
    "watch.answered": "answered the watch",
    "watch.closed": "closed the watch",
    "watch.promoted": "made an incident of the watch",
    "policy.drafted": "drafted the policy",
    "policy.approved": "approved the policy",
    "committee.founded": "founded the committee",
    "seat.filled": "filled the seat",
    "escalation.fired": "escalated",
    "escalation.unroutable": "found nobody to tell of",
    "escalation.acknowledged": "has it:",
    "motion.drafted": "drafted the motion",
    "motion.convened": "convened the committee on",
    "motion.recused": "recused from",
    "motion.substituted": "seated the substitute in",
    "ballot.cast": "voted on",
    "motion.closed": "closed the vote on",
    "motion.adopted": "adopted",
    "motion.rejected": "did not carry",
    "motion.lapsed": "let lapse",
    "motion.voided": "voided",
    "motion.withdrawn": "withdrew",
    "motion.certified": "certified the result of",
    "hold.set": "set a hold on",
    "hold.ended": "ended the hold on",
    "supplier.notice_tied": "found out whom it concerns, by",
    "integrity.cause_tied": "tied what the ledger found to",
    "mismatch.tied": "tied who answered without an approval to",
    "incident.cause_tied": "tied its cause to",
    "incident.cause_voided": "had a reading voided that it came from:",
    "mute.asked": "asked for a silence over",
    "mute.approved": "agreed to a silence over",
    "mute.ended": "ended a silence over",
    "mute.refused": "refused a silence over",
    "mute.covered": "opened in a silence:",
    "fault.found": "found a broken sender:",
    "incident.cause_recovered": "found a cause recovered of",
    "otlp_door.set": "said how to read the telemetry of",
    "metric.mapped": "said which KPI is the metric",
    "metric.unmapped": "ended the mapping of the metric",
    "alert.fired": "sent the alert",
    "alert.ended": "sent the end of the alert",
    "profile.loaded": "loaded the profile",
    "ledger.consulted": "opened the reading room of",
    "ledger.searched": "searched",
    "ledger.downloaded": "downloaded",
}

# What auditors list apart: the verb, the group, and what the body of such an entry looks like.
EXCEPTIONS = {
    "hold.set": ("silence", ""),
    "mute.approved": ("silence", ""),
    "escalation.unroutable": ("unroutable", ""),
    "motion.lapsed": ("lapse", ""),
    "threshold.approved": ("set_up", '"set_up":true'),
}


def register_verbs() -> None:
    """Register every verb of this floor once."""
    for name, words in VERBS.items():
        group, pattern = EXCEPTIONS.get(name, ("", ""))
        verbs.register(name, words, exception=bool(group), group=group, pattern=pattern)
