"""`manage.py pack build`: ask for an evidence pack, build it here and now, say how to check it."""

import getpass
import json
import shutil
import time
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.rules.refusals import Refused
from ledger.services.entries import record_refusal
from outbox import clock
from registry.models import User
from reports.models import Pack
from reports.rules.asked import FRAMEWORK_KINDS, RECIPIENTS
from reports.rules.periods import period_of
from reports.selectors.pack_asks import wanted_of
from reports.services.builders import work_off
from reports.services.building import LOOK_AGAIN, build_pack
from reports.services.packs import download_pack, request_pack

UNFINISHED = (Pack.State.QUEUED, Pack.State.BUILDING)


class Command(BaseCommand):
    """Build an evidence pack without web or worker; request and download are on record.

    Example: `manage.py pack build --system claims-approval --since 2026-01-01 --until 2026-03-31
    --for auditor@firm.example --out pack.zip`
    """

    help = (
        "Build an evidence pack. Example: manage.py pack build --system claims-approval "
        "--since 2026-01-01 --until 2026-03-31 --for auditor@firm.example --out pack.zip"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what the pack is about, who answers for it, and where to put it."""
        parser.add_argument("what", choices=["build", "work"])
        about = parser.add_mutually_exclusive_group()
        about.add_argument("--system", default="", help="the system's short name")
        about.add_argument("--unit", default="", help="a unit, with all below it, by name or id")
        about.add_argument("--organisation", action="store_true", help="everything")
        about.add_argument("--matter", default="", help="number of an incident or of a request")
        parser.add_argument(
            "--kind", default="everything", choices=[*FRAMEWORK_KINDS, "everything"]
        )
        parser.add_argument("--recipient", default="auditor", choices=list(RECIPIENTS))
        parser.add_argument("--since", type=date.fromisoformat, help="first day")
        parser.add_argument("--until", type=date.fromisoformat, help="last day")
        parser.add_argument("--for", dest="person", help="who has it, by address")
        parser.add_argument("--out", type=Path, help="where to put the file")
        parser.add_argument("--wait", type=float, default=600, metavar="S", help="for the sealer")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, build, say; `work` builds what waits for a worker, and ends."""
        if options["what"] == "work":
            work_off()
            return
        _check(options)
        actor = _person(options["person"])
        try:
            with acting_as(actor):
                asked = _ask(actor, options)
            pack = _build(asked, options["wait"])
            with acting_as(actor):
                path = download_pack(pack_id=pack.pk, actor=actor, at=clock.now())
        except Refused as refusal:
            _record(refusal, actor)
            raise CommandError(refusal.reason) from None
        self._say(pack, _put(path, options["out"]), options["json"])

    def _say(self, pack: Pack, path: Path, as_json: bool) -> None:
        figures = {
            "pack": pack.number,
            "file": str(path),
            "sha256": pack.sha256,
            "size": pack.size,
            "checkpoint": pack.checkpoint_size,
            "key": pack.key,
        }
        if as_json:
            self.stdout.write(json.dumps(figures))
            return
        self.stdout.write(f"{pack.number}: {path}\nSHA-256 {pack.sha256}")
        self.stdout.write(f"python3 countersign_verify.py '{path}' --key '{pack.key}'")


def _person(address: str) -> Actor:
    """Return a person as acting from this shell; the record names the account of the shell."""
    user = User.objects.filter(email__iexact=address, is_active=True).first()
    if user is None:
        raise CommandError(f"Nobody has the address {address}.")
    account = f"shell account {getpass.getuser()}"
    return Actor(
        kind="person", id=str(user.pk), name=user.name, channel="command", auth_method=account
    )


def _record(refusal: Refused, actor: Actor) -> None:
    if refusal.recorded:
        with acting_as(actor):
            record_refusal(
                refusal=refusal, actor=actor, at=clock.now(), attempted="manage.py pack build"
            )


def _ask(actor: Actor, options: dict[str, Any]) -> Pack:
    at, since, until = clock.now(), None, None
    if options["since"] and options["until"]:
        since, until = period_of(options["since"], options["until"], settings.SEAT_ZONE)
    wanted = wanted_of(
        about={
            "system": options["system"],
            "unit": options["unit"],
            "organisation": "organisation" if options["organisation"] else "",
            "number": options["matter"],
        },
        kind=options["kind"],
        recipient=options["recipient"],
        user=User.objects.get(pk=actor.person),
        at=at,
    )
    return request_pack(wanted=wanted, since=since, until=until, actor=actor, at=at)


def _check(options: dict[str, Any]) -> None:
    """Raise CommandError for what every pack needs and was not said."""
    if not options["person"]:
        raise CommandError("Say who has it: --for, by address.")
    if not options["matter"] and not (options["since"] and options["until"]):
        raise CommandError("Say of which days: --since and --until.")


def _build(asked: Pack, patience: float) -> Pack:
    """Build until the pack is ready; one that waits for the sealer is tried again."""
    deadline = time.monotonic() + patience
    while True:
        build_pack(pack_id=asked.pk, at=clock.now())
        pack = Pack.objects.get(pk=asked.pk)
        if pack.state == Pack.State.READY:
            return pack
        if pack.state not in UNFINISHED:
            raise CommandError(f"{pack.number} was not built: {pack.failure}")
        if time.monotonic() > deadline:
            raise CommandError(
                f"{pack.number} is not ready. It waits: {pack.waits_for or 'another worker'}"
            )
        time.sleep(LOOK_AGAIN.total_seconds())


def _put(path: Path, out: Path | None) -> Path:
    return Path(shutil.copyfile(path, out)) if out else path
