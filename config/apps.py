"""The top floor as an application: commands, template tags and start-up checks live here."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Knows every floor; nothing imports it."""

    name = "config"

    def ready(self) -> None:
        """Register the system checks."""
        from config import checks  # noqa: F401, PLC0415  the registry of checks exists only now
