"""How it stands with outside time stamps, in words, and the stamps themselves."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from ledger.models import Anchor, AnchorState, Checkpoint
from ledger.rules.worded import of_machine, worded


@dataclass(frozen=True, slots=True)
class Lag:
    """How far an authority's stamps are behind the seals.

    `behind` is the age of the oldest checkpoint that no stamp covers yet, zero when all are
    covered; `late` says that this is longer than two turns. A stamp of a checkpoint covers every
    one before it.
    """

    authority: str
    words: str
    late: bool
    stamped_size: int
    stamped_at: datetime | None
    behind: timedelta
    error: str


@dataclass(frozen=True, slots=True)
class Stamped:
    """A stored time stamp: of the checkpoint of which size, the answer in DER, its instant."""

    size: int
    authority: str
    token: bytes
    gen_time: datetime


def lag(at: datetime) -> list[Lag]:
    """Return how it stands with every authority of the settings at `at`."""
    states = {state.authority: state for state in AnchorState.objects.all()}
    return [_lag(authority, states.get(authority), at) for authority in settings.LEDGER_TSA_URLS]


def newest_stamp_asked() -> QuerySet[Anchor, Any]:
    """Return the question when an authority last stamped the record; no row if none has."""
    rows: QuerySet[Anchor, Any] = Anchor.objects.order_by("-gen_time").values_list("gen_time")
    return rows[:1]


def anchors_of(sizes: Collection[int]) -> list[Stamped]:
    """Return the stamps of the checkpoints of these sizes, by size and authority."""
    rows = Anchor.objects.filter(checkpoint__size__in=sizes).order_by(
        "checkpoint__size", "authority"
    )
    return [
        Stamped(size, authority, bytes(token), gen_time)
        for size, authority, token, gen_time in rows.values_list(
            "checkpoint__size", "authority", "token", "gen_time"
        )
    ]


def _lag(authority: str, state: AnchorState | None, at: datetime) -> Lag:
    newest = (
        Anchor.objects.filter(authority=authority)
        .select_related("checkpoint")
        .order_by("-checkpoint_id")
        .first()
    )
    waiting = Checkpoint.objects.filter(pk__gt=newest.checkpoint_id if newest else 0)
    return lag_of(
        authority,
        newest.checkpoint.size if newest else 0,
        newest.gen_time if newest else None,
        waiting.order_by("id").values_list("sealed_at", flat=True).first(),
        state.error if state else "",
        at,
    )


def lag_of(
    authority: str,
    size: int,
    stamped_at: datetime | None,
    oldest: datetime | None,
    error: str,
    at: datetime,
) -> Lag:
    """Return how it stands with an authority: what it stamped last, the oldest that waits."""
    behind = max(at - oldest, timedelta(0)) if oldest else timedelta(0)
    return Lag(
        authority=authority,
        words=_words(size if stamped_at else None, behind, error),
        late=behind > 2 * timedelta(seconds=settings.LEDGER_ANCHOR_SECONDS),
        stamped_size=size,
        stamped_at=stamped_at,
        behind=behind,
        error=error,
    )


def _words(size: int | None, behind: timedelta, error: str) -> str:
    standing = _standing(size, _span(behind) if behind else "")
    if not error:
        return standing
    return worded(
        "{standing}; the last try failed: {why}", standing=standing, why=of_machine(error)
    )


def _standing(size: int | None, span: str) -> str:
    if size is None:
        if not span:
            return worded("no stamp yet, nothing waits")
        return worded("no stamp yet, {span} behind", span=span)
    if not span:
        return worded("stamped up to leaf {size}, nothing waits", size=size)
    return worded("stamped up to leaf {size}, {span} behind", size=size, span=span)


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return worded("{days} days", days=minutes // 1440)
