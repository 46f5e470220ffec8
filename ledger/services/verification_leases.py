"""Who runs a verification: a lease that a dead worker loses and a slow one cannot finish under."""

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from ledger.models import VerificationRun
from ledger.selectors.verifications import waiting

LENGTH = timedelta(minutes=3)


class LeaseLost(Exception):
    """Somebody else runs this verification now, because this worker was silent for too long."""


class Lease:
    """The right to run one verification. `attempt` fences: a newer one voids every older one."""

    def __init__(self, *, run_id: UUID, attempt: int, at: datetime) -> None:
        self.run_id = run_id
        self.attempt = attempt
        self._taken_at = at
        self._started = time.monotonic()

    def moment(self) -> datetime:
        """Return the instant of the lease plus what has passed since on this machine."""
        return self._taken_at + timedelta(seconds=time.monotonic() - self._started)

    def save(self, **changes: object) -> None:
        """Save progress and renew the lease. Raises LeaseLost."""
        self._update(leased_until=self.moment() + LENGTH, **changes)

    def finish(self, **changes: object) -> None:
        """Save the end and give the lease back. Raises LeaseLost."""
        self._update(leased_until=None, finished_at=self.moment(), **changes)

    def _update(self, **changes: object) -> None:
        state = VerificationRun.State.RUNNING
        own = VerificationRun.objects.filter(pk=self.run_id, attempts=self.attempt, state=state)
        if not own.update(**changes):
            raise LeaseLost(f"the verification {self.run_id} was taken over")


@transaction.atomic
def take(*, at: datetime, run_id: UUID | None = None) -> Lease | None:
    """Take the lease of the oldest verification that waits, or of a named one; None if none does.

    One whose worker went silent waits again.
    """
    rows = waiting(at=at).select_for_update(skip_locked=True, no_key=True)
    run = (rows.filter(pk=run_id) if run_id else rows).order_by("requested_at", "id").first()
    if run is None:
        return None
    run.attempts += 1
    run.state = VerificationRun.State.RUNNING
    run.leased_until = at + LENGTH
    run.checked = 0
    run.save(update_fields=["attempts", "state", "leased_until", "checked"])
    return Lease(run_id=run.pk, attempt=run.attempts, at=at)
