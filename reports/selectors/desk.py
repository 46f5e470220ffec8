"""My desk: what waits for one person, until when, what next; the same few queries for any load.

One asks who the reader is, one for the open cases and three for the rounds of these, one for all
that stands beside them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from governance.selectors.pages.together import line_of
from governance.selectors.shared_causes import Suggested, causes_asked, causes_told
from incidents.models import Incident
from incidents.selectors.visibility import reach_asked, reach_told
from ledger.selectors.at_once import Question, Rows, at_once
from registry.models import Delegation, System, User
from reports.rules.desk import (
    GROUPS,
    CauseRow,
    Desk,
    Group,
    Root,
    Task,
    causes_among,
    place_of,
)
from reports.rules.desk_beside import Cause
from reports.rules.desk_filters import VIEWS, Asked, in_view, kept_of
from reports.rules.desk_situation import LEAST_SHARED, situation_of
from reports.rules.steps import Reader
from reports.selectors.cases import (
    OpenCase,
    RolesBySystem,
    open_incidents,
    opened_cases,
    papers_asked,
)
from reports.selectors.desk_words import TITLES, headline_of, say_of
from reports.selectors.rights import Rights
from reports.selectors.tasks import task_of_incident, task_of_watch
from reports.selectors.waiting import (
    clocks_of,
    happened_asked,
    happened_told,
    last_sign_in,
    packs_asked,
    packs_told,
    sign_ins_asked,
    watches_asked,
    watches_told,
)
from reports.selectors.waiting_registry import lines_asked, lines_told
from reports.selectors.waiting_there import kinds_asked, kinds_told

MOST_CAUSES = 5
FAR = timedelta(days=365 * 100)
CERTAIN = ("feed", "version")
"""What the desk puts together by itself; what else is shared is only said to be perhaps one."""
Beside = Mapping[str, Question]


@dataclass(frozen=True, slots=True)
class Known:
    """A person as the desk has to know them before it can ask what waits for them.

    `since` is when they signed in before this time, `there` what kinds of lines there are for
    anybody.
    """

    user: User
    reader: Reader
    roles: RolesBySystem
    lent: Sequence[Delegation]
    systems: QuerySet[System]
    visible: QuerySet[Incident]
    since: datetime | None
    there: frozenset[str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person sees and has to do: their open cases, and the tasks by deadline.

    `answers` are those to what was asked beside.
    """

    reader: Reader
    cases: Sequence[OpenCase]
    suggested: Suggested
    tasks: Sequence[Task]
    answers: Mapping[str, Rows] = field(default_factory=dict)


def desk_of(*, user: User, at: datetime, view: str = VIEWS[0], asked: Asked | None = None) -> Desk:
    """Return the desk of a person at an instant; `asked`, or `view` alone, narrows it."""
    return desk_beside(user=user, at=at, asked=asked or Asked(view=view), beside={})[0]


def desk_beside(
    *, user: User, at: datetime, asked: Asked, beside: Beside
) -> tuple[Desk, Mapping[str, Rows]]:
    """Return the desk of a person, and the answers to more questions, asked with its own."""
    known = known_of(user=user, at=at)
    seen = seen_of(known, at=at, beside={**_waiting_asked(known, at), **beside})
    also = [*lines_told(seen.answers.get("lines", [])), *packs_told(seen.answers["packs"])]
    today_ends = end_of_day(at, user.zone)
    found = situation_of(seen.tasks, today_ends)
    kept = kept_of(seen.tasks, asked, at=at, today_ends=today_ends)
    desk = Desk(
        headline=headline_of(found, also=len(also), zone=ZoneInfo(user.zone), at=at),
        say=say_of(found, also=len(also)),
        groups=grouped(kept, today_ends),
        also=also,
        clocks=clocks_of(seen.cases, at),
        waiting=[task for task in seen.tasks if not task.mine],
        since_at=known.since,
        since=happened_told(seen.answers),
        counts={name: len(in_view(seen.tasks, name)) for name in VIEWS},
        causes=causes_of(seen.suggested, user, at),
        tasks=seen.tasks,
    )
    return desk, seen.answers


def seen_by(*, user: User, at: datetime) -> Seen:
    """Return what a person sees and has to do, the nearest deadline first."""
    return seen_of(known_of(user=user, at=at), at=at, beside={})


def known_of(*, user: User, at: datetime) -> Known:
    """Return what the desk has to know of a person first: one query."""
    answers = at_once(
        {
            **reach_asked(user, at),
            **RolesBySystem.asked(user_id=user.pk, at=at),
            "sign_ins": sign_ins_asked(user),
            "kinds": kinds_asked(),
        }
    )
    reach = reach_told(user, at, answers)
    return Known(
        user=user,
        reader=Reader(person=user.pk, principals=frozenset(reach.people) - {user.pk}),
        roles=RolesBySystem(user_id=user.pk, at=at, answers=answers),
        lent=reach.lent,
        systems=reach.systems,
        visible=reach.incidents,
        since=last_sign_in(answers["sign_ins"]),
        there=kinds_told(answers["kinds"]),
    )


def seen_of(known: Known, *, at: datetime, beside: Beside) -> Seen:
    """Return what a person sees and has to do, with the answers to what is asked beside it."""
    incidents = open_incidents(visible=known.visible, user=known.user, at=at)
    answers = at_once(
        {
            **papers_asked(incidents),
            **causes_asked(incidents, at),
            "watches": watches_asked(known.systems),
            **beside,
        }
    )
    suggested = causes_told(incidents, answers)
    roots, cases = roots_of(suggested), opened_cases(incidents, answers, at)
    tasks = [
        task_of_incident(case, known.reader, known.roles, root=roots.get(case.incident.pk))
        for case in cases
    ]
    tasks += [task_of_watch(watch, known.reader) for watch in watches_told(answers["watches"])]
    tasks = with_primary(sorted(tasks, key=lambda task: (task.due or at + FAR, task.key)))
    return Seen(known.reader, cases, suggested, tasks, answers)


def _waiting_asked(known: Known, at: datetime) -> Beside:
    """Return what to ask of the smaller things that wait, and of what happened meanwhile."""
    user, since = known.user, known.since
    rights = Rights(user.pk, known.reader.people, known.roles)
    return {
        **lines_asked(
            user=user, systems=known.systems, rights=rights, there=known.there, at=at,
            lent=known.lent,
        ),
        "packs": packs_asked(user, since),
        **happened_asked(user=user, visible=known.visible, since=since),
    }  # fmt: skip


def roots_of(suggested: Suggested) -> dict[UUID, Root]:
    """Return the feed that each incident comes from, those that began together as one."""
    untied = {one.members for one in suggested.causes}
    found: dict[UUID, Root] = {}
    for shared in suggested.together:
        members = [one for one in shared.members if one.id not in found]
        if shared.key.kind != "feed" or len(members) < LEAST_SHARED:
            continue
        url = f"/incidents/{members[0].number}/#together" if shared.members in untied else ""
        ident = f"{shared.key.ident} {shared.began.isoformat()}"
        root = Root(ident, shared.key.name, shared.began, url)
        found |= {one.id: root for one in members}
    for incident, (key, heard_at) in suggested.stopped.items():
        if incident not in found:
            found[incident] = Root(f"{key.ident} {incident}", key.name, heard_at)
    return found


def causes_of(suggested: Suggested, user: User, at: datetime) -> list[Cause]:
    """Return in a line each what several incidents may have as one cause, though nobody knows."""
    zone = ZoneInfo(user.zone)
    unsure = [one for one in suggested.causes if one.key.kind not in CERTAIN]
    return [
        Cause(text=line_of(one, zone, at), url=f"/incidents/{one.members[0].number}/#together")
        for one in unsure[:MOST_CAUSES]
    ]


def with_primary(tasks: list[Task]) -> list[Task]:
    """Make the reader's first step the one primary action of the page."""
    first = next((task for task in tasks if task.mine), None)
    return [replace(task, primary=True) if task is first else task for task in tasks]


def grouped(tasks: Sequence[Task], today_ends: datetime) -> list[Group]:
    """Group tasks by cause, and causes by what their most pressing task needs, by deadline."""
    places: Mapping[str, list[list[Task]]] = {name: [] for name in GROUPS}
    for together in causes_among(tasks):
        places[place_of(together, today_ends)].append(together)
    return [
        Group(id=name, title=str(TITLES[name]), causes=_rows(name, found))
        for name, found in places.items()
        if found
    ]


def end_of_day(at: datetime, zone: str) -> datetime:
    """Return the end of the reader's day."""
    here = at.astimezone(ZoneInfo(zone))
    tomorrow = here.date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, tzinfo=ZoneInfo(zone))


def _rows(place: str, causes: Sequence[Sequence[Task]]) -> list[CauseRow]:
    return [
        CauseRow(id=f"{place}-{number}", tasks=tasks, primary=any(task.primary for task in tasks))
        for number, tasks in enumerate(causes, start=1)
    ]
