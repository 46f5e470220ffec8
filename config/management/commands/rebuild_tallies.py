"""`manage.py rebuild_tallies`: sum up decision events anew by hour, or say where they differ."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.context import acting_as
from ledger.rules.actors import machine
from outbox import clock
from registry.models import System
from telemetry.models import TallyScope
from telemetry.services.tallies import differing_hours, rebuild_tallies

ACTOR = machine("rebuild_tallies", kind="command", channel="command")


class Command(BaseCommand):
    """Sum up the events that are stored; or only compare, hour by hour.

    Exit 0 when the sums are right, 1 when `--check` found hours that differ.
    Example: `manage.py rebuild_tallies --check`
    """

    help = "Sum up decision events anew by hour; --check says where the sums differ (exit 1)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which systems, and whether to compare only."""
        parser.add_argument("--check", action="store_true", help="change nothing, compare")
        parser.add_argument("--system", nargs="+", help="only these, by their short names")
        parser.add_argument("--json", action="store_true", help="one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild, or compare."""
        systems = System.objects.filter(pk__in=TallyScope.objects.values("system_id"))
        if options["system"]:
            systems = systems.filter(slug__in=options["system"])
        ids = list(systems.order_by("pk").values_list("pk", flat=True))
        found = _compare(ids) if options["check"] else _rebuild(ids)
        name = "differing_hours" if options["check"] else "hours"
        words = f"{len(ids)} systems, {found} {name.replace('_', ' ')}"
        self.stdout.write(
            json.dumps({"systems": len(ids), name: found}) if options["json"] else words
        )
        if options["check"] and found:
            raise CommandError("Some hours are not as their events say.", returncode=1)


def _compare(ids: list[Any]) -> int:
    return sum(differing_hours(system_id=system) for system in ids)


def _rebuild(ids: list[Any]) -> int:
    with acting_as(ACTOR):
        return rebuild_tallies(system_ids=ids, actor=ACTOR, at=clock.now())
