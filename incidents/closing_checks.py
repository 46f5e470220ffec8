"""Plug point: what a higher floor knows against closing, such as a condition not met."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from incidents.models import Incident

Check = Callable[["Incident", datetime], "tuple[str, str] | None"]
_checks: dict[str, Check] = {}


def register(name: str, check: Check) -> None:
    """Register a check once. Raises ValueError for a doubled name."""
    if _checks.setdefault(name, check) is not check:
        raise ValueError(f"the check {name!r} is registered twice")


def against_closing(incident: "Incident", at: datetime) -> tuple[str, str] | None:
    """Return (code, sentence) of the first thing that stands against closing, None for nothing."""
    found = (check(incident, at) for check in _checks.values())
    return next((one for one in found if one is not None), None)
