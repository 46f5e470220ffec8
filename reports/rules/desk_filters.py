"""What a reader narrows a desk to, as it stands in an address: a view, whose step, system, due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from reports.rules.desk import Task
from reports.rules.steps import BUTTONS

VIEWS = ("cause", "mine", "others", "watches")
WAITS = (*BUTTONS, "others")
DUES = ("overdue", "today", "week", "none")
LONGEST_SLUG = 80
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for; '' for anything. `waits` is a step of the reader's, or 'others'."""

    view: str = VIEWS[0]
    waits: str = ""
    system: str = ""
    due: str = ""

    @property
    def query(self) -> str:
        """The part of an address that asks for the same; '' for the whole desk."""
        given = {
            "view": "" if self.view == VIEWS[0] else self.view,
            "waits": self.waits,
            "system": self.system,
            "due": self.due,
        }
        return urlencode({name: value for name, value in given.items() if value})

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the view."""
        return bool(self.waits or self.system or self.due)


def asked_of(given: Mapping[str, str]) -> Asked:
    """Read what was asked; what is none of the choices counts as not asked."""
    system = given.get("system", "")[:LONGEST_SLUG].replace("\x00", "")
    return Asked(
        view=_one_of(given.get("view", ""), VIEWS, VIEWS[0]),
        waits=_one_of(given.get("waits", ""), WAITS, ""),
        system=system.strip(),
        due=_one_of(given.get("due", ""), DUES, ""),
    )


def asked_in(query: str) -> Asked:
    """Read what a kept query asks for."""
    return asked_of(dict(parse_qsl(query)))


def plain_query(page: str, query: str) -> str:
    """Return a query as its list ('desk', 'incidents', 'systems') writes it, at its first page."""
    if page == "desk":
        return asked_in(query).query
    return urlencode([one for one in parse_qsl(query) if one[0] not in ("after", "page")])


def kept_of(
    tasks: Iterable[Task], asked: Asked, *, at: datetime, today_ends: datetime
) -> list[Task]:
    """Return the tasks that were asked for, in their order."""
    found = in_view(tasks, asked.view)
    if asked.waits:
        found = [task for task in found if _waits(task, asked.waits)]
    if asked.system:
        found = [task for task in found if task.system_slug == asked.system]
    if asked.due:
        found = [task for task in found if _is_due(task.due, asked.due, at, today_ends)]
    return found


def in_view(tasks: Iterable[Task], view: str) -> list[Task]:
    """Return the tasks of one of VIEWS."""
    if view == "mine":
        return [task for task in tasks if task.mine]
    if view == "watches":
        return [task for task in tasks if task.is_watch]
    if view == "others":
        return [task for task in tasks if not task.mine and not task.is_watch]
    return list(tasks)


def _waits(task: Task, wanted: str) -> bool:
    return not task.mine if wanted == "others" else task.mine and task.command == wanted


def _is_due(due: datetime | None, wanted: str, at: datetime, today_ends: datetime) -> bool:
    if due is None:
        return wanted == "none"
    if wanted == "overdue":
        return due < at
    until = {"today": today_ends, "week": today_ends + WEEK - timedelta(days=1)}
    return wanted in until and due <= until[wanted]


def _one_of(given: str, known: Sequence[str], otherwise: str) -> str:
    return given if given in known else otherwise
