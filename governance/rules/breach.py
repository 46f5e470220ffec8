"""What evaluation hands to whoever opens cases."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

BreachKind = Literal[
    "breach",
    "fairness",
    "boundary",
    "silence",
    "trend",
    "pair",
    "budget",
    "version",
    "drift",
    "fault",
]

MEASURED: frozenset[str] = frozenset({"trend", "pair", "budget"})
"""Kinds that are judged over many readings: the recovery of a standing says nothing of them."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A reading in breach of a standing that has fired, or a silence. Instants are aware.

    The newest such reading of its series in one delivery. `instant` says that one reading was
    enough by an instant limit. `onset_at` is when it began as far as anybody can tell, and
    `onset_method` how that was found. `fairness_flag` says that the interval excludes "no
    difference". Of a silence `window_end` is the end of the last valid reading's window (or when
    the first was due), and it has no value. `watch_only`: it is a watch, whatever the matrix says
    (a gap whose point alone lies beyond its band, a silence that is short still). `words` say what
    was seen where the figures do not say it.
    """

    standing_id: int
    series_id: int
    system_id: UUID
    kpi_id: str
    environment: str
    segment: str
    category: str
    kind: BreachKind
    from_state: str
    to_state: str
    instant: bool
    window_end: datetime | None
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    threshold_version_id: UUID
    onset_at: datetime | None
    onset_method: str
    fairness_flag: bool
    watch_only: bool = False
    words: str = ""
