"""What changed on a case since its reader looked last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from incidents.models import Incident
from incidents.selectors.looks import is_news, look_of
from ledger.selectors.lines import Line


@dataclass(frozen=True, slots=True)
class News:
    """The entries that others wrote since a look: their numbers, how far down they reach.

    `at` is when that look was, None where it is not known; `after` the newest entry it saw.
    """

    numbers: frozenset[int] = frozenset()
    reaches: int = 0
    after: int = 0
    at: datetime | None = None

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.numbers)


def news_since(
    *, incident: Incident, person: UUID, lines: Sequence[Line], after: int | None
) -> News:
    """Return what is new among the lines of a case, the newest first.

    Since the reader's last look; `after`, where it is given, is the entry from which on to mark.
    Who never looked is told of nothing: all of it is new.
    """
    look = look_of(incident=incident, person=person) if after is None else None
    if look is None and after is None:
        return News()
    seen = look.entry_number if look is not None else after or 0
    places = [place for place, line in enumerate(lines) if is_news(line, person=person, after=seen)]
    return News(
        numbers=frozenset(lines[place].number for place in places),
        reaches=max(places, default=-1) + 1,
        after=seen,
        at=look.looked_at if look is not None else None,
    )
