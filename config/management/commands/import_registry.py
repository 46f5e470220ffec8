"""`manage.py import_registry FILE --as ADDRESS`: look at a file, and apply it with --apply."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.rules.refusals import Refused
from outbox import clock
from registry.models import Import, User
from registry.rules.exchange.tables import MOST_BYTES
from registry.selectors.exchange import rows_of_import
from registry.services.exchange import apply_import, read_import, request_apply


class Command(BaseCommand):
    """Read a register in, in the name of a person and by that person's rights.

    Without --apply nothing is changed: the rows with problems are printed. Exit code 1 for
    problems. Example: `manage.py import_registry register.xlsx --as maren.vogt@example.org`
    """

    help = "Look at a file of systems, versions or history; --apply takes it in, whole or not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, whose name it is done in, and whether it is applied."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="address", required=True, help="the person's address")
        parser.add_argument("--kind", default="", help="units, people, systems, versions, history")
        parser.add_argument("--apply", action="store_true", help="apply it if no row has problems")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, print, apply."""
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        actor = _person(options["address"])
        try:
            with acting_as(actor):
                found = self._read(options, actor)
                if options["apply"]:
                    found = _apply(found, actor)
        except Refused as refusal:
            raise CommandError(f"{refusal.code}: {refusal.reason}") from None
        self._tell(found, options)
        if found.failure or any(one.get("blocked") for one in found.counts.values()):
            raise CommandError(found.failure or "Rows have problems; nothing was applied.")

    def _read(self, options: dict[str, Any], actor: Actor) -> Import:
        with options["file"].open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        return read_import(
            name=options["file"].name,
            content=content,
            kind=options["kind"],
            actor=actor,
            at=clock.now(),
        )

    def _tell(self, found: Import, options: dict[str, Any]) -> None:
        figures = {"import": str(found.pk), "state": found.state, "rows": found.counts}
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for note in found.notes:
            self.stdout.write(note)
        for row in rows_of_import(import_id=found.pk, action="blocked"):
            for problem in row.problems:
                words = f"{row.kind}, row {row.number}: {problem['words']} {problem['mend']}"
                self.stdout.write(words)
        self.stdout.write(f"{found.get_state_display()}: {found.counts}")


def _person(address: str) -> Actor:
    person = User.objects.filter(email__iexact=address, is_active=True).first()
    if person is None:
        raise CommandError(f"Nobody active has the address {address}.")
    return Actor(
        kind="person", id=str(person.pk), name=person.name, title=person.title, channel="command"
    )


def _apply(found: Import, actor: Actor) -> Import:
    request_apply(import_id=found.pk, expected_version=found.version, actor=actor, at=clock.now())
    return apply_import(import_id=found.pk, at=clock.now())
