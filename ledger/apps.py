"""The ground floor: who did what to which object, when, why."""

from django.apps import AppConfig

from ledger import verbs

SEALING = {
    "ledger.opened": "opened",
    "ledger.key_rotated": "changed the key of",
    "ledger.heartbeat": "counted the streams of",
    "ledger.counted": "counted a stream of",
    "ledger.verified": "verified",
}


class LedgerConfig(AppConfig):
    """Registers the verbs that belong to no floor above."""

    name = "ledger"

    def ready(self) -> None:
        """Register verbs."""
        verbs.register("request.refused", "was refused", exception=True)
        for name, words in SEALING.items():
            verbs.register(name, words)
        verbs.register("ledger.reopened", "opened under a new origin", exception=True)
        verbs.register("ledger.verification_failed", "found the ledger changed:", exception=True)
