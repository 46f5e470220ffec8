"""Whether somebody holds a role within some units, asked for lists of people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    UUIDField,
    Value,
    When,
)
from django.db.models.lookups import IsNull

from registry.models import RoleAssignment, Unit, User
from registry.selectors.unnest import Unnest

# More roles than these are looked up person by person, while no more people work elsewhere.
MOST_AT_ONCE = 2_000
MOST_ELSEWHERE = 200


def holds_role_within(units: Sequence[UUID], *, at: datetime) -> Q:
    """Return the condition that a person holds a role in the units or for a system of theirs.

    Now or later. To be asked beside the condition that they work there. Then, where nearly
    everybody does, the roles of the few others are looked up one by one: else all are read first.
    """
    held = RoleAssignment.objects.filter(Q(until_at__isnull=True) | Q(until_at__gt=at)).order_by()
    there, beside = held.filter(unit_id__in=units), held.filter(system__unit_id__in=units)
    either = Q(unit_id__in=units) | Q(system__unit_id__in=units)
    own = held.filter(either, user_id=OuterRef("pk")).values(seen=Value(value=True))[:1]
    many = Exists(there[MOST_AT_ONCE:]) | Exists(beside[MOST_AT_ONCE:])
    return Q(
        Case(
            When(many & _few_elsewhere(units), then=Subquery(own, output_field=BooleanField())),
            default=Q(pk__in=there.values("user_id")) | Q(pk__in=beside.values("user_id")),
            output_field=BooleanField(),
        )
    )


def _few_elsewhere(units: Sequence[UUID]) -> Q:
    """The condition that few people work in other units, and few in none."""
    nowhere = User.objects.filter(unit__isnull=True).order_by()
    return ~Q(Exists(nowhere[MOST_ELSEWHERE:])) & Q(IsNull(Subquery(_elsewhere(units)), True))


def _elsewhere(units: Sequence[UUID]) -> QuerySet[Unit, Any]:
    """One of the people who work in other units, where more than MOST_ELSEWHERE do.

    Each unit is looked up between its key and its key: by equality the database may take all
    people to be of it, and read through them for a unit that has none.
    """
    own = User.objects.filter(unit_id__gte=OuterRef("pk"), unit_id__lte=OuterRef("pk"))
    some = own.order_by("unit_id").values("pk")[: MOST_ELSEWHERE + 1]
    each = Unnest(ArraySubquery(some), output_field=UUIDField())
    rows: QuerySet[Unit, Any] = Unit.objects.exclude(pk__in=units).order_by().values(one=each)
    return rows[MOST_ELSEWHERE : MOST_ELSEWHERE + 1]
