"""What is to be told and noted of an acceptance: notices, the review at half term, the expiry."""

from datetime import datetime
from typing import Any

from incidents.models import RiskAcceptance
from incidents.rules.acceptances import notice_instants
from incidents.rules.plan import FrozenPlan
from outbox.services.hints import nudge
from outbox.services.timers import Arming, arm_timers, cancel_timers

KIND = "incident.acceptance"


def arm_acceptance(row: RiskAcceptance, plan: FrozenPlan, *, at: datetime) -> None:
    """Arm the notices before the expiry, the review at half term, and the noting of the expiry.

    The expiry itself needs no timer: it is computed. The timer only writes it down.
    """
    notices = notice_instants(row.from_at, row.until_at, plan.limits)
    instants = [(f"notice:{text}", instant) for text, instant in notices]
    instants += [("review", row.review_at), ("expiry", row.until_at)]
    arm_timers(armings=[_arming(row, which, due_at) for which, due_at in instants], at=at)
    nudge("sweep")


def cancel_acceptance(row: RiskAcceptance, *, reason: str, at: datetime) -> None:
    """Cancel what is still to be told of an acceptance."""
    cancel_timers(
        subject_id=row.incident_id, reason=reason, at=at, kinds=(KIND,), key_prefix=_prefix(row)
    )


def _arming(row: RiskAcceptance, which: str, due_at: datetime) -> Arming:
    inputs: dict[str, Any] = {
        "acceptance": row.number,
        "from": row.from_at.isoformat(),
        "until": row.until_at.isoformat(),
    }
    return Arming(
        kind=KIND,
        key=f"{_prefix(row)}{which}",
        subject_id=row.incident_id,
        due_at=due_at,
        payload={"acceptance": str(row.pk), "which": which},
        inputs=inputs,
    )


def _prefix(row: RiskAcceptance) -> str:
    return f"acceptance:{row.pk}:"
