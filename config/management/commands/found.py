"""`manage.py found "Harbour Mutual" …`: an organisation from nothing, with who begins."""

import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.refusals import Conflict, Refused
from outbox import clock
from registry import services as registry
from registry.models import Unit
from registry.services.reference import load_reference
from telemetry.services.catalogue import load_catalogue

ACTOR = machine("found", kind="command", channel="command")
VARIABLE = "FOUND_PASSWORD"
WEEK = {str(day): [("09:00", "17:00")] for day in range(1, 6)}


class Command(BaseCommand):
    """Make the topmost unit with office hours and its first administrator, and load what is known.

    Example: `manage.py found "Harbour Mutual" --administrator ada@example.org --name "Ada Ash"`
    """

    help = (
        "Found an organisation in an empty, migrated database; refused where there is one. "
        'Example: manage.py found "Harbour Mutual" --administrator ada@example.org --name "Ada Ash"'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what it is called and who begins."""
        parser.add_argument("organisation", help="the name of the topmost unit")
        parser.add_argument("--administrator", required=True, help="mail address")
        parser.add_argument("--name", required=True, help="the administrator's name")
        parser.add_argument("--zone", default="Europe/Berlin", help="of the office hours")

    def handle(self, *args: Any, **options: Any) -> None:
        """Found it, and say what comes next."""
        password = os.environ.get(VARIABLE) or getpass.getpass("The administrator's password: ")
        try:
            with acting_as(ACTOR), transaction.atomic():
                _found(password, options)
        except Refused as refusal:
            raise CommandError(f"{refusal.code}: {refusal.reason}") from None
        self.stdout.write(
            f"{options['organisation']} is founded. Sign in as {options['administrator']} and open "
            "/first-steps/. Public holidays are added under Calendars."
        )


def _found(password: str, options: dict[str, Any]) -> None:
    at, name = clock.now(), options["organisation"]
    if Unit.objects.exists():
        raise Conflict("founded_already", "There is an organisation here already.")
    load_reference(actor=ACTOR, at=at)
    load_catalogue(actor=ACTOR, at=at)
    calendar = registry.create_calendar(
        name=name, zone=options["zone"], hours=WEEK, exceptions={}, actor=ACTOR, at=at
    )
    unit = registry.create_unit(
        name=name, parent_id=None, calendar_id=calendar.pk, actor=ACTOR, at=at
    )
    user = registry.create_user(
        email=options["administrator"],
        name=options["name"],
        unit_id=unit.pk,
        password=password,
        actor=ACTOR,
        at=at,
    )
    registry.grant_role(
        user_id=user.pk,
        role="administrator",
        unit_id=unit.pk,
        reason="founded the organisation",
        actor=ACTOR,
        at=at,
    )
