"""The life of a system: one function for every step, through the gates."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import joined, worded
from ledger.services.entries import append_entry
from registry import gates
from registry.models import Deployment, LifecycleChange, System
from registry.rules.lifecycle import EDGES, steps_from
from registry.services.access import require_system_permit


@transaction.atomic
def change_lifecycle(
    *,
    system_id: UUID,
    edge: str,
    expected_version: int,
    reason: str,
    actor: Actor,
    at: datetime,
) -> System:
    """Take one step of a system's life; suspending stops every live deployment with it.

    Checks in this order: version (Conflict with the present state), edge (Conflict), role
    (Forbidden with who can), reason (Invalid), gates (Conflict naming every gap).
    """
    system = lock_system(system_id)
    check_version(system, expected_version)
    if system.sample:
        raise Conflict("sample_system", "A sample has no life: it is removed, and never runs.")
    _check_edge(system, edge)
    require_system_permit(act=edge, system=system, actor=actor, at=at)
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "needed"})
    _check_gates(system, edge, at)
    touched: list[str] = []
    if edge in ("suspend", "resume"):
        touched = _mark_deployments(system, suspended=edge == "suspend", at=at)
    take_step(system=system, edge=edge, reason=reason, actor=actor, at=at, touched=touched)
    return system


def take_step(
    *,
    system: System,
    edge: str,
    reason: str,
    actor: Actor,
    at: datetime,
    touched: Sequence[str] = (),
) -> None:
    """Move a locked system along an edge, with its row and its entry; the caller has checked."""
    before = str(system.lifecycle)
    getattr(system, edge)()
    system.version += 1
    system.save(at=at)
    change_id = uuid4()
    number = append_entry(
        verb=f"system.{edge}",
        actor=actor,
        at=at,
        subject=("system", str(system.pk), system.name),
        before={"lifecycle": before},
        after={"lifecycle": str(system.lifecycle), "version": system.version},
        reason=reason,
        system_id=system.pk,
        touched=[
            f"registry_system:{system.pk}",
            f"registry_lifecyclechange:{change_id}",
            *touched,
        ],
    )
    LifecycleChange.objects.create(
        id=change_id,
        system=system,
        version=system.version,
        edge=edge,
        from_state=before,
        to_state=system.lifecycle,
        person_id=actor.person,
        actor_name=actor.name,
        at=at,
        reason=reason,
        entry_number=number,
    )


def lock_system(system_id: UUID) -> System:
    """Lock and re-read a system for the length of the transaction. Raises Missing."""
    rows = System.objects.select_for_update(no_key=True, of=("self",))
    system: System | None = rows.select_related("owner", "deputy").filter(pk=system_id).first()
    if system is None:
        raise Missing("unknown_system", "There is no such system that you may see.")
    return system


def present_state(system: System) -> dict[str, object]:
    """Return what a caller with a stale page needs to know."""
    return {"present": {"lifecycle": str(system.lifecycle), "version": system.version}}


def check_version(system: System, expected: int) -> None:
    """Raise Conflict with the present state when a caller saw another version."""
    if system.version != expected:
        raise Conflict(
            "stale_version",
            worded(
                "{system_name} has changed since you loaded it. Load it again.",
                system_name=system.name,
            ),
            extra=present_state(system),
        )


def _check_edge(system: System, edge: str) -> None:
    if edge not in EDGES:
        raise Invalid(
            "unknown_step",
            worded("There is no step {edge!r}.", edge=edge),
            fields={"edge": "unknown"},
        )
    if system.lifecycle not in EDGES[edge][0]:
        steps = ", ".join(steps_from(system.lifecycle)) or "none"
        raise Conflict(
            "state_does_not_allow",
            worded(
                "{system_name} is {lifecycle}; the steps from there are: {steps}.",
                system_name=system.name,
                lifecycle=system.lifecycle,
                steps=steps,
            ),
            extra=present_state(system),
        )


def _check_gates(system: System, edge: str, at: datetime) -> None:
    found = gates.gaps(edge=edge, system=system, at=at)
    if found:
        raise Conflict(
            "gate_closed",
            worded("Something is missing: {gaps}", gaps=joined(" ", [gap.words for gap in found])),
            recorded=True,
            subject=("system", str(system.pk), system.name),
            extra={"missing": [{"words": gap.words, "link": gap.link} for gap in found]},
        )


def _mark_deployments(system: System, *, suspended: bool, at: datetime) -> list[str]:
    """Stop or free what is live; one by one, for each row keeps its history."""
    live = list(Deployment.objects.filter(system=system, until_at__isnull=True).order_by("pk"))
    for row in live:
        row.suspended = suspended
        row.stop_scope = row.stop_scope or "everything" if suspended else ""
        row.save(update_fields=["suspended", "stop_scope"], at=at)
    return [f"registry_deployment:{row.pk}" for row in live]
