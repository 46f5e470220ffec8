"""`manage.py reapply_erasures`: after a restore, forget again whom the backup remembers."""

from typing import Any

from django.core.management.base import BaseCommand

from governance.services.erasures import reapply_erasures
from ledger.context import acting_as
from ledger.rules.actors import machine
from outbox import clock


class Command(BaseCommand):
    """Erase again, by the list outside the database; done twice it does nothing more.

    Example: `manage.py reapply_erasures`
    """

    help = (
        "After a restored backup: erase again whom LEDGER_DIR/erasures.jsonl names. "
        "Example: manage.py reapply_erasures"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say for whom."""
        actor = machine("reapply_erasures", kind="command", channel="command")
        with acting_as(actor):
            told = reapply_erasures(actor=actor, at=clock.now())
        for line in told:
            self.stdout.write(line)
        self.stdout.write(f"{len(told)} to erase again.")
