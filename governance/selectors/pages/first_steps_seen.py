"""What the record holds of an organisation that is being set up: read once, for all its steps."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from governance.models import Committee, Drill, Policy, Seat, ThresholdVersion
from registry.models import RoleAssignment, System, Unit, User
from registry.rules.permits import in_words
from registry.selectors.people import in_force
from registry.selectors.units import units_above, units_below
from telemetry.models import Series


@dataclass(slots=True)
class Seen:
    """What the record holds of the organisation, read once."""

    unit: Unit
    reader: User
    at: datetime
    people: int = 0
    holders: Mapping[str, Sequence[User]] = field(default_factory=dict)
    policy: Policy | None = None
    bodies: Mapping[str, int] = field(default_factory=dict)
    system: System | None = None
    kpis: int = 0
    active: int = 0
    drafts: Sequence[ThresholdVersion] = ()
    drills: Mapping[str, UUID] = field(default_factory=dict)

    def held(self) -> set[str]:
        """Return the reader's roles here, as owner or deputy of the first system too."""
        own = {role for role, people in self.holders.items() if self.reader in people}
        system = self.system
        own |= {"owner"} if system and system.owner_id == self.reader.pk else set()
        return own | ({"deputy"} if system and system.deputy_id == self.reader.pk else set())

    def names(self, roles: Iterable[str], *, but: UUID | None = None) -> str:
        """Return who holds one of the roles, by name; the roles in words where nobody does."""
        people = [one for role in sorted(roles) for one in self.holders.get(role, ())]
        system = self.system
        people += [system.owner] if system and "owner" in roles else []
        people += [system.deputy] if system and "deputy" in roles else []
        found = list(dict.fromkeys(one.name for one in people if one.pk != but))
        return ", ".join(found[:3]) or in_words(roles)


def look_at(unit: Unit, reader: User, at: datetime) -> Seen:
    """Return what there is under a unit now, and what holds for it from above."""
    below, above = units_below(unit_ids=[unit.pk]), units_above(unit_id=unit.pk)
    seen = Seen(unit, reader, at)
    people = User.objects.filter(unit_id__in=below, is_active=True, kind=User.Kind.PERSON)
    seen.people = people.count()
    roles = RoleAssignment.objects.filter(
        in_force(at), unit_id__in=[*above, *below], user__is_active=True
    ).select_related("user")
    holders: defaultdict[str, list[User]] = defaultdict(list)
    for row in roles.order_by("from_at", "pk"):
        if row.user not in holders[row.role]:
            holders[row.role].append(row.user)
    seen.holders = dict(holders)
    seen.policy = policy_of_way(above)
    seen.bodies = _bodies([*above, *below], at)
    _look_at_systems(seen, below)
    return seen


def policy_of_way(above: Sequence[UUID]) -> Policy | None:
    """Return what holds or waits for a unit: its own, or that of the nearest unit above."""
    rows = Policy.objects.filter(unit_id__in=above).exclude(state=Policy.State.SUPERSEDED)
    # What is in force before what is a draft: 'active' comes before 'draft' by name.
    found = sorted(
        rows.select_related("author"), key=lambda row: (above.index(row.unit_id), row.state)
    )
    return found[0] if found else None


def _bodies(units: Sequence[UUID], at: datetime) -> dict[str, int]:
    """Return how many seats each level of bodies has, 0 for one of all who hold a role."""
    found = dict.fromkeys(
        Committee.objects.filter(unit_id__in=units, active=True).values_list("level", flat=True), 0
    )
    seats = Seat.objects.filter(
        in_force(at), committee__unit_id__in=units, committee__active=True
    ).values_list("committee__level", flat=True)
    for level in seats:
        found[level] = found.get(level, 0) + 1
    return found


def _look_at_systems(seen: Seen, below: Sequence[UUID]) -> None:
    own: QuerySet[System] = System.objects.filter(unit_id__in=below, sample="").exclude(
        kind=System.Kind.RECORD
    )
    living = own.exclude(lifecycle=System.Lifecycle.RETIRED)
    seen.system = living.select_related("owner", "deputy").order_by("registered_at", "pk").first()
    seen.drills = dict(
        Drill.objects.filter(system__in=own.values("pk"))
        .order_by("started_at")
        .values_list("state", "pk")
    )
    if seen.system is None:
        return
    versions = list(
        ThresholdVersion.objects.filter(
            threshold__system=seen.system, state__in=("draft", "active")
        ).select_related("author", "threshold")
    )
    seen.active = len({one.threshold_id for one in versions if one.state == "active"})
    seen.drafts = [one for one in versions if one.state == "draft"]
    measured = set(Series.objects.filter(system=seen.system).values_list("kpi_id", flat=True))
    seen.kpis = len(measured | {one.threshold.kpi_id for one in versions})
