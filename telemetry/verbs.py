"""What may happen on this floor."""

from ledger import verbs

VERBS = {
    "measurements.received": "delivered readings",
    "decisions.received": "delivered decision events",
    "measurements.refused": "had readings refused",
    "computation.defined": "defined the computation",
    "catalogue.loaded": "loaded the KPI catalogue",
    "measurements.expired": "gave up on a reading from the future of",
    "series.cadence_set": "set how often readings are expected of",
    "partitions.made": "made",
    "heartbeat.received": "sent a heartbeat",
}


def register_verbs() -> None:
    """Register every verb of this floor once."""
    for name, words in VERBS.items():
        verbs.register(name, words)
