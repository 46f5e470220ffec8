"""The parts of a desk, ready to be shown: value types."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

OWN = 10


@dataclass(frozen=True, slots=True)
class Task:
    """One row: what it is, until when, and the one next step; `mine` is the reader's own."""

    key: str
    title: str
    url: str
    text: str
    trail: str
    mine: bool
    breaches: int
    severity: str = ""
    standing: str = ""
    due: datetime | None = None
    step: str = ""
    step_url: str = ""
    primary: bool = False
    system: str = ""
    system_url: str = ""
    cause: str = ""
    who: str = ""
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks of one cause: a head, what they share, and the tasks by deadline."""

    id: str
    title: str
    say: str
    tasks: Sequence[Task]
    system: str = ""
    system_url: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Also:
    """A smaller thing that waits for the reader; `urgent` stands at the head of the desk."""

    title: str
    url: str
    who: str
    due: datetime | None
    step: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """A running clock: what is used of it, 0 to 100, and whose it is."""

    title: str
    url: str
    due: datetime
    share: int
    tag: str
    state: str
    note: str


@dataclass(frozen=True, slots=True)
class Since:
    """One line about what happened since the reader's last sign-in."""

    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class Cause:
    """One line of what several incidents may have as one cause, and where they are tied."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything on a desk."""

    headline: str
    say: str
    groups: Sequence[Group]
    also: Sequence[Also]
    clocks: Sequence[Clock]
    waiting: Sequence[Task]
    since_at: datetime | None
    since: Sequence[Since]
    counts: dict[str, int] = field(default_factory=dict)
    causes: Sequence[Cause] = ()


def share_used(begins: datetime, due: datetime, at: datetime) -> int:
    """Return how much of the time from begin to deadline has passed, 0 to 100."""
    whole = (due - begins).total_seconds()
    if whole <= 0:
        return 100
    return max(0, min(100, round((at - begins).total_seconds() * 100 / whole)))


def grouped(tasks: Sequence[Task], today_ends: datetime) -> list[Group]:
    """Group tasks: the reader's of today, the reader's of later, others', watches; by cause each.

    Tasks keep their order, which is that of their deadlines.
    """
    mine = [task for task in tasks if task.mine]
    parts = (
        ("today", "Needs you today", [task for task in mine if _by(task, today_ends)]),
        ("later", "Needs you", [task for task in mine if not _by(task, today_ends)]),
        ("others", "Somebody has it", [task for task in tasks if _others(task)]),
        ("watches", "Watch", [task for task in tasks if not task.mine and _is_watch(task)]),
    )
    return [_group(id, title, found) for id, title, found in parts if found]


def _group(id: str, title: str, tasks: Sequence[Task]) -> Group:
    causes = list(dict.fromkeys((task.system, task.cause) for task in tasks))
    breaches = sum(task.breaches for task in tasks)
    ordered = [task for cause in causes for task in tasks if (task.system, task.cause) == cause]
    named = f"{len(causes)} cause{'s' if len(causes) != 1 else ''}, {breaches} "
    one = len(causes) == 1
    return Group(
        id=id,
        title=title,
        say=f"{named}breach{'es' if breaches != 1 else ''}{': ' if one else ''}",
        tasks=ordered,
        system=tasks[0].system if one else "",
        system_url=tasks[0].system_url if one else "",
        cause=tasks[0].cause if one else "",
    )


def _by(task: Task, instant: datetime) -> bool:
    return task.due is not None and task.due <= instant


def _others(task: Task) -> bool:
    return not task.mine and not _is_watch(task)


def _is_watch(task: Task) -> bool:
    return task.key.startswith("watch:")
