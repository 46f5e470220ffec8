"""Plug point: who else may see an incident than those whom this floor knows.

A floor above registers, in `AppConfig.ready()`, a call that turns people and an instant into a
condition on incidents: for example the members of the body that hears the case.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

Reader = Callable[[Sequence[UUID], datetime], Q]
_readers: dict[str, Reader] = {}


def register(name: str, reader: Reader) -> None:
    """Register a reader once. Raises ValueError for a doubled name."""
    if _readers.setdefault(name, reader) is not reader:
        raise ValueError(f"the reader {name!r} is registered twice")


def condition(people: Sequence[UUID], at: datetime) -> Q:
    """Return what any registered reader lets these people see; nothing without readers."""
    found = Q(pk__in=[])
    for reader in _readers.values():
        found |= reader(people, at)
    return found
