"""`manage.py retention`: the daily run by hand, or what it would do."""

from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from ledger.context import acting_as
from outbox import clock
from reports.services.retention import RETENTION, Ran, run_retention


class Command(BaseCommand):
    """Drop what is beyond its time and under no hold.

    Example: `manage.py retention --dry-run`
    """

    help = "Run retention now. Example: manage.py retention --dry-run --json"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to look only, and the form of the answer."""
        parser.add_argument("--dry-run", action="store_true", help="say what would go, no more")
        parser.add_argument("--json", action="store_true", help="answer as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it and say what went."""
        with acting_as(RETENTION):
            ran = run_retention(at=clock.now(), dry=options["dry_run"])
        if options["json"]:
            self.stdout.write(orjson.dumps([_plain(one) for one in ran]).decode())
            return
        for one in ran:
            words = [f"{one.rule.name}: {one.dropped.count} before {one.before:%Y-%m-%d}"]
            words += [f"held: {met.words}" for met in one.dropped.met]
            self.stdout.write("; ".join([*words, *filter(None, [one.dropped.left])]))


def _plain(one: Ran) -> dict[str, Any]:
    return {
        "kind": one.rule.pk,
        "before": one.before,
        "dropped": one.dropped.count,
        "names": list(one.dropped.names),
        "held": [{"hold": met.hold, "what": met.words} for met in one.dropped.met],
        "left": one.dropped.left,
    }
