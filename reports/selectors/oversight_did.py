"""Who did intervene in systems in a period: set-wise, the same queries for any number."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Max, Q
from django.urls import reverse

from governance.models import Drill, StandingOrder
from incidents.models import Action, Containment, InterimMeasure
from registry.models import FallbackCheck, LifecycleChange
from reports.rules.oversight import Act, Counts, Day, Means
from telemetry.models import AnswerReview
from telemetry.rules.answers import key_of

STOPPING = ("rollback", "suspend", "restrict", "pin", "retire", "resume")
EDGES = {"suspend": "Suspended", "resume": "Let run again", "retire": "Retired"}
# The newest finding about an event counts before what the event itself said.
SAID = """
WITH found AS (
  SELECT DISTINCT ON (l.system_id, l.at, l.event_id) l.system_id, l.at, l.event_id,
         (l.value #>> '{}')::boolean AS overridden
    FROM telemetry_event_label l
   WHERE l.system_id = ANY(%(systems)s) AND l.at >= %(since)s AND l.at < %(until)s
     AND l.kind = 'overridden'
   ORDER BY l.system_id, l.at, l.event_id, l.labelled_at DESC, l.reviewer DESC
), said AS (
  SELECT e.system_id, e.at, e.event_id, e.blocked, e.approvals,
         coalesce(f.overridden, e.overridden) AS overridden,
         (e.escalated OR e.feedback = 'escalated') AS escalated,
         (e.boundary_violation OR e.outside IS NOT NULL) AS outside
    FROM telemetry_decision_event e
    LEFT JOIN found f ON f.system_id = e.system_id AND f.at = e.at AND f.event_id = e.event_id
   WHERE e.system_id = ANY(%(systems)s) AND e.at >= %(since)s AND e.at < %(until)s
     AND e.canary IS NULL
)
"""
ANSWERED = "a ->> 'granted' IS NOT NULL"
APPROVED = """(CASE WHEN approvals IS NULL THEN 0 ELSE
  (SELECT count(*) FROM jsonb_array_elements(approvals) a WHERE {}) END)"""
DAYS = (
    SAID
    + f"""
SELECT system_id, (at AT TIME ZONE %(zone)s)::date, count(*), count(overridden),
  count(*) FILTER (WHERE overridden), coalesce(sum({APPROVED.format(ANSWERED)}), 0)::bigint,
  coalesce(sum({APPROVED.format("(a ->> 'granted')::boolean")}), 0)::bigint,
  count(*) FILTER (WHERE blocked), count(*) FILTER (WHERE outside),
  count(*) FILTER (WHERE escalated)
  FROM said GROUP BY 1, 2 ORDER BY 1, 2"""  # noqa: S608  names of ours
)
STEPPED_IN = """
SELECT at, event_id, overridden, blocked,
  coalesce(approvals @> '[{"granted": false}]', false),
  coalesce((SELECT string_agg(DISTINCT a ->> 'by', ', ')
    FROM jsonb_array_elements(approvals) a WHERE a ->> 'granted' = 'false'), '')
  FROM said
 WHERE overridden OR blocked OR approvals @> '[{"granted": false}]'
 ORDER BY at DESC, event_id DESC LIMIT %(limit)s"""
SINGLE = SAID + STEPPED_IN


@dataclass(frozen=True, slots=True)
class Period:
    """Whose interventions, and of which time [since, until), as known at `at`."""

    system_ids: tuple[UUID, ...]
    since: datetime
    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Single:
    """One event in which a person or a limit stepped in."""

    at: datetime
    event_id: str
    words: str
    url: str


def days_of(period: Period) -> dict[UUID, list[Day]]:
    """Return the counts of each day at the seat, by system; one query."""
    found: dict[UUID, list[Day]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(DAYS, _given(period))
        for system, day, *numbers in cursor.fetchall():
            counts = Counts(**dict(zip(Counts.__struct_fields__, numbers, strict=True)))
            found[system].append(Day(day=day, counts=counts))
    return found


def singles_of(*, period: Period, slug: str, limit: int = 20) -> list[Single]:
    """Return the newest events of one system that were overridden, refused or blocked."""
    with connection.cursor() as cursor:
        cursor.execute(SINGLE, _given(period) | {"limit": limit})
        rows = cursor.fetchall()
    return [
        Single(at, ident, _words(*said), reverse("answer", args=[slug, key_of(at, ident)]))
        for at, ident, *said in rows
    ]


def acts_of(period: Period) -> dict[UUID, list[Act]]:
    """Return every intervention on record by system, the newest first; five queries."""
    found: dict[UUID, list[Act]] = defaultdict(list)
    for parts in (_contained, _measures, _lives, _ordered, _reviews):
        for system, act in parts(period):
            found[system].append(act)
    return {key: sorted(acts, key=lambda act: act.at, reverse=True) for key, acts in found.items()}


def means_of(period: Period) -> dict[UUID, tuple[Means, ...]]:
    """Return when each means of intervening was last used and tried, ever; six queries."""
    stops = _newest(Containment.objects.filter(at__lte=period.at), "incident__system_id", "at")
    steps = LifecycleChange.objects.filter(edge="suspend", at__lte=period.at)
    lives = _newest(steps, "system_id", "at")
    backs = Action.objects.filter(type="rollback", state="confirmed")
    used = _newest(backs, "incident__system_id", "confirmed_at")
    drills = _newest(Drill.objects.filter(state="ended"), "system_id", "ended_at")
    tried = _newest(FallbackCheck.objects.all(), "system_id", "tested_at")
    orders = _newest(StandingOrder.objects.filter(state="adopted"), "system_id", "drilled_at")
    return {
        key: (
            Means(key="stop", label="Emergency stop", used_at=stops.get(key),
                  tried_at=drills.get(key)),
            Means(key="suspend", label="Suspension", used_at=lives.get(key)),
            Means(key="fallback", label="Falling back to another version", used_at=used.get(key),
                  tried_at=tried.get(key)),
            Means(key="order", label="Standing order", tried_at=orders.get(key)),
        )
        for key in period.system_ids
    }  # fmt: skip


def _newest(rows: object, system: str, column: str) -> dict[UUID, datetime]:
    values = rows.order_by().values_list(system).annotate(last=Max(column))  # type: ignore[attr-defined]
    return {key: last for key, last in values if last is not None}


def _contained(period: Period) -> Iterator[tuple[UUID, Act]]:
    rows = Containment.objects.filter(
        incident__system_id__in=period.system_ids, at__gte=period.since, at__lt=period.until
    ).select_related("person", "incident")
    for row in rows:
        waits = row.state == Containment.State.STANDING
        yield (
            row.incident.system_id,
            Act(
                at=row.at,
                kind="standing order" if row.standing_order else "emergency stop",
                who=row.person.name if row.person else row.by_rule,
                what=f"{row.get_kind_display()}: {row.scope}",
                reason=row.reason,
                outcome=row.get_state_display(),
                incident=row.incident.number,
                url=reverse("incident", args=[row.incident.number]),
                by_rule=row.person is None,
                late=waits and row.ratify_by < period.at,
            ),
        )


def _measures(period: Period) -> Iterator[tuple[UUID, Act]]:
    rows = InterimMeasure.objects.filter(
        incident__system_id__in=period.system_ids, at__gte=period.since, at__lt=period.until
    ).select_related("taken_by", "incident")
    for row in rows:
        yield (
            row.incident.system_id,
            Act(
                at=row.at,
                kind="interim measure",
                who=row.taken_by.name,
                what=row.measure,
                reason=row.reason,
                outcome=row.get_state_display(),
                incident=row.incident.number,
                url=reverse("incident", args=[row.incident.number]),
            ),
        )


def _lives(period: Period) -> Iterator[tuple[UUID, Act]]:
    rows = LifecycleChange.objects.filter(
        system_id__in=period.system_ids, edge__in=EDGES, at__gte=period.since, at__lt=period.until
    ).select_related("system")
    for row in rows:
        yield (
            row.system_id,
            Act(
                at=row.at,
                kind="state of the system",
                who=row.actor_name,
                what=EDGES[row.edge],
                reason=row.reason,
                url=reverse("system-life", args=[row.system.slug]),
            ),
        )


def _ordered(period: Period) -> Iterator[tuple[UUID, Act]]:
    rows = Action.objects.filter(
        incident__system_id__in=period.system_ids,
        type__in=STOPPING,
        ordered_at__gte=period.since,
        ordered_at__lt=period.until,
    ).select_related("executor", "incident")
    for row in rows:
        yield (
            row.incident.system_id,
            Act(
                at=row.ordered_at,
                kind="ordered by decision",
                who=row.executor.name,
                what=f"{row.get_type_display()}: {row.words}",
                outcome=row.get_state_display(),
                incident=row.incident.number,
                url=reverse("incident", args=[row.incident.number]),
            ),
        )


def _reviews(period: Period) -> Iterator[tuple[UUID, Act]]:
    rows = AnswerReview.objects.filter(
        Q(reviewed_at__gte=period.since, reviewed_at__lt=period.until),
        system_id__in=period.system_ids,
    ).select_related("reviewer", "system")
    for row in rows:
        if row.reviewed_at is None:
            continue
        yield (
            row.system_id,
            Act(
                at=row.reviewed_at,
                kind="answer reviewed",
                who=row.reviewer.name,
                what=row.get_verdict_display(),
                reason=row.words,
                url=reverse("answer", args=[row.system.slug, key_of(row.event_at, row.event_id)]),
            ),
        )


def _words(overridden: bool | None, blocked: bool, refused: bool, by: str) -> str:
    said = [
        "changed or rejected by a person" if overridden else "",
        f"approval refused by {by or 'a person'}" if refused else "",
        "blocked" if blocked else "",
    ]
    return ", ".join(one for one in said if one)


def _given(period: Period) -> dict[str, Any]:
    return {
        "systems": list(period.system_ids),
        "since": period.since,
        "until": period.until,
        "zone": settings.SEAT_ZONE,
    }
