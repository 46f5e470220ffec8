"""The figures of incidents, set-wise: one statement for any number of cases and groups; INC-9.

Every instant is that of an append-only row, or one that is set once. The deadline of a stage is the
one that the transition found when the stage was left; of a running stage, the incident's own.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from incidents.models import Incident
from incidents.rules.figures import (
    DURATIONS,
    FAILED,
    FALSE_ALARMS,
    OVERDUE,
    REOPENED,
    RETURNED,
    WITHDRAWN,
    Duration,
    Figures,
    Rate,
    Told,
)
from incidents.selectors.figure_queries import (
    CASES,
    FIGURES,
    KEYS,
    MONTH,
    NONE_FALSE,
)

COLUMNS = ("id", "system_id", "unit_id", "severity", "state", "drill", "onset_at", "detected_at",
           "stage_due_at", "stage_entered_at")  # fmt: skip
# What GROUPING(month, key) says of a row.
OF_KEY, OF_MONTH, OF_ALL = 2, 1, 3
Group = tuple[int, str]
Row = dict[str, Any]
# Room to sort the times of all cases in memory; a plan of a second is not worth compiling.
ROOM = "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)"


def figures_of(
    *,
    visible: QuerySet[Incident],
    by: str,
    since: datetime | None,
    until: datetime,
    false_alarms: str = NONE_FALSE,
) -> Told:
    """Return the figures of the incidents that were detected in [since, until), as of `until`.

    `visible` are those that the reader may see, filtered as asked; `by` is one of GROUPS.
    `false_alarms` is SQL without parameters for the ids of incidents whose readings count no more.
    Raises KeyError for another `by`.
    """
    rows = visible.filter(detected_at__lt=until)
    rows = rows if since is None else rows.filter(detected_at__gte=since)
    try:
        shown, params = rows.order_by().values_list(*COLUMNS).query.sql_with_params()
    except EmptyResultSet:
        return Told(Figures(), (), ())
    cases = CASES.format(month=MONTH, key=KEYS[by], shown=shown, alarms=false_alarms)
    spreads, rates = _rows(cases + FIGURES, [until, *params])
    durations = _durations(spreads)
    found = [_figures(row, durations) for row in rates]
    return Told(
        whole=next(one for group, one in found if group == OF_ALL),
        months=_sorted(found, OF_MONTH),
        groups=_months(found) if by == "month" else _sorted(found, OF_KEY),
    )


def _rows(statement: str, params: list[Any]) -> tuple[list[Row], list[Row]]:
    # No savepoint: what is set holds until the end of the transaction, and does no harm there.
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(ROOM)
        cursor.execute(statement, params)
        rows = cursor.fetchall()
    return (
        [orjson.loads(spread) for spread, _ in rows if spread is not None],
        [orjson.loads(rate) for _, rate in rows if rate is not None],
    )


def _sorted(found: list[tuple[int, Figures]], kind: int) -> tuple[Figures, ...]:
    of_kind = [one for group, one in found if group == kind]
    return tuple(sorted(of_kind, key=lambda one: one.key))


def _months(found: list[tuple[int, Figures]]) -> tuple[Figures, ...]:
    """Groups that are months are called as those."""
    return tuple(replace(one, key=_month(int(one.key))) for one in _sorted(found, OF_KEY))


def _durations(rows: list[Row]) -> Mapping[Group, dict[str, Duration]]:
    told: dict[Group, dict[str, Duration]] = defaultdict(dict)
    for row in rows:
        median, ninth = row["percentiles"] or (None, None)
        told[_group(row)][DURATIONS[row["measure"]]] = Duration(
            row["applies"], row["counted"], row["running"], row["shortest"], row["longest"],
            median, ninth,
        )  # fmt: skip
    return told


def _figures(row: Row, durations: Mapping[Group, dict[str, Duration]]) -> tuple[int, Figures]:
    group, key = _group(row)
    rates = {
        REOPENED: Rate(row["reopened"], row["closed"]),
        OVERDUE: Rate(row["late"], row["stages"]),
        RETURNED: Rate(row["returns"], row["submissions"]),
        FAILED: Rate(row["failures"], row["verifications"]),
        WITHDRAWN: Rate(row["withdrawn"], row["detected"]),
        FALSE_ALARMS: Rate(row["false_alarms"], row["detected"]),
    }
    times = durations.get((group, key), {})
    counts = (row["cases"], row["still_open"], row["drills"], row["withdrawn"])
    return group, Figures(key, *counts, times, rates)


def _group(row: Row) -> Group:
    """Return which group a row is of: the kind of grouping, and what the group is called."""
    if row["grouped"] == OF_MONTH:
        return OF_MONTH, _month(row["month"])
    return row["grouped"], row["key"] or ""


def _month(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
