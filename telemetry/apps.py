"""The floor of telemetry."""

from django.apps import AppConfig

from telemetry.verbs import register_verbs


class TelemetryConfig(AppConfig):
    """Registers what this floor adds to the registers of the floors below."""

    name = "telemetry"

    def ready(self) -> None:
        """Register verbs, and the floor's job of every sweep."""
        from telemetry.plugs import register_plugs  # noqa: PLC0415  needs models

        register_verbs()
        register_plugs()
