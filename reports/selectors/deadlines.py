"""A person's deadlines, for a calendar: number, system and stage, nothing that says more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.utils.translation import gettext as _

from registry.models import User
from reports.models import CalendarFeed
from reports.rules.desk import Task
from reports.selectors.cases import OpenCase
from reports.selectors.desk import Seen, seen_by

MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Deadline:
    """What a calendar tells: `uid` stays while the deadline is the same, `since` says from when."""

    uid: str
    number: str
    system: str
    stage: str
    due: datetime
    since: datetime
    path: str


def feed_of_secret(secret: str) -> CalendarFeed | None:
    """Return the calendar that a secret opens, None for no such or of somebody who left."""
    if not 0 < len(secret) <= 100 or "\x00" in secret:
        return None
    digest = sha256(secret.encode()).hexdigest()
    rows = CalendarFeed.objects.filter(ended_at__isnull=True, user__is_active=True)
    found: CalendarFeed | None = rows.select_related("user").filter(secret_sha256=digest).first()
    return found


def feed_in_force(*, user: User) -> CalendarFeed | None:
    """Return the address that a person's calendar has now."""
    rows: CalendarFeed | None = CalendarFeed.objects.filter(
        user=user, ended_at__isnull=True
    ).first()
    return rows


def deadlines_of(*, user: User, at: datetime) -> list[Deadline]:
    """Return what a person must do until when, and the clocks of cases that they act on."""
    seen = seen_by(user=user, at=at)
    found = [*_steps(seen), *_running(seen)]
    return sorted(found, key=lambda one: (one.due, one.uid))[:MOST_KEPT]


def _steps(seen: Seen) -> Iterator[Deadline]:
    entered = {one.incident.number: one.incident.stage_entered_at for one in seen.cases}
    for task in seen.tasks:
        if task.mine and task.due is not None:
            yield Deadline(
                uid=f"{task.key.replace(':', '-')}-{task.command}-{int(task.due.timestamp())}",
                number=task.number or _("Watch"),
                system=task.system,
                stage=task.step,
                due=task.due,
                since=entered.get(task.number, task.due),
                path=task.url,
            )


def _running(seen: Seen) -> Iterator[Deadline]:
    acted_on = {task.number: task for task in seen.tasks if task.mark}
    for case in seen.cases:
        incident = case.incident
        task = acted_on.get(incident.number)
        if task is not None:
            yield from _clocks(case, task)
        for action in case.actions:
            if action.executor_id in seen.reader.people:
                yield Deadline(
                    uid=f"action-{action.pk}-{int(action.due_at.timestamp())}",
                    number=incident.number,
                    system=incident.system.name,
                    stage=_("Carry it out"),
                    due=action.due_at,
                    since=action.ordered_at,
                    path=f"/incidents/{incident.number}/",
                )


def _clocks(case: OpenCase, task: Task) -> Iterator[Deadline]:
    for clock in case.clocks:
        yield Deadline(
            uid=f"clock-{clock.pk}-{int(clock.due_at.timestamp())}",
            number=case.incident.number,
            system=task.system,
            stage=_("Regulatory clock"),
            due=clock.due_at,
            since=clock.aware_at,
            path=task.url,
        )
