"""A breach as evaluation hands it to the cases: which series, how far, under which version."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

BreachKind = Literal["breach", "fairness", "boundary", "silence"]


@dataclass(frozen=True, slots=True)
class Breach:
    """A valid reading in breach, or a silence. `n` counts samples; instants are UTC.

    `instant` says that one reading was enough (executed boundary violation, unapproved version,
    spend over the limit). `watch_only` says that it is too small for an incident whatever the
    severity matrix holds: a fairness point estimate alone (EVA-19), a first silence (EVA-07).
    `fairness_flag` says that the interval excludes "no difference". `words` may say in a sentence
    what happened, where figures do not.
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
