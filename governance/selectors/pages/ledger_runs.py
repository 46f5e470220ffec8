"""Verifications of the whole ledger: how far one is, what it found, those before it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.rules.ledger_filter import read_uuid
from governance.selectors.pages.ledger_head import standing
from ledger.rules.refusals import Missing
from ledger.selectors.verifications import Verification, verification, verifications
from registry.models import User

MOST = 50
ENDED = ("passed", "failed", "stopped")


@dataclass(frozen=True, slots=True)
class RunRow:
    """A verification with the name of who asked for it."""

    run: Verification
    who: str


def runs_page(*, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/ledger/verifications.html shows."""
    runs = verifications(limit=MOST)
    names = _names(run.requested_by for run in runs)
    rows = [RunRow(run, names.get(run.requested_by, run.requested_by)) for run in runs]
    return {"at": at, "standing": standing(at), "runs": rows, "may_verify": True}


def run_page(*, run_id: UUID, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/ledger/verification.html shows. Raises Missing."""
    run = run_of(run_id)
    took = run.finished_at - run.requested_at if run.finished_at else None
    return {
        "at": at,
        "run": run,
        "who": _names([run.requested_by]).get(run.requested_by, run.requested_by),
        "is_ended": run.state in ENDED,
        "progress": _progress(run),
        "took": took,
        "took_seconds": took.total_seconds() if took is not None else None,
    }


def run_of(run_id: UUID) -> Verification:
    """Return one verification. Raises Missing."""
    run = verification(run_id=run_id)
    if run is None:
        raise Missing("unknown_verification", "There is no such verification.")
    return run


def _progress(run: Verification) -> dict[str, Any]:
    """Return how far it is, for components/progress.html."""
    waits = run.state == "queued"
    return {
        "title": "Waiting for a worker" if waits else "Checking every leaf against its entry",
        "state": "running",
        "share": run.percent,
        "done": run.checked,
        "total": 0 if waits else run.size,
        "unit": "leaves",
        "text": "You can leave this page and come back; it goes on in the background.",
    }


def _names(ids: Iterable[str]) -> dict[str, str]:
    people = [known for known in (read_uuid(one) for one in set(ids)) if known is not None]
    if not people:
        return {}
    rows = User.objects.filter(pk__in=people).values_list("pk", "name")
    return {str(pk): name for pk, name in rows}
