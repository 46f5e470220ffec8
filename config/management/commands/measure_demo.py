"""`manage.py measure_demo`: what people made of the demo's readings; `manage.py demo` calls it."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.story.later import find_out_later
from config.story.measured import Told, measure
from outbox import clock


class Command(BaseCommand):
    """Agree on baselines and objectives, void, label and silence, once the past has been sent.

    Example: `manage.py measure_demo --end 2026-11-20T10:00:00+00:00`
    """

    help = "Baselines, objectives, labels of the demo. Example: manage.py measure_demo --end WHEN"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take when the past ended."""
        parser.add_argument("--end", required=True, help="when the last window of the past ended")
        parser.add_argument("--window", type=int, default=5, help="seconds that stand for a week")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        if not settings.DEMO:
            raise CommandError("This is the demo's: it runs with COUNTERSIGN_DEMO=1 only.")
        told = Told(
            at=clock.now(),
            end=datetime.fromisoformat(options["end"]),
            window=timedelta(seconds=options["window"]),
        )
        measure(told)
        find_out_later(told)
