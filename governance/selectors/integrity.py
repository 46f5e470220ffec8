"""What the ledger found of itself that is no case yet, and who keeps the record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from governance.models import IntegrityCause
from governance.rules.integrity import Finding, of_change, of_net, of_verification
from ledger.selectors.changes import strange_transactions
from ledger.selectors.lines import lines_of_verb
from ledger.selectors.verifications import failed_verifications, first_of_cause
from registry.models import RoleAssignment, System, Unit, User
from registry.selectors.people import available, in_force, people_with_role
from registry.selectors.units import units_above

# A finding that nobody could be given is looked for again for as long.
LOOKED_BACK = timedelta(days=90)
DEPUTIES = ("risk", "secretary", "executive", "board", "compliance")


@dataclass(frozen=True, slots=True)
class Keepers:
    """Who answers for the record in which unit: a compliance officer, and a deputy."""

    unit: Unit
    owner: User
    deputy: User


def new_findings(*, at: datetime) -> list[Finding]:
    """Return what the ledger found of itself and no case answers for yet, oldest first."""
    since = at - LOOKED_BACK
    found = [*_changes(since), *_verifications(since), *_net(since)]
    known = set(
        IntegrityCause.objects.filter(reference__in=[one.reference for one in found]).values_list(
            "reference", flat=True
        )
    )
    left = {one.reference: one for one in reversed(found) if one.reference not in known}
    return sorted(left.values(), key=lambda one: (one.happened_at, one.reference))


def keepers(*, at: datetime) -> Keepers | None:
    """Return who answers for the record: never an administrator; None where nobody is left.

    The unit is the one with the most compliance officers, so that another one can validate.
    """
    barred = _administrators(at)
    found = [
        (unit, [one for one in people_with_role(role="compliance", unit_id=unit.pk, at=at)
                if one.pk not in barred])
        for unit in _units_of("compliance", at)
    ]  # fmt: skip
    found = [(unit, people) for unit, people in found if people]
    if not found:
        return None
    unit, people = max(found, key=lambda one: (len(one[1]), -_depth(one[0]), one[0].name))
    owner = _first(people, at)
    deputy = _deputy(unit, people, owner, barred, at)
    return Keepers(unit, owner, deputy) if deputy else None


def _changes(since: datetime) -> list[Finding]:
    return [
        of_change(
            transaction=one.transaction,
            count=one.count,
            tables=one.tables,
            roles=one.roles,
            rows=one.rows,
            system=_names(one.systems),
            happened_at=one.at,
        )
        for one in strange_transactions(since=since)
    ]


def _names(systems: Sequence[str]) -> str:
    found = System.objects.filter(pk__in=systems).values_list("name", flat=True)
    return ", ".join(sorted(found))


def _verifications(since: datetime) -> list[Finding]:
    return [
        of_verification(
            run=str(first_of_cause(one).id),
            failure=one.failure or "The verification could not be brought to an end.",
            first_bad=one.first_bad,
            at=one.finished_at or one.requested_at,
        )
        for one in failed_verifications(since)
    ]


def _net(since: datetime) -> list[Finding]:
    found = []
    for line in lines_of_verb(verb="ledger.net_changed", since=since):
        strange = line.body["details"]["strange"]
        said = [f"{name} {words}" for name, words in sorted(strange.items())]
        found.append(of_net(number=line.number, said=said, at=line.at))
    return found


def _administrators(at: datetime) -> set[UUID]:
    roles = RoleAssignment.objects.filter(in_force(at), role="administrator")
    staff = User.objects.filter(is_superuser=True) | User.objects.filter(is_staff=True)
    return {*roles.values_list("user_id", flat=True), *staff.values_list("pk", flat=True)}


def _units_of(role: str, at: datetime) -> list[Unit]:
    rows = RoleAssignment.objects.filter(in_force(at), role=role, unit__isnull=False)
    units = Unit.objects.filter(pk__in=rows.values("unit_id")).select_related("calendar")
    return list(units.order_by("name"))


def _depth(unit: Unit) -> int:
    return len(units_above(unit_id=unit.pk))


def _deputy(
    unit: Unit, people: Sequence[User], owner: User, barred: set[UUID], at: datetime
) -> User | None:
    """Return a third compliance officer, else another function: one is left to validate."""
    others = [one for one in people if one.pk != owner.pk]
    if len(others) > 1:
        return _first(others[1:], at)
    for role in DEPUTIES:
        found = people_with_role(role=role, unit_id=unit.pk, at=at)
        free = [one for one in found if one.pk != owner.pk and one.pk not in barred]
        if free:
            return _first(free, at)
    return None


def _first(people: Iterable[User], at: datetime) -> User:
    """Return the first who is there now, else the first."""
    everybody = list(people)
    there = (one for one in everybody if available(user_id=one.pk, at=at))
    return next(there, everybody[0])
