"""`manage.py watchdog`: looks from outside whether the engine works; a process of its own."""

import json
import signal
import threading
from argparse import ArgumentParser
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection, transaction

from governance.selectors.engine import WATCHDOG, look
from governance.services.engine_versions import note_beat
from outbox import clock

WELL, UNWELL, NO_DATABASE, NO_HEARTBEAT = 0, 1, 2, 3
TIMEOUT = 10.0


class Command(BaseCommand):
    """Look once, or for ever with --loop; send a heartbeat out only while all is well.

    Exit codes: 0 all is well, 1 something is due and did not fire (or the clocks differ), 2 the
    database does not answer, 3 the heartbeat could not be sent. Example:
    `manage.py watchdog --loop --heartbeat https://hc.example.org/ping/…`
    """

    help = "Look whether the engine works. Example: manage.py watchdog --loop --heartbeat URL"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how often, where the heartbeat goes, and in which form to report."""
        parser.add_argument("--loop", action="store_true", help="go on until stopped")
        parser.add_argument("--every", type=float, default=settings.SWEEP_SECONDS, metavar="S")
        parser.add_argument("--heartbeat", default=settings.WATCHDOG_HEARTBEAT_URL, metavar="URL")
        parser.add_argument("--json", action="store_true", help="one JSON line a look")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look."""
        stop = threading.Event()

        def _stop(number: int, frame: FrameType | None) -> None:
            stop.set()

        if options["loop"]:
            signal.signal(signal.SIGTERM, _stop)
            signal.signal(signal.SIGINT, _stop)
        code = self._once(options)
        while options["loop"] and not stop.wait(options["every"]):
            code = self._once(options)
        if code and not options["loop"]:
            raise SystemExit(code)

    def _once(self, options: dict[str, Any]) -> int:
        try:
            found = look(at=clock.now(), machine_now=datetime.now(UTC))
            _note(found.faults)
        except DatabaseError as error:
            connection.close()
            self._say(options, {"ok": False, "faults": [f"The database does not answer: {error}"]})
            return NO_DATABASE
        told = found.plain()
        code = WELL if found.is_well else UNWELL
        if found.is_well and options["heartbeat"] and not _sent(options["heartbeat"]):
            told["faults"] = ["The heartbeat could not be sent."]
            code = NO_HEARTBEAT
        self._say(options, told)
        return code

    def _say(self, options: dict[str, Any], told: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(told))
        elif told["faults"]:
            self.stderr.write(" ".join(told["faults"]))
        elif not options["loop"]:
            self.stdout.write(f"All is well: nothing is overdue, swept at {told['swept_at']}.")


@transaction.atomic
def _note(faults: list[str]) -> None:
    note_beat(process=WATCHDOG, at=clock.now(), found=faults)


def _sent(url: str) -> bool:
    """Whether the heartbeat arrived. Its address is the operator's own, set on this machine."""
    try:
        return httpx.get(url, timeout=TIMEOUT, trust_env=False).is_success
    except httpx.HTTPError:
        return False
