"""What somebody may do with the KPIs of units, read beside the rows that need it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, CharField, Expression
from django.db.models.expressions import RawSQL

from registry.models import Unit
from registry.rules.permits import why_not

# What somebody holds for the unit of a row or one above it; `{unit}` is a column of the row.
HELD = """ARRAY(
WITH RECURSIVE above(id, parent_id) AS (
    SELECT own.id, own.parent_id FROM registry_unit own WHERE own.id = {unit}
    UNION
    SELECT more.id, more.parent_id FROM registry_unit more JOIN above ON more.id = above.parent_id
) SELECT held.role FROM registry_roleassignment held
    JOIN above ON above.id = held.unit_id
    JOIN registry_user person ON person.id = held.user_id AND person.is_active
  WHERE held.user_id = %s AND held.from_at <= %s
    AND (held.until_at IS NULL OR held.until_at > %s))"""
ANSWERS = """EXISTS(
WITH RECURSIVE below(id) AS (
    SELECT own.id FROM registry_unit own WHERE own.id = {unit}
    UNION
    SELECT more.id FROM registry_unit more JOIN below ON more.parent_id = below.id
) SELECT 1 FROM registry_system one JOIN below ON below.id = one.unit_id
  WHERE one.owner_id = %s OR one.deputy_id = %s)"""
MOST = 50


def rights_in(unit: str, *, person: UUID, at: datetime) -> dict[str, Expression]:
    """Return what says of each row what a person holds for its unit; `unit` is a quoted column.

    `held` are the roles, `answers` whether they answer for a system of the unit or below.
    """
    roles: ArrayField[Any, Any] = ArrayField(CharField())
    return {
        "held": RawSQL(HELD.format(unit=unit), [person, at, at], output_field=roles),  # noqa: S611  a column
        "answers": RawSQL(  # noqa: S611  a column of ours
            ANSWERS.format(unit=unit), [person, person], output_field=BooleanField()
        ),
    }


def may(act: str, row: Any) -> bool:
    """Whether the person of `rights_in` may do this with the KPIs of the row's unit."""
    return row.answers or why_not(act, set(row.held)) is None


def units_where(*, act: str, units: Collection[UUID], person: UUID, at: datetime) -> list[Unit]:
    """Return the units among the first of these, by name, in which a person may do this."""
    told = rights_in('"registry_unit"."id"', person=person, at=at)
    rows = Unit.objects.filter(pk__in=units).annotate(**told).order_by("name")[:MOST]
    return [unit for unit in rows if may(act, unit)]
