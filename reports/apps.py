"""The floor of reports."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Registers what this floor adds to the registers of the floors below."""

    name = "reports"

    def ready(self) -> None:
        """Register the plugs of this floor, its sources, and the check for the renderer."""
        from reports.collectors import checks as sources  # noqa: F401, PLC0415  as below
        from reports.plugs import register_plugs  # noqa: PLC0415  needs models, loaded only now
        from reports.render import checks  # noqa: F401, PLC0415  the registry exists only now

        register_plugs()
