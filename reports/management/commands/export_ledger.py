"""`manage.py export_ledger`: the whole sealed ledger as one file for the offline verifier."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.rules.actors import machine
from ledger.rules.refusals import Refused
from outbox import clock
from reports.services.exports import write_export


class Command(BaseCommand):
    """Write every sealed line with checkpoints, keys and time stamps; the export is on record.

    Example: `manage.py export_ledger ledger.zip`
    """

    help = "Write the whole sealed ledger. Example: manage.py export_ledger ledger.zip"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to, and in which form to report."""
        parser.add_argument("file", type=Path, help="the ZIP file to write")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export."""
        path = options["file"].absolute()
        if not path.parent.is_dir():
            raise CommandError(f"There is no folder {path.parent}.")
        actor = machine("export_ledger", kind="command", channel="command")
        try:
            done = write_export(path=path, at=clock.now(), actor=actor)
        except Refused as refusal:
            raise CommandError(refusal.reason) from None
        figures = {
            "file": str(path),
            "lines": done.size,
            "sha256": done.sha256,
            "bytes": done.bytes,
        }
        self.stdout.write(
            json.dumps(figures)
            if options["json"]
            else f"{done.size} lines, {done.bytes} bytes, SHA-256 {done.sha256}"
        )
