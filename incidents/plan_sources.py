"""Plug point: the plan that a cycle of an incident gets, frozen from what is in force now."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from incidents.rules.plan import FrozenPlan

if TYPE_CHECKING:
    from incidents.models import Incident

Freeze = Callable[["Incident", datetime], FrozenPlan]
_source: list[Freeze] = []


def register(freeze: Freeze) -> None:
    """Say once where plans come from. Raises ValueError for a second source."""
    if _source and _source[0] is not freeze:
        raise ValueError("plans have a source already")
    _source[:] = [freeze]


def frozen_plan(incident: "Incident", at: datetime) -> FrozenPlan:
    """Return the plan that a cycle beginning now is bound to. Raises LookupError without source."""
    if not _source:
        raise LookupError("nothing freezes plans")
    return _source[0](incident, at)
