"""Systems that a person may do something to, as a set; PERMITS says by which roles."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from registry.models import RoleAssignment, System, User
from registry.rules.permits import OWNERS, PERMITS
from registry.selectors.people import in_force

# The units for which a person holds one of some roles, with all below them.
UNITS_HELD = """
WITH RECURSIVE below(id) AS (
    SELECT unit_id FROM registry_roleassignment
    WHERE user_id = %s AND role = ANY(%s) AND unit_id IS NOT NULL
      AND from_at <= %s AND (until_at IS NULL OR until_at > %s)
    UNION
    SELECT unit.id FROM registry_unit unit JOIN below ON unit.parent_id = below.id
) SELECT id FROM below
"""


def systems_for(*, act: str, user: User, at: datetime) -> QuerySet[System]:
    """Return the systems to which a person may do `act`: as owner, deputy, or by a role.

    Acts that bar somebody cannot be asked for as a set: raises ValueError.
    """
    rows: QuerySet[System] = System.objects.exclude(kind=System.Kind.RECORD).filter(sample="")
    return rows.filter(within_reach(act=act, user=user, at=at))


def within_reach(*, act: str, user: User, at: datetime, of: str = "") -> Q:
    """Return the condition that a person may do `act` to a system, asked for with the rows.

    `of` leads from the rows to the system: 'system__'. Raises ValueError as `systems_for` does.
    """
    permit = PERMITS[act]
    if permit.barred:
        raise ValueError(f"{act} bars {sorted(permit.barred)}")
    if not user.is_active:
        return Q(pk__in=[])
    roles = sorted(permit.roles)
    held = RoleAssignment.objects.filter(in_force(at), user_id=user.pk, role__in=roles)
    units = RawSQL(UNITS_HELD, [user.pk, roles, at, at])  # noqa: S611  parameters alone
    systems = held.filter(system__isnull=False).values("system_id")
    found = Q(**{f"{of}unit_id__in": units}) | Q(**{f"{of}pk__in": systems})
    for word in sorted(permit.roles & OWNERS):
        found |= Q(**{f"{of}{word}_id": user.pk})
    return found
