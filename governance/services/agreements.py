"""What trend rules, error budgets and guardrail pairs have in common: numbered, drafted, told."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from governance.models import ErrorBudget, GuardrailPair, TrendRule
from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import System, User
from registry.services.access import require_system_permit

Agreement = TrendRule | ErrorBudget | GuardrailPair
Kind = type[TrendRule] | type[ErrorBudget] | type[GuardrailPair]
DRAFT, APPROVE = "objective.draft", "objective.approve"
MACHINES = ("system", "command", "task")
NAMES: dict[Kind, str] = {
    TrendRule: "trend_rule",
    ErrorBudget: "error_budget",
    GuardrailPair: "guardrail_pair",
}
M = TypeVar("M", bound=TrendRule | ErrorBudget | GuardrailPair)


def system_of(row: Agreement) -> System:
    """Return the system that an agreement is about."""
    return row.threshold.system if isinstance(row, TrendRule) else row.system


def label_of(row: Agreement) -> str:
    """Return what an agreement is, as a person says it."""
    if isinstance(row, TrendRule):
        name = row.threshold.name
        return worded("Slide of {name}, version {number}", name=name, number=row.number)
    if isinstance(row, ErrorBudget):
        name = row.kpi.name
        return worded("Error budget of {kpi}, version {number}", kpi=name, number=row.number)
    return worded(
        "{gain} beside {guardrail}, version {number}",
        gain=row.gain.name,
        guardrail=row.guardrail.name,
        number=row.number,
    )


def keep_draft(row: M, system: System, actor: Actor, at: datetime) -> M:
    """Keep a draft, with its entry."""
    row.save(force_insert=True, at=at)
    append_entry(
        verb="objective.drafted",
        actor=actor,
        at=at,
        subject=subject_of(row),
        system_id=system.pk,
        after=said_of(row),
        reason=row.reason,
        touched=[f"{row._meta.db_table}:{row.pk}"],
    )
    return row


def author_of(system: System, actor: Actor, at: datetime, given: UUID | None) -> User:
    """Return who may draft for a system. Raises Forbidden."""
    require_system_permit(act=DRAFT, system=system, actor=actor, at=at)
    return person_of(actor, given)


def person_of(actor: Actor, given: UUID | None) -> User:
    """Return the person who answers for the act; the product's own commands name one."""
    wanted = given if given is not None and actor.kind in MACHINES else actor.person
    found: User | None = User.objects.filter(pk=wanted, is_active=True).first() if wanted else None
    if found is None:
        raise Forbidden("person_needed", "This is drafted and approved by persons.")
    return found


def identity_of(row: Agreement) -> dict[str, Any]:
    """Return what the versions of an agreement have in common."""
    if isinstance(row, TrendRule):
        return {"threshold": row.threshold}
    where = {"system": row.system, "environment": row.environment, "segment": row.segment}
    if isinstance(row, ErrorBudget):
        return where | {"kpi": row.kpi}
    return where | {"gain": row.gain, "guardrail": row.guardrail}


def next_number(kind: Kind, **identity: Any) -> int:
    """Return the number of the next version of an agreement."""
    newest = kind._default_manager.filter(**identity).order_by("-number").first()
    return 1 if newest is None else newest.number + 1


def subject_of(row: Agreement) -> tuple[str, str, str]:
    """Return an agreement as the subject of an entry."""
    return NAMES[type(row)], str(row.pk), label_of(row)


def said_of(row: Agreement) -> dict[str, Any]:
    """What the record keeps of a version; numbers as decimal text."""
    told: dict[str, Any] = {"version": row.number, "enabled": row.enabled}
    stated = {
        TrendRule: ("method", "horizon_seconds", "least_windows"),
        ErrorBudget: (
            "environment", "segment", "objective", "failure_limit", "period_days", "pairs",
            "warning_spent", "critical_spent",
        ),
        GuardrailPair: (
            "environment", "segment", "mode", "warning", "critical", "window_seconds",
            "reference_windows", "fires_k", "fires_n", "least_n",
        ),
    }[type(row)]  # fmt: skip
    return told | {name: _as_text(getattr(row, name)) for name in stated}


def _as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [{name: _as_text(item) for name, item in one.items()} for one in value]
    return repr(value) if isinstance(value, float) else value
