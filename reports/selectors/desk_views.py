"""The views that a person keeps, with how much of the desk each shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from incidents.selectors.instances import asked_columns, instances_of
from ledger.selectors.at_once import Question, Rows, at_once
from registry.models import User
from reports.models import DeskView
from reports.rules.desk import Task
from reports.rules.desk_filters import asked_in, kept_of
from reports.selectors.desk import end_of_day

VIEW = {"": ("id", "page", "name", "query")}


@dataclass(frozen=True, slots=True)
class KeptView:
    """A view by its name; `count` is how many rows it shows, None where only its list knows."""

    id: UUID
    name: str
    page: str
    query: str
    count: int | None = None


def views_of(*, user: User) -> list[DeskView]:
    """Return the views that a person keeps, by name."""
    return views_told(at_once({"views": views_asked(user)})["views"])


def views_asked(user: User) -> Question:
    """Return what to ask for `views_of`, to be read by `views_told`."""
    rows = DeskView.objects.filter(user=user, removed_at__isnull=True)
    return asked_columns(rows.order_by("page", "name", "pk"), VIEW)


def views_told(rows: Rows) -> list[DeskView]:
    """Return the views that `views_asked` found."""
    return instances_of(DeskView, VIEW, rows)


def counted(
    views: Sequence[DeskView], tasks: Sequence[Task], *, user: User, at: datetime
) -> list[KeptView]:
    """Return views with their counts: those of the desk are counted on what was read already."""
    today_ends = end_of_day(at, user.zone)
    return [
        KeptView(row.pk, row.name, row.page, row.query, _count(row, tasks, at, today_ends))
        for row in views
    ]


def _count(row: DeskView, tasks: Sequence[Task], at: datetime, today_ends: datetime) -> int | None:
    if row.page != DeskView.Page.DESK:
        return None
    return len(kept_of(tasks, asked_in(row.query), at=at, today_ends=today_ends))
