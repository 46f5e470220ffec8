"""A pack of a whole organisation with a long ledger: what its building takes, in a process alone.

The most memory that any one process of it ever held (ru_maxrss): the one that builds, those that
draw, the verifier. The base is what a worker is allowed, so the line says if it stays in bounds.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings

from bench.__main__ import ROOT
from bench.lines import fill, own_folder, seal_waiting, settle
from bench.measure import line
from ledger.context import acting_as
from ledger.rules.actors import Actor
from outbox import clock
from reports.rules.asked import Wanted
from reports.services.packs import request_pack
from tests.registry import factories

LINES = {"small": 100_000, "full": 1_000_000}
SEALS = 20
# Evidence of hundreds of pages: at most so much a worker (performance.md).
BUILDER_BYTES = 250 * 1024**2
CHILD = """
import json, resource, sys, time
import django
django.setup()
from django.conf import settings
from pathlib import Path
from outbox import clock
from reports.models import Pack
from reports.render import pdf
from reports.services.building import build_pack
settings.LEDGER_DIR = Path(sys.argv[2])
settings.MEDIA_ROOT = Path(sys.argv[3])
settings.PACK_MAX_BYTES = 8 * 1024**3
started = time.perf_counter()
build_pack(pack_id=sys.argv[1], at=clock.now())
pack = Pack.objects.get(pk=sys.argv[1])
pdf.stop()
own, helpers = (resource.getrusage(who).ru_maxrss * 1024
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps({"state": pack.state, "failure": pack.failure, "size": pack.size,
    "seconds": time.perf_counter() - started, "own": own, "helpers": helpers}))
"""


def run(size: str) -> Iterator[dict[str, Any]]:
    """Yield the line of a pack of the whole organisation."""
    own_folder()
    pack = _asked(LINES[size])
    done = _built(str(pack))
    if done["state"] != "ready":
        raise RuntimeError(f"the pack is {done['state']}: {done['failure']}")
    yield line(
        "pack_of_an_organisation",
        value=max(done["own"], done["helpers"]),
        base=BUILDER_BYTES,
        gate=1.0,
        stretch=0.6,
        better="lower",
        unit="bytes",
        lines=LINES[size],
        builder=done["own"],
        seconds=round(done["seconds"], 1),
        pack_bytes=done["size"],
    )


def _asked(lines: int) -> object:
    """Lay down the ledger and ask for the pack; return its id."""
    system = factories.system()
    officer = factories.user(of=system.unit)
    factories.role(officer, "compliance", unit=system.unit)
    for _ in range(SEALS):
        fill(lines // SEALS)
        seal_waiting()
    settle()
    actor = Actor(kind="person", id=str(officer.pk), name=officer.name, channel="command")
    at = clock.now()
    with acting_as(actor):
        wanted = Wanted(breadth="organisation")
        since = at - timedelta(days=60)
        return request_pack(wanted=wanted, since=since, until=at, actor=actor, at=at).pk


def _built(pack: str) -> dict[str, Any]:
    folder = settings.LEDGER_DIR / "packs"
    command = [sys.executable, "-c", CHILD, pack, str(settings.LEDGER_DIR), str(folder)]
    done = subprocess.run(
        command, env=os.environ, cwd=ROOT, check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
