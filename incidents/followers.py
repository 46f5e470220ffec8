"""Plug point: what a higher floor does in the transaction of a command, after its transition.

Withdrawing in DECISION voids the open round, for instance, which this floor knows nothing of.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from incidents.models import Incident, Transition

Follow = Callable[["Incident", "Transition", datetime], None]
_followers: dict[str, list[Follow]] = {}


def register(command: str, follow: Follow) -> None:
    """Let something follow every transition of a command, in the order of registration."""
    known = _followers.setdefault(command, [])
    if follow not in known:
        known.append(follow)


def followers_of(command: str) -> tuple[Follow, ...]:
    """Return what follows a command."""
    return tuple(_followers.get(command, ()))
