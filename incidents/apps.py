"""The floor of incidents."""

from django.apps import AppConfig

from incidents.verbs import register_verbs


class IncidentsConfig(AppConfig):
    """Registers what this floor adds to the registers of the floors below."""

    name = "incidents"

    def ready(self) -> None:
        """Register verbs, the kinds of timers and the sweep's job."""
        from incidents.plugs import register_plugs  # noqa: PLC0415  needs models, loaded only now

        register_verbs()
        register_plugs()
