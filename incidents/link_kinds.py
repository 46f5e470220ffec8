"""Plug point: which records may be tied to a case as evidence, and how each is found.

A floor registers, in `AppConfig.ready()`, a call for each kind of record that it knows: it returns
what the record is for somebody who may see it, None for everybody else and for what is not there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from incidents.rules.addresses import Named
from registry.models import User


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is now: its kind, what it is called, where it stands, its hash ('': none)."""

    kind: str
    label: str
    address: str
    sha256: str = ""


Find = Callable[[Named, User, datetime], Record | None]
_kinds: dict[str, Find] = {}


def register(kind: str, find: Find) -> None:
    """Register a kind once. Raises ValueError for a doubled one."""
    if _kinds.setdefault(kind, find) is not find:
        raise ValueError(f"the kind of record {kind!r} is registered twice")


def record_of(named: Named, user: User, at: datetime) -> Record | None:
    """Return a record that somebody may see, None for what is not there or not theirs."""
    find = _kinds.get(named.kind)
    return find(named, user, at) if find is not None else None
