"""`manage.py demo`: the whole story on the embedded database, to play by hand or by itself."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import embedded
from config.processes import Fleet, manage, start_all
from config.story.cast import CAST, PASSWORD
from config.story.play import Played, play
from demo.past import grid

SERVER = "pg-demo"
WINDOW_SECONDS = 5


class Command(BaseCommand):
    """Start the embedded database, web, worker and sweep, load the insurer, say where to click.

    Example: `manage.py demo --no-serve --json`
    """

    help = "The story on the embedded database. Example: manage.py demo --no-serve --json"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how to show it."""
        parser.add_argument("--port", type=int, default=8000, help="the first free one from here")
        parser.add_argument("--no-serve", action="store_true", help="play it by itself and end")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")
        parser.add_argument("--keep-pack", metavar="FILE", help="where to put the pack")
        parser.add_argument("--server", default=SERVER, help="which embedded server (a folder)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, load, then wait or play."""
        began = time.monotonic()
        port, say = _free_port(options["port"]), self._say(options)
        stage = Stage(port=port, say=say, server=options["server"])
        try:
            stage.open()
            if options["no_serve"]:
                played = play(stage.base_url, keep=options["keep_pack"])
                self._report(played, time.monotonic() - began, options)
            else:
                self._wait(stage, time.monotonic() - began)
        finally:
            stage.close()

    def _say(self, options: dict[str, Any]) -> Any:
        return (lambda words: None) if options["json"] else self.stdout.write

    def _report(self, played: Played, seconds: float, options: dict[str, Any]) -> None:
        figures = played.figures() | {"seconds": round(seconds, 1)}
        self.stdout.write(json.dumps(figures) if options["json"] else _table(figures))
        if not played.complete:
            raise CommandError("The story did not reach its end; see the figures above.")

    def _wait(self, stage: "Stage", seconds: float) -> None:
        self.stdout.write(_welcome(stage.base_url, seconds))
        dead = stage.fleet.watch()
        if dead:
            raise CommandError(f"{dead} ended:\n{stage.fleet.tail(dead)}")
        self.stdout.write("Stopping …")


class Stage:
    """Everything that runs during the demo; closing it stops the database too.

    Two demos with servers of their own do not meet: each has its database, folder and ports.
    """

    def __init__(self, *, port: int, say: Any, server: str) -> None:
        self.port, self.say = port, say
        self.base_url = f"http://127.0.0.1:{port}"
        self.gateway_port = _free_port(port + 1)
        self.directory = embedded.data_directory(settings.BASE_DIR, server)
        self.folder = Path(settings.VAR_DIR) / server.removeprefix("pg-")
        self.environment: dict[str, str] = {}
        self.end = ""
        self.fleet = Fleet(Path(settings.VAR_DIR) / "log", {})

    def open(self) -> None:
        """Start the database, load the organisation, start the processes, send the past."""
        self.say("Starting PostgreSQL …")
        urls = embedded.start(self.directory, "countersign_demo", fresh=True)
        # The log of the database before this one: the sealer would take ours for a restored copy.
        shutil.rmtree(self.folder / "ledger", ignore_errors=True)
        self.environment = _environment(urls, self.base_url, self.folder)
        self._run("migrate", "--verbosity", "0", words="Making the tables …")
        secret = "whsec_" + secrets.token_hex(16)
        self.end = grid(datetime.now(UTC), WINDOW_SECONDS).isoformat()
        self._run(
            "load_demo", "--gateway", f"http://127.0.0.1:{self.gateway_port}/", "--secret", secret,
            "--window", str(WINDOW_SECONDS), "--end", self.end,
            words="Loading the insurer and its people …",
        )  # fmt: skip
        self.fleet = Fleet(Path(settings.VAR_DIR) / "log", self.environment)
        self.say("Starting web, worker, sweep and the gateway of the four live systems …")
        start_all(self.fleet, port=self.port, workers=2, every=1)
        self.fleet.start("gateway", self._gateway(secret))
        self._send_past()
        self._run(
            "measure_demo", "--window", str(WINDOW_SECONDS), "--end", self.end,
            words="Agreeing on baselines and objectives, labelling, silencing …",
        )  # fmt: skip

    def _gateway(self, secret: str) -> list[str]:
        return [
            sys.executable, "-m", "demo.gateway", "--base-url", self.base_url,
            "--port", str(self.gateway_port), "--secret", secret,
            "--window", str(WINDOW_SECONDS), "--token-file", str(self.folder / "token"),
        ]  # fmt: skip

    def _send_past(self) -> None:
        self.say("Sending fourteen windows of readings from real models …")
        command = [
            sys.executable, "-m", "demo.past", "--base-url", self.base_url,
            "--token-file", str(self.folder / "token"), "--window", str(WINDOW_SECONDS),
            "--end", self.end,
        ]  # fmt: skip
        done = subprocess.run(
            command, env=self._full(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CommandError(f"Sending the readings failed:\n{done.stdout}{done.stderr}")

    def _run(self, *arguments: str, words: str) -> None:
        self.say(words)
        done = subprocess.run(
            manage(*arguments), env=self._full(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CommandError(f"{arguments[0]} failed:\n{done.stdout}{done.stderr}")

    def _full(self) -> dict[str, str]:
        return {**os.environ, **self.environment}

    def close(self) -> None:
        """Stop the processes, then the database."""
        self.fleet.stop()
        embedded.stop(self.directory)


def _environment(urls: embedded.Urls, base_url: str, folder: Path) -> dict[str, str]:
    broker = folder / "broker"
    broker.mkdir(parents=True, exist_ok=True)
    return {
        "COUNTERSIGN_DEMO": "1",
        "DATABASE_URL": urls.application,
        "DATABASE_OWNER_URL": urls.owner,
        "PUBLIC_URL": base_url,
        "FILES_DIR": str(folder / "files"),
        "BROKER_DIR": str(broker),
        "DEMO_DIR": str(folder),
        "LEDGER_DIR": str(folder / "ledger"),
    }


def _free_port(first: int) -> int:
    for port in range(first, first + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise CommandError(f"No free port between {first} and {first + 49}.")


def _table(figures: dict[str, Any]) -> str:
    return "\n".join(f"{name:16} {value}" for name, value in figures.items())


def _welcome(url: str, seconds: float) -> str:
    people = "\n".join(
        f"  {person.email:28} {person.name:22} {person.title}" for person in CAST if person.shows
    )
    return f"""
Ready after {seconds:.0f} s:  {url}/

Everybody's password is: {PASSWORD}   (invented people, only in this demo)
{people}

Five minutes to the first decision, on "Under 23 got 'approve' … less often":
  1  jonas    My desk → acknowledge, assess, submit the findings
  2  tomasz, then maren    validate, for risk and for compliance
  3  ruth     propose the motion (roll back to 2.2, compensate), convene
  4  ines, henrik, amara   vote; the round closes by itself
  5  the gateway rolls back by itself; three readings prove it; arjun states the
              compensation's counts, elena and lena sign them; lena verifies and closes
  6  nils     asks for the evidence pack and downloads it

Five minutes on how it is measured: docs/owners.md (omar, maren), docs/engineers.md (omar, claire)
Five minutes on the evidence: Controls (maren), Reports (elena), Audit room (nils)

Stop with Ctrl-C.
"""
