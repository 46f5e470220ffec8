"""`manage.py measure_demo`: what people made of the demo's readings; `manage.py demo` calls it.

Last of all what they made of that: evidence of controls, reports to the board, an auditor's room.
"""

from argparse import ArgumentParser
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.story.audited import be_audited
from config.story.boardroom import tell_the_board
from config.story.evidence import FILE, show_evidence
from config.story.later import find_out_later
from config.story.measured import Told, measure
from config.story.readiness import told_in
from outbox import clock


class Command(BaseCommand):
    """Agree on baselines and objectives, void, label, silence and report, once the past is there.

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
        # Later than what was measured: a report tells of what was there before it.
        told, data = replace(told, at=clock.now()), told_in(FILE)
        show_evidence(told, data)
        tell_the_board(told, data)
        be_audited(told, data)
