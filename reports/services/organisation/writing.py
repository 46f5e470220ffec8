"""An archive is written: every table as it stood at one instant, the ledger beside it, signed."""

import hashlib
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.rules.lines import instant
from ledger.rules.refusals import Conflict
from ledger.rules.worded import word, worded
from ledger.selectors.checkpoints import Seal, newest_seal
from ledger.selectors.checkpoints import keys as log_keys
from ledger.selectors.statements import note_of
from ledger.services.entries import VERSION, append_entry
from ledger.services.reconciliation import reconcile
from ledger.services.sealing import seal
from ledger.services.statements import request_statement
from reports.render.bag import CHUNK, sha256_of
from reports.render.container import EPOCH, write_zip
from reports.rules import archive
from reports.rules.files import slug
from reports.selectors import archive as database
from reports.services.exports import write_ledger

Tell = Callable[[str, int], None]
Keep = Callable[["Written"], None]
PATIENCE_SECONDS = 90.0
README = """This archive holds the whole organisation of a Countersign installation.

manifest.json  what it holds, with counts and SHA-256; manifest.note is the log's signature over it
tables/        a table a file, a row a line (JSON), in the order in which they are restored
ledger.zip     the sealed ledger, for countersign_verify.py, which needs neither us nor a network
files/         documents, packs and other stored files

It is as confidential as the database. Restore it with
    DATABASE_ROLE=owner manage.py organisation restore FILE
into an empty, migrated database of the same version. docs/import-export.md says the rest.
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: its digest and bytes, tables, rows, under which checkpoint, if signed."""

    sha256: str
    bytes: int
    tables: int
    rows: int
    checkpoint_size: int
    signed: bool


def write_organisation(
    *,
    path: Path,
    credentials: bool = False,
    unsigned: bool = False,
    reason: str,
    actor: Actor,
    at: datetime,
    tell: Tell = lambda step, share: None,
    keep: Keep = lambda written: None,
) -> Written:
    """Write the archive to `path` (readable by this account alone) and put it on record.

    Reads everything in one snapshot. `credentials` carries password hashes, tokens and encrypted
    secrets too. `keep` is called in the transaction of the entry. Raises Conflict where nothing is
    sealed, or where the log cannot sign and `unsigned` does not allow for that.
    """
    tell(word("Settling and sealing the record"), 0)
    reconcile(at)
    _seal(at)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".organisation-") as folder:
        draft = Path(folder) / "draft.zip"
        draft.touch(mode=0o600)
        manifest, rows = _write(draft, Path(folder), credentials, at, tell)
        signed = _sign(draft, manifest, unsigned, at, tell)
        done = Written(
            sha256_of(draft), draft.stat().st_size, len(manifest.tables), rows,
            manifest.checkpoint_size, signed,
        )  # fmt: skip
        _record(manifest, done, reason, actor, at, keep)
        draft.replace(path)
    return done


def _seal(at: datetime) -> None:
    try:
        seal(at=at)
    except Conflict as refusal:
        if newest_seal() is None:
            words = worded("Nothing of the ledger is sealed yet. {reason}", reason=refusal.reason)
            raise Conflict("nothing_sealed", words) from None


def _write(
    draft: Path, folder: Path, credentials: bool, at: datetime, tell: Tell
) -> tuple[archive.Manifest, int]:
    """Write tables, ledger and files in one snapshot; return the manifest and how many rows."""
    with transaction.atomic(durable=True), zipfile.ZipFile(draft, "w", allowZip64=True) as target:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SET LOCAL TimeZone = 'UTC'; SET LOCAL bytea_output = 'hex'")
        newest = newest_seal()
        if newest is None:
            raise Conflict("nothing_sealed", "Nothing of the ledger is sealed yet.")
        _add(target, archive.README, [README.encode()])
        tables = list(_tables(target, credentials, tell))
        tell(word("Copying the ledger"), 80)
        ledger = _ledger(target, folder, newest)
        tell(word("Copying files"), 85)
        manifest = archive.Manifest(
            format=archive.FORMAT,
            generator=f"Countersign {VERSION}",
            organisation=settings.ORGANISATION,
            label=f"organisation {at:%Y-%m-%d %H.%M}",
            made_at=instant(at),
            credentials=credentials,
            origin=newest.origin,
            checkpoint_size=newest.size,
            checkpoint=newest.note,
            keys=[key.vkey for key in log_keys()],
            migrations=database.migrations(),
            tables=tables,
            left_out=archive.left_out(database.tables(), credentials=credentials),
            sequences=database.sequences(),
            partitions=database.partitions(),
            files=list(_files(target)),
            ledger_sha256=ledger,
        )
        _add(target, archive.MANIFEST, [manifest.encoded()])
    return manifest, sum(table.rows for table in tables)


def _tables(
    target: zipfile.ZipFile, credentials: bool, tell: Tell
) -> Iterable[archive.TableRecord]:
    columns, keys = database.columns(), database.keys()
    left = archive.left_out(columns, credentials=credentials)
    names = [name for name in archive.in_order(database.needs()) if name not in left]
    for place, name in enumerate(names):
        step = worded("Copying tables ({place} of {total})", place=place + 1, total=len(names))
        tell(step, 5 + place * 75 // len(names))
        blanked = {} if credentials else dict(archive.CREDENTIAL_COLUMNS.get(name, {}))
        file = f"tables/{place:03}-{name}.jsonl"
        found = database.lines(name, columns[name], keys.get(name, []), blanked)
        rows, digest = _add(target, file, found)
        yield archive.TableRecord(
            name=name,
            file=file,
            columns=columns[name],
            blanked=sorted(blanked),
            rows=rows,
            sha256=digest,
        )


def _ledger(target: zipfile.ZipFile, folder: Path, newest: Seal) -> str:
    """Add the sealed ledger in the form that the offline verifier takes; return its digest."""
    top = folder / f"{slug(newest.origin)}-{newest.size}"
    top.mkdir()
    write_ledger(top, newest)
    whole = folder / archive.LEDGER
    write_zip(top, whole)
    return _add_file(target, archive.LEDGER, whole).sha256


def _files(target: zipfile.ZipFile) -> Iterable[archive.FileRecord]:
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not path.is_symlink() and archive.carries(name):
            yield _add_file(target, f"files/{name}", path, name)


def _add_file(target: zipfile.ZipFile, name: str, path: Path, said: str = "") -> archive.FileRecord:
    with path.open("rb") as file:
        pieces = iter(lambda: file.read(CHUNK), b"")
        _, digest = _add(target, name, pieces, zipfile.ZIP_STORED)
    return archive.FileRecord(path=said or name, size=path.stat().st_size, sha256=digest)


def _add(
    target: zipfile.ZipFile,
    name: str,
    pieces: Iterable[bytes],
    way: int = zipfile.ZIP_DEFLATED,
) -> tuple[int, str]:
    """Write an entry piece by piece; return how many pieces and the SHA-256 of the whole."""
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = way
    entry.external_attr = 0o100600 << 16
    count, digest = 0, hashlib.sha256()
    with target.open(entry, "w", force_zip64=True) as file:
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            count += 1
    return count, digest.hexdigest()


def _sign(
    draft: Path, manifest: archive.Manifest, unsigned: bool, at: datetime, tell: Tell
) -> bool:
    """Add the log's signature over the manifest. Raises Conflict where it stays away."""
    tell(word("Having it signed"), 95)
    statement = request_statement(
        kind="organisation",
        label=manifest.label,
        sha256=hashlib.sha256(manifest.encoded()).hexdigest(),
        checkpoint_size=manifest.checkpoint_size,
        at=at,
    )
    note = _note(statement, at, 0 if unsigned else PATIENCE_SECONDS)
    if not note and not unsigned:
        raise Conflict(
            "not_signed",
            "The log has not signed the archive: run it where the sealer runs (LEDGER_DIR), or "
            "write it without a signature (--unsigned).",
        )
    if note:
        with zipfile.ZipFile(draft, "a", allowZip64=True) as target:
            _add(target, archive.NOTE, [note.encode()])
    return bool(note)


def _note(statement: UUID, at: datetime, patience: float) -> str:
    """Let the sealer sign where this process may, else wait for the one elsewhere."""
    deadline = time.monotonic() + patience
    while True:
        with suppress(Conflict):
            seal(at=at)
        note = note_of(statement) or ""
        if note or time.monotonic() >= deadline:
            return note
        time.sleep(1)


@transaction.atomic
def _record(
    manifest: archive.Manifest,
    done: Written,
    reason: str,
    actor: Actor,
    at: datetime,
    keep: Keep,
) -> None:
    with acting_as(actor):
        keep(done)
        append_entry(
            verb="organisation.exported",
            actor=actor,
            at=at,
            subject=("organisation", manifest.origin, manifest.label),
            reason=reason,
            details={
                "sha256": done.sha256,
                "bytes": done.bytes,
                "tables": done.tables,
                "rows": done.rows,
                "checkpoint": done.checkpoint_size,
                "credentials": manifest.credentials,
                "signed": done.signed,
            },
        )
