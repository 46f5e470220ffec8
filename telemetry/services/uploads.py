"""Files of readings: kept with their lines, read as a person says, put aside, forgotten in time."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import joined, term, worded
from ledger.services.entries import append_entry
from registry.models import User
from registry.rules.exchange.tables import clean
from telemetry.connectors.delimited import NumberedCells, open_sheet
from telemetry.models import Upload, UploadChunk, UploadFault
from telemetry.rules.rows import Rejection
from telemetry.rules.upload import (
    EVERY_ROW,
    Fault,
    Reading,
    fields_of,
    guess_decimal,
    guess_fields,
    is_field,
    is_zone,
    read_row,
)

A_CHUNK = 500
MOST_FAULTS = 2000
KEPT = timedelta(days=31)
FORGETTER = machine("uploads")
# What could turn a name round on the page, or hide in it.
UNPRINTABLE = re.compile(r"[^\x20-\x7e\u00a0-\u200a\u2010-\u2027\u2030-\ud7ff]")


@dataclass(frozen=True, slots=True)
class Settled:
    """How a file is read: {column: field}, what stands for every row, decimal and zone.

    What is left out stays as it was.
    """

    columns: Mapping[str, str] | None = None
    every: Mapping[str, str] | None = None
    decimal: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a file as rows; those that are none with the reason. `seen` counts all."""

    rows: Sequence[Any]
    numbers: Sequence[int]
    rejected: Sequence[Rejection]
    seen: int


def keep_upload(
    *,
    name: str,
    content: bytes,
    kind: str,
    every: Mapping[str, str],
    user: User,
    at: datetime,
) -> Upload:
    """Keep a file with its lines, guessed at; the caller judges it and writes the entry.

    Raises Invalid, TooLarge.
    """
    if kind not in Upload.Kind.values:
        raise Invalid(
            "unknown_kind",
            worded("There is no kind {kind!r}.", kind=kind),
            fields={"kind": "unknown"},
        )
    sheet = open_sheet(content)
    made: Upload = Upload(
        name=file_name(name),
        kind=kind,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        columns=list(zip(sheet.columns, guess_fields(kind, sheet.columns), strict=True)),
        options={"every": _every(kind, every), "decimal": ".", "zone": user.zone},
        notes=sheet.notes,
        rows=0,
        uploaded_by=user,
        uploaded_at=at,
    )
    made.save(force_insert=True)
    made.rows, decimal = _keep_lines(made, sheet.lines)
    if not made.rows:
        raise Invalid("no_rows", "There is no line below the names of the columns.")
    made.options |= {"decimal": decimal}
    return made


def _keep_lines(made: Upload, lines: Iterator[NumberedCells]) -> tuple[int, str]:
    """Store the lines by chunks; return how many there are and the mark before decimals."""
    count, place, decimal = 0, 0, "."
    while chunk := list(islice(lines, A_CHUNK)):
        UploadChunk.objects.create(of=made, place=place, lines=chunk)
        count, place = count + len(chunk), place + 1
        if decimal == ".":
            decimal = guess_decimal(cell for _, cells in chunk for cell in cells)
    return count, decimal


def settle(found: Upload, settled: Settled) -> None:
    """Put onto an upload how it is read. Raises Invalid."""
    wrong = _settle_columns(found, settled.columns or {}) | _settings_fault(settled)
    if wrong:
        raise Invalid("bad_settings", joined(" ", wrong.values()), fields=wrong)
    said = {"decimal": settled.decimal, "zone": settled.zone}
    options = found.options | {name: word for name, word in said.items() if word}
    if settled.every is not None:
        options["every"] = _every(found.kind, settled.every)
    found.options = options


def _settings_fault(settled: Settled) -> dict[str, str]:
    wrong = {}
    if settled.decimal not in ("", ".", ","):
        wrong["decimal"] = "A point or a comma."
    if settled.zone and not is_zone(settled.zone):
        wrong["zone"] = "No time zone that is known, such as Europe/Berlin."
    return wrong


def _settle_columns(found: Upload, columns: Mapping[str, str]) -> dict[str, str]:
    pairs = [[column, columns.get(column, field)] for column, field in found.columns]
    fields = [field for _, field in pairs if field]
    unknown = sorted({field for field in fields if not is_field(found.kind, field)})
    doubled = sorted({field for field in fields if fields.count(field) > 1})
    if unknown:
        return {"columns": worded("There is no field {unknown!r}.", unknown=unknown[0][:80])}
    if doubled:
        return {"columns": worded("Two columns are read as {doubled}.", doubled=doubled[0])}
    found.columns = pairs
    return {}


def _every(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    known = fields_of(kind)
    said = {name: clean(str(given.get(name) or ""))[:200] for name in EVERY_ROW if name in known}
    return {name: text.replace("\x00", "") for name, text in said.items() if text}


def read_lines(found: Upload, *, begin: int = 0, most: int | None = None) -> Lines:
    """Return lines of a file as rows, from the chunk that holds line `begin` (counted from 0)."""
    reading = _reading(found)
    chunks = found.chunks.filter(place__gte=begin // A_CHUNK).order_by("place")
    if most is not None:
        chunks = chunks[: -(-most // A_CHUNK)]
    rows, numbers, rejected, seen = [], [], [], 0
    for chunk in chunks.iterator(chunk_size=1):
        for number, cells in chunk.lines:
            seen += 1
            row = _row(reading, cells)
            if isinstance(row, Fault):
                rejected.append(Rejection(number, row.field, row.reason))
            else:
                rows.append(row)
                numbers.append(number)
    return Lines(rows, numbers, rejected, seen)


def faults_of(found: Upload) -> Iterator[Rejection]:
    """Read every line of a file, chunk by chunk; yield those that are no row."""
    reading = _reading(found)
    for chunk in found.chunks.order_by("place").iterator(chunk_size=1):
        for number, cells in chunk.lines:
            row = _row(reading, cells)
            if isinstance(row, Fault):
                yield Rejection(number, row.field, row.reason)


def _row(reading: Reading, cells: Sequence[str]) -> Any:
    if len(cells) > len(reading.fields) and any(cells[len(reading.fields) :]):
        return Fault("", "This line has more cells than there are columns.")
    return read_row(reading, cells)


def _reading(found: Upload) -> Reading:
    return Reading(
        kind=found.kind,
        fields=[field for _, field in found.columns],
        every=found.options.get("every", {}),
        decimal=found.options.get("decimal", "."),
        zone=found.options.get("zone", "UTC"),
    )


def tell_faults(found: Upload, faults: Iterable[Rejection], *, at_import: bool) -> int:
    """Keep why lines are not taken, the first two thousand of them; return how many there are."""
    if not at_import:
        UploadFault.objects.filter(of=found, at_import=False).delete()
    room = MOST_FAULTS - UploadFault.objects.filter(of=found, at_import=at_import).count()
    count = 0
    kept: list[UploadFault] = []
    for one in faults:
        count += 1
        if len(kept) < room:
            kept.append(
                UploadFault(
                    of=found,
                    number=one.row,
                    field=one.field[:60],
                    reason=one.reason[:1000].replace("\x00", ""),
                    at_import=at_import,
                )
            )
    UploadFault.objects.bulk_create(kept)
    return count


@transaction.atomic
def withdraw_upload(*, upload_id: UUID, actor: Actor, at: datetime) -> Upload:
    """Put a file aside; what was taken in of it already stays. Raises Missing, Conflict."""
    found = lock_upload(upload_id)
    require_open(found)
    found.state, found.ended_at, found.ended_by_id = Upload.State.WITHDRAWN, at, actor.person
    found.save(update_fields=["state", "ended_at", "ended_by"])
    record(
        "upload.withdrawn", found, actor, at, before={"state": "read"}, after={"state": "withdrawn"}
    )
    return found


def lock_upload(upload_id: UUID) -> Upload:
    """Return an upload, locked. Raises Missing."""
    found = Upload.objects.select_for_update(no_key=True).filter(pk=upload_id).first()
    if found is None:
        raise Missing("unknown_upload", "There is no such upload that you may see.")
    return found


def require_open(found: Upload) -> None:
    """Raise Conflict for an upload that is taken in, being taken in, or put aside."""
    if found.state != Upload.State.READ:
        raise Conflict(
            "upload_ended",
            worded(
                "This file is {state}: upload it again.",
                state=term(found.get_state_display(), lowered=True),
            ),
            extra={"present": {"state": found.state}},
        )


def forget_uploads(at: datetime) -> int:
    """Remove the lines of files that ended a month ago, or were left lying for three."""
    over = Q(ended_at__lte=at - KEPT) | Q(ended_at=None, uploaded_at__lte=at - 3 * KEPT)
    old = Upload.objects.filter(over, rows_gone=False).exclude(state=Upload.State.IMPORTING)
    with transaction.atomic():
        found = list(old.select_for_update(skip_locked=True, no_key=True)[:20])
        for one in found:
            _forget(one, at)
    return len(found)


def _forget(one: Upload, at: datetime) -> None:
    UploadChunk.objects.filter(of=one).delete()
    UploadFault.objects.filter(of=one).delete()
    one.rows_gone = True
    if one.state == Upload.State.READ:
        one.state, one.ended_at = Upload.State.WITHDRAWN, at
    one.save(update_fields=["rows_gone", "state", "ended_at"])
    record("upload.rows_removed", one, FORGETTER, at)


def record(
    verb: str,
    found: Upload,
    actor: Actor,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write the entry of what was done with a file."""
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("upload", str(found.pk), found.name),
        before=before,
        after=after,
        details={"kind": str(found.kind), "sha256": found.sha256, "rows": found.rows},
    )


def file_name(name: str) -> str:
    """Return the last part of a file's name, printable, at most 200 characters."""
    last = PurePath(name.replace("\\", "/")).name
    return clean(UNPRINTABLE.sub("", last))[:200] or "file"
