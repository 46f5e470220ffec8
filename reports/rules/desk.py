"""The parts of a desk, ready to be shown: value types, and how rows are put together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from reports.rules.desk_beside import Also, Cause, Clock, Held, Since

OWN = 10
TOGETHER = "/desk/together/"
MOST_TOGETHER = 50
MOST_HELD = 8
MOST_NAMED = 3
TOGETHER_ACTS = {"acknowledge": "acknowledge", "answer_watch": "acknowledge"}
"""Of which next steps several are taken on one page, by which act."""
GROUPS = ("today", "later", "others", "watches")
SEVERITIES = ("severe", "major", "moderate", "minor", "")


@dataclass(frozen=True, slots=True)
class Root:
    """What several cases come from for certain: a feed that stopped, heard last at `began`.

    `url` is where they are tied together, '' once they are.
    """

    ident: str
    name: str
    began: datetime
    url: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One row: what it is, until when, and the one next step; `mine` is the reader's own.

    `mark` names it where several are done at once, '' where the reader can do nothing to it;
    `command` is the step as the machine knows it.
    """

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
    system_slug: str = ""
    cause: str = ""
    who: str = ""
    waits_for: str = ""
    number: str = ""
    command: str = ""
    mark: str = ""
    root: Root | None = None

    @property
    def is_watch(self) -> bool:
        """Whether it is a watch, not an incident."""
        return self.key.startswith("watch:")

    @property
    def origin(self) -> tuple[str, ...]:
        """What tells its cause from others: the feed, the system with its version, or itself."""
        if self.root is not None:
            return ("feed", self.root.ident)
        return ("watch", self.key) if self.is_watch else ("here", self.system, self.cause)


@dataclass(frozen=True, slots=True)
class CauseRow:
    """The tasks of one cause, by deadline; with several it is one row that opens to them."""

    id: str
    tasks: Sequence[Task]
    primary: bool = False

    @property
    def first(self) -> Task:
        """The task whose deadline is nearest."""
        return self.tasks[0]

    @property
    def root(self) -> Root | None:
        """The feed that they share, if it is one."""
        return self.first.root

    @property
    def opens(self) -> bool:
        """Whether there is more than one to open to."""
        return len(self.tasks) > 1

    @property
    def breaches(self) -> int:
        """How many breaches they are."""
        return sum(task.breaches for task in self.tasks)

    @property
    def mine(self) -> bool:
        """Whether one of them waits for the reader."""
        return any(task.mine for task in self.tasks)

    @property
    def due(self) -> datetime | None:
        """The nearest deadline of the reader's own, else of all."""
        instants = [task.due for task in self.tasks if task.mine and task.due]
        return min(instants or [task.due for task in self.tasks if task.due], default=None)

    @property
    def severity(self) -> str:
        """The gravest of them."""
        return min((task.severity for task in self.tasks), key=SEVERITIES.index)

    @property
    def systems(self) -> Sequence[str]:
        """Whose they are, by name."""
        return sorted({task.system for task in self.tasks if task.system})

    @property
    def titles(self) -> Sequence[str]:
        """What the first of them are called, each title once."""
        return list(dict.fromkeys(task.title for task in self.tasks))[:MOST_NAMED]

    @property
    def more(self) -> int:
        """How many titles are not among those."""
        return len({task.title for task in self.tasks}) - len(self.titles)

    @property
    def tied_url(self) -> str:
        """Where the reader ties them together, '' for who may not or where they are tied."""
        may = any(task.mark for task in self.tasks)
        return self.root.url if self.root is not None and may else ""

    @property
    def act(self) -> str:
        """What the reader can do to several of them at once, '' for nothing."""
        acts = {TOGETHER_ACTS.get(task.command, "") for task in self.tasks if task.mine}
        return acts.pop() if len(acts) == 1 else ""

    @property
    def own(self) -> Sequence[Task]:
        """Those that wait for the reader."""
        return [task for task in self.tasks if task.mine]

    @property
    def act_url(self) -> str:
        """Where that is done to those that wait for the reader."""
        return together_url(self.act, (task.mark for task in self.own)) if self.act else ""


@dataclass(frozen=True, slots=True)
class Group:
    """Causes under one head, by deadline: what needs the reader today, later, others, watches."""

    id: str
    title: str
    causes: Sequence[CauseRow]

    @property
    def tasks(self) -> Sequence[Task]:
        """The tasks of all causes, in order."""
        return [task for cause in self.causes for task in cause.tasks]

    @property
    def breaches(self) -> int:
        """How many breaches they are."""
        return sum(cause.breaches for cause in self.causes)


@dataclass(frozen=True, slots=True)
class Headline:
    """The situation in one sentence: what stands large, and how it goes on ('' for nothing)."""

    lead: str
    rest: str = ""

    def __str__(self) -> str:
        return f"{self.lead} {self.rest}".strip()


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything on a desk; `tasks` are all of them, `groups` those of the view that is shown."""

    headline: Headline
    say: str
    groups: Sequence[Group]
    also: Sequence[Also]
    clocks: Sequence[Clock]
    waiting: Sequence[Task]
    since_at: datetime | None
    since: Sequence[Since]
    counts: dict[str, int] = field(default_factory=dict)
    causes: Sequence[Cause] = ()
    tasks: Sequence[Task] = ()

    @property
    def held(self) -> Sequence[Held]:
        """What others have, the same of one person in one line, the nearest deadline first."""
        found: dict[tuple[str, str], list[Task]] = {}
        for task in self.waiting:
            found.setdefault((task.who, task.waits_for), []).append(task)
        return [
            Held(who, what, len(tasks), tasks[0].due, tasks[0].url)
            for (who, what), tasks in list(found.items())[:MOST_HELD]
        ]

    @property
    def acts(self) -> Sequence[str]:
        """What the reader can be offered to do to several of the tasks shown at once."""
        shown = [task for group in self.groups for task in group.tasks]
        offered = {
            "acknowledge": any(task.command in TOGETHER_ACTS for task in shown),
            "assign": any(task.mark and not task.is_watch for task in shown),
            "close": any(task.command == "validate" for task in shown),
        }
        return [act for act, is_offered in offered.items() if is_offered]

    @property
    def nearest(self) -> Task | None:
        """The reader's own task whose deadline is nearest."""
        return next((task for task in self.tasks if task.mine and task.due), None)


def together_url(act: str, marks: Iterable[str]) -> str:
    """Return the address where an act is done to several cases, after it was looked at."""
    cases = [mark for mark in marks if mark][:MOST_TOGETHER]
    return f"{TOGETHER}?{urlencode([('act', act), *(('case', mark) for mark in cases)])}"


def causes_among(tasks: Sequence[Task]) -> list[list[Task]]:
    """Put tasks together by their cause; both orders stay as they were given."""
    found: dict[tuple[str, ...], list[Task]] = {}
    for task in tasks:
        found.setdefault(task.origin, []).append(task)
    return list(found.values())


def place_of(tasks: Sequence[Task], today_ends: datetime) -> str:
    """Return under which of GROUPS a cause stands: where its most pressing task belongs."""
    places = {_place(task, today_ends) for task in tasks}
    return next(place for place in GROUPS if place in places)


def is_due_by(task: Task, instant: datetime) -> bool:
    """Whether its deadline is not after an instant; what has none is not."""
    return task.due is not None and task.due <= instant


def _place(task: Task, today_ends: datetime) -> str:
    if task.is_watch:
        return "watches"
    if not task.mine:
        return "others"
    return "today" if is_due_by(task, today_ends) else "later"
