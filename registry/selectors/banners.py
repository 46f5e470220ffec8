"""What stands on every page of a reader, whatever they look at: in one query."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DateTimeField, Exists, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from ledger import clock
from outbox.selectors import unread_of
from registry.models import BreakGlass, RoleAssignment, SetupException, System, User
from registry.selectors.compiled import compiled

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


def banners_of(*, user_id: UUID, at: datetime | None = None) -> Banners:
    """Return what stands on every page of a reader, at an instant or at the clock of the query."""
    found = _standing(user_id=user_id, at=at, ahead=clock.ahead())
    if not found:
        return Banners(setup=False, glass=False)
    ((setup, glass, roles, unread, beginning),) = found
    return Banners(setup, glass, frozenset(roles), len(unread), beginning)


@compiled(user_id=UUID, at=datetime, ahead=timedelta)
def _standing(user_id: UUID, at: datetime, ahead: timedelta) -> QuerySet[User, Any]:
    there = Func(function="clock_timestamp", output_field=DateTimeField()) + Value(ahead)
    now = Coalesce(Value(at), there, output_field=DateTimeField())
    open_glasses = BreakGlass.objects.filter(
        person_id=OuterRef("pk"), from_at__lte=now, until_at__gt=now
    )
    alone = SetupException.objects.filter(confirmed_at__isnull=True)
    held = RoleAssignment.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=now), user_id=OuterRef("pk"), from_at__lte=now
    )
    # Counted no further than is shown: who was away for a year has very many.
    unread = unread_of(OuterRef("pk")).order_by().values_list(Value(1))[:MOST_COUNTED]
    found: QuerySet[User, Any] = User.objects.filter(pk=user_id).values_list(
        Exists(alone),
        Exists(open_glasses),
        ArraySubquery(held.values("role")),
        ArraySubquery(unread),
        ~Exists(System.objects.filter(sample=System.Sample.NONE, lifecycle__in=BEGUN)),
    )
    return found
