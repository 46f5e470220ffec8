"""`manage.py database start|stop|url`: the embedded PostgreSQL, for who has no DATABASE_URL."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import embedded


class Command(BaseCommand):
    """Start, stop or name the embedded PostgreSQL.

    Example: `manage.py database start`
    """

    help = "Start, stop or name the embedded PostgreSQL. Example: manage.py database start"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one word that says what to do."""
        parser.add_argument("what", choices=("start", "stop", "url"))
        parser.add_argument("--owner", action="store_true", help="print the owner's URL")
        parser.add_argument("--server", default="pg", help="which embedded server (a folder)")
        parser.add_argument("--name", default=embedded.DATABASE, help="which database on it")
        parser.add_argument("--fresh", action="store_true", help="drop that database first")
        parser.add_argument("--quiet", action="store_true", help="leave .var/database.env alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and print one line."""
        directory = embedded.data_directory(settings.BASE_DIR, options["server"])
        try:
            if options["what"] == "stop":
                self.stdout.write("stopped" if embedded.stop(directory) else "was not running")
                return
            urls = embedded.start(directory, options["name"], fresh=options["fresh"])
        except embedded.NotReady as error:
            raise CommandError(str(error)) from error
        if not options["quiet"]:
            settings.VAR_DIR.mkdir(exist_ok=True)
            (settings.VAR_DIR / "database.env").write_text(
                f"DATABASE_URL={urls.application}\nDATABASE_OWNER_URL={urls.owner}\n"
            )
        self.stdout.write(urls.owner if options["owner"] else urls.application)
