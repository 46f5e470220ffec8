"""The one transaction of a seal: from the queue to a signed checkpoint, or nothing of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from ledger import clock
from ledger.connectors.outside import Kept, Outside
from ledger.models import Checkpoint, SigningKey
from ledger.rules.notes import checkpoint_text, sign
from ledger.rules.refusals import SealRefused
from ledger.rules.worded import worded
from ledger.services.batches import Batch, Streams, Taken, take, taken, write
from ledger.services.ground import Ground, find_ground
from ledger.services.keys import promote_next
from ledger.services.requeueing import Search, put_back_lost
from ledger.services.statements import sign_statements

# One sealer at a time in this database; any number that nobody else takes.
ADVISORY_LOCK = 0x5EA1
TICK_SECONDS = 0.05
# A clock that stands this little behind the last seal is no sign of tampering.
CLOCK_TOLERANCE = timedelta(seconds=5)

Closing = Callable[[Streams], int]
FindGround = Callable[[Outside], Ground]


@dataclass(frozen=True, slots=True)
class Wish:
    """How one batch is to be sealed: how many at most, its last entry, what it stands on.

    `search` is how far to look for entries that lost their place in the queue, `patience` how long
    to wait for another sealer, seconds.
    """

    most: int
    closing: Closing | None = None
    find: FindGround = find_ground
    patience: float = 0
    search: Search = Search.RECENT


@dataclass(frozen=True, slots=True)
class Done:
    """What one batch came to: the log's size, the leaves, and the checkpoint if one was made."""

    size: int
    leaves: int
    kept: Kept | None


def seal_batch(place: Outside, *, wish: Wish, at: datetime) -> Done | None:
    """Seal one batch, then write its checkpoint outside; None if another sealer is at work.

    For who holds the folder. Raises SealRefused, and then nothing was sealed.
    """
    done = commit_batch(place, wish=wish, at=at)
    if done is not None and done.kept is not None:
        place.append([done.kept])
    return done


def commit_batch(place: Outside, *, wish: Wish, at: datetime) -> Done | None:
    """Seal one batch in the database only; a new key takes its place once that is committed."""
    committed = _commit(place, wish, at)
    if committed is None:
        return None
    ground, done = committed
    if ground.successor:
        promote_next()
    return done


@transaction.atomic(durable=True)
def _commit(place: Outside, wish: Wish, at: datetime) -> tuple[Ground, Done] | None:
    if not _alone(wish.patience):
        return None
    ground = wish.find(place)
    place.append(ground.missed)
    put_back_lost(search=wish.search, at=at)
    entries = take(wish.most)
    if ground.opening is not None:
        entries.insert(0, taken(ground.opening(at)))
    streams = Streams()
    batch = _numbered(ground, entries, streams)
    if wish.closing is not None:
        batch.number([taken(wish.closing(streams))])
    kept = _checkpoint(ground, batch) if batch.rows else None
    sign_statements(ground.signers[-1], at)
    return ground, Done(ground.frontier.size, len(batch.rows), kept)


def _numbered(ground: Ground, entries: list[Taken], streams: Streams) -> Batch:
    """Number a batch at the instant of its seal, which is read after its entries were."""
    batch = Batch(ground.frontier.size, _instant(ground.not_before), streams, [])
    batch.number(entries)
    return batch


def _checkpoint(ground: Ground, batch: Batch) -> Kept:
    write(batch, batch.grow(ground.frontier))
    frontier = ground.frontier
    text = checkpoint_text(ground.origin, frontier.size, frontier.root())
    note = sign(text, *ground.signers)
    if ground.new_key is not None:
        _begin_key(ground, batch.sealed_at)
    Checkpoint.objects.create(
        origin=ground.origin,
        size=frontier.size,
        root=frontier.root(),
        note=note,
        frontier=frontier.to_bytes(),
        sealed_at=batch.sealed_at,
    )
    return Kept(note, batch.sealed_at, frontier.copy())


def _begin_key(ground: Ground, at: datetime) -> None:
    key = ground.new_key
    assert key is not None
    SigningKey.objects.create(
        key_id=key.key_id.hex(),
        origin=ground.origin,
        vkey=key.vkey,
        from_size=ground.frontier.size,
        since=at,
    )


def _alone(patience: float) -> bool:
    """Take the lock, and let the commit wait for the disk whatever the server's default is."""
    deadline = time.monotonic() + patience
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        while True:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ADVISORY_LOCK])
            if cursor.fetchone()[0]:
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(TICK_SECONDS)


def _instant(not_before: datetime | None) -> datetime:
    """Return the database clock, never before the last seal. Raises SealRefused."""
    now = clock.database_now()
    if not_before is None or now >= not_before:
        return now
    if not_before - now <= CLOCK_TOLERANCE:
        return not_before
    raise SealRefused(
        "clock_set_back",
        worded(
            "The database's clock says {now} UTC, but the last seal is of "
            "{not_before} UTC: it was set back. Set it right; sealing goes on by "
            "itself when it has passed the last seal. Nothing was sealed and "
            "nothing is lost.",
            now=f"{now:%Y-%m-%d %H:%M:%S}",
            not_before=f"{not_before:%Y-%m-%d %H:%M:%S}",
        ),
    )
