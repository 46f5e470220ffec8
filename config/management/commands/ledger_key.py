"""`manage.py ledger_key create|show|rotate`: the key that signs the ledger."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.rules.actors import machine
from ledger.rules.refusals import Refused
from ledger.selectors.checkpoints import keys
from ledger.services.keys import create_key, key_path
from ledger.services.rotation import rotate_key
from outbox import clock

ACTOR = machine("ledger_key", kind="command", channel="command")


class Command(BaseCommand):
    """Make, show or change the ledger's key. Only the host that seals holds it.

    Example: `manage.py ledger_key create`
    """

    help = "Make, show or change the ledger's key. Example: manage.py ledger_key create"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, and why where it changes the log."""
        parser.add_argument("what", choices=("create", "show", "rotate"))
        parser.add_argument("--reason", default="", help="why the key changes; kept for good")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        try:
            {"create": self._create, "show": self._show, "rotate": self._rotate}[options["what"]](
                options["reason"]
            )
        except Refused as refusal:
            raise CommandError(f"{refusal.code}: {refusal.reason}") from None

    def _create(self, reason: str) -> None:
        key = create_key()
        self.stdout.write(key.vkey)
        self.stderr.write(
            f"The private half is {key_path()} (mode 600). Copy it to a safe place, and hand the "
            "line above to your auditors on a way of its own: they check every pack with it."
        )

    def _show(self, reason: str) -> None:
        known = keys()
        if not known and not key_path().exists():
            raise CommandError("There is no key yet. Run `manage.py ledger_key create`.")
        if not known:
            self.stdout.write(f"{create_key().vkey}  (nothing is sealed yet)")
        for key in known:
            until = "in force" if key.to_size is None else f"to size {key.to_size:,}"
            self.stdout.write(f"{key.vkey}  from size {key.from_size:,}, {until}")

    def _rotate(self, reason: str) -> None:
        sealed = rotate_key(reason=reason, actor=ACTOR, at=clock.now())
        self.stdout.write(keys()[-1].vkey)
        self.stderr.write(
            f"{sealed.words}. The checkpoint of {sealed.size:,} is signed by both keys. Copy "
            f"{key_path()} to a safe place and hand the line above to your auditors."
        )
