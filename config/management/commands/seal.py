"""`manage.py seal`: seal what waits in the ledger now."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.rules.refusals import SealRefused
from ledger.services.sealing import Sealed, seal
from outbox import clock

REFUSED, BUSY = 1, 3


class Command(BaseCommand):
    """Seal everything that waits and sign the checkpoint over it.

    Exit 0 when all that waited is sealed, 1 when the sealer refuses, 2 on bad usage, 3 when
    another sealer is at work. Example: `manage.py seal --json`
    """

    help = "Seal what waits: exit 0 done, 1 refused, 3 another sealer is at work."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the report, and how many entries a transaction."""
        parser.add_argument("--json", action="store_true", help="one JSON line")
        parser.add_argument("--most", type=int, default=50_000, help="entries a transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal."""
        try:
            sealed = seal(at=clock.now(), most=max(1, options["most"]))
        except SealRefused as refusal:
            if options["json"]:
                self.stdout.write(json.dumps({"refused": refusal.code, "words": refusal.reason}))
            raise CommandError(f"{refusal.code}: {refusal.reason}", returncode=REFUSED) from None
        self.stdout.write(json.dumps(_pairs(sealed)) if options["json"] else sealed.words)
        if sealed.busy:
            raise CommandError("another sealer is at work", returncode=BUSY)


def _pairs(sealed: Sealed) -> dict[str, Any]:
    pairs = asdict(sealed)
    made = pairs.pop("seal")
    return {**pairs, "checkpoint": made["note"] if made else None}
