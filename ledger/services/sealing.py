"""The sealer: what waits becomes leaves of the tree, and a signed checkpoint covers them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings

from ledger.connectors.outside import Outside, outside
from ledger.context import acting_as
from ledger.rules.refusals import Conflict
from ledger.selectors.checkpoints import Seal
from ledger.services.batches import Streams, waiting
from ledger.services.keys import origin_in_force
from ledger.services.own_entries import SEALER, write_own
from ledger.services.requeueing import Search
from ledger.services.signing import Closing, Done, Wish, seal_batch

MOST = 50_000
MOST_STREAMS = 20_000
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a seal came to: the size of the log, the leaves added, and that in words.

    `busy` says that another sealer is at work; `seal` is the newest checkpoint made here.
    """

    size: int
    leaves: int
    words: str
    busy: bool = False
    seal: Seal | None = None


BUSY = Sealed(0, 0, "another sealer is at work; what waits is sealed there or at the next", True)


def seal(*, at: datetime, most: int = MOST) -> Sealed:
    """Seal everything that waits, at most `most` entries a transaction, and sign statements.

    Two sealers never meet: the second returns busy. Raises SealRefused with what is wrong and what
    to do; then nothing was sealed and nothing is lost.
    """
    return seal_all(at=at, most=most)


def seal_for(*, streams: Sequence[str] | None, at: datetime) -> Seal:
    """Seal what waits, then the counts of streams as the last leaf of its checkpoint; for packs.

    `streams` are systems' uuids, or 'organisation'; None counts all of them. Waits for another
    sealer. Raises SealRefused, and Conflict if the other one does not end.
    """

    def count(known: Streams) -> int:
        counts = known.counts(MOST_STREAMS) if streams is None else known.counts_of(streams)
        details = {"streams": counts}
        return write_own("ledger.counted", origin=origin_in_force(), at=at, details=details)

    sealed = seal_all(at=at, closing=count, patience=PATIENCE_SECONDS)
    if sealed.seal is None:
        raise Conflict("sealer_busy", "The ledger is being sealed elsewhere; try again.")
    return sealed.seal


def seal_all(
    *,
    at: datetime,
    most: int = MOST,
    closing: Closing | None = None,
    patience: float = 0,
    search: Search = Search.RECENT,
) -> Sealed:
    """Seal until nothing waits; `closing` writes the entry that becomes the very last leaf.

    `patience` is how long to wait for another sealer, seconds; `search` how far to look
    for entries that lost their place in the queue. Raises SealRefused.
    """
    with acting_as(SEALER), outside(Path(settings.LEDGER_DIR), patience=patience) as place:
        if place is None:
            return BUSY
        place.require_writable()
        return _drain(place, at, Wish(most, closing, patience=patience, search=search))


def _drain(place: Outside, at: datetime, wish: Wish) -> Sealed:
    """Seal batch by batch; the closing entry comes with the last one."""
    leaves, part = 0, replace(wish, closing=None, search=Search.NONE)
    while waiting(wish.most + 1) > wish.most:
        done = seal_batch(place, wish=part, at=at)
        if done is None:
            return BUSY
        leaves += done.leaves
    done = seal_batch(place, wish=wish, at=at)
    return BUSY if done is None else told(done, leaves + done.leaves)


def told(done: Done, leaves: int) -> Sealed:
    """Return what the last batch and those before it came to."""
    if done.kept is None:
        return Sealed(done.size, leaves, f"nothing was waiting; the ledger holds {done.size:,}")
    head = done.kept.head
    made = Seal(head.origin, head.size, head.root, done.kept.note, done.kept.sealed_at)
    words = f"sealed {leaves:,} entries; the ledger holds {head.size:,}"
    return Sealed(head.size, leaves, words, seal=made)
