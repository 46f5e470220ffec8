"""A series under evaluation: what it was, what came, what was found."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from governance.rules.bands import Band, Reading
from governance.rules.breach import Breach, BreachKind
from governance.rules.judging import Due, Outcome, Timeline
from governance.rules.standings import FIRED, Carried, instant_of
from telemetry.models import Series
from telemetry.services.states import Row, State, carried_of

KINDS: dict[str, BreachKind] = {
    "fairness": "fairness",
    "boundary": "boundary",
    "drift": "drift",
}
ONSET = "start of the first window in breach"
ONSET_LATE = "start of the first window in breach, found late by readings out of order"


@dataclass(slots=True)
class SeenSeries:
    """One series of a delivery; `rows` are what was inserted, sorted by window_end."""

    series: Series
    state: State
    timeline: Timeline | None
    before: Carried
    rows: list[Row]
    outcome: Outcome | None = None
    is_late: bool = False

    @property
    def is_in_order(self) -> bool:
        """Whether what came is newer than all that was judged, each window once."""
        ends = [row[1] for row in self.rows]
        newest = self.state.previous_end
        return (newest is None or ends[0] > newest) and len(set(ends)) == len(ends)

    def fires_anew(self) -> None:
        """Make the newest reading due where what is gone kept the series from firing."""
        outcome = self.outcome
        if outcome is None or outcome.last is None or outcome.due:
            return
        if outcome.carried.standing in FIRED and self.before.standing not in FIRED:
            outcome.due = [outcome.last]

    @property
    def begins_to_flap(self) -> bool:
        """Whether it goes in and out of breach so often now that it counts as unstable."""
        after = None if self.outcome is None else self.outcome.carried
        return after is not None and after.flapping and not self.before.flapping

    @property
    def due(self) -> list[Due]:
        """The readings on which an incident is due, or the newest one if that is worth a watch."""
        if self.outcome is None:
            return []
        watched = [self.outcome.last] if self.outcome.is_watched and self.outcome.last else []
        return self.outcome.due or watched

    def breach(self, standing_id: int) -> Breach:
        """Return the worst reading on which an incident is due, the newest of equal ones.

        So a delivery of a week opens what its days one by one would have opened.
        """
        due = max(self.due, key=lambda one: (one.weight, one.reading.window_end))
        series, reading = self.series, due.reading
        return Breach(
            standing_id=standing_id,
            series_id=series.pk,
            system_id=series.system_id,
            kpi_id=series.kpi_id,
            environment=series.environment,
            segment=series.segment,
            category=series.kpi.category,
            kind=kind_of(series),
            from_state=str(self.before.standing),
            to_state=str(due.verdict.after),
            instant=due.verdict.band is Band.INSTANT,
            window_end=reading.window_end,
            value=reading.value,
            low=reading.low,
            high=reading.high,
            n=reading.n,
            threshold_version_id=due.judge.version_id,
            onset_at=self._onset(due),
            onset_method=ONSET_LATE if self.is_late else ONSET,
            fairness_flag=due.verdict.is_different,
            watch_only=due.verdict.band is Band.WATCH,
        )

    def _onset(self, due: Due) -> datetime:
        first = due.reading.window_end if due.onset is None else instant_of(due.onset)
        return first - timedelta(seconds=self.series.window_seconds)


def kind_of(series: Series) -> BreachKind:
    """Return what a breach of the series' KPI is, as the catalogue says."""
    return KINDS.get(series.kpi.breach_kind, "breach")


def reading_of(row: Row) -> Reading:
    """Return a stored row as the rules read it."""
    return Reading(
        window_end=row[1],
        value=row[3],
        n=row[4],
        low=row[5],
        high=row[6],
        quality="good" if row[7] else "bad",
        revision=row[2],
    )


def stored_carried(states: Mapping[int, State], ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return what is carried of these series; one query for the settled ones among them."""
    found = {one: orjson.loads(text) for one in ids if (text := states[one].carried) is not None}
    settled = [one for one in ids if states[one].settled]
    return found | carried_of(settled) if settled else found
