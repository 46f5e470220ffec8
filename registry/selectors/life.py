"""Where a system stands in its life: the steps from here, and each gate check by check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from ledger.rules.actors import Actor
from registry import gates
from registry.gates import Looked
from registry.models import FallbackCheck, System
from registry.rules.lifecycle import steps_from
from registry.selectors.permits import refusal_for_system


@dataclass(frozen=True, slots=True)
class Gate:
    """A step from where a system stands, with its checks."""

    edge: str
    checks: Sequence[Looked]

    @property
    def open(self) -> bool:
        """Whether nothing is missing."""
        return not any(check.gaps for check in self.checks)

    @property
    def missing(self) -> int:
        """How many things are missing."""
        return sum(len(check.gaps) for check in self.checks)


@dataclass(frozen=True, slots=True)
class Step:
    """A gate as a reader meets it: `why_not` they may not pass it, '' if they may; who could."""

    gate: Gate
    why_not: str
    who_can: Sequence[str]


def gates_of(*, system: System, at: datetime) -> list[Gate]:
    """Return the steps that a system could take next with every check, those that pass too."""
    return [
        Gate(edge, gates.look(edge=edge, system=system, at=at))
        for edge in steps_from(system.lifecycle)
    ]


def steps_for(*, system: System, actor: Actor, at: datetime) -> list[Step]:
    """Return the next steps as one person meets them."""
    found = []
    for gate in gates_of(system=system, at=at):
        refusal = refusal_for_system(act=gate.edge, system=system, actor=actor, at=at)
        reason = refusal.reason if refusal else ""
        found.append(Step(gate, reason, refusal.who_can if refusal else ()))
    return found


def fallback_checks_of(*, system_id: UUID) -> QuerySet[FallbackCheck]:
    """Return the checks of a system's fallbacks, newest first."""
    rows = FallbackCheck.objects.filter(system_id=system_id).select_related("version", "person")
    return rows.order_by("-recorded_at", "-id")
