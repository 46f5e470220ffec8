"""What the groups of the figures are called, and which systems and units can be chosen."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import CharField, QuerySet, Value
from django.utils.dateformat import format as say_date

from incidents.models import Incident
from incidents.rules.figures import Figures
from registry.models import System, Unit

Choice = tuple[UUID, str, str]


def names_of(*, by: str, groups: Iterable[Figures]) -> dict[str, tuple[str, str]]:
    """Return what groups are called, and the short name of a system; one query at most."""
    keys = [one.key for one in groups]
    if by == "system":
        systems = System.objects.filter(pk__in=keys).values_list("pk", "name", "slug")
        return {str(pk): (name, slug) for pk, name, slug in systems}
    if by == "unit":
        units = Unit.objects.filter(pk__in=keys).values_list("pk", "name")
        return {str(pk): (name, "") for pk, name in units}
    return {key: (_month(key) if by == "month" else key, "") for key in keys}


def choices_of(visible: QuerySet[Incident]) -> tuple[list[Choice], list[Choice]]:
    """Return the systems and the units of these cases as (key, short name, name); one query."""
    cases = visible.order_by()
    systems = System.objects.filter(pk__in=cases.values("system_id"))
    units = Unit.objects.filter(pk__in=cases.values("unit_id"))
    both = systems.values_list(_word("system"), "pk", "slug", "name").union(
        units.values_list(_word("unit"), "pk", _word(""), "name"), all=True
    )
    rows = list(both.order_by("name", "slug"))
    return [row[1:] for row in rows if row[0] == "system"], [
        row[1:] for row in rows if row[0] == "unit"
    ]


def _word(said: str) -> Value:
    return Value(said, output_field=CharField())


def _month(key: str) -> str:
    return say_date(datetime(int(key[:4]), int(key[5:]), 1, tzinfo=UTC), "F Y")
