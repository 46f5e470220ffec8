"""`manage.py serve`: web, worker, sweep and watchdog on this machine until stopped."""

import os
import subprocess
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.processes import Fleet, manage, start_all


class Command(BaseCommand):
    """Start web, worker, sweep and watchdog together.

    Example: `manage.py serve --port 8000`
    """

    help = "Start web, worker, sweep, watchdog. Example: manage.py serve --port 8000"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the port and the number of web processes."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=2)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until a signal comes."""
        if not os.environ.get("DATABASE_URL"):
            subprocess.run(manage("database", "start"), check=True)
        subprocess.run(manage("migrate", "--verbosity", "0"), check=True)
        fleet = Fleet(settings.VAR_DIR / "log", {})
        try:
            start_all(
                fleet,
                port=options["port"],
                workers=options["workers"],
                every=settings.SWEEP_SECONDS,
            )
            self.stdout.write(f"http://127.0.0.1:{options['port']}/  (stop with Ctrl-C)")
            dead = fleet.watch()
            if dead:
                raise CommandError(f"{dead} ended:\n{fleet.tail(dead)}")
        finally:
            fleet.stop()
