"""What readings make of accepted risks: one beyond the limit, or a worse band, voids at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from governance.selectors.thresholds import judges_by_id
from incidents.models import Incident
from incidents.rules.acceptances import is_beyond
from incidents.rules.transitions import RISK_ACCEPTED
from incidents.services.acceptances import void_acceptance
from telemetry.services.measurements import Recorded
from telemetry.services.states import Row, State

DIRECTIONS = {"higher": "below", "lower": "above"}
"""Where a breach of a KPI lies, by which direction of it is better; else to either side."""

# Every delivery of readings asks, so the statement is written out. Active acceptances are few and
# found by their partial index.
LIMITED = """
SELECT s.id, a.incident_id, a.number, a.limit_value, k.better, a.from_at, k.name
FROM incidents_riskacceptance a
JOIN incidents_incident i ON i.id = a.incident_id
JOIN telemetry_series s ON s.system_id = i.system_id AND s.kpi_id = a.kpi
  AND s.environment = a.environment AND (a.segment = '' OR s.segment = a.segment)
JOIN telemetry_kpi k ON k.id = s.kpi_id
WHERE a.state = 'active' AND a.kpi <> ''
"""


class Limited(NamedTuple):
    """A series for which a risk is accepted up to a limit."""

    series_id: int
    incident_id: UUID
    number: str
    limit: float
    better: str
    from_at: datetime
    kpi: str

    @property
    def direction(self) -> str:
        """Where readings are beyond the limit."""
        return DIRECTIONS.get(self.better, "outside")


def void_beyond_limits(
    *, recorded: Recorded, at: datetime, answered: Sequence[tuple[Any, ...]] | None = None
) -> int:
    """Void every acceptance of which a delivery holds a reading beyond its limit; returns how many.

    A reading counts that is good, has enough samples, and whose window ended within the term.
    `answered` are the rows of LIMITED where the caller has asked already.
    """
    limits = _limited() if answered is None else map(Limited._make, answered)
    limited = [one for one in limits if one.series_id in recorded.states]
    if not limited:
        return 0
    least = _least(recorded.states, {one.series_id for one in limited})
    voided = 0
    for one in sorted(limited, key=lambda found: str(found.incident_id)):
        row = _first_beyond(one, recorded.inserted, least.get(one.series_id, 0))
        if row is not None:
            voided += void_acceptance(
                incident_id=one.incident_id,
                ground="limit_exceeded",
                since=min(row[1], at),
                words=f"{one.number}: {one.kpi} was {row[3]:.6g}, beyond {one.limit:.6g}.",
                at=at,
            )
    return voided


def void_if_worse(*, incident: Incident, words: str, at: datetime) -> bool:
    """Void the acceptance of an incident whose breach got worse; another state is left alone."""
    state = Incident.objects.filter(pk=incident.pk).values_list("state", flat=True).first()
    if state != RISK_ACCEPTED:
        return False
    return void_acceptance(
        incident_id=incident.pk,
        ground="worse_band",
        since=at,
        words=f"The breach got worse: {words}",
        at=at,
    )


def _limited() -> list[Limited]:
    with connection.cursor() as cursor:
        cursor.execute(LIMITED)
        return [Limited(*row) for row in cursor.fetchall()]


def _least(states: Mapping[int, State], wanted: set[int]) -> dict[int, int]:
    """Return the fewest samples that each series is judged by."""
    judged = {one: states[one].judged_by for one in wanted}
    judges = judges_by_id({by for by in judged.values() if by is not None})
    return {one: judges[by].rule.least_n for one, by in judged.items() if by is not None}


def _first_beyond(one: Limited, rows: Sequence[Row], least_n: int) -> Row | None:
    """Return the first reading of the term beyond the limit, by the end of its window."""
    found = [
        row
        for row in rows
        if row[0] == one.series_id
        and row[7]
        and row[3] is not None
        and (row[4] is None or row[4] >= least_n)
        and row[1] > one.from_at
        and is_beyond(row[3], one.limit, direction=one.direction)
    ]
    return min(found, key=lambda row: row[1], default=None)
