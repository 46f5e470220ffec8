"""What may happen on this floor."""

from ledger import verbs

VERBS = {
    "measurements.received": "delivered readings",
    "decisions.received": "delivered decision events",
    "labels.received": "delivered labels of decision events",
    "tallies.rebuilt": "summed up anew",
    "measurements.refused": "had readings refused",
    "computation.defined": "defined the computation",
    "computation.stopped": "stopped the computation",
    "computation.resumed": "resumed the computation",
    "catalogue.loaded": "loaded the KPI catalogue",
    "measurements.expired": "gave up on a reading from the future of",
    "kpi.drafted": "drafted the KPI",
    "kpi.approved": "approved the KPI",
    "kpi.declined": "declined the KPI",
    "kpi.switched_off": "switched off the KPI",
    "kpi.switched_on": "switched on the KPI",
    "scorecard.set": "set the scorecard of",
    "series.cadence_set": "set how often readings are expected of",
    "void.asked": "asked to void readings of",
    "void.confirmed": "voided readings of",
    "void.refused": "refused to void readings of",
    "series.retired": "expects nothing any more of",
    "canary.drafted": "wrote a canary set for",
    "canary.approved": "approved the canary set of",
    "canary.ran": "asked the canary set of",
    "partitions.made": "made",
    "heartbeat.received": "sent a heartbeat",
    "answer.looked": "looked at an answer of",
    "answer.sent": "sent an answer to review of",
    "answer.reviewed": "reviewed an answer of",
    "answer.searched": "looked for words in",
    "answer.exported": "took along the labelled answers of",
    "connector.defined": "connected",
    "connector.changed": "changed the connector",
    "connector.switched_off": "switched off the connector",
    "connector.switched_on": "switched on the connector",
    "connector.poll_asked": "asked at once through the connector",
    "connector.failed": "could not read from",
    "connector.recovered": "could read again from",
    "upload.read": "uploaded the file of readings",
    "upload.settled": "said how to read the file",
    "upload.asked": "asked to take in the file",
    "upload.imported": "took in the file",
    "upload.stopped": "could not take in the file",
    "upload.withdrawn": "put aside the file",
    "upload.rows_removed": "removed the rows of the file",
    "baseline.drafted": "drafted the baseline",
    "baseline.approved": "agreed to the baseline",
    "baseline.withdrawn": "withdrew the baseline",
    "pause.set": "announced a pause of",
    "histograms.received": "delivered histograms",
}


# What auditors list apart, by its group.
EXCEPTIONS = {"void.confirmed": "voided"}


def register_verbs() -> None:
    """Register every verb of this floor once."""
    for name, words in VERBS.items():
        group = EXCEPTIONS.get(name, "")
        verbs.register(name, words, exception=bool(group), group=group)
