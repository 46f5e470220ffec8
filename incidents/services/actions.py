"""Receipts: what came back about an ordered action, by callback or by a second person."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from incidents.models import Action, ActionReceipt
from incidents.services.commands import execute, lock_incident
from incidents.services.orders import ActionOrder
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Missing

__all__ = ["ActionOrder", "Received", "record_receipt", "system_of_action"]


@dataclass(frozen=True, slots=True)
class Received:
    """A receipt, the action as it is now, and whether the receipt was there before."""

    receipt: ActionReceipt
    action: Action
    replayed: bool = False


@retried
@transaction.atomic
def record_receipt(
    *,
    action_id: UUID,
    nonce: str,
    how: str,
    observed: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    evidence: str = "",
) -> Received:
    """Record what a gateway or a person observed of an action (T13).

    Idempotent and replay-proof: a nonce confirms one action once, and its repetition returns the
    first receipt. Raises Missing, Forbidden (`wrong_nonce`), and what `execute` raises.
    """
    action = _action(action_id)
    lock_incident(action.incident_id)
    known = ActionReceipt.objects.filter(action=action, nonce=nonce, matches=True).first()
    if known is not None and nonce:
        return Received(known, _action(action_id), replayed=True)
    if how != "person":
        _check_nonce(action, nonce)
    payload: dict[str, Any] = {
        "action_id": action.pk,
        "how": how,
        "nonce": nonce,
        "observed": dict(observed),
        "evidence": evidence,
    }
    execute(
        command="confirm_action",
        incident_id=action.incident_id,
        actor=actor,
        at=at,
        expected_version=None,
        idempotency_key=None,
        payload=payload,
    )
    receipt = ActionReceipt.objects.filter(action=action).order_by("-id")[0]
    return Received(receipt, _action(action_id))


def system_of_action(*, action_id: UUID) -> str:
    """Return the slug of the system that an action is for. Raises Missing."""
    return str(_action(action_id).incident.system.slug)


def _action(action_id: UUID) -> Action:
    rows = Action.objects.select_related("incident__system", "target_version", "executor")
    action = rows.filter(pk=action_id).first()
    if action is None:
        raise Missing("unknown_action", "There is no such action.")
    return action


def _check_nonce(action: Action, nonce: str) -> None:
    if not hmac.compare_digest(action.nonce.encode(), nonce.encode()):
        raise Forbidden(
            "wrong_nonce",
            "This is not the nonce of the action; a callback answers with the one it was sent.",
            recorded=True,
            subject=("incident", str(action.incident_id), action.incident.number),
        )
