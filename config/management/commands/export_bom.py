"""`manage.py export_bom FILE`: the bill of materials, CycloneDX 1.6 with model cards."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.context import acting_as
from ledger.rules.actors import machine
from outbox import clock
from registry.models import System
from registry.services.exchange.bills import take_bill

ACTOR = machine("export_bom", kind="command", channel="command")


class Command(BaseCommand):
    """Write the bill of one system with all versions, or of every system with the live ones.

    Example: `manage.py export_bom claims.cdx.json --system claims-triage`
    """

    help = "Write a CycloneDX ML-BOM. Example: manage.py export_bom all.cdx.json"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to, and which system."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--system", default="", help="the short name of one system")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it; the export is on record."""
        systems = System.objects.all()
        one = None
        if options["system"]:
            systems = systems.filter(slug=options["system"])
            one = systems.first()
            if one is None:
                raise CommandError(f"There is no system {options['system']!r}.")
        with acting_as(ACTOR):
            content = take_bill(systems=systems, one=one, actor=ACTOR, at=clock.now())
        options["file"].write_bytes(content)
        self.stdout.write(f"{options['file']}: {len(content)} bytes")
