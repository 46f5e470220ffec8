"""What stands beside the rows of the list of systems: figures, units, a permit; in one query."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import CharField, Count, F, QuerySet, Value

from governance.models import Standing, Watch
from incidents.models import Incident
from incidents.rules.transitions import ENDED
from registry.models import Unit
from registry.selectors.compiled import compiled, padded
from registry.selectors.profile import roles_to_register

Figures = dict[UUID, Counter[str]]
# What a row of `beside` is where it counts nothing.
UNIT, PERMIT = -1, -2


@dataclass(slots=True)
class Beside:
    """What stands beside the rows of a page: figures by system, units by name, a permit."""

    figures: Figures
    units: list[tuple[str, str]]
    may_register: bool = False


def beside(
    ids: Sequence[UUID],
    units: Sequence[UUID],
    incidents: QuerySet[Incident],
    reader_id: UUID,
    at: datetime,
) -> Beside:
    """Return standings by state, watches and open incidents of these systems; one query.

    The units' names and whether the reader may register come with it: each alone would be a trip.
    """
    found = Beside(defaultdict(Counter), [])
    parts: list[tuple[str, Sequence[Any]]] = [
        _around.statement(units=padded(units), reader=reader_id, at=at)
    ]
    if ids:
        opened = incidents.filter(system_id__in=ids, drill=False).exclude(state__in=ENDED)
        parts.append(_judged.statement(ids=padded(ids)))
        # Who may see no incident at all has no statement to ask for them.
        with suppress(EmptyResultSet):
            cases = _counted(opened, "system_id", Value("incidents"))
            parts.append(cases.query.sql_with_params())
    with connection.cursor() as cursor:
        statement = " UNION ALL ".join(f"({one})" for one, _ in parts)
        cursor.execute(statement, [value for _, values in parts for value in values])
        rows = cursor.fetchall()
    for key, word, count in rows:
        if count == UNIT:
            found.units.append((str(key), word))
        elif count == PERMIT:
            found.may_register = True
        else:
            found.figures[key][word] = count
    found.units.sort(key=lambda unit: unit[1].casefold())
    return found


@compiled(units=UUID, reader=UUID, at=datetime)
def _around(units: Sequence[UUID], reader: UUID, at: datetime) -> QuerySet[Any, Any]:
    named = Unit.objects.filter(pk__in=units).order_by().values_list("pk", "name", Value(UNIT))
    held = roles_to_register(user_id=reader, at=at).order_by()
    permits = held.values_list("pk", Value("", output_field=CharField()), Value(PERMIT))
    return named.union(permits, all=True)


@compiled(ids=UUID)
def _judged(ids: Sequence[UUID]) -> QuerySet[Any, Any]:
    standings = Standing.objects.filter(series__system_id__in=ids)
    watches = Watch.objects.filter(system_id__in=ids, state__in=("open", "answered"))
    return _counted(standings, "series__system_id", F("state")).union(
        _counted(watches, "system_id", Value("watches")), all=True
    )


def _counted(rows: QuerySet[Any], key: str, word: Any) -> QuerySet[Any]:
    rows = rows.order_by().annotate(of=F(key)).values("of")
    labelled = rows.annotate(word=word if isinstance(word, F) else _as_text(word))
    counted: QuerySet[Any] = labelled.annotate(number=Count("pk"))
    return counted.values_list("of", "word", "number")


def _as_text(word: Value) -> Value:
    return Value(word.value, output_field=CharField())
