"""What is asked about people while steps fire at one instant: each question is put once.

A sweep fires the steps of many incidents at the same instant; their roles, absences and bodies are
mostly the same. What differs by incident is asked for all of them together.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from governance.models import Committee, Decision, Seat
from governance.selectors.committees import (
    first_body,
    leaders_of,
    seats_in_force,
    secretaries_of,
)
from governance.selectors.on_call import on_call_now
from incidents.models import Action, Incident
from outbox.selectors import unreachable_people
from registry.models import RoleAssignment, User
from registry.selectors.people import (
    Place,
    delegates_of,
    in_force,
    people_with_role_in,
    unavailable,
)

T = TypeVar("T")


class Asked:
    """The answers about some incidents at an instant; those about others are asked for as well."""

    def __init__(self, incidents: Sequence[Incident], at: datetime) -> None:
        self.at = at
        self._incidents = {one.pk: one for one in incidents}
        self._answers: dict[Hashable, Any] = {}
        self._roles: dict[str, dict[Place, list[User]]] = {}
        self._absent: dict[UUID, bool] = {}

    def role(self, role: str, incident: Incident) -> list[User]:
        """Return who holds a role for an incident's system, its unit or a unit above."""
        place = (incident.unit_id, incident.system_id)
        known = self._roles.setdefault(role, {})
        if place not in known:
            places = {(one.unit_id, one.system_id) for one in self._incidents.values()} | {place}
            known.update(people_with_role_in(role=role, places=places, at=self.at))
        return known[place]

    def heads(self, unit_id: UUID) -> list[User]:
        """Return the executives of the unit itself."""
        return self._once(("heads", unit_id), lambda: self._heads(unit_id))

    def _heads(self, unit_id: UUID) -> list[User]:
        rows = RoleAssignment.objects.filter(
            in_force(self.at), role="executive", unit_id=unit_id, user__is_active=True
        )
        return [row.user for row in rows.select_related("user")]

    def delegates(self, user_id: UUID, incident: Incident) -> list[User]:
        """Return who acts for a person in an incident's system."""
        return self._once(
            ("delegates", user_id, incident.system_id),
            lambda: delegates_of(user_id=user_id, system=incident.system, at=self.at),
        )

    def on_call(self, unit_id: UUID) -> list[User]:
        """Return who is on call for a unit."""
        return self._once(("on call", unit_id), lambda: on_call_now(unit_id=unit_id, at=self.at))

    def reachable(self, people: Sequence[User]) -> list[User]:
        """Return who of some people is there and has an address that works."""
        unknown = {person.pk for person in people} - self._absent.keys()
        if unknown:
            self._look_for(unknown | (self._owners_side() - self._absent.keys()))
        return [person for person in people if person.email and not self._absent[person.pk]]

    def _owners_side(self) -> set[UUID]:
        incidents = self._incidents.values()
        return {person for one in incidents for person in (one.owner_id, one.deputy_id)}

    def _look_for(self, people: set[UUID]) -> None:
        absent = unavailable(user_ids=people, at=self.at) | unreachable_people(list(people))
        self._absent.update({person: person in absent for person in people})

    def body(self, incident: Incident) -> Committee | None:
        """Return the body of the newest round of this cycle, else the one that decides first."""
        newest = self._of("bodies", incident, self._bodies)
        return newest or self._once(
            # What the plan and the case say of it, and nothing else.
            ("first body", incident.plan_sha256, incident.severity, incident.risk_tier,
             incident.kind, incident.unit_id),
            lambda: first_body(incident=incident),
        )  # fmt: skip

    def _bodies(self, incidents: Sequence[UUID]) -> dict[UUID, Committee]:
        rows = (
            Decision.objects.filter(incident_id__in=incidents)
            .order_by("incident_id", "cycle", "-created_at", "-round")
            .distinct("incident_id", "cycle")
            .select_related("committee")
            .only("incident_id", "cycle", "committee")
        )
        return {row.incident_id: row.committee for row in rows if self._is_of_cycle(row)}

    def _is_of_cycle(self, row: Decision | Action) -> bool:
        return row.cycle == self._incidents[row.incident_id].cycle

    def leaders(self, committee: Committee) -> list[User]:
        """Return who leads a body."""
        return self._once(
            ("leaders", committee.pk), lambda: leaders_of(committee=committee, at=self.at)
        )

    def secretaries(self, committee: Committee) -> list[User]:
        """Return the secretaries of a body."""
        return self._once(
            ("secretaries", committee.pk), lambda: secretaries_of(committee=committee, at=self.at)
        )

    def seats(self, committee: Committee, function: str) -> list[Seat]:
        """Return the seats of a body that have a function."""
        seats = seats_in_force(committee=committee, at=self.at)
        return self._once(
            ("seats", committee.pk, function),
            lambda: list(seats.filter(function__iexact=function)),
        )

    def executors(self, incident: Incident) -> list[User]:
        """Return who has still to carry out an action of this cycle."""
        return self._of("executors", incident, self._executors) or []

    def _executors(self, incidents: Sequence[UUID]) -> dict[UUID, list[User]]:
        waiting = Action.objects.filter(incident_id__in=incidents).exclude(
            state__in=(Action.State.CONFIRMED, Action.State.CANCELLED)
        )
        found: defaultdict[UUID, list[User]] = defaultdict(list)
        for action in waiting.select_related("executor"):
            if self._is_of_cycle(action):
                found[action.incident_id].append(action.executor)
        return dict(found)

    def _of(
        self, what: str, incident: Incident, ask: Callable[[Sequence[UUID]], dict[UUID, T]]
    ) -> T | None:
        if incident.pk not in self._incidents:
            self._incidents[incident.pk] = incident
            self._answers.pop(what, None)
        return self._once(what, lambda: ask(list(self._incidents))).get(incident.pk)

    def _once(self, question: Hashable, ask: Callable[[], T]) -> T:
        if question not in self._answers:
            self._answers[question] = ask()
        return cast(T, self._answers[question])
