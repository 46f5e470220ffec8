"""After a downtime a higher level waits until the one below had the shortest gap to answer (F38).

The planned instant stays as it was, so that lateness counts from it; only the firing waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from django.db import connection

from governance.rules.calling import shortest_gap
from governance.services.step_notices import Firing
from governance.services.step_rows import STEP
from ledger.rules.worded import worded
from outbox.timer_kinds import Due

# The earliest of the set that holds a timer is the one that would have met it one by one.
PUT_OFF = """
WITH wait AS (
  SELECT * FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::jsonb[], %s::timestamptz[],
    %s::jsonb[]) WITH ORDINALITY AS w(incident, rule, cycle, steps, until, why, place)
), held AS (
  SELECT DISTINCT ON (t.id) t.id, w.until, w.why
  FROM outbox_timer t JOIN wait w ON t.subject_id = w.incident
  WHERE t.state = 'armed' AND t.kind = %s AND t.payload ->> 'rule' = w.rule
    AND t.payload -> 'cycle' = to_jsonb(w.cycle) AND t.payload -> 'repeat' = '0'
    AND w.steps @> (t.payload -> 'step') AND t.next_try_at < w.until AND NOT t.id = ANY(%s::uuid[])
  ORDER BY t.id, w.place
)
UPDATE outbox_timer t SET next_try_at = held.until, inputs = t.inputs || held.why
FROM held WHERE t.id = held.id
"""


@dataclass(frozen=True, slots=True)
class Wait:
    """The steps of higher levels of a rule wait until an instant, and why they do."""

    incident: UUID
    rule: str
    cycle: int
    steps: frozenset[int]
    until: datetime
    because: str

    def holds(self, timer: Due) -> bool:
        """Whether it holds a timer that is due now: a first firing of a higher level."""
        payload = timer.payload
        return (
            payload["rule"] == self.rule
            and payload["cycle"] == self.cycle
            and payload["repeat"] == 0
            and payload["step"] in self.steps
        )


def wait_after(firing: Firing) -> Wait | None:
    """Return what waits after a step that was told late; a reminder holds nothing back."""
    if firing.repeat:
        return None
    level = firing.step.level
    return Wait(
        incident=firing.incident.pk,
        rule=firing.rule,
        cycle=firing.incident.cycle,
        steps=frozenset(one.step for one in firing.plan.ladder if one.level > level),
        until=firing.at + shortest_gap(firing.plan),
        because=worded("level {level} was told late and is given time to answer", level=level),
    )


def put_off(*, waits: Sequence[Wait], fired: Sequence[UUID]) -> None:
    """Put the timers off that wait, but those that `fired` before the level below did.

    The caller holds the locks on the incidents.
    """
    rows = [
        (
            one.incident,
            one.rule,
            one.cycle,
            orjson.dumps(sorted(one.steps)).decode(),
            one.until,
            orjson.dumps(
                {"waits_until": one.until.isoformat(), "waits_because": one.because}
            ).decode(),
        )
        for one in waits
        if one.steps
    ]
    if not rows:
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(PUT_OFF, [*columns, STEP, list(fired)])
