"""`manage.py load_demo`: the demo's organisation; `manage.py demo` calls it."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.story.measuring import steer
from config.story.organisation import go_live, load_organisation
from config.story.rules import load_rules
from config.story.surroundings import Cast
from outbox import clock


class Command(BaseCommand):
    """Load the insurer of the demo into an empty database.

    Example: `manage.py load_demo --gateway http://127.0.0.1:8001/ --secret whsec_…`
    """

    help = "Load the demo's insurer. Example: manage.py load_demo --gateway URL --secret S"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where the systems' gateway listens."""
        parser.add_argument("--gateway", required=True)
        parser.add_argument("--secret", required=True)
        parser.add_argument("--end", default="", help="when the last window of the past ends")
        parser.add_argument("--window", type=int, default=5, help="seconds that stand for a week")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it and keep the machine's token for the sender."""
        if not settings.DEMO:
            raise CommandError("This loads invented people: it runs with COUNTERSIGN_DEMO=1 only.")
        end = datetime.fromisoformat(options["end"]) if options["end"] else clock.now()
        past = end - timedelta(seconds=20 * options["window"])
        organisation = load_organisation(
            at=past, gateway_url=options["gateway"], gateway_secret=options["secret"],
            window_seconds=options["window"],
        )  # fmt: skip
        load_rules(organisation, at=past, valid_from=past, window_seconds=options["window"])
        steer(Cast(organisation.people, organisation.systems, past))
        go_live(organisation, at=end, window_seconds=options["window"])
        folder = Path(settings.DEMO_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        token = folder / "token"
        token.write_text(organisation.token)
        token.chmod(0o600)
        self.stdout.write(f"{len(organisation.people)} people, {len(organisation.systems)} systems")
