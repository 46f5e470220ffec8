"""Seals as others see them: checkpoints, keys, and what still waits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from ledger.models import Checkpoint, Entry, Queue, SigningKey

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Seal:
    """A checkpoint: origin, number of leaves, root (32 bytes), the signed note, when."""

    origin: str
    size: int
    root: bytes
    note: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Key:
    """A verifier key and the sizes of the first and the last checkpoint that it signs.

    `to_size` is None for the key in force.
    """

    vkey: str
    from_size: int
    to_size: int | None


def newest_seal() -> Seal | None:
    """Return the newest checkpoint, None before the first seal."""
    row = Checkpoint.objects.order_by("-id").first()
    return _seal(row) if row else None


def newest_seal_asked() -> QuerySet[Checkpoint, Any]:
    """Return the question of (size, when it was sealed) of the newest checkpoint."""
    rows: QuerySet[Checkpoint, Any] = Checkpoint.objects.order_by("-id")
    return rows.values_list("size", "sealed_at")[:1]


def seal_at(size: int) -> Seal | None:
    """Return the checkpoint of exactly this size; the newest origin's if there are several."""
    row = Checkpoint.objects.filter(size=size).order_by("-id").first()
    return _seal(row) if row else None


def seals(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    origin: str = "",
    newest_first: bool = False,
    limit: int | None = None,
) -> list[Seal]:
    """Return checkpoints sealed in [since, until), in the order in which they were made."""
    rows = _within(since, until)
    if origin:
        rows = rows.filter(origin=origin)
    rows = rows.order_by("-id" if newest_first else "id").defer("frontier")
    return [_seal(row) for row in (rows if limit is None else rows[:limit])]


def all_seals() -> Iterator[Seal]:
    """Yield every checkpoint in the order in which they were made, page by page."""
    yield from map(_seal, all_checkpoints())


def all_checkpoints() -> Iterator[Checkpoint]:
    """Yield every row in the order in which they were made, without its frontier.

    By pages and not from a cursor of the server: who stops half-way leaves nothing open.
    """
    rows, last = Checkpoint.objects.order_by("id").defer("frontier"), 0
    while page := list(rows.filter(id__gt=last)[:PAGE]):
        yield from page
        last = page[-1].pk


def keys() -> list[Key]:
    """Return every key of the log, oldest first."""
    rows = list(SigningKey.objects.order_by("since", "from_size"))
    later = [*rows, None][1:]
    return [
        Key(row.vkey, row.from_size, _last_size(row, successor))
        for row, successor in zip(rows, later, strict=True)
    ]


def unsealed() -> tuple[int, datetime | None]:
    """Return how many entries wait to be sealed, and when the first of them was written."""
    oldest = oldest_unsealed()
    return (Queue.objects.count() if oldest else 0), oldest


def oldest_unsealed() -> datetime | None:
    """Return when the first entry in the queue was written, None if nothing waits."""
    first = Queue.objects.order_by("entry_id").values_list("entry_id", flat=True).first()
    return None if first is None else Entry.objects.values_list("at", flat=True).get(pk=first)


def _last_size(row: SigningKey, successor: SigningKey | None) -> int | None:
    """A key and its successor both sign one checkpoint; under a new origin the old one is out."""
    if successor is None:
        return None
    if successor.origin == row.origin:
        return successor.from_size
    sizes = Checkpoint.objects.filter(origin=row.origin)
    return int(sizes.aggregate(last=Max("size"))["last"] or row.from_size)


def _within(since: datetime | None, until: datetime | None) -> QuerySet[Checkpoint]:
    rows = Checkpoint.objects.all()
    if since is not None:
        rows = rows.filter(sealed_at__gte=since)
    return rows if until is None else rows.filter(sealed_at__lt=until)


def _seal(row: Checkpoint) -> Seal:
    return Seal(row.origin, row.size, bytes(row.root), row.note, row.sealed_at)
