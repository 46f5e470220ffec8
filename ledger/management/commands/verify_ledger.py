"""`manage.py verify_ledger`: check every line, every signed root, and what is kept outside."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.clock import database_now
from ledger.rules.actors import machine
from ledger.services.checking import Report, check_ledger
from ledger.services.verification import verify_now

OPERATOR = machine("verify_ledger", kind="command", channel="command")


class Command(BaseCommand):
    """Verify the ledger in the foreground: a PASS, FAIL or SKIP a claim, exit 1 on a FAIL.

    Example: `manage.py verify_ledger --json`
    """

    help = "Verify the whole ledger; exit 1 on a FAIL. Example: manage.py verify_ledger --json"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the answer, and whether to leave the database as it is."""
        parser.add_argument("--json", action="store_true", help="one JSON object")
        parser.add_argument(
            "--read-only", action="store_true", help="write no entry and open no case; for copies"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify and say what was found."""
        report = check_ledger() if options["read_only"] else _on_record()
        if options["json"]:
            self.stdout.write(json.dumps(_as_dict(report)))
        else:
            self.stdout.write("\n".join(str(claim) for claim in report.claims))
        if not report.passed:
            raise CommandError("The ledger is not as it was sealed; docs/ledger/when-it-fails.md.")


def _on_record() -> Report:
    return verify_now(actor=OPERATOR, at=database_now())


def _as_dict(report: Report) -> dict[str, Any]:
    claims = [claim.as_dict() for claim in report.claims]
    return {"passed": report.passed, "size": report.size, "claims": claims}
