"""`manage.py webhook`: where signed webhooks go, such as gateways and ticket systems."""

import base64
import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger.context import acting_as
from ledger.rules.actors import machine
from outbox import clock
from outbox.channels.webhook import AddressRefused, pinned
from outbox.services.messages import save_endpoint

NAMES = ("ticket:", "gateway:")


class Command(BaseCommand):
    """Makes or changes an endpoint; the secret is made here and shown once."""

    help = (
        "Save where webhooks go and print a new signing secret once. The secret before keeps "
        "signing beside it. Example: manage.py webhook ticket:jira https://jira.example.org/hook"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the endpoint's name and address."""
        parser.add_argument("name", help="ticket:<system> or gateway:<short name of a system>")
        parser.add_argument("url")

    def handle(self, *args: Any, **options: Any) -> None:
        """Save it. Raises CommandError for a name or an address that cannot be."""
        name, url = options["name"], options["url"]
        if not name.startswith(NAMES) or name in NAMES or len(name) > 80:
            raise CommandError(f"A name begins with {' or '.join(NAMES)} and goes on.")
        try:
            pinned(url)
        except AddressRefused as refused:
            raise CommandError(str(refused)) from refused
        secret = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
        actor = machine("webhook", kind="command", channel="command")
        with acting_as(actor):
            save_endpoint(name=name, url=url, secret=secret, actor=actor, at=clock.now())
        self.stdout.write(secret)
