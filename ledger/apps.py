"""The ground floor: who did what to which object, when, why."""

from django.apps import AppConfig

from ledger import verbs


class LedgerConfig(AppConfig):
    """Registers the verbs that belong to no floor above."""

    name = "ledger"

    def ready(self) -> None:
        """Register verbs."""
        verbs.register("request.refused", "was refused", exception=True)
