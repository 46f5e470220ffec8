"""Verifications of the whole ledger: asked for by people, once a day by the sweep, on record."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction

from ledger.context import acting_as
from ledger.models import Checkpoint, VerificationRun
from ledger.rules.actors import Actor, machine
from ledger.rules.claims import Claim
from ledger.services.checking import Report, check_ledger
from ledger.services.entries import append_entry
from ledger.services.keys import origin_in_force
from ledger.services.verification_leases import Lease, LeaseLost, take

VERIFIER = machine("verifier")
EVERY = timedelta(days=1)
MOST_ATTEMPTS = 3
GIVEN_UP = f"given up: {MOST_ATTEMPTS} workers began it and none came to an end"
State = VerificationRun.State
log = structlog.get_logger(__name__)


@transaction.atomic
def request_verification(*, actor: Actor, at: datetime) -> UUID:
    """Ask for a verification and return its id; one that waits already serves all who ask."""
    origin = origin_in_force()
    append_entry(
        verb="ledger.verification_requested",
        actor=actor,
        at=at,
        subject=("ledger", origin, origin),
    )
    known = VerificationRun.objects.filter(state=State.QUEUED).order_by("requested_at").first()
    return known.pk if known else _queue(actor, at).pk


def run_waiting(at: datetime) -> int:
    """Run one verification that waits, or the day's own if none was for a day; return how many."""
    with acting_as(VERIFIER):
        lease = take(at=at) or (_take_own(at) if _due(at) else None)
        if lease is None:
            return 0
        try:
            run_under(lease)
        except LeaseLost as lost:
            log.warning("verification_taken_over", reason=str(lost))
        return 1


def verify_now(*, actor: Actor, at: datetime) -> Report:
    """Verify in the foreground, on record like any other."""
    with acting_as(actor):
        lease = take(at=at, run_id=_queue(actor, at).pk)
    assert lease is not None
    with acting_as(VERIFIER):
        return run_under(lease)


def run_under(lease: Lease) -> Report:
    """Check everything under a lease and keep what was found. Raises LeaseLost."""
    if lease.attempt > MOST_ATTEMPTS:
        given_up = Report(0, (Claim("run", "FAIL", GIVEN_UP),))
        keep_result(lease, given_up, State.STOPPED)
        return given_up

    def keep(checked: int, size: int) -> None:
        lease.save(checked=checked, size=size)

    report = check_ledger(progress=keep)
    keep_result(lease, report, State.PASSED if report.passed else State.FAILED)
    return report


@transaction.atomic
def keep_result(lease: Lease, report: Report, state: State) -> None:
    """Keep the result with the run, and in the ledger itself. Raises LeaseLost."""
    failed = report.failed
    lease.finish(
        state=state,
        size=report.size,
        checked=report.size,
        claims=[claim.as_dict() for claim in report.claims],
        failure=f"{failed[0].name}: {failed[0].words}" if failed else "",
        first_bad=next((claim.entry for claim in failed if claim.entry is not None), None),
    )
    origin = origin_in_force()
    append_entry(
        verb="ledger.verification_failed" if failed else "ledger.verified",
        actor=VERIFIER,
        at=lease.moment(),
        subject=("ledger", origin, origin),
        details={
            "run": lease.run_id,
            "size": report.size,
            "claims": [claim.as_dict() for claim in report.claims],
        },
    )


def _due(at: datetime) -> bool:
    """Whether something is sealed, no verification ended for a day, and none is under way."""
    rows = VerificationRun.objects.all()
    if (
        not Checkpoint.objects.exists()
        or rows.filter(state__in=(State.QUEUED, State.RUNNING)).exists()
    ):
        return False
    return not rows.filter(finished_at__gt=at - EVERY).exists()


def _take_own(at: datetime) -> Lease | None:
    return take(at=at, run_id=_queue(VERIFIER, at).pk)


def _queue(actor: Actor, at: datetime) -> VerificationRun:
    return VerificationRun.objects.create(requested_at=at, requested_by=actor.id)
