"""Writes the API's description for the web processes, before the first caller waits for it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from config.description import write_description


class Command(BaseCommand):
    """manage.py describe_api [--lang de]"""

    help = "Write the API's OpenAPI description to API_DESCRIPTION_DIR, for this state of the code."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One language, all of them without it."""
        parser.add_argument("--lang", choices=list(dict(settings.LANGUAGES)))

    def handle(self, *args: Any, **options: Any) -> None:
        """Write every format."""
        languages = [options["lang"]] if options["lang"] else list(dict(settings.LANGUAGES))
        for language in languages:
            for path in write_description(language):
                self.stdout.write(str(path))
