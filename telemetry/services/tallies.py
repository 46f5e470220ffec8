"""Sums by hour, kept with every delivery in its transaction, or made again from the events.

Whoever changes sums of a system holds the locks of its computations, so that every event and every
label is counted once: the second of two transactions at once sees what the first has committed.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from ledger.rules.actors import Actor
from ledger.services.entries import append_entry
from telemetry.models import Computation, DecisionEvent, Tally, TallyScope
from telemetry.rules.events import FIGURES
from telemetry.rules.exact import BY_TOOL, TOOL
from telemetry.rules.gaps import AGAINST
from telemetry.rules.tallies import EARLIEST, LAYOUT, first_free_hour, hours_answer
from telemetry.selectors.told import PART, keys_of, sums, told_among, told_between

Keys = Collection[tuple[datetime, str]]
HOURS = f"""
SELECT g.id, date_trunc('hour', e.at, 'UTC'), p.part, {{sums}}
  FROM {{events}} e
  JOIN telemetry_tally_scope g ON g.system_id = %(system)s AND g.environment = e.environment
   AND g.layout = %(layout)s AND e.at >= g.since {{scopes}}
 CROSS JOIN LATERAL (SELECT '' UNION ALL SELECT {PART}) p(part)
 WHERE p.part IS NOT NULL
 GROUP BY 1, 2, 3"""  # noqa: S608  names of ours
ADD = """
INSERT INTO telemetry_tally AS t (scope_id, hour, part, sums) {hours} ORDER BY 1, 2, 3
ON CONFLICT (scope_id, hour, part) DO UPDATE SET sums = (
  SELECT array_agg(a.value + b.value ORDER BY a.place)
    FROM unnest(t.sums) WITH ORDINALITY AS a(value, place)
    JOIN unnest(excluded.sums) WITH ORDINALITY AS b(value, place) USING (place))"""
ADD_EVENTS = f"WITH {told_among()}" + ADD.format(
    hours=HOURS.format(sums=sums(), events="told", scopes="")
)
# With the labels that came now, less without them.
BOTH = (
    "(SELECT 1 AS sign, told.* FROM told"
    " UNION ALL SELECT -1 AS sign, told_before.* FROM told_before)"
)
ADD_LABELS = (
    f"WITH {told_among()},{told_among(n='_before', labels='AND l.batch_id <> %(batch)s')}"
    + ADD.format(hours=HOURS.format(sums=sums("e.sign"), events=BOTH, scopes=""))
)
COUNT_AGAIN = f"WITH {told_between()}" + HOURS.format(
    sums=sums(), events="told", scopes="AND g.id = %(scope)s"
)
KEEP = "INSERT INTO telemetry_tally (scope_id, hour, part, sums) " + COUNT_AGAIN
DIFFERING = f"""
WITH again(scope_id, hour, part, sums) AS ({COUNT_AGAIN})
SELECT count(*) FROM again a
  FULL JOIN (SELECT * FROM telemetry_tally WHERE scope_id = %(scope)s
              AND hour >= %(since)s AND hour < %(until)s) t
    ON t.scope_id = a.scope_id AND t.hour = a.hour AND t.part = a.part
 WHERE a.sums IS DISTINCT FROM t.sums"""  # noqa: S608  names of ours


def is_tallied(one: Computation) -> bool:
    """Say whether a computation is made from sums: of whole hours, and no other figure than that.

    A KPI of tools that is split by tool needs every call.
    """
    by_tool = one.kpi_id in BY_TOOL and one.attribute == TOOL
    known = one.kpi_id in FIGURES or one.kpi_id in AGAINST
    return known and not by_tool and hours_answer(one.window_seconds)


def ensure_scopes(computations: Iterable[Computation], at: datetime) -> None:
    """Begin to tally what is computed and not tallied yet, from the first hour without events."""
    wanted = {
        (one.system_id, one.environment, one.attribute, one.positive)
        for one in computations
        if is_tallied(one)
    }
    if not wanted:
        return
    rows = TallyScope.objects.filter(system_id__in={key[0] for key in wanted})
    known = {(row.system_id, row.environment, row.attribute, row.positive): row for row in rows}
    begins = first_free_hour(at, settings.CLOCK_SKEW_SECONDS)
    for row in known.values():
        if row.layout != LAYOUT:
            _begin_anew(row, begins)
    TallyScope.objects.bulk_create(
        [
            TallyScope(
                system_id=system,
                environment=environment,
                attribute=attribute,
                positive=positive,
                since=begins,
                layout=LAYOUT,
            )
            for system, environment, attribute, positive in sorted(wanted.difference(known))
        ],
        ignore_conflicts=True,
    )


def add_events(*, system_id: UUID, keys: Keys) -> None:
    """Add events that were stored just now to the sums of their hours."""
    _execute(ADD_EVENTS, keys_of(system_id, keys) | {"layout": LAYOUT})


def add_labels(*, system_id: UUID, keys: Keys, batch_id: UUID) -> None:
    """Take the events of these keys out of the sums as they were, and add them as they are now."""
    _execute(ADD_LABELS, keys_of(system_id, keys) | {"layout": LAYOUT, "batch": batch_id})


def extend_tallies(at: datetime) -> int:
    """Let one scope reach back by one month more; a job of the sweep. Return 1 if one did.

    A scope begins with the events to come; so it reaches the first event in a few sweeps, none of
    which keeps deliveries to the system waiting for longer than one month takes to count.
    """
    with transaction.atomic():
        rows = TallyScope.objects.select_for_update(skip_locked=True, no_key=True)
        scope = rows.filter(since__gt=EARLIEST, layout=LAYOUT).order_by("pk").first()
        if scope is None or not lock_computations(scope.system_id, wait=False):
            return 0
        _reach_back(scope)
    return 1


@transaction.atomic
def rebuild_tallies(*, system_ids: Collection[UUID], actor: Actor, at: datetime) -> int:
    """Make all sums of these systems again from their events, and return how many hours there are.

    Hours whose events have left with their month stay as they were summed.
    """
    hours = 0
    for system in sorted(system_ids):
        lock_computations(system)
        ensure_scopes(Computation.objects.filter(system_id=system, active=True), at)
        for scope in TallyScope.objects.filter(system_id=system).order_by("pk"):
            hours += _make_again(scope)
    append_entry(
        verb="tallies.rebuilt",
        actor=actor,
        at=at,
        subject=("telemetry", "tallies", "tallies"),
        details={"systems": len(system_ids), "hours": hours},
    )
    return hours


def differing_hours(*, system_id: UUID) -> int:
    """Return in how many hours and parts the sums are not what the events say now."""
    oldest = _oldest(system_id)
    rows = TallyScope.objects.filter(system_id=system_id, layout=LAYOUT)
    return sum(_differing(scope, max(scope.since, oldest)) for scope in rows) if oldest else 0


@transaction.atomic(savepoint=False)
def drop_unused_scopes(*, system_id: UUID) -> None:
    """Forget the sums that nothing computed needs: they would miss what comes from now on."""
    needed = {
        (one.environment, one.attribute, one.positive)
        for one in Computation.objects.filter(system_id=system_id, active=True)
        if is_tallied(one)
    }
    for scope in TallyScope.objects.select_for_update().filter(system_id=system_id).order_by("pk"):
        if (scope.environment, scope.attribute, scope.positive) not in needed:
            Tally.objects.filter(scope=scope).delete()
            scope.delete()


def lock_computations(system_id: UUID, *, wait: bool = True) -> bool:
    """Lock a system's computations, so that nobody else changes its sums; say whether it is so."""
    rows = Computation.objects.filter(system_id=system_id).order_by("pk")
    locked = list(rows.select_for_update(no_key=True, skip_locked=not wait).values_list("pk"))
    return wait or len(locked) == rows.count()


def _begin_anew(scope: TallyScope, begins: datetime) -> None:
    Tally.objects.filter(scope=scope).delete()
    TallyScope.objects.filter(pk=scope.pk).update(since=begins, layout=LAYOUT)


def _reach_back(scope: TallyScope) -> None:
    """Count the month before the scope begins; without earlier events it reaches back for ever."""
    earlier = DecisionEvent.objects.filter(
        system_id=scope.system_id, environment=scope.environment, at__lt=scope.since
    )
    newest = earlier.order_by("-at").values_list("at", flat=True).first()
    if newest is None:
        TallyScope.objects.filter(pk=scope.pk).update(since=EARLIEST)
        return
    month = newest.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    until = scope.since
    TallyScope.objects.filter(pk=scope.pk).update(since=month)
    _count_again(scope, month, until)


def _make_again(scope: TallyScope) -> int:
    """Sum up all events that are there; older sums stay where there are no events any more."""
    if scope.layout != LAYOUT:
        Tally.objects.filter(scope=scope).delete()
    oldest = _oldest(scope.system_id)
    TallyScope.objects.filter(pk=scope.pk).update(since=EARLIEST, layout=LAYOUT)
    if oldest is None:
        return 0
    begins = oldest.replace(minute=0, second=0, microsecond=0)
    Tally.objects.filter(scope=scope, hour__gte=begins).delete()
    return _count_again(scope, begins, None)


def _count_again(scope: TallyScope, since: datetime, until: datetime | None) -> int:
    return _execute(KEEP, _span(scope, since, until))


def _differing(scope: TallyScope, since: datetime) -> int:
    hour = since.replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(DIFFERING, _span(scope, hour, None))
        return int(cursor.fetchone()[0])


def _span(scope: TallyScope, since: datetime, until: datetime | None) -> dict[str, Any]:
    return {
        "system": scope.system_id,
        "scope": scope.pk,
        "layout": LAYOUT,
        "since": since,
        "until": until or "infinity",
    }


def _oldest(system_id: UUID) -> datetime | None:
    events = DecisionEvent.objects.filter(system_id=system_id).order_by("at")
    return events.values_list("at", flat=True).first()


def _execute(statement: str, parameters: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
