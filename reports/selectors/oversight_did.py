"""Who did intervene in systems in a period: set-wise, the same queries for any number."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.urls import reverse

from governance.models import Drill, StandingOrder
from incidents.models import Action, Containment, InterimMeasure
from ledger.rules.worded import joined, term, word, worded
from ledger.selectors.at_once import Question, at_once
from registry.models import FallbackCheck, LifecycleChange, System
from reports.rules.oversight import Act, Counts, Day, Means
from telemetry.models import AnswerReview
from telemetry.rules.answers import key_of

STOPPING = ("rollback", "suspend", "restrict", "pin", "retire", "resume")
EDGES = {
    "suspend": word("Suspended"),
    "resume": word("Let run again"),
    "retire": word("Retired"),
}
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


@dataclass(frozen=True, slots=True)
class Did:
    """What was done in each system, and when its means were last used and tried."""

    acts: Mapping[UUID, list[Act]]
    means: Mapping[UUID, tuple[Means, ...]]


def did_in(period: Period) -> Did:
    """Return every intervention on record by system, the newest first, and the means; one query."""
    answers = at_once({name: asked(period) for name, (asked, _) in PARTS.items()})
    found: dict[UUID, list[Act]] = defaultdict(list)
    for name, (_, act_of) in PARTS.items():
        if act_of is not None:
            for system, *row in answers[name]:
                found[UUID(system)].append(act_of(row, period))
    newest_first = {
        key: sorted(acts, key=lambda act: act.at, reverse=True) for key, acts in found.items()
    }
    known = {UUID(key): [_instant(one) for one in last] for key, *last in answers["means"]}
    return Did(
        acts=newest_first,
        means={key: _means(*known.get(key, [None] * 6)) for key in period.system_ids},
    )


def _means_asked(period: Period) -> Question:
    """Return the query of when each means was last used and tried, ever."""
    stops = Containment.objects.filter(at__lte=period.at)
    steps = LifecycleChange.objects.filter(edge="suspend", at__lte=period.at)
    backs = Action.objects.filter(type="rollback", state="confirmed")
    rows: QuerySet[System, Any] = System.objects.filter(pk__in=period.system_ids).values_list(
        "pk",
        _newest(stops, "incident__system_id", "at"),
        _newest(Drill.objects.filter(state="ended"), "system_id", "ended_at"),
        _newest(steps, "system_id", "at"),
        _newest(backs, "incident__system_id", "confirmed_at"),
        _newest(FallbackCheck.objects.all(), "system_id", "tested_at"),
        _newest(StandingOrder.objects.filter(state="adopted"), "system_id", "drilled_at"),
    )
    return rows


def _means(
    stopped: datetime | None,
    drilled: datetime | None,
    suspended: datetime | None,
    fell_back: datetime | None,
    tested: datetime | None,
    ordered: datetime | None,
) -> tuple[Means, ...]:
    return (
        Means(key="stop", label=word("Emergency stop"), used_at=stopped, tried_at=drilled),
        Means(key="suspend", label=word("Suspension"), used_at=suspended),
        Means(key="fallback", label=word("Falling back to another version"), used_at=fell_back,
              tried_at=tested),
        Means(key="order", label=word("Standing order"), tried_at=ordered),
    )  # fmt: skip


def _newest(rows: "QuerySet[Any]", system: str, column: str) -> Subquery:
    """The last instant of a system, as an index gives it: never by way of all that there are."""
    own = rows.filter(**{system: OuterRef("pk"), f"{column}__isnull": False})
    return Subquery(own.order_by(f"-{column}").values(column)[:1])


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _shown(model: type[Model], field: str, value: str) -> str:
    """Return the words of a choice, as `get_…_display` has them."""
    choices = model._meta.get_field(field).flatchoices  # type: ignore[union-attr]  # a column's
    return term(dict(choices).get(value, value))


def _case_url(number: str) -> str:
    return reverse("incident", args=[number])


def _contained_asked(period: Period) -> Question:
    rows: QuerySet[Containment, Any] = Containment.objects.filter(
        incident__system_id__in=period.system_ids, at__gte=period.since, at__lt=period.until
    ).values_list(
        "incident__system_id", "at", "standing_order", "person__name", "by_rule", "kind", "scope",
        "reason", "state", "incident__number", "ratify_by",
    )  # fmt: skip
    return rows


def _contained(row: Sequence[Any], period: Period) -> Act:
    at, order, person, rule, kind, scope, reason, state, number, ratify_by = row
    waits = state == Containment.State.STANDING
    return Act(
        at=datetime.fromisoformat(at),
        kind=word("standing order") if order else word("emergency stop"),
        who=rule if person is None else person,
        what=worded("{kind}: {scope}", kind=_shown(Containment, "kind", kind), scope=scope),
        reason=reason,
        outcome=_shown(Containment, "state", state),
        by_rule=person is None,
        late=waits and datetime.fromisoformat(ratify_by) < period.at,
        incident=number,
        url=_case_url(number),
    )


def _measures_asked(period: Period) -> Question:
    rows: QuerySet[InterimMeasure, Any] = InterimMeasure.objects.filter(
        incident__system_id__in=period.system_ids, at__gte=period.since, at__lt=period.until
    ).values_list(
        "incident__system_id", "at", "taken_by__name", "measure", "reason", "state",
        "incident__number",
    )  # fmt: skip
    return rows


def _measure(row: Sequence[Any], period: Period) -> Act:
    at, who, measure, reason, state, number = row
    return Act(
        at=datetime.fromisoformat(at),
        kind=word("interim measure"),
        who=who,
        what=measure,
        reason=reason,
        outcome=_shown(InterimMeasure, "state", state),
        incident=number,
        url=_case_url(number),
    )


def _lives_asked(period: Period) -> Question:
    rows: QuerySet[LifecycleChange, Any] = LifecycleChange.objects.filter(
        system_id__in=period.system_ids, edge__in=EDGES, at__gte=period.since, at__lt=period.until
    ).values_list("system_id", "at", "actor_name", "edge", "reason", "system__slug")
    return rows


def _life(row: Sequence[Any], period: Period) -> Act:
    at, who, edge, reason, slug = row
    return Act(
        at=datetime.fromisoformat(at),
        kind=word("state of the system"),
        who=who,
        what=term(EDGES[edge]),
        reason=reason,
        url=reverse("system-life", args=[slug]),
    )


def _ordered_asked(period: Period) -> Question:
    rows: QuerySet[Action, Any] = Action.objects.filter(
        incident__system_id__in=period.system_ids,
        type__in=STOPPING,
        ordered_at__gte=period.since,
        ordered_at__lt=period.until,
    ).values_list(
        "incident__system_id", "ordered_at", "executor__name", "type", "words", "state",
        "incident__number",
    )  # fmt: skip
    return rows


def _ordered(row: Sequence[Any], period: Period) -> Act:
    at, who, kind, words, state, number = row
    return Act(
        at=datetime.fromisoformat(at),
        kind=word("ordered by decision"),
        who=who,
        what=worded("{kind}: {words}", kind=_shown(Action, "type", kind), words=words),
        outcome=_shown(Action, "state", state),
        incident=number,
        url=_case_url(number),
    )


def _reviews_asked(period: Period) -> Question:
    rows: QuerySet[AnswerReview, Any] = AnswerReview.objects.filter(
        system_id__in=period.system_ids,
        reviewed_at__gte=period.since,
        reviewed_at__lt=period.until,
    ).values_list(
        "system_id", "reviewed_at", "reviewer__name", "verdict", "words", "system__slug",
        "event_at", "event_id",
    )  # fmt: skip
    return rows


def _review(row: Sequence[Any], period: Period) -> Act:
    at, who, verdict, words, slug, event_at, event = row
    return Act(
        at=datetime.fromisoformat(at),
        kind=word("answer reviewed"),
        who=who,
        what=_shown(AnswerReview, "verdict", verdict),
        reason=words,
        url=reverse("answer", args=[slug, key_of(datetime.fromisoformat(event_at), event)]),
    )


# What is asked, and what becomes of a row of it; the means are told apart.
PARTS: Mapping[
    str, tuple[Callable[[Period], Question], Callable[[Sequence[Any], Period], Act] | None]
] = {
    "contained": (_contained_asked, _contained),
    "measures": (_measures_asked, _measure),
    "lives": (_lives_asked, _life),
    "ordered": (_ordered_asked, _ordered),
    "reviews": (_reviews_asked, _review),
    "means": (_means_asked, None),
}


def _words(overridden: bool | None, blocked: bool, refused: bool, by: str) -> str:
    said = [
        term(word("changed or rejected by a person")) if overridden else "",
        _refused(by) if refused else "",
        term(word("blocked")) if blocked else "",
    ]
    return joined(", ", (one for one in said if one))


def _refused(by: str) -> str:
    if not by:
        return term(word("approval refused by a person"))
    return worded("approval refused by {by}", by=by)


def _given(period: Period) -> dict[str, Any]:
    return {
        "systems": list(period.system_ids),
        "since": period.since,
        "until": period.until,
        "zone": settings.SEAT_ZONE,
    }
