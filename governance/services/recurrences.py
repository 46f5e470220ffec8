"""Recurrences: what comes back within its time reopens its incident, else it opens a linked one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance.services.engine import EVALUATOR
from incidents.models import Incident
from incidents.rules.plan import from_text
from incidents.rules.states import CLOSED, ENDED
from incidents.selectors.guard_tables.turns import reopened_until
from incidents.services.commands import execute


@dataclass(frozen=True, slots=True)
class Earlier:
    """The incident that a cause had before: `reopens` says whether it is opened again (T19)."""

    incident: Incident
    reopens: bool


def earlier_case(*, dedup_key: str, at: datetime) -> Earlier | None:
    """Return the incident of a cause that was closed last, None where there is none.

    After a withdrawal the cause begins anew (EVA-12). It reopens within the time that its own plan
    gives, unless its cycles are used up (EVA-15): then, and later, it is only linked.
    """
    rows = Incident.objects.filter(
        dedup_key=dedup_key, state__in=ENDED, closed_at__isnull=False, closed_at__lte=at
    )
    newest = rows.order_by("-closed_at", "-opened_at").first()
    if newest is None or newest.state != CLOSED:
        return None
    plan = from_text(newest.plan)
    until = reopened_until(newest, plan)
    in_time = until is not None and at < until
    return Earlier(newest, reopens=in_time and newest.cycle < plan.max_cycles)


def reopen_case(
    *, incident: Incident, words: str, severity: str, suppressed: bool, at: datetime
) -> Incident:
    """Reopen an incident whose cause came back (T19). The caller holds the turn of the cause."""
    payload: dict[str, Any] = {"reason": words, "severity": severity, "suppressed": suppressed}
    result = execute(
        command="reopen",
        incident_id=incident.pk,
        actor=EVALUATOR,
        at=at,
        expected_version=None,
        idempotency_key=None,
        payload=payload,
    )
    return result.incident
