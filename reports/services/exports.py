"""The bare ledger as one file: every sealed line and what makes it checkable without us."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict
from ledger.rules.worded import joined
from ledger.selectors.checkpoints import Seal, newest_seal
from ledger.selectors.extracts import exact_lines
from ledger.services.entries import append_entry
from ledger.services.sealing import seal
from reports.render.audit import commitments_in
from reports.render.bag import sha256_of
from reports.render.container import write_zip
from reports.render.seals import write_disclosures, write_witnesses
from reports.render.sorting import Sorted
from reports.rules.files import slug


@dataclass(frozen=True, slots=True)
class Exported:
    """What a file of the ledger holds: how many lines, under which checkpoint; its digest."""

    size: int
    root: bytes
    sha256: str
    bytes: int


def write_export(*, path: Path, at: datetime, actor: Actor) -> Exported:
    """Write every sealed line of the ledger to a ZIP file and put that on record.

    Seals first, if this process may; what waits to be sealed afterwards is not in it. Memory stays
    bounded, disk is needed twice beside `path`. The same checkpoint gives the same bytes, but for
    personal values erased meanwhile. Raises Conflict while nothing is sealed.
    """
    newest = _sealed(at)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
        top = Path(folder) / f"{slug(newest.origin)}-{newest.size}"
        top.mkdir()
        write_ledger(top, newest)
        draft = Path(folder) / "export.zip"
        write_zip(top, draft)
        done = Exported(newest.size, newest.root, sha256_of(draft), draft.stat().st_size)
        _record(newest, done, actor, at)
        draft.replace(path)
    return done


def write_ledger(folder: Path, newest: Seal) -> None:
    """Write the lines below a checkpoint, the checkpoint and its witnesses into a folder."""
    with Sorted(folder.parent / "commitments.db") as commitments:
        with (folder / "log.jsonl").open("wb") as file:
            for leaf in exact_lines(size=newest.size):
                file.write(leaf + b"\n")
                commitments.update(commitments_in(leaf))
        write_witnesses(folder, newest, None)
        write_disclosures(folder, commitments)


def _sealed(at: datetime) -> Seal:
    """Return the newest checkpoint, after sealing what waits where this process can."""
    try:
        seal(at=at)
        refused = ""
    except Conflict as refusal:
        refused = refusal.reason
    newest = newest_seal()
    if newest is None:
        words = ["Nothing of the ledger is sealed yet.", refused]
        raise Conflict("nothing_sealed", joined(" ", filter(None, words)))
    return newest


@transaction.atomic
def _record(newest: Seal, done: Exported, actor: Actor, at: datetime) -> None:
    with acting_as(actor):
        append_entry(
            verb="ledger.exported",
            actor=actor,
            at=at,
            subject=("ledger", newest.origin, newest.origin),
            details={"lines": done.size, "sha256": done.sha256, "bytes": done.bytes},
        )
