"""Verifications as others see them: how far they are, what they found."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Subquery

from ledger.models import VerificationRun
from ledger.rules.claims import Claim

State = VerificationRun.State
ENDED = (State.PASSED, State.FAILED, State.STOPPED)


@dataclass(frozen=True, slots=True)
class Verification:
    """A verification of the whole ledger.

    `state` is queued, running, passed, failed or stopped; `checked` of `size` lines are done;
    `failure` names the first claim that failed and `first_bad` the number of its first bad entry.
    """

    id: UUID
    requested_at: datetime
    requested_by: str
    state: str
    size: int
    checked: int
    claims: tuple[Claim, ...]
    failure: str
    first_bad: int | None
    finished_at: datetime | None

    @property
    def cause(self) -> str:
        """What failed first, the same at every later run over the same fault; '' if nothing did."""
        failed = next((claim for claim in self.claims if claim.result == "FAIL"), None)
        if failed is None:
            return ""
        return f"{failed.name} {failed.entry}" if failed.entry is not None else failed.name

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        if self.state in ENDED:
            return 100
        return 100 * self.checked // self.size if self.size else 0


def verification(*, run_id: UUID) -> Verification | None:
    """Return one verification, or None."""
    row = VerificationRun.objects.filter(pk=run_id).first()
    return _verification(row) if row else None


def verifications(*, limit: int = 20, behind: UUID | None = None) -> list[Verification]:
    """Return the newest verifications, newest first; `behind` begins after that one."""
    rows = VerificationRun.objects.order_by("-requested_at", "-id")
    if behind is not None:
        of_it = VerificationRun.objects.filter(pk=behind)
        when = Subquery(of_it.values("requested_at")[:1])
        # One span of the index: the bare `or` beside it would read all of them.
        tied = Q(requested_at__lt=when) | Q(pk__lt=behind)
        rows = rows.filter(Q(requested_at__lte=when) & tied)
    return [_verification(row) for row in rows[:limit]]


def failed_verifications(since: datetime) -> list[Verification]:
    """Return the verifications that failed at or after an instant, oldest first.

    One that no worker could bring to an end is among them: not known is not good.
    """
    bad = (State.FAILED, State.STOPPED)
    rows = VerificationRun.objects.filter(state__in=bad, finished_at__gte=since)
    return [_verification(row) for row in rows.order_by("finished_at")]


def first_of_cause(found: Verification) -> Verification:
    """Return the first run that failed as `found` did, since the ledger last passed.

    A fault that stays makes a failed run a day; they are one cause until a run passes again.
    """
    earlier = VerificationRun.objects.filter(requested_at__lt=found.requested_at)
    passed = earlier.filter(state=State.PASSED).order_by("-requested_at").first()
    failed = earlier.filter(state__in=(State.FAILED, State.STOPPED)).order_by("requested_at")
    rows = failed.filter(requested_at__gt=passed.requested_at) if passed else failed
    alike = (one for one in map(_verification, rows) if one.cause == found.cause)
    return next(alike, found)


def waiting(*, at: datetime) -> QuerySet[VerificationRun]:
    """Return what waits for a worker: queued, or running under a lease that has run out."""
    silent = Q(state=State.RUNNING, leased_until__lte=at)
    return VerificationRun.objects.filter(Q(state=State.QUEUED) | silent)


def _verification(row: VerificationRun) -> Verification:
    return Verification(
        id=row.pk,
        requested_at=row.requested_at,
        requested_by=row.requested_by,
        state=row.state,
        size=row.size,
        checked=row.checked,
        claims=tuple(Claim(**claim) for claim in row.claims),
        failure=row.failure,
        first_bad=row.first_bad,
        finished_at=row.finished_at,
    )
