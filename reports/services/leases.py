"""Who builds a pack: a lease that a dead worker loses and a slow one cannot finish under."""

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from reports.models import Pack
from reports.selectors.packs import running, waiting

MOST_ATTEMPTS = 5
TAKING = 4_201_008  # the advisory lock under which leases are counted


class LeaseLost(Exception):
    """Somebody else builds this pack now, because this worker was silent for too long."""


class Lease:
    """The right to build one pack. `attempt` fences: a newer one makes every older one void."""

    def __init__(self, *, pack_id: UUID, attempt: int, at: datetime) -> None:
        self.pack_id = pack_id
        self.attempt = attempt
        self._taken_at = at
        self._started = time.monotonic()

    def moment(self) -> datetime:
        """Return the instant of the lease plus what has passed since on this machine."""
        return self._taken_at + timedelta(seconds=time.monotonic() - self._started)

    def save(self, **changes: object) -> None:
        """Save progress and renew the lease. Raises LeaseLost."""
        self._update(leased_until=self.moment() + length(), **changes)

    def finish(self, **changes: object) -> None:
        """Save the end and give the lease back. Raises LeaseLost."""
        self._update(leased_until=None, part="", **changes)

    def put_off(self, *, until: datetime, **changes: object) -> None:
        """Let another worker try from an instant on. Raises LeaseLost."""
        self._update(leased_until=until, **changes)

    def _update(self, **changes: object) -> None:
        own = Pack.objects.filter(pk=self.pack_id, attempts=self.attempt, state=Pack.State.BUILDING)
        if not own.update(**changes):
            raise LeaseLost(f"pack {self.pack_id} was taken over after attempt {self.attempt}")


@transaction.atomic
def take(*, pack_id: UUID, at: datetime, most: int | None = None) -> Lease | None:
    """Take the lease of a pack that waits; None when another worker has it or it is done.

    Also None where `most` packs are being built already.
    """
    if most is not None and _busy(at) >= most:
        return None
    pack = (
        waiting(at=at).select_for_update(skip_locked=True, no_key=True).filter(pk=pack_id).first()
    )
    if pack is None:
        return None
    pack.attempts += 1
    pack.state = Pack.State.BUILDING
    pack.leased_until = at + length()
    pack.save(update_fields=["attempts", "state", "leased_until"])
    return Lease(pack_id=pack.pk, attempt=pack.attempts, at=at)


def _busy(at: datetime) -> int:
    """Count the packs that are being built, under a lock that lasts until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TAKING])
    return running(at=at).count()


def length() -> timedelta:
    """Return how long a silent worker keeps a pack."""
    return timedelta(seconds=settings.PACK_LEASE_SECONDS)
