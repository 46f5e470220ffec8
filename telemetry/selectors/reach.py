"""Systems that a person may do something to, as a set; PERMITS says by which roles."""

from datetime import datetime

from django.db.models import Q, QuerySet

from registry.models import System, User
from registry.rules.permits import PERMITS
from registry.selectors.people import roles_of
from registry.selectors.units import units_below


def systems_for(*, act: str, user: User, at: datetime) -> QuerySet[System]:
    """Return the systems to which a person may do `act`: as owner, deputy, or by a role.

    Acts that bar somebody cannot be asked for as a set: raises ValueError.
    """
    permit = PERMITS[act]
    if permit.barred:
        raise ValueError(f"{act} bars {sorted(permit.barred)}")
    rows: QuerySet[System] = System.objects.exclude(kind=System.Kind.RECORD).filter(sample="")
    if not user.is_active:
        return rows.none()
    held = {one for one in roles_of(user_id=user.pk, at=at) if one[0] in permit.roles}
    units = units_below(unit_ids=[unit for _, unit, _ in held if unit is not None])
    found = Q(unit_id__in=units) | Q(pk__in=[one for _, _, one in held if one is not None])
    for word in permit.roles & {"owner", "deputy"}:
        found |= Q(**{word: user})
    return rows.filter(found)
