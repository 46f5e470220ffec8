"""`manage.py ledger_origin NEW --reason …`: the ledger goes on under a new origin and key."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.rules.actors import machine
from ledger.rules.refusals import Refused
from ledger.selectors.checkpoints import keys
from ledger.services.origins import reopen_log
from outbox import clock

ACTOR = machine("ledger_origin", kind="command", channel="command")


class Command(BaseCommand):
    """Open a new origin, after a restored backup or a lost key.

    The first leaf quotes the checkpoint kept outside, so that both logs stay verifiable.
    Example: `manage.py ledger_origin example.org/ledger-2 --reason "restored of 3 May"`
    """

    help = "Go on under a new origin after a restored backup or a lost key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the new origin and why."""
        parser.add_argument("origin", metavar="NEW", help="such as example.org/ledger-2")
        parser.add_argument("--reason", default="", help="why; kept for good")

    def handle(self, *args: Any, **options: Any) -> None:
        """Reopen the log."""
        try:
            sealed = reopen_log(
                origin=options["origin"],
                reason=options["reason"],
                actor=ACTOR,
                at=clock.now(),
            )
        except Refused as refusal:
            raise CommandError(f"{refusal.code}: {refusal.reason}") from None
        self.stdout.write(keys()[-1].vkey)
        self.stderr.write(
            f"{sealed.words}. Hand the line above to your auditors with the reason, and copy the "
            "new key to a safe place."
        )
