"""The floor of reports."""

from django.apps import AppConfig

from reports.verbs import register_verbs


class ReportsConfig(AppConfig):
    """Registers what this floor adds to the registers of the floors below."""

    name = "reports"

    def ready(self) -> None:
        """Register verbs."""
        register_verbs()
