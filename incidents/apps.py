"""The floor of incidents."""

from django.apps import AppConfig

from incidents.verbs import register_verbs


class IncidentsConfig(AppConfig):
    """Registers what this floor adds to the registers of the floors below."""

    name = "incidents"

    def ready(self) -> None:
        """Register verbs."""
        register_verbs()
