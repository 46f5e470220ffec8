"""What the first line of a desk says: how many breaches, how many causes, and what they need.

Each breach is counted in one clause alone, so that the numbers of the clauses are the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.rules.desk import Root, Task, causes_among, is_due_by

MOST_NAMED = 2
LEAST_SHARED = 2


@dataclass(frozen=True, slots=True)
class Sharing:
    """Breaches that share a feed that stopped; `mine`: one of them waits for the reader."""

    root: Root
    breaches: int
    mine: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """Breaches and causes, and the breaches by what they need.

    `shared` are the feeds that are named, the one with most breaches first; the other numbers are
    of what is left: due today and later for the reader, with others, watches. `asked` is how many
    of the watches ask the reader for one line.
    """

    breaches: int
    causes: int
    shared: Sequence[Sharing]
    today: int
    later: int
    others: int
    watches: int
    asked: int

    @property
    def needs_reader(self) -> bool:
        """Whether anything waits for the reader."""
        return bool(self.today or self.later or self.asked or any(one.mine for one in self.shared))


def situation_of(tasks: Sequence[Task], today_ends: datetime) -> Situation:
    """Count tasks for the first line."""
    causes = causes_among(tasks)
    shared = _shared(causes)
    named = {one.root.ident for one in shared}
    rest = [task for task in tasks if task.root is None or task.root.ident not in named]
    watches = [task for task in rest if task.is_watch]
    cases = [task for task in rest if not task.is_watch]
    mine = [task for task in cases if task.mine]
    today = [task for task in mine if is_due_by(task, today_ends)]
    return Situation(
        breaches=_count(tasks),
        causes=len(causes),
        shared=shared,
        today=_count(today),
        later=_count(mine) - _count(today),
        others=_count(cases) - _count(mine),
        watches=_count(watches),
        asked=_count([task for task in watches if task.mine]),
    )


def _shared(causes: Sequence[Sequence[Task]]) -> list[Sharing]:
    found = [
        Sharing(tasks[0].root, _count(tasks), any(task.mine for task in tasks))
        for tasks in causes
        if tasks[0].root is not None and _count(tasks) >= LEAST_SHARED
    ]
    found.sort(key=lambda one: (-one.breaches, one.root.began, one.root.ident))
    return found[:MOST_NAMED]


def _count(tasks: Sequence[Task]) -> int:
    return sum(task.breaches for task in tasks)
