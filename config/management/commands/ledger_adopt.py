"""`manage.py ledger_adopt --reason …`: write the lost files outside the database anew."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.rules.actors import machine
from ledger.rules.refusals import Refused
from ledger.services.origins import adopt_checkpoints
from outbox import clock

ACTOR = machine("ledger_adopt", kind="command", channel="command")


class Command(BaseCommand):
    """Take the database's own checkpoints when LEDGER_DIR lost its files and no copy is left.

    Example: `manage.py ledger_adopt --reason "disk of host a died, no copy"`
    """

    help = "Write checkpoint and checkpoints.jsonl anew from the database; an exception on record."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take why."""
        parser.add_argument("--reason", default="", help="why; kept for good")

    def handle(self, *args: Any, **options: Any) -> None:
        """Adopt."""
        try:
            sealed = adopt_checkpoints(reason=options["reason"], actor=ACTOR, at=clock.now())
        except Refused as refusal:
            raise CommandError(f"{refusal.code}: {refusal.reason}") from None
        self.stdout.write(sealed.words)
