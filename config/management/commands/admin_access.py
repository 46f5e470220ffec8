"""`manage.py admin_access <address> --reason …`: the way in when no administrator can sign in."""

import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.refusals import Refused
from outbox import clock
from registry.services.server_access import open_access

ACTOR = machine("admin_access", kind="command", channel="command")
VARIABLE = "ADMIN_ACCESS_PASSWORD"


class Command(BaseCommand):
    """Unlock a person, give a new password, take lost factors away, make them administrator.

    Example: `manage.py admin_access root@example.org --new-password --drop-factors
    --administrator-of "Group" --reason "phone of the only administrator is lost"`
    """

    help = "Let a person in again from the server; an exception on record, with the reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whom, why and what."""
        parser.add_argument("address")
        parser.add_argument("--reason", default="", help="why; kept for good")
        parser.add_argument(
            "--new-password",
            action="store_true",
            help=f"ask for a new password, or take it from {VARIABLE}",
        )
        parser.add_argument("--drop-factors", action="store_true", help="remove second factors")
        parser.add_argument("--administrator-of", default="", metavar="UNIT")

    def handle(self, *args: Any, **options: Any) -> None:
        """Open access."""
        password = _password() if options["new_password"] else None
        try:
            with acting_as(ACTOR):
                user = open_access(
                    email=options["address"],
                    reason=options["reason"],
                    password=password,
                    drop_factors=options["drop_factors"],
                    unit=options["administrator_of"],
                    actor=ACTOR,
                    at=clock.now(),
                )
        except Refused as refusal:
            raise CommandError(f"{refusal.code}: {refusal.reason}") from None
        self.stdout.write(f"{user.email} can sign in again; it is on record with your reason.")


def _password() -> str:
    """Return the new password; never an argument, which other people of the server could read."""
    return os.environ.get(VARIABLE) or getpass.getpass("New password: ")
