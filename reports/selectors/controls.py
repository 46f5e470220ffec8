"""Controls with their evidence as it stands, and as it will be on a day.

Everything is computed from the record when it is asked for; nothing is stored, so nothing can be
older than what it shows. One reading serves every framework: each source is read once.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date, datetime, timedelta

from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from ledger.selectors.past import as_it_was
from registry.models import Framework
from registry.selectors.law import IN_FORCE, begins_at
from reports.rules.controls import (
    Control,
    ControlScope,
    Readiness,
    counts,
    on_day,
    work_of,
)
from reports.selectors.control_reading import Reading, control_provisions, in_order
from reports.selectors.own_rows import (
    FILE,
    own_frameworks_then,
)


def control_frameworks(*, then: datetime | None = None) -> list[Framework]:
    """Return the frameworks that have controls: laws, then standards, then guidelines, then own.

    With an instant, own ones are those that were in force then, also if they were withdrawn since.
    """
    known = control_provisions().order_by().values("framework_id").distinct()
    rows = list(Framework.objects.filter(IN_FORCE, pk__in=known).order_by("name"))
    if then is not None:
        with as_it_was(then):
            own = own_frameworks_then()
        rows = [row for row in rows if row.file != FILE] + own
    return in_order(rows)


def control_framework(key: str, *, then: datetime | None = None) -> Framework:
    """Return one of them. Raises Missing."""
    return framework_among(control_frameworks(then=then), key)


def framework_among(rows: Sequence[Framework], key: str) -> Framework:
    """Return the framework of a key. Raises Missing."""
    found = next((row for row in rows if row.pk == key), None)
    if found is None:
        words = worded("There are no controls of a framework {key!r}.", key=key)
        raise Missing("unknown_framework", words)
    return found


def control_standing(
    *, scope: ControlScope, framework: str = ""
) -> tuple[list[Framework], dict[str, list[Control]]]:
    """Return the frameworks that have controls, and these by framework; of one alone if asked.

    Two queries, more for an instant of the past. Raises Missing for a framework without controls.
    """
    with as_it_was(scope.as_of) if scope.past else nullcontext():
        reading = Reading(scope)
    known = reading.frameworks()
    wanted = [framework_among(known, framework)] if framework else known
    return known, {one.pk: reading.controls(one.pk) for one in wanted}


def controls_of(*, framework: str, scope: ControlScope) -> list[Control]:
    """Return the controls of one framework with their evidence, in its order."""
    return controls_by_framework(frameworks=[framework], scope=scope)[framework]


def controls_by_framework(
    *, frameworks: Sequence[str], scope: ControlScope
) -> dict[str, list[Control]]:
    """Return the controls of several frameworks; every source is read once for all of them.

    Two queries for any number of systems and frameworks.
    """
    with as_it_was(scope.as_of) if scope.past else nullcontext():
        reading = Reading(scope)
    return {key: reading.controls(key) for key in frameworks}


def readiness(*, frameworks: Sequence[str], scope: ControlScope, day: date) -> Readiness:
    """Return how the frameworks will stand at the end of a day if nothing is done (MS-6).

    `day` is one at the organisation's seat. What will have run out by then is stale; what must be
    done stands in the order in which it helps most.
    """
    at = begins_at(day + timedelta(days=1))
    found = controls_by_framework(frameworks=frameworks, scope=scope)
    controls = tuple(
        on_day(one, day, at=at, now=scope.as_of) for rows in found.values() for one in rows
    )
    return Readiness(
        day=day, at=at, controls=controls, counts=counts(controls), work=work_of(controls, at)
    )
