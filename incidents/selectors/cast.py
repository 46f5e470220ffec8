"""The cast of an incident: who holds which part in it, and who acts for whom.

Loaded at most once each and only when asked for: an engine's command needs none of it.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import Q

from incidents import party_sources
from incidents.models import Action, ClockPause, Incident, Participation, Transition
from incidents.rules.plan import FrozenPlan
from incidents.rules.segregation import OWNERS_SIDE, PastAct
from incidents.rules.transitions import PARTY_ROLES, Party
from incidents.rules.turns import ASKED
from incidents.selectors.containment import Holding, holding_of
from incidents.selectors.files import file_of
from incidents.selectors.kin import family_of
from incidents.selectors.reviews import lines_to_sign, proposal_of
from incidents.selectors.turns import requests_of, standing_pause
from registry.models import Delegation, RoleAssignment, User
from registry.selectors import units_above
from registry.selectors.people import covers, in_force


@dataclass(frozen=True, slots=True)
class Known:
    """What was read of the cast of an incident together with those of others."""

    above: list[UUID]
    assignments: list[RoleAssignment]
    history: list[PastAct]
    delegations: list[Delegation]


def began(incident: Incident) -> datetime:
    """Return from when on an incident has a life: whoever acted since then is bound by it."""
    return incident.onset_at or incident.detected_at


class Cast:
    """Everybody who has or may have a part in one incident at an instant."""

    def __init__(self, incident: Incident, at: datetime, known: Known | None = None) -> None:
        self.incident = incident
        self._known = known
        self.at = at
        self._open_lines: tuple[str, ...] | None = None
        self._asked: dict[Party, list[User]] = {}

    @cached_property
    def above(self) -> list[UUID]:
        """The unit of the incident and every unit above it, nearest first."""
        if self._known is not None:
            return self._known.above
        return units_above(unit_id=self.incident.unit_id)

    @cached_property
    def _assignments(self) -> list[RoleAssignment]:
        if self._known is not None:
            return self._known.assignments
        return list(
            RoleAssignment.objects.filter(
                in_force(self.at),
                Q(unit_id__in=self.above) | Q(system_id=self.incident.system_id),
                user__is_active=True,
            ).select_related("user")
        )

    @cached_property
    def roles(self) -> dict[UUID, frozenset[str]]:
        """The roles of every person for the incident's unit and system, inherited ones too."""
        found: defaultdict[UUID, set[str]] = defaultdict(set)
        for row in self._assignments:
            found[row.user_id].add(row.role)
        return {person: frozenset(roles) for person, roles in found.items()}

    @property
    def known_people(self) -> dict[UUID, User]:
        """Those whose account was read for the cast: who holds a role, owner and deputy."""
        own = (self.incident.owner, self.incident.deputy)
        return {one.pk: one for one in (*(row.user for row in self._assignments), *own)}

    @cached_property
    def history(self) -> list[PastAct]:
        """Every act of the incident and of its family, in all cycles (SEG-04).

        Who answers for the system now counts too, though the case stayed with another (SEG-02).
        """
        system = self.incident.system
        answering = [PastAct(system.owner_id, "owned"), PastAct(system.deputy_id, "deputised")]
        return [*self._acts, *answering]

    @cached_property
    def _acts(self) -> list[PastAct]:
        if self._known is not None:
            return self._known.history
        rows = Participation.objects.filter(family_of(self.incident)).order_by("id")
        return [
            PastAct(person, act, principal)
            for person, act, principal in rows.values_list("person_id", "act", "as_delegate_of_id")
        ]

    @cached_property
    def _delegations(self) -> list[Delegation]:
        if self._known is not None:
            return self._known.delegations
        since = began(self.incident)
        rows = Delegation.objects.filter(from_at__lte=self.at, until_at__gt=since)
        found = rows.select_related("delegate", "principal")
        return [row for row in found if self._covered(row)]

    def _covered(self, row: Delegation) -> bool:
        scoped = row.unit_id is not None or row.system_id is not None
        return not scoped or covers(row, self.incident.system)

    @cached_property
    def executors(self) -> frozenset[UUID]:
        """Who is named to carry out an action."""
        file = file_of(self.incident)
        if file is not None:
            return frozenset(row.executor_id for row in file.actions)
        rows = Action.objects.filter(incident_id=self.incident.pk)
        return frozenset(rows.values_list("executor_id", flat=True))

    @cached_property
    def holding(self) -> Holding:
        """What holds the system still."""
        return holding_of(self.incident)

    @cached_property
    def proposal(self) -> Transition | None:
        """The proposal to dismiss that waits for a second person."""
        return proposal_of(self.incident)

    def asked_for(self, command: str) -> Transition | None:
        """What was asked for by a command and waits for a second person, read once."""
        return self._requests.get(command)

    @cached_property
    def _requests(self) -> dict[str, Transition]:
        return requests_of(self.incident)

    @cached_property
    def pause(self) -> ClockPause | None:
        """The pause under which the deadline of the present stage stands still, if one does."""
        return standing_pause(self.incident)

    def agrees(self, command: str, person: UUID) -> bool:
        """Whether somebody would agree by a command to what another one asked for."""
        asked = self.asked_for(command) if command in ASKED else None
        return asked is not None and person not in (asked.person_id, asked.on_behalf_of_id)

    def open_lines(self, plan: FrozenPlan) -> tuple[str, ...]:
        """The lines that are still to sign the newest findings."""
        if self._open_lines is None:
            self._open_lines = lines_to_sign(self.incident, plan)
        return self._open_lines

    def own_parties(self, person: UUID, who: Collection[Party] = ()) -> frozenset[Party]:
        """What somebody is to this incident in their own right; an auditor is no party but that.

        Parties that a higher floor knows are asked for only where `who` names them.
        """
        parties: set[Party] = set()
        if person in (self.incident.owner_id, self.incident.deputy_id):
            parties.update(("owner_side", "emergency"))
        roles = self.roles.get(person, frozenset())
        if "auditor" in roles:
            return frozenset({*parties, "auditor"})
        if person in self.executors:
            parties.add("executor")
        parties.update(party for party, needed in PARTY_ROLES.items() if roles & needed)
        parties.update(party for party in who if person in self._plugged(party))
        return frozenset(parties)

    def _plugged(self, party: Party) -> frozenset[UUID]:
        """Who is a party by the word of a higher floor, asked for once."""
        if party not in self._asked:
            source = party_sources.registered().get(party)
            self._asked[party] = source(self.incident, self.at) if source else []
        return frozenset(one.pk for one in self._asked[party])

    def principals(self, person: UUID) -> list[User]:
        """The active people for whom somebody acts now, by name."""
        rows = [row.principal for row in self._delegations if self._runs(row, delegate=person)]
        return sorted(rows, key=lambda one: (one.name, str(one.pk)))

    def delegates(self, person: UUID) -> list[User]:
        """The active people who act for somebody now, by name."""
        rows = [
            row.delegate
            for row in self._delegations
            if row.principal_id == person and row.until_at > self.at and row.delegate.is_active
        ]
        return sorted(rows, key=lambda one: (one.name, str(one.pk)))

    def owners_side_of(self, person: UUID) -> frozenset[UUID]:
        """Whose delegate somebody was at any time of the incident's life (SEG-01)."""
        side = {act.person for act in self.history if act.act in OWNERS_SIDE}
        return frozenset(
            row.principal_id
            for row in self._delegations
            if row.delegate_id == person and row.principal_id in side
        )

    def sees(self, person: UUID) -> bool:
        """Whether somebody may see the incident, themselves or for a principal."""
        return self._is_in(person) or any(
            self._is_in(principal.pk) for principal in self.principals(person)
        )

    def holders(self, party: Party) -> list[User]:
        """The active people who are a party, then their delegates; nearest first, by name."""
        owners = [self.incident.owner, self.incident.deputy]
        if party == "owner_side":
            people = owners
        elif party == "executor":
            people = sorted(
                User.objects.filter(pk__in=self.executors), key=lambda one: (one.name, str(one.pk))
            )
        elif party in party_sources.registered():
            self._plugged(party)
            people = self._asked[party]
        else:
            needed = PARTY_ROLES.get(party, frozenset())
            people = sorted(
                {row.user for row in self._assignments if row.role in needed},
                key=lambda one: (one.name, str(one.pk)),
            )
        if party == "emergency":
            people = [*owners, *people]
        people = [person for person in people if person.is_active]
        acting = [delegate for person in people for delegate in self.delegates(person.pk)]
        return list({person.pk: person for person in [*people, *acting]}.values())

    def _is_in(self, person: UUID) -> bool:
        return (
            person in (self.incident.owner_id, self.incident.deputy_id)
            or person in self.roles
            or any(act.binds(person) for act in self.history)
            or person in self.executors
        )

    def _runs(self, row: Delegation, *, delegate: UUID) -> bool:
        return row.delegate_id == delegate and row.until_at > self.at and row.principal.is_active
