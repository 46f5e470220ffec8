"""Standing orders on record: one of them locked, where it stands, the entry of what is done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.models import StandingOrder
from ledger.rules.actors import Actor
from ledger.rules.refusals import Missing
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry


def locked_order(order_id: UUID) -> StandingOrder:
    """Return a standing order, locked with its system and committee. Raises Missing."""
    rows = StandingOrder.objects.select_for_update(no_key=True, of=("self",))
    order = rows.select_related("system", "committee__unit").filter(pk=order_id).first()
    if order is None:
        raise Missing("unknown_order", "There is no such standing order.")
    return order


def stands_at(order: StandingOrder) -> str:
    """Say where an order stands: 'SO-2026-01 is withdrawn.'"""
    state = term(order.get_state_display(), lowered=True)
    return worded("{number} is {state}.", number=order.number, state=state)


def subject_of(order: StandingOrder) -> tuple[str, str, str]:
    """Return what an entry or a refusal about an order is about."""
    return ("standing_order", str(order.pk), f"standing order {order.number}")


def record_order(
    verb: str,
    order: StandingOrder,
    actor: Actor,
    at: datetime,
    *,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Put on record what was done with an order; return the number of the entry."""
    return append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=subject_of(order),
        before=before,
        after={"state": order.state, "sha256": order.text_sha256},
        reason=reason,
        system_id=order.system_id,
        details=details,
        touched=[f"governance_standingorder:{order.pk}"],
    )
