"""An archive becomes a database again: looked through first, then all of it or nothing."""

import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec
from django.conf import settings
from django.db import connection, transaction

from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.rules.notes import Malformed, Note, Verifier
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import joined, worded
from ledger.services.entries import append_entry
from ledger.services.restores import begin_epoch
from reports.render.bag import CHUNK
from reports.rules import archive
from reports.selectors import archive as database

AT_ONCE = 500
MOST_MANIFEST = 64 * 1024 * 1024
INSERT = "INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)"  # noqa: E501
SETVAL = "SELECT setval(%s::regclass, %s, true)"
MAKE_PARTITION = "SELECT telemetry_make_partition(%s, %s)"
KNOWN = "SELECT to_regclass(%s) IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: tables, rows and files; `signed_by` is the key, '' without a signature."""

    label: str
    origin: str
    checkpoint_size: int
    checkpoint: str
    tables: int
    rows: int
    files: int
    signed_by: str
    entry: int


def restore_organisation(
    *, path: Path, key: str = "", unsigned: bool = False, reason: str, actor: Actor, at: datetime
) -> Restored:
    """Restore an archive into this empty, migrated database; as the tables' owner.

    Every digest is checked before the first row is written. `key` is the log's key (vkey) that the
    signature must be of; without it the archive's own keys are asked. The one transaction ends
    with an epoch, so that the net does not report what it wrote, and an entry. Raises Invalid,
    Conflict.
    """
    _check_place()
    try:
        with zipfile.ZipFile(path) as source:
            manifest = _manifest(source)
            signed_by = _check_signature(source, manifest, key, unsigned)
            _check_fit(manifest)
            _check_content(source, manifest)
            number = _fill(source, manifest, reason, actor, at)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise Invalid(
            "bad_archive", worded("The archive cannot be read: {error}.", error=error)
        ) from None
    return Restored(
        label=manifest.label,
        origin=manifest.origin,
        checkpoint_size=manifest.checkpoint_size,
        checkpoint=manifest.checkpoint,
        tables=len(manifest.tables),
        rows=sum(table.rows for table in manifest.tables),
        files=len(manifest.files),
        signed_by=signed_by,
        entry=number,
    )


def _check_place() -> None:
    """Refuse a role that may not, and a database that holds something already."""
    if not database.is_owner():
        raise Conflict(
            "owner_needed",
            "Restoring makes months of readings and fills tables that the application may not "
            "write: run it as the tables' owner (DATABASE_ROLE=owner, DATABASE_OWNER_URL).",
        )
    kept = {*archive.REPLACED, "django_migrations"}
    filled = database.first_filled([name for name in database.tables() if name not in kept])
    if filled:
        raise Conflict(
            "not_empty",
            worded(
                "This database is not empty: {filled} has rows. Restore into a "
                "new one, migrated and otherwise untouched.",
                filled=filled,
            ),
        )
    files = Path(settings.MEDIA_ROOT)
    if files.exists() and any(one.is_file() for one in files.rglob("*")):
        raise Conflict(
            "files_not_empty",
            worded("{files} is not empty: give FILES_DIR an empty folder first.", files=files),
        )


def _manifest(source: zipfile.ZipFile) -> archive.Manifest:
    names = [one.filename for one in source.infolist()]
    if len(names) != len(set(names)):
        raise Invalid("bad_archive", "The archive holds two entries of one name.")
    if archive.MANIFEST not in names or source.getinfo(archive.MANIFEST).file_size > MOST_MANIFEST:
        raise Invalid("bad_archive", "The archive has no manifest: it is none of an organisation.")
    try:
        return msgspec.json.decode(source.read(archive.MANIFEST), type=archive.Manifest)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise Invalid(
            "bad_archive", worded("The manifest cannot be read: {error}.", error=error)
        ) from None


def _check_signature(
    source: zipfile.ZipFile, manifest: archive.Manifest, key: str, unsigned: bool
) -> str:
    """Return the key that signed the manifest. Raises Invalid where none did, or another."""
    if archive.NOTE not in source.namelist():
        if unsigned and not key:
            return ""
        raise Invalid("unsigned", "The archive is not signed (--unsigned takes it all the same).")
    digest = hashlib.sha256(source.read(archive.MANIFEST)).hexdigest()
    try:
        note = Note.parse(source.read(archive.NOTE).decode())
        keys = [Verifier.parse(one) for one in ([key] if key else manifest.keys)]
    except (Malformed, ValueError) as error:
        raise Invalid(
            "bad_signature", worded("The signature cannot be read: {error}.", error=error)
        ) from None
    expected = f"countersign organisation v1\n{manifest.label}\nmanifest-sha256 {digest}\n"
    found = next((one for one in keys if note.signed_by(one)), None)
    if found is None or not note.text.startswith(expected):
        raise Invalid("bad_signature", "The signature is not the log's over this manifest.")
    place = keys.index(found)
    return key or manifest.keys[place]


def _check_fit(manifest: archive.Manifest) -> None:
    present = {"migrations": database.migrations(), "tables": database.columns()}
    wrong = archive.faults(manifest, present)
    if wrong:
        raise Conflict("does_not_fit", joined(" ", wrong))


def _check_content(source: zipfile.ZipFile, manifest: archive.Manifest) -> None:
    """Hash every part before anything is written. Raises Invalid with the first that differs."""
    for table in manifest.tables:
        with source.open(table.file) as file:
            if _digest(file) != table.sha256:
                raise Invalid(
                    "changed", worded("{file} was changed: nothing was restored.", file=table.file)
                )
    with source.open(archive.LEDGER) as file:
        if _digest(file) != manifest.ledger_sha256:
            raise Invalid(
                "changed",
                worded("{ledger} was changed: nothing was restored.", ledger=archive.LEDGER),
            )
    for record in manifest.files:
        _check_path(record.path)
        with source.open(f"files/{record.path}") as file:
            if _digest(file) != record.sha256:
                raise Invalid(
                    "changed",
                    worded("files/{path} was changed: nothing was restored.", path=record.path),
                )


def _check_path(path: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or "\x00" in path:
        raise Invalid(
            "bad_archive", worded("{path!r} is no path below the files' folder.", path=path[:80])
        )


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := file.read(CHUNK):
        digest.update(piece)
    return digest.hexdigest()


def _fill(
    source: zipfile.ZipFile, manifest: archive.Manifest, reason: str, actor: Actor, at: datetime
) -> int:
    """Write everything in one transaction; files first, so that no row lacks its file."""
    _copy_files(source, manifest)
    try:
        with transaction.atomic(durable=True), acting_as(actor):
            _prepare(manifest)
            for table in manifest.tables:
                _fill_table(source, table)
            number = _tell(manifest, reason, actor, at)
            begin_epoch(entry=number, reason=reason, at=at)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except BaseException:
        _remove_files(manifest)
        raise
    return number


def _prepare(manifest: archive.Manifest) -> None:
    """Make the months of readings, set the counters, take away what migrations filled."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'UTC'")
        for parent, child in manifest.partitions:
            month = child.removeprefix(f"{parent}_")
            if len(month) == 6 and month.isdecimal():
                _make_month(parent, child, date(int(month[:4]), int(month[4:]), 1))
        for name in reversed(archive.REPLACED):
            cursor.execute(f"DELETE FROM {_quoted(name)}")  # noqa: S608  names of ours
        for name, last in manifest.sequences.items():
            cursor.execute(KNOWN, [_quoted(name)])
            if cursor.fetchone()[0]:
                cursor.execute(SETVAL, [_quoted(name), last])


def _make_month(parent: str, child: str, month: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [_quoted(child)])
        if not cursor.fetchone()[0]:
            cursor.execute(MAKE_PARTITION, [parent, month])


def _fill_table(source: zipfile.ZipFile, table: archive.TableRecord) -> None:
    columns = ", ".join(map(_quoted, table.columns))
    insert = INSERT.format(table=_quoted(table.name), columns=columns)
    count = 0
    with source.open(table.file) as file, connection.cursor() as cursor:
        for lines in _chunks(file):
            cursor.execute(insert, [(b"[" + b",".join(lines) + b"]").decode()])
            count += cursor.rowcount
    if count != table.rows:
        raise Invalid(
            "changed",
            worded(
                "{table_name} has {count} rows, the manifest says {rows}.",
                table_name=table.name,
                count=count,
                rows=table.rows,
            ),
        )


def _chunks(file: IO[bytes]) -> Iterator[list[bytes]]:
    while lines := list(islice(file, AT_ONCE)):
        yield lines


def _tell(manifest: archive.Manifest, reason: str, actor: Actor, at: datetime) -> int:
    return append_entry(
        verb="organisation.restored",
        actor=actor,
        at=at,
        subject=("organisation", manifest.origin, manifest.label),
        reason=reason,
        details={
            "made_at": manifest.made_at,
            "generator": manifest.generator,
            "checkpoint": manifest.checkpoint_size,
            "note": manifest.checkpoint,
            "credentials": manifest.credentials,
            "rows": sum(table.rows for table in manifest.tables),
            "left_out": sorted(manifest.left_out),
        },
    )


def _copy_files(source: zipfile.ZipFile, manifest: archive.Manifest) -> None:
    for record in manifest.files:
        target = Path(settings.MEDIA_ROOT) / record.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open(f"files/{record.path}") as read, target.open("xb") as written:
            shutil.copyfileobj(read, written, CHUNK)


def _remove_files(manifest: archive.Manifest) -> None:
    for record in manifest.files:
        with suppress(OSError):
            (Path(settings.MEDIA_ROOT) / record.path).unlink()


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
