"""Checkpoints and time stamps that go along with lines that leave the house."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import F, Q
from django.db.models.functions import TruncDate

from ledger.models import Anchor, Checkpoint, SigningKey

EITHER_SIDE = 2


@dataclass(frozen=True, slots=True)
class Witness:
    """A signed checkpoint and when it was sealed."""

    size: int
    note: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Stamp:
    """An authority's time stamp (RFC 3161, TimeStampResp in DER) over the note of a checkpoint."""

    size: int
    authority: str
    token: bytes


def witnesses(*, size: int, since: datetime | None, stamped: set[int]) -> list[Witness]:
    """Return by size, up to `size`: each day's last checkpoint from `since` on, and more.

    Those on either side of a change of key or origin, those of the sizes `stamped`, and the one
    of `size` itself.
    """
    rows = Checkpoint.objects.filter(size__lte=size)
    days = rows.filter(sealed_at__gte=since) if since else rows
    daily = days.annotate(day=TruncDate("sealed_at", tzinfo=UTC)).order_by("day", "-size")
    chosen = {pk for pk, _ in daily.distinct("day").values_list("pk", "day")}
    for key_from in SigningKey.objects.filter(from_size__lte=size).values_list(
        "from_size", flat=True
    ):
        chosen |= _beside(key_from, size)
    wanted = rows.filter(Q(pk__in=chosen) | Q(size__in=stamped) | Q(size=size))
    return [
        Witness(size=row.size, note=row.note, sealed_at=row.sealed_at)
        for row in wanted.order_by("size", "sealed_at")
    ]


def stamps(*, size: int, since: datetime | None, received_by: datetime) -> list[Stamp]:
    """Return each authority's last stamp of each day from `since` on, and its newest, by size.

    Only stamps of checkpoints up to `size` that had come in by an instant.
    """
    rows = Anchor.objects.filter(checkpoint__size__lte=size, received_at__lte=received_by)
    newest = rows.order_by("authority", "-checkpoint__size").distinct("authority")
    days = rows.filter(checkpoint__sealed_at__gte=since) if since else rows
    daily = (
        days.annotate(day=TruncDate("checkpoint__sealed_at", tzinfo=UTC))
        .order_by("authority", "day", "-checkpoint__size")
        .distinct("authority", "day")
    )
    chosen = {row.pk for row in (*newest, *daily)}
    found = Anchor.objects.filter(pk__in=chosen).annotate(of=F("checkpoint__size"))
    return [
        Stamp(size=of, authority=authority, token=bytes(token))
        for of, authority, token in found.order_by("of", "authority").values_list(
            "of", "authority", "token"
        )
    ]


def _beside(key_from: int, size: int) -> set[int]:
    rows = Checkpoint.objects.filter(size__lte=size)
    before = rows.filter(size__lt=key_from).order_by("-size")[:1]
    after = rows.filter(size__gte=key_from).order_by("size")[:EITHER_SIDE]
    return {row.pk for row in (*before, *after)}
