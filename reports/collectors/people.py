"""Who held which role in the period: answers for the system, roles, committee seats, absences."""

from django.db.models import Q, QuerySet

from governance.models import Seat
from registry.models import Delegation, Leave, RoleAssignment, System
from reports.collectors.instant import at_its_instant
from reports.collectors.system import units_over
from reports.collectors.words import name
from reports.rules.things import AbsenceRecord, RoleRecord, Scope


@at_its_instant
def collect_roles(scope: Scope) -> list[RoleRecord]:
    """Return owner and deputy, then the roles over the system, then the committee's seats."""
    return [*_answerable(scope), *_assigned(scope), *_seated(scope)]


@at_its_instant
def collect_absences(scope: Scope) -> list[AbsenceRecord]:
    """Return leaves and delegations of the people in `collect_roles` that touch the period."""
    people = _people(scope)
    leaves = Leave.objects.filter(_touching(scope), user_id__in=people).select_related("user")
    lent = Delegation.objects.filter(
        _touching(scope), Q(principal_id__in=people) | Q(delegate_id__in=people)
    ).select_related("principal", "delegate")
    found = [
        AbsenceRecord(
            person=row.user.name,
            kind="leave",
            delegate="",
            from_at=row.from_at,
            until_at=row.until_at,
            reason="",
        )
        for row in leaves
    ] + [
        AbsenceRecord(
            person=row.principal.name,
            kind="delegation",
            delegate=row.delegate.name,
            from_at=row.from_at,
            until_at=row.until_at,
            reason=row.reason,
        )
        for row in lent
    ]
    return sorted(found, key=lambda record: (record.from_at, record.person, record.kind))


def _answerable(scope: Scope) -> list[RoleRecord]:
    system = System.objects.select_related("owner", "deputy").get(pk=scope.system_id)
    pairs = ((system.owner, "Model owner"), (system.deputy, "Deputy owner"))
    return [
        RoleRecord(
            person=person.name,
            title=person.title,
            role=role,
            over=system.name,
            from_at=None,
            until_at=None,
            granted_by="",
        )
        for person, role in pairs
    ]


def _assigned(scope: Scope) -> list[RoleRecord]:
    rows = (
        _assignments(scope)
        .select_related("user", "unit", "system", "granted_by")
        .order_by("role", "user__name", "from_at", "id")
    )
    return [
        RoleRecord(
            person=row.user.name,
            title=row.user.title,
            role=row.get_role_display(),
            over=row.system.name if row.system else (row.unit.name if row.unit else ""),
            from_at=row.from_at,
            until_at=row.until_at,
            granted_by=name(row.granted_by),
        )
        for row in rows
    ]


def _seated(scope: Scope) -> list[RoleRecord]:
    rows = _seats(scope).select_related("committee", "person", "substitute")
    found = []
    for row in rows.order_by("committee__name", "number", "from_at"):
        words = f"{'Chair' if row.chair else 'Member'}, seat {row.number}: {row.function}"
        sitters = [(row.person, words)]
        if row.substitute is not None:
            sitters.append((row.substitute, f"Substitute, seat {row.number}: {row.function}"))
        found += [
            RoleRecord(
                person=person.name,
                title=person.title,
                role=role,
                over=row.committee.name,
                from_at=row.from_at,
                until_at=row.until_at,
                granted_by="",
            )
            for person, role in sitters
        ]
    return found


def _people(scope: Scope) -> set[object]:
    system = System.objects.get(pk=scope.system_id)
    people: set[object] = {system.owner_id, system.deputy_id}
    people |= set(_assignments(scope).values_list("user_id", flat=True))
    for person, substitute in _seats(scope).values_list("person_id", "substitute_id"):
        people |= {person, substitute}
    return people - {None}


def _touching(scope: Scope) -> Q:
    ends = Q(until_at__isnull=True) | Q(until_at__gte=scope.since)
    return ends & Q(from_at__lt=scope.until, from_at__lte=scope.as_of)


def _assignments(scope: Scope) -> QuerySet[RoleAssignment]:
    over = Q(unit_id__in=units_over(scope)) | Q(system_id=scope.system_id)
    return RoleAssignment.objects.filter(_touching(scope), over)


def _seats(scope: Scope) -> QuerySet[Seat]:
    return Seat.objects.filter(_touching(scope), committee__unit_id__in=units_over(scope))
