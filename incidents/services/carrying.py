"""What every sweep looks at of what was ordered: targets, deliveries; programmes that are late."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from incidents.models import Action, Incident
from incidents.selectors.proofs import SETTLED
from incidents.services.commands import execute
from incidents.services.dispatch import failed_deliveries, faults_before_dispatch, last_answer
from incidents.services.notices import tell
from incidents.services.programmes import PROGRAMME_DUE
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.refusals import Refused
from ledger.rules.worded import term, word, worded
from ledger.services.entries import append_entry
from outbox.models import Timer

CARRIER = machine("execution")
JOB = "carrying out"
SWEEP = machine("sweep")
MISSING = {
    "plan": word("No remediation programme is stated yet"),
    "payments": word("Nobody is settled yet in the remediation programme"),
}
log = structlog.get_logger(__name__)


def look_at_orders(at: datetime) -> int:
    """Withdraw what must not be carried out any more (F36), note what a gateway was not told.

    It runs before messages are delivered, so each attempt is preceded by a look. Returns how many
    orders were found wanting.
    """
    with acting_as(CARRIER):
        found = sum(
            _give("cannot_execute", action, at, reason=words)
            for action, words in faults_before_dispatch()
        )
        return found + sum(
            _give("attempt_failed", action, at, response=last_answer(message), final=True)
            for action, message in failed_deliveries()
        )


def fire_programme_due(*, timer: Timer, at: datetime) -> None:
    """Ask for the plan of a programme, or for its first payments, and put on record that it is
    late."""
    action = Action.objects.select_related("executor").get(pk=timer.payload["action"])
    which = str(timer.payload["which"])
    if action.state in SETTLED or not _is_missing(action, which):
        return
    incident = Incident.objects.select_related("system", "owner", "deputy").get(pk=timer.subject_id)
    append_entry(
        verb="programme.overdue",
        actor=SWEEP,
        at=at,
        subject=("action", str(action.pk), f"{incident.number}: {action.words}"),
        reason=f"{MISSING[which]}.",
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"due_at": timer.due_at, "which": which},
    )
    tell(
        incident,
        [action.executor, incident.owner],
        task="obligation",
        key=f"programme:{action.pk}:{which}",
        due_at=action.due_at,
        at=at,
        words=worded("{missing}: {words}", missing=term(MISSING[which]), words=action.words),
    )


def _is_missing(action: Action, which: str) -> bool:
    programme = getattr(action, "programme", None)
    if programme is None:
        return True
    return which == "payments" and not programme.batches.filter(settled__gt=0).exists()


def _give(command: str, action: Action, at: datetime, **fields: Any) -> int:
    """Give a command as the engine; what has changed meanwhile is left to the next look."""
    try:
        execute(
            command=command,
            incident_id=action.incident_id,
            actor=CARRIER,
            at=at,
            expected_version=None,
            idempotency_key=None,
            payload={"action_id": action.pk, **fields},
        )
    except Refused as refusal:
        log.warning("order_not_settled", action=str(action.pk), code=refusal.code)
        return 0
    return 1


KINDS: dict[str, Callable[..., None]] = {PROGRAMME_DUE: fire_programme_due}
