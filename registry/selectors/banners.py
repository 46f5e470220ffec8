"""What stands on every page of a reader, whatever they look at: in one query."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable

from outbox.selectors import unread_of
from registry.models import BreakGlass, RoleAssignment, SetupException, System, User

MOST_COUNTED = 100
BEGUN = ("pilot", "production", "suspended", "retired")


@dataclass(frozen=True, slots=True)
class Banners:
    """Whether anything approved alone waits for a second person; whether the reader broke glass.

    `roles` are those that the reader holds for anything now: the rail leaves out what none opens.
    `beginning`: no system runs or has run here yet, and no sample counts for one.
    `unread` are the notices that the reader has not read, MOST_COUNTED at most.
    """

    setup: bool
    glass: bool
    roles: frozenset[str] = frozenset()
    unread: int = 0
    beginning: bool = False


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
    # Counted no further than is shown: who was away for a year has very many.
    unread = unread_of(OuterRef("pk")).order_by().values_list(Value(1))[:MOST_COUNTED]
    asked = (
        Exists(alone),
        Exists(open_glasses),
        ArraySubquery(held.values("role")),
        ArraySubquery(unread),
        ~Exists(System.objects.filter(sample=System.Sample.NONE, lifecycle__in=BEGUN)),
    )
    found = rows.values_list(*asked).first()
    if found is None:
        return Banners(setup=False, glass=False)
    return Banners(found[0], found[1], frozenset(found[2]), len(found[3]), found[4])
