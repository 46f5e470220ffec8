"""The top floor as an application: commands, template tags and start-up checks live here."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Knows every floor; nothing imports it."""

    name = "config"

    def ready(self) -> None:
        """Register the system checks, and make our Celery the one that hints go through.

        Not when the package is imported: the web first says what it leaves out (config/lean.py).
        """
        from config import celery, checks  # noqa: F401, PLC0415  what they register in exists now
