"""Plug point: who is a party that this floor cannot know, such as the chair of the committee."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from incidents.rules.parties import Party

if TYPE_CHECKING:
    from incidents.models import Incident
    from registry.models import User

Holders = Callable[["Incident", datetime], "list[User]"]
_sources: dict[Party, Holders] = {}


def register(party: Party, holders: Holders) -> None:
    """Say once who is a party to an incident at an instant. Raises ValueError for a doubled one."""
    if _sources.setdefault(party, holders) is not holders:
        raise ValueError(f"the party {party!r} is registered twice")


def registered() -> dict[Party, Holders]:
    """Return every source by its party."""
    return dict(_sources)
