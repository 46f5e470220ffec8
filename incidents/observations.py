"""Plug point: by which readings a removed risk is proved, where a higher floor knows them."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from incidents.rules.plan import FrozenPlan

if TYPE_CHECKING:
    from incidents.models import Incident

Rules = Callable[["Incident", FrozenPlan, datetime], "list[dict[str, Any]]"]
_source: list[Rules] = []


def register(rules: Rules) -> None:
    """Say once where the rules of proofs come from. Raises ValueError for a second source."""
    if _source and _source[0] is not rules:
        raise ValueError("rules of proofs have a source already")
    _source[:] = [rules]


def rules_for(incident: "Incident", plan: FrozenPlan, at: datetime) -> list[dict[str, Any]]:
    """Return the rules that prove that a cause is gone; a document's where nothing is measured."""
    found = _source[0](incident, plan, at) if _source else []
    return found or [dict(plan.verification)]
