"""What a reader is to the organisation, as far as the help wants to know."""

from datetime import datetime

from django.db.models import Q

from governance.models import Seat
from registry.models import System, User
from registry.selectors.people import roles_of


def parts_of(user: User, *, at: datetime) -> set[str]:
    """Return a reader's roles, with 'owner' of a system and 'member' of a committee."""
    found = {role for role, _, _ in roles_of(user_id=user.pk, at=at)}
    if System.objects.filter(Q(owner=user) | Q(deputy=user)).exists():
        found.add("owner")
    now = Q(from_at__lte=at) & (Q(until_at__isnull=True) | Q(until_at__gt=at))
    if Seat.objects.filter(now, Q(person=user) | Q(substitute=user)).exists():
        found.add("member")
    return found
