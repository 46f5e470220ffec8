"""Plug point: what must be there before a system takes a step of its life.

A floor registers its checks in `AppConfig.ready()`. A check is given the system and the instant
and returns what is missing, in words, with the page where it is put right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from registry.models import System
from registry.rules.lifecycle import EDGES


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing, and the path of the page where it is put right."""

    words: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """One check of a gate by its name, with what it misses now."""

    name: str
    gaps: Sequence[Gap]


Check = Callable[[System, datetime], Sequence[Gap]]

_checks: dict[tuple[str, str], Check] = {}


def register(edge: str, name: str, check: Check) -> None:
    """Register a named check for an edge once. Raises ValueError for no edge, or a doubled name."""
    if edge not in EDGES:
        raise ValueError(f"{edge!r} is no step of a system's life")
    if _checks.get((edge, name), check) is not check:
        raise ValueError(f"the check {name!r} of {edge!r} is registered twice")
    _checks[edge, name] = check


def gaps(*, edge: str, system: System, at: datetime) -> list[Gap]:
    """Return everything that is missing for a step, in the order of the checks' registration."""
    return [gap for looked in look(edge=edge, system=system, at=at) for gap in looked.gaps]


def look(*, edge: str, system: System, at: datetime) -> list[Looked]:
    """Return every check of a step, those that pass too, in the order of their registration."""
    return [
        Looked(name, tuple(check(system, at)))
        for (of_edge, name), check in _checks.items()
        if of_edge == edge
    ]


def registered() -> dict[tuple[str, str], Check]:
    """Return all checks by edge and name."""
    return dict(_checks)
