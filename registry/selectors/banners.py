"""What stands on every page of a reader, whatever they look at: in one query."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable

from registry.models import BreakGlass, RoleAssignment, SetupException, User


@dataclass(frozen=True, slots=True)
class Banners:
    """Whether anything approved alone waits for a second person; whether the reader broke glass.

    `roles` are those that the reader holds for anything now: the rail leaves out what none opens.
    """

    setup: bool
    glass: bool
    roles: frozenset[str] = frozenset()


def banners_of(*, user_id: UUID, at: datetime | Combinable) -> Banners:
    """Return what stands on every page of a reader, at an instant or at the clock of the query."""
    open_glasses = BreakGlass.objects.filter(
        person_id=OuterRef("pk"), from_at__lte=at, until_at__gt=at
    )
    alone = SetupException.objects.filter(confirmed_at__isnull=True)
    rows: QuerySet[User] = User.objects.filter(pk=user_id)
    held = RoleAssignment.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=at), user_id=OuterRef("pk"), from_at__lte=at
    )
    asked = (Exists(alone), Exists(open_glasses), ArraySubquery(held.values("role")))
    found = rows.values_list(*asked).first()
    if found is None:
        return Banners(setup=False, glass=False)
    return Banners(found[0], found[1], frozenset(found[2]))
