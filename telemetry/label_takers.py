"""Plug point: who takes labels in, so that what they change is judged as well."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from ledger.rules.actors import Actor
from registry.models import System
from telemetry.rules.rows import Delivery, LabelRow

Taker = Callable[..., Any]
_takers: list[Taker] = []


def register(taker: Taker) -> None:
    """Let `taker` take labels in, with the arguments of `take_in`. Raises ValueError for two."""
    if taker not in _takers and _takers:
        raise ValueError("labels have somebody who takes them in already")
    _takers[:] = [taker]


def take_in(
    *, delivery: Delivery[LabelRow], reach: QuerySet[System], actor: Actor, at: datetime
) -> None:
    """Store labels as those that come from outside: windows computed anew, and judged.

    Raises Invalid as the way from outside does, LookupError where nobody takes them in.
    """
    if not _takers:
        raise LookupError("nobody takes labels in")
    _takers[0](delivery=delivery, reach=reach, actor=actor, at=at)
