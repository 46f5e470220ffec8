"""`manage.py load_reference`: the law and the KPI catalogue, from the project's own files."""

from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from ledger.context import acting_as
from ledger.rules.actors import machine
from outbox import clock
from registry.services.reference import load_reference
from telemetry.services.catalogue import load_catalogue


class Command(BaseCommand):
    """Load reference data; again and again with the same end.

    Example: `manage.py load_reference --json`
    """

    help = "Load the law and the KPI catalogue as data. Example: manage.py load_reference --json"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the answer."""
        parser.add_argument("--json", action="store_true", help="answer as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it and say what changed."""
        actor, at = machine("load_reference", kind="command", channel="command"), clock.now()
        with acting_as(actor):
            rules = load_reference(actor=actor, at=at)
            kpis = load_catalogue(actor=actor, at=at)
        told = {
            "clock_rules": rules.version,
            "added": list(rules.added),
            "changed": list(rules.changed),
            "superseded": list(rules.superseded),
            "kpis_changed": kpis,
        }
        if options["json"]:
            self.stdout.write(orjson.dumps(told).decode())
            return
        self.stdout.write(
            f"clock rules {rules.version}: {len(rules.added)} added, {len(rules.changed)} changed, "
            f"{len(rules.superseded)} superseded; {kpis} KPIs changed"
        )
