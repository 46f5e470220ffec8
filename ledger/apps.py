"""The ground floor: who did what to which object, when, why."""

from django.apps import AppConfig

from ledger import verbs

SEALING = {
    "ledger.opened": "opened",
    "ledger.key_rotated": "changed the key of",
    "ledger.heartbeat": "counted the streams of",
    "ledger.counted": "counted a stream of",
    "ledger.verified": "verified",
    "ledger.net_recorded": "looked at the triggers under",
    "ledger.verification_requested": "asked to verify",
}
# What auditors list apart: the words, the group.
EXCEPTIONS = {
    "request.refused": ("was refused", "refused"),
    "ledger.reopened": ("opened under a new origin", "reopened"),
    "ledger.adopted": ("took over the checkpoints of", "reopened"),
    "ledger.requeued": ("queued lost entries again in", "reopened"),
    "ledger.changes_unmatched": ("found changes that passed no service in", "bypass"),
    "ledger.net_changed": ("found triggers changed under", "bypass"),
    "records.changed_together": ("changed together", "set_wise"),
    "records.migrated": ("migrated", "set_wise"),
    "ledger.verification_failed": ("found the ledger changed:", "failed_verification"),
}


class LedgerConfig(AppConfig):
    """Registers the verbs that belong to no floor above."""

    name = "ledger"

    def ready(self) -> None:
        """Register verbs, and how the ledger's tables were at an instant."""
        from ledger.selectors.own_past import register_past  # noqa: PLC0415  needs models

        register_past()
        for name, words in SEALING.items():
            verbs.register(name, words)
        for name, (words, group) in EXCEPTIONS.items():
            verbs.register(name, words, exception=True, group=group)
