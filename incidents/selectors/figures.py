"""The figures of incidents, set-wise: two queries for any number of cases and groups; INC-9.

Every instant is that of an append-only row, or one that is set once. The deadline of a stage is the
one that the transition found when the stage was left; of a running stage, the incident's own.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from incidents.models import Incident
from incidents.rules.figures import (
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
    DURATIONS,
    ENDED_STAGE,
    KEYS,
    MONTH,
    NONE_FALSE,
    RATES,
)

COLUMNS = ("id", "system_id", "unit_id", "severity", "state", "drill", "onset_at", "detected_at",
           "stage_due_at")  # fmt: skip
# What GROUPING(month, key) says of a row.
OF_KEY, OF_MONTH, OF_ALL = 2, 1, 3
Group = tuple[int, str]


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
    cases = CASES.format(
        month=MONTH, key=KEYS[by], shown=shown, alarms=false_alarms, ended=ENDED_STAGE
    )
    given = [until, *params]
    durations = _durations(_rows(cases + DURATIONS, given))
    found = [_figures(row, durations) for row in _rows(cases + RATES, given)]
    return Told(
        whole=next(one for group, one in found if group == OF_ALL),
        months=_sorted(found, OF_MONTH),
        groups=_sorted(found, OF_KEY),
    )


def _rows(statement: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _sorted(found: list[tuple[int, Figures]], kind: int) -> tuple[Figures, ...]:
    of_kind = [one for group, one in found if group == kind]
    return tuple(sorted(of_kind, key=lambda one: one.key))


def _durations(rows: list[tuple[Any, ...]]) -> Mapping[Group, dict[str, Duration]]:
    told: dict[Group, dict[str, Duration]] = defaultdict(dict)
    for group, key, measure, of, counted, running, shortest, longest, percentiles in rows:
        median, ninth = percentiles or (None, None)
        told[group, key][measure] = Duration(of, counted, running, shortest, longest, median, ninth)
    return told


def _figures(
    row: tuple[Any, ...], durations: Mapping[Group, dict[str, Duration]]
) -> tuple[int, Figures]:
    group, key, cases, still_open, drills, withdrawn = row[:6]
    reopened, closed, late, stages, returns, submissions, failures, verifications = row[6:14]
    false_alarms, detected = row[14:]
    rates = {
        REOPENED: Rate(reopened, closed),
        OVERDUE: Rate(late, stages),
        RETURNED: Rate(returns, submissions),
        FAILED: Rate(failures, verifications),
        WITHDRAWN: Rate(withdrawn, detected),
        FALSE_ALARMS: Rate(false_alarms, detected),
    }
    times = durations.get((group, key), {})
    return group, Figures(key, cases, still_open, drills, withdrawn, times, rates)
