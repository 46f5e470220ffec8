"""Verifications of the whole ledger: how far one is, what it found, those before it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.rules.ledger_filter import read_uuid
from governance.selectors.pages.ledger_head import standing_asked, standing_told
from ledger.rules.refusals import Missing
from ledger.rules.worded import word
from ledger.selectors.at_once import Question, Rows, at_once
from ledger.selectors.verifications import Verification, verification, verifications
from registry.models import User

MOST = 50
ENDED = ("passed", "failed", "stopped")


@dataclass(frozen=True, slots=True)
class RunRow:
    """A verification with the name of who asked for it."""

    run: Verification
    who: str


def runs_page(*, after: str = "", at: datetime) -> dict[str, Any]:
    """Return what templates/governance/ledger/verifications.html shows; two queries.

    `after` is the key of the last one that was shown; what is none begins at the newest.
    """
    behind = read_uuid(after)
    found = verifications(limit=MOST + 1, behind=behind)
    if behind and not found:
        behind, found = None, verifications(limit=MOST + 1)
    runs = found[:MOST]
    answers = at_once({**standing_asked(), **_names_asked(run.requested_by for run in runs)})
    names = _names_told(answers)
    return {
        "at": at,
        "standing": standing_told(answers, at),
        "runs": [RunRow(run, names.get(run.requested_by, run.requested_by)) for run in runs],
        "may_verify": True,
        "pages": {
            "shown": len(runs),
            "older_url": f"?after={runs[-1].id}" if len(found) > MOST else "",
            "newer_url": "?" if behind else "",
        },
    }


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
    checking = word("Checking every leaf against its entry")
    return {
        "title": word("Waiting for a worker") if waits else checking,
        "state": "running",
        "share": run.percent,
        "done": run.checked,
        "total": 0 if waits else run.size,
        "unit": word("leaves"),
        "text": "You can leave this page and come back; it goes on in the background.",
    }


def _names(ids: Iterable[str]) -> dict[str, str]:
    return _names_told(at_once(_names_asked(ids)))


def _names_asked(ids: Iterable[str]) -> dict[str, Question]:
    people = [known for known in (read_uuid(one) for one in set(ids)) if known is not None]
    return {"names": User.objects.filter(pk__in=people).values_list("pk", "name")}


def _names_told(answers: Mapping[str, Rows]) -> dict[str, str]:
    return {key: name for key, name in answers["names"]}
