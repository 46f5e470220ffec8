"""Load a shipped profile: `manage.py load_profile small --unit Claims --author a@b.example`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from governance.models import Policy
from governance.rules.policy import banners
from governance.selectors.policies import PROFILES, document_of
from governance.services.committees import SeatPlan, found_committee
from governance.services.policies import load_profile
from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Refused
from outbox import clock
from registry.models import Unit, User

EXAMPLE = """
example:
  manage.py load_profile small --unit "Head office" --author a@b.example \\
    --committee "AI committee" --seat chair,chair@b.example,second@b.example \\
    --seat "data science,d@b.example,e@b.example" --seat external,x@c.example,y@c.example \\
    --delegate chair@b.example
"""


class Command(BaseCommand):
    """Load a profile as a unit's policy, and found its committee if asked."""

    help = "Load a shipped profile (small, bank, demo) for a unit, and found its committee."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Keep the example's line breaks in the help."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.epilog = EXAMPLE
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("profile", choices=PROFILES)
        parser.add_argument("--unit", required=True, help="name of the unit")
        parser.add_argument("--author", required=True, help="who answers for it, by address")
        parser.add_argument("--mailbox", default="", help="address of last resort")
        parser.add_argument("--committee", default="", help="name of the committee to found")
        parser.add_argument(
            "--seat",
            action="append",
            default=[],
            help="function,person[,substitute] by address; the first seat is the chair's",
        )
        parser.add_argument("--delegate", default="", help="who decides small cases, by address")

    def handle(self, **options: Any) -> None:
        """Load, found, and say what came of it."""
        actor = machine("load_profile", kind="command", channel="command")
        try:
            with acting_as(actor), transaction.atomic():
                policy = _load(actor, options)
                _found(actor, policy, options)
        except Refused as refusal:
            raise CommandError(refusal.reason) from refusal
        for line in _told(policy):
            self.stdout.write(line)


def _load(actor: Actor, options: dict[str, Any]) -> Policy:
    return load_profile(
        unit_id=_unit(options["unit"]).pk,
        profile=options["profile"],
        author_id=_person(options["author"]).pk,
        mailbox=options["mailbox"],
        actor=actor,
        at=clock.now(),
    )


def _found(actor: Actor, policy: Policy, options: dict[str, Any]) -> None:
    bodies: list[tuple[str, str, list[SeatPlan]]] = []
    if options["committee"]:
        seats = [_seat(number, text) for number, text in enumerate(options["seat"])]
        bodies.append((options["committee"], "committee", seats))
        bodies.append(("Executive", "executive", []))
        bodies.append(("Board", "board", []))
    if options["delegate"]:
        person = _person(options["delegate"])
        seat = SeatPlan(function="delegate", person_id=person.pk, chair=True)
        bodies.append(("Delegate of the committee", "delegate", [seat]))
    at = clock.now()
    for name, level, seats in bodies:
        found_committee(
            unit_id=policy.unit_id, name=name, level=level, seats=seats, actor=actor, at=at
        )


def _seat(number: int, text: str) -> SeatPlan:
    function, person, *more = [part.strip() for part in text.split(",")]
    return SeatPlan(
        function=function,
        person_id=_person(person).pk,
        substitute_id=_person(more[0]).pk if more else None,
        chair=number == 0,
    )


def _unit(name: str) -> Unit:
    unit = Unit.objects.filter(name=name).first()
    if unit is None:
        raise CommandError(f"There is no unit {name!r}.")
    return unit


def _person(address: str) -> User:
    person: User | None = User.objects.filter(email__iexact=address, is_active=True).first()
    if person is None:
        raise CommandError(f"There is no active person with the address {address!r}.")
    return person


def _told(policy: Policy) -> list[str]:
    state = "in force" if policy.state == Policy.State.ACTIVE else "a draft, to be approved"
    lines = [f"{policy.profile}: version {policy.number} of {policy.unit.name} is {state}."]
    if policy.example:
        lines.append("Its values are examples until a second person approves them.")
    return lines + list(banners(document_of(policy)))
