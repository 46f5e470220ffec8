"""The page of a system's canary sets: versions, what they ask, how they were answered."""

from datetime import datetime
from typing import Any

from ledger.rules.actors import Actor
from registry.models import System, User
from registry.selectors.permits import refusal_for_system
from telemetry.models import CanaryRun, CanarySet

MOST_SHOWN = 20
MARKS = {"draft": "pending", "active": "current", "superseded": "none"}


def canary_page(*, system: System, user: User, actor: Actor, at: datetime) -> dict[str, Any]:
    """Return the versions of a system's set and the last runs of the one in force."""
    rows = CanarySet.objects.filter(system=system).select_related("author", "approved_by")
    sets = list(rows.order_by("-number", "environment")[:MOST_SHOWN])
    may_approve = _may("canary.approve", system, actor, at)
    runs = CanaryRun.objects.filter(canary_set__system=system).select_related("canary_set")
    return {
        "system": system,
        "sets": [
            {
                "set": one,
                "mark": MARKS[one.state],
                "may_approve": may_approve and one.state == "draft" and one.author_id != user.pk,
            }
            for one in sets
        ],
        "newest": sets[0] if sets else None,
        "runs": [
            {"run": run, "wrong": [one for one in run.answers if not one["agrees"]]}
            for run in runs.order_by("-window_end")[:MOST_SHOWN]
        ],
        "may_write": _may("canary.write", system, actor, at),
        "at": at,
    }


def _may(act: str, system: System, actor: Actor, at: datetime) -> bool:
    return refusal_for_system(act=act, system=system, actor=actor, at=at) is None
