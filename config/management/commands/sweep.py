"""`manage.py sweep`: everything that is due, without a broker."""

import json
import signal
import threading
import time
from argparse import ArgumentParser
from dataclasses import asdict
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.engine import begin, stops_when_old
from outbox import clock
from outbox.services.sweeps import sweep


class Command(BaseCommand):
    """Fire due timers, deliver messages, run the jobs; once, or for ever with --loop.

    Example: `manage.py sweep --loop --every 30`
    """

    help = "Fire due timers, deliver messages, run jobs. Example: manage.py sweep --loop"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how often, and in which form to report."""
        parser.add_argument("--loop", action="store_true", help="go on until stopped")
        parser.add_argument("--every", type=float, default=settings.SWEEP_SECONDS, metavar="S")
        parser.add_argument("--json", action="store_true", help="one JSON line a sweep")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep."""
        stop = threading.Event()

        def _stop(number: int, frame: FrameType | None) -> None:
            stop.set()

        if options["loop"]:
            signal.signal(signal.SIGTERM, _stop)
            signal.signal(signal.SIGINT, _stop)
        begin("sweep")
        while True:
            began = time.monotonic()
            self._once(options)
            # From beginning to beginning: what a sweep takes makes the next one no later.
            left = options["every"] - (time.monotonic() - began)
            if not options["loop"] or stop.wait(max(left, 0.0)):
                return

    def _once(self, options: dict[str, Any]) -> None:
        with stops_when_old("sweep"):
            report = asdict(sweep(at=clock.now()))
        if options["json"]:
            self.stdout.write(json.dumps(report))
        elif not options["loop"] or report["fired"] or report["delivered"]:
            self.stdout.write(
                f"fired {report['fired']}, failed {report['failed']}, "
                f"delivered {report['delivered']}, jobs {report['jobs']}"
            )
