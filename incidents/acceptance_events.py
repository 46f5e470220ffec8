"""Plug point: what voids an acceptance of a risk that this floor knows nothing of.

A floor above registers a source that tells, for several acceptances at once, since when each is
void and on which ground: a condition of the decision that is overdue, for instance. Sources are
asked whenever validity is computed, so no job has to run for it (F27).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from incidents.rules.acceptances import Event
from ledger.selectors.at_once import Question, Rows

if TYPE_CHECKING:
    from incidents.models import RiskAcceptance


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be read about some acceptances, and what the rows tell of each, by its key.

    Apart from each other, so that what all sources ask is one statement.
    """

    asks: Callable[["Sequence[RiskAcceptance]", datetime], Question]
    tells: Callable[["Sequence[RiskAcceptance]", Rows], Mapping[UUID, Sequence[Event]]]


_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Register a source once. Raises ValueError for a doubled name."""
    if _sources.setdefault(name, source) is not source:
        raise ValueError(f"the events {name!r} are registered twice")


def registered() -> dict[str, Source]:
    """Return every source by its name."""
    return dict(_sources)
