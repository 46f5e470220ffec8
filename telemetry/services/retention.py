"""Readings beyond their time: months leave as a whole, single signs of life row by row.

A month of which rows lie in DEFAULT, since nothing made its partition, gets one as it leaves.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Q

from ledger.rules.worded import joined, word, worded
from registry.models import System
from registry.rules.retention import Cover, Dropped, Met, met
from telemetry.models import Heartbeat, QuarantinedReading

MONTH = re.compile(r"_(\d{4})(\d{2})$")
AT_ONCE = 50_000
NEEDED = word("needed by an open case: {names}")
CHILDREN = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = to_regclass(%s) ORDER BY 1
"""
IN_DEFAULT = """
SELECT DISTINCT date_trunc('month', {instant} AT TIME ZONE 'UTC')::date
  FROM {parent}_default WHERE {instant} < %s
"""
# Names of tables and columns are ours, from the list below; values are given.
SYSTEMS_IN = {
    "telemetry_measurement": (
        "SELECT DISTINCT s.system_id FROM telemetry_series s WHERE EXISTS"
        " (SELECT 1 FROM {rows} m WHERE m.series_id = s.id) AND s.system_id = ANY(%s)"
    ),
    "telemetry_decision_event": (
        "SELECT s.id FROM registry_system s WHERE EXISTS"
        " (SELECT 1 FROM {rows} e WHERE e.system_id = s.id) AND s.id = ANY(%s)"
    ),
    "telemetry_event_label": (
        "SELECT s.id FROM registry_system s WHERE EXISTS"
        " (SELECT 1 FROM {rows} e WHERE e.system_id = s.id) AND s.id = ANY(%s)"
    ),
}
INSTANT = {
    "telemetry_measurement": "window_end",
    "telemetry_decision_event": "at",
    "telemetry_event_label": "at",
}


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a table, in a partition of its own or in DEFAULT still."""

    parent: str
    first: date
    settled: bool = True

    @property
    def after(self) -> datetime:
        """The first instant that is not in it."""
        years, month = divmod(self.first.month, 12)
        return datetime(self.first.year + years, month + 1, 1, tzinfo=UTC)

    @property
    def rows(self) -> str:
        """What stands after FROM to read it."""
        if self.settled:
            return f"{self.parent}_{self.first:%Y%m}"
        column = INSTANT[self.parent]
        return (
            f"(SELECT * FROM {self.parent}_default WHERE {column} >= '{self.first}T00:00:00Z'"  # noqa: S608  names of ours
            f" AND {column} < '{self.after.isoformat()}')"
        )


@transaction.atomic
def drop_months(
    *,
    parent: str,
    before: datetime,
    cover: Cover,
    dry: bool = False,
    among: Collection[str] | None = None,
) -> Dropped:
    """Drop the months of a table that ended before an instant; with `dry` say what would go.

    `among` names the only months that may go, such as 2026-03.

    A month in which a held system, or one with an open case that reaches back, has readings stays
    whole; so does one that the database keeps by its own clock, or that is in use.
    """
    kept: list[Met] = []
    gone: dict[str, int] = {}
    left: dict[str, list[str]] = {}
    for month in _months(parent, before):
        held, name = _held(month, cover), f"{month.first:%Y-%m}"
        if among is not None and name not in among:
            continue
        if held:
            kept += held
            continue
        came_to = NEEDED if _needed(month, cover) else _leave(month, dry)
        if isinstance(came_to, str):
            left.setdefault(came_to, []).append(name)
        else:
            gone[name] = came_to
    words = [worded(why, names=", ".join(names)) for why, names in left.items()]
    return Dropped(sum(gone.values()), tuple(gone), tuple(kept), joined("; ", words))


@transaction.atomic
def drop_events(*, before: datetime, cover: Cover, dry: bool = False) -> Dropped:
    """Drop old months of decision events, each with what was found out about them later."""
    events = drop_months(parent="telemetry_decision_event", before=before, cover=cover, dry=dry)
    labels = drop_months(
        parent="telemetry_event_label", before=before, cover=cover, dry=dry, among=events.names
    )
    left = joined("; ", [words for words in (events.left, labels.left) if words])
    return replace(events, count=events.count + labels.count, left=left)


@transaction.atomic
def drop_heartbeats(*, before: datetime, cover: Cover, dry: bool = False) -> Dropped:
    """Drop old signs of life but those of held systems."""
    return _drop_rows(Heartbeat, Q(at__lt=before), "system_id", cover, dry)


@transaction.atomic
def drop_quarantined(*, before: datetime, cover: Cover, dry: bool = False) -> Dropped:
    """Drop readings that were held back and are long judged or expired."""
    settled = Q(released_at__isnull=False) | Q(expired_at__isnull=False)
    found = settled & Q(received_at__lt=before)
    return _drop_rows(QuarantinedReading, found, "series__system_id", cover, dry)


def _drop_rows(
    model: type[Heartbeat] | type[QuarantinedReading],
    found: Q,
    system: str,
    cover: Cover,
    dry: bool,
) -> Dropped:
    rows = model._default_manager.filter(found)
    present = list(rows.order_by().values_list(system, flat=True).distinct())
    names = _names(present)
    kept = [one for key in present for one in met(cover.of_system(key), names[key])]
    held = [key for key in present if cover.of_system(key)]
    free = rows.exclude(**{f"{system}__in": held})
    if dry:
        return Dropped(count=free.count(), met=tuple(kept))
    count = 0
    while batch := list(free.values_list("pk", flat=True)[:AT_ONCE]):
        count += model._default_manager.filter(pk__in=batch).delete()[0]
    return Dropped(count=count, met=tuple(kept))


def _months(parent: str, before: datetime) -> list[Month]:
    """Return the months that ended before an instant, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(CHILDREN, [parent])
        found = [MONTH.search(str(name)) for (name,) in cursor.fetchall()]
        cursor.execute(IN_DEFAULT.format(parent=parent, instant=INSTANT[parent]), [before])
        unsettled = [first for (first,) in cursor.fetchall()]
    months = [Month(parent, date(int(one[1]), int(one[2]), 1)) for one in found if one]
    months += [Month(parent, first, settled=False) for first in unsettled]
    return sorted((one for one in months if one.after <= before), key=lambda one: one.first)


def _held(month: Month, cover: Cover) -> list[Met]:
    words = f"{month.first:%Y-%m}"
    if cover.everything:
        return list(met(cover.everything, words))
    present = _present(month, list(cover.systems))
    return [one for key in present for one in met(cover.of_system(key), words)]


def _needed(month: Month, cover: Cover) -> bool:
    reaching = [key for key, since in cover.open_since.items() if since < month.after]
    return bool(_present(month, reaching))


def _present(month: Month, systems: Sequence[UUID]) -> list[UUID]:
    """Return which of the systems have readings in a month."""
    if not systems:
        return []
    with connection.cursor() as cursor:
        cursor.execute(SYSTEMS_IN[month.parent].format(rows=month.rows), [list(systems)])
        return [key for (key,) in cursor.fetchall()]


def _leave(month: Month, dry: bool) -> int | str:
    return _count(month) if dry else _drop(month)


def _count(month: Month) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {month.rows} AS m")  # noqa: S608  a name of ours
        return int(cursor.fetchone()[0])


def _drop(month: Month) -> int | str:
    """Drop a month and return how many readings it held, or why it stays."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if not month.settled:
                cursor.execute(
                    "SELECT telemetry_settle_partition(%s, %s)", [month.parent, month.first]
                )
            cursor.execute("SELECT telemetry_drop_partition(%s, %s)", [month.parent, month.first])
            return int(cursor.fetchone()[0])
    except OperationalError:
        return word("in use just then: {names}")
    except IntegrityError:
        return word("within the legal floor by the database's own clock: {names}")


def _names(systems: Sequence[UUID]) -> dict[UUID, str]:
    return dict(System.objects.filter(pk__in=systems).values_list("pk", "name"))
