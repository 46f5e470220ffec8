"""When the sealer works: at each sweep if something waited long enough, at a hint, once a day."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from ledger.models import Entry, Statement
from ledger.selectors.checkpoints import oldest_unsealed
from ledger.services.batches import Streams
from ledger.services.keys import origin_in_force
from ledger.services.own_entries import write_own
from ledger.services.requeueing import Search
from ledger.services.sealing import seal, seal_all

HEARTBEAT_EVERY = timedelta(days=1)
MOST_STREAMS = 5_000


def seal_if_due(at: datetime) -> int:
    """Seal if the first entry in the queue has waited LEDGER_SEAL_SECONDS; return the leaves."""
    oldest = oldest_unsealed()
    due = oldest is not None and at - oldest >= timedelta(seconds=settings.LEDGER_SEAL_SECONDS)
    if due or Statement.objects.filter(signed_at=None).exists():
        return seal(at=at).leaves
    return 0


def seal_on_hint(at: datetime) -> int:
    """Seal at once, because something was decided; return the leaves."""
    return seal(at=at).leaves


def beat(at: datetime) -> int:
    """Seal a leaf a day that counts every stream, also when nothing else happens; return leaves.

    A log that nobody wrote to is told from one whose writers were cut off.
    """
    last = Entry.objects.filter(verb="ledger.heartbeat").order_by("-id").first()
    if last is not None and at - last.at < HEARTBEAT_EVERY:
        return 0

    def count(streams: Streams) -> int:
        details = _told(streams.counts(None))
        return write_own("ledger.heartbeat", origin=origin_in_force(), at=at, details=details)

    return seal_all(at=at, closing=count, search=Search.ALL).leaves


def _told(counts: dict[str, int]) -> dict[str, Any]:
    """Return the counts by stream; of very many the first by name, the others together."""
    names = sorted(counts)
    told: dict[str, Any] = {"streams": {name: counts[name] for name in names[:MOST_STREAMS]}}
    if others := names[MOST_STREAMS:]:
        lines = sum(counts[name] for name in others)
        told["others"] = {"streams": len(others), "lines": lines}
    return told
