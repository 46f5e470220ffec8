"""`manage.py organisation export|restore`: the whole organisation as one signed archive."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.rules.actors import machine
from ledger.rules.refusals import Refused
from outbox import clock
from reports.services.organisation import restore_organisation, write_organisation

ACTOR = machine("organisation", kind="command", channel="command")
NEXT = """Next, in this order:
  1. LEDGER_DIR: with the folder of the old installation (which is stopped for good) the log goes
     on under {origin}. Without it: manage.py ledger_origin NEW --reason "…"
  2. manage.py verify_ledger, and unpack ledger.zip of the archive for countersign_verify.py
  3. {credentials}"""
WITHOUT = "People sign in by 'forgot my password'; tokens, second factors and webhook secrets anew."
WITH = "The credentials came along: FIELD_KEYS must be those of the old installation."


class Command(BaseCommand):
    """Export the organisation, or restore it into an empty, migrated database.

    Examples: `manage.py organisation export org.zip --reason "change of host"`,
    `DATABASE_ROLE=owner manage.py organisation restore org.zip --reason "change of host"`
    """

    help = "Export or restore the whole organisation. Exit code 1 with the reason when refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do and where the file is."""
        parser.add_argument("what", choices=["export", "restore"])
        parser.add_argument("file", type=Path, help="the archive, a ZIP file")
        parser.add_argument("--reason", default="", help="why; kept for good")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")
        parser.add_argument(
            "--with-credentials",
            action="store_true",
            help="export: carry password hashes, tokens, second factors and encrypted secrets too",
        )
        parser.add_argument(
            "--unsigned", action="store_true", help="write, or take, an archive without signature"
        )
        parser.add_argument("--key", default="", help="restore: the log's key (vkey) to check with")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export or restore."""
        path = options["file"].absolute()
        if not options["reason"].strip():
            raise CommandError("Say why: --reason. It is kept in the ledger for good.")
        if not path.parent.is_dir() or (options["what"] == "restore" and not path.is_file()):
            raise CommandError(f"There is no {path}.")
        try:
            self._export(path, options) if options["what"] == "export" else self._restore(
                path, options
            )
        except Refused as refusal:
            raise CommandError(f"{refusal.code}: {refusal.reason}") from None

    def _export(self, path: Path, options: dict[str, Any]) -> None:
        done = write_organisation(
            path=path,
            credentials=options["with_credentials"],
            unsigned=options["unsigned"],
            reason=options["reason"],
            actor=ACTOR,
            at=clock.now(),
        )
        if options["json"]:
            self.stdout.write(json.dumps({"file": str(path), **asdict(done)}))
            return
        self.stdout.write(
            f"{done.tables} tables, {done.rows:,} rows, {done.bytes:,} bytes, checkpoint of "
            f"{done.checkpoint_size:,} leaves, SHA-256 {done.sha256}"
        )
        self.stderr.write("The archive is as confidential as the database.")

    def _restore(self, path: Path, options: dict[str, Any]) -> None:
        done = restore_organisation(
            path=path,
            key=options["key"],
            unsigned=options["unsigned"],
            reason=options["reason"],
            actor=ACTOR,
            at=clock.now(),
        )
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done)))
            return
        self.stdout.write(
            f"{done.tables} tables, {done.rows:,} rows, {done.files:,} files: {done.label}"
        )
        self.stderr.write(NEXT.format(origin=done.origin, credentials=WITHOUT))
