"""My desk: what waits for one person, until when, what next; the same few queries for any load."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from governance.selectors.pages.together import line_of
from governance.selectors.shared_causes import suggested_causes
from incidents.models import Incident
from incidents.selectors.visibility import incidents_of_people
from registry.models import User
from registry.selectors.people import covers, delegations_held
from registry.selectors.systems import systems_visible_to
from reports.rules.desk import Cause, Desk, Group, Task, grouped
from reports.rules.steps import Reader
from reports.rules.wording import count, sentence, spelt
from reports.selectors.cases import RolesBySystem, open_cases
from reports.selectors.tasks import task_of_incident, task_of_watch
from reports.selectors.waiting import (
    also_waiting,
    clocks_of,
    happened,
    last_sign_in,
    open_watches,
)

MOST_WAITING = 8
MOST_CAUSES = 5
FAR = timedelta(days=365 * 100)
VIEWS = ("cause", "mine", "others", "watches")


def desk_of(*, user: User, at: datetime, view: str = "cause") -> Desk:
    """Return the desk of a person at an instant; `view` keeps one kind of rows of VIEWS."""
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
    tasks = [task_of_incident(case, reader, roles) for case in cases]
    tasks += [task_of_watch(watch, reader) for watch in open_watches(systems=systems)]
    tasks = with_primary(sorted(tasks, key=lambda task: (task.due or at + FAR, task.key)))
    since = last_sign_in(user=user)
    groups = grouped(shown(tasks, view), end_of_day(at, user.zone))
    return Desk(
        headline=headline(tasks),
        say=say(grouped(tasks, end_of_day(at, user.zone))),
        groups=groups,
        also=also_waiting(
            user=user,
            systems=systems,
            roles=roles,
            near=reader.people,
            lent=lent,
            since=since,
            at=at,
        ),
        clocks=clocks_of(incidents, at),
        waiting=[task for task in tasks if not task.mine][:MOST_WAITING],
        since_at=since,
        since=happened(user=user, visible=visible, since=since),
        counts=counts(tasks),
        causes=causes_of(incidents, user, at),
    )


def causes_of(incidents: Sequence[Incident], user: User, at: datetime) -> list[Cause]:
    """Return in a line each what several incidents may have as one cause."""
    found = suggested_causes(incidents=incidents, at=at).causes
    zone = ZoneInfo(user.zone)
    return [
        Cause(text=line_of(one, zone, at), url=f"/incidents/{one.members[0].number}/#together")
        for one in found[:MOST_CAUSES]
    ]


def with_primary(tasks: list[Task]) -> list[Task]:
    """Make the reader's first step the one primary action of the page."""
    first = next((task for task in tasks if task.mine), None)
    return [replace(task, primary=True) if task is first else task for task in tasks]


def shown(tasks: list[Task], view: str) -> list[Task]:
    """Return the tasks of a view."""
    if view == "mine":
        return [task for task in tasks if task.mine]
    if view == "watches":
        return [task for task in tasks if task.standing == "watch"]
    if view == "others":
        return [task for task in tasks if not task.mine and task.standing != "watch"]
    return tasks


def counts(tasks: list[Task]) -> dict[str, int]:
    """Return how many rows each view has."""
    return {view: len(shown(tasks, view)) for view in VIEWS}


def headline(tasks: list[Task]) -> str:
    """Say the situation in one sentence."""
    if not tasks:
        return _("Nothing waits for you.")
    breaches = sum(task.breaches for task in tasks)
    causes = len({(task.system, task.cause) for task in tasks})
    return f"{count(breaches, 'breach', 'breaches')}, {count(causes, 'cause')}."


def say(groups: list[Group]) -> str:
    """Say what that means for the reader, in a few clauses."""
    sizes = {group.id: len(group.tasks) for group in groups}
    if not sizes:
        return _("No incident or watch is open in the systems that you see.")
    today, later = sizes.get("today", 0), sizes.get("later", 0)
    others, watches = sizes.get("others", 0), sizes.get("watches", 0)
    return sentence(
        f"{spelt(today)} need{'s' if today == 1 else ''} you today" if today else "",
        f"{spelt(later)} need{'s' if later == 1 else ''} you later" if later else "",
        "" if today or later else "none needs you",
        f"somebody has {spelt(others)}" if others else "",
        f"{spelt(watches)} {'is a watch' if watches == 1 else 'are watches'}" if watches else "",
    )


def end_of_day(at: datetime, zone: str) -> datetime:
    """Return the end of the reader's day."""
    here = at.astimezone(ZoneInfo(zone))
    tomorrow = here.date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, tzinfo=ZoneInfo(zone))
