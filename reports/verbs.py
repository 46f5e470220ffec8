"""What may happen on this floor."""

from ledger import verbs

VERBS = {
    "pack.requested": "asked for the pack",
    "pack.requested_again": "asked again for the pack",
    "pack.sealed": "sealed the record for the pack",
    "pack.built": "built the pack",
    "pack.failed": "failed to build the pack",
    "pack.downloaded": "downloaded the pack",
    "ledger.exported": "exported entries of",
    "retention.ran": "dropped what is beyond its time of",
}


def register_verbs() -> None:
    """Register every verb of this floor once."""
    for name, words in VERBS.items():
        verbs.register(name, words)
