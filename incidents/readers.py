"""Plug point: who else may see an incident than those whom this floor knows.

A floor above registers, in `AppConfig.ready()`, what makes of people and an instant a condition on
incidents: for example that they are members of the body that hears the case.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from ledger.selectors.at_once import Question, Rows, at_once

Answers = Mapping[str, Rows]


@dataclass(frozen=True)
class Reader:
    """What to ask of people at an instant, and the condition that comes of the answer."""

    asked: Callable[[Sequence[UUID], datetime], Question]
    told: Callable[[Sequence[UUID], Rows], Q]


_readers: dict[str, Reader] = {}


def register(name: str, reader: Reader) -> None:
    """Register a reader once. Raises ValueError for a doubled name."""
    if _readers.setdefault(name, reader) is not reader:
        raise ValueError(f"the reader {name!r} is registered twice")


def asked(people: Sequence[UUID], at: datetime) -> dict[str, Question]:
    """Return what there is to ask of these people, with ledger.selectors.at_once, for `told`."""
    return {f"reader_{name}": reader.asked(people, at) for name, reader in _readers.items()}


def told(people: Sequence[UUID], answers: Answers) -> Q:
    """Return what any registered reader lets these people see; nothing without readers."""
    found = Q(pk__in=[])
    for name, reader in _readers.items():
        found |= reader.told(people, answers[f"reader_{name}"])
    return found


def condition(people: Sequence[UUID], at: datetime) -> Q:
    """Return what any registered reader lets these people see, asked for in one query."""
    return told(people, at_once(asked(people, at)))
