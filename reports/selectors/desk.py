"""My desk: what waits for one person, until when, what next; the same few queries for any load."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from governance.selectors.pages.together import line_of
from governance.selectors.shared_causes import Suggested, suggested_causes
from incidents.models import Incident
from incidents.selectors.visibility import incidents_of_people
from registry.models import Delegation, System, User
from registry.selectors.people import covers, delegations_held
from registry.selectors.systems import systems_visible_to
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
from reports.selectors.cases import RolesBySystem, open_cases
from reports.selectors.desk_words import TITLES, headline_of, say_of
from reports.selectors.tasks import task_of_incident, task_of_watch
from reports.selectors.waiting import (
    also_waiting,
    clocks_of,
    happened,
    last_sign_in,
    open_watches,
)

MOST_CAUSES = 5
FAR = timedelta(days=365 * 100)
CERTAIN = ("feed", "version")
"""What the desk puts together by itself; what else is shared is only said to be perhaps one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person sees and has to do: their open incidents, and the tasks by deadline."""

    reader: Reader
    roles: RolesBySystem
    lent: Sequence[Delegation]
    systems: QuerySet[System]
    visible: QuerySet[Incident]
    incidents: Sequence[Incident]
    suggested: Suggested
    tasks: Sequence[Task]


def desk_of(*, user: User, at: datetime, view: str = VIEWS[0], asked: Asked | None = None) -> Desk:
    """Return the desk of a person at an instant; `asked`, or `view` alone, narrows it."""
    seen = seen_by(user=user, at=at)
    since = last_sign_in(user=user)
    also = also_waiting(
        user=user,
        systems=seen.systems,
        roles=seen.roles,
        near=seen.reader.people,
        lent=seen.lent,
        since=since,
        at=at,
    )
    today_ends = end_of_day(at, user.zone)
    wanted = asked or Asked(view=view)
    found = situation_of(seen.tasks, today_ends)
    kept = kept_of(seen.tasks, wanted, at=at, today_ends=today_ends)
    return Desk(
        headline=headline_of(found, also=len(also), zone=ZoneInfo(user.zone), at=at),
        say=say_of(found, also=len(also)),
        groups=grouped(kept, today_ends),
        also=also,
        clocks=clocks_of(seen.incidents, at),
        waiting=[task for task in seen.tasks if not task.mine],
        since_at=since,
        since=happened(user=user, visible=seen.visible, since=since),
        counts={name: len(in_view(seen.tasks, name)) for name in VIEWS},
        causes=causes_of(seen.suggested, user, at),
        tasks=seen.tasks,
    )


def seen_by(*, user: User, at: datetime) -> Seen:
    """Return what a person sees and has to do, the nearest deadline first."""
    lent = delegations_held(user_id=user.pk, at=at)
    systems = systems_visible_to(user=user, at=at, lent=lent)
    roles = RolesBySystem(user_id=user.pk, at=at)
    reader = Reader(
        person=user.pk,
        principals=frozenset(row.principal_id for row in lent if covers(row, None)),
    )
    visible = incidents_of_people(people=sorted(reader.people), systems=systems, at=at)
    cases = open_cases(visible=visible, user=user, at=at)
    incidents = [case.incident for case in cases]
    suggested = suggested_causes(incidents=incidents, at=at)
    roots = roots_of(suggested)
    tasks = [
        task_of_incident(case, reader, roles, root=roots.get(case.incident.pk)) for case in cases
    ]
    tasks += [task_of_watch(watch, reader) for watch in open_watches(systems=systems)]
    tasks = with_primary(sorted(tasks, key=lambda task: (task.due or at + FAR, task.key)))
    return Seen(reader, roles, lent, systems, visible, incidents, suggested, tasks)


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
