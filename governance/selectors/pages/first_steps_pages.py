"""What the pages of single first steps show: what is there, what is proposed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from governance.selectors.committees import committee_in_force, seats_in_force
from governance.selectors.pages.first_steps_seen import policy_of_way
from governance.selectors.pages.thresholds import PROFILES
from governance.selectors.permissions import RULE_APPROVERS
from governance.selectors.policies import document_of, policy_in_force
from registry.models import System, Unit, User
from registry.selectors.people import roles_for_unit
from registry.selectors.profile import people_of_units, units_to_register_in
from registry.selectors.units import units_above, units_below
from telemetry.models import Kpi, KpiTemplate
from telemetry.selectors.catalogue import proposed_bands, templates_of

STARTS = {
    System.Kind.PREDICTIVE: (
        gettext_lazy("Approval of claims"),
        "approval-of-claims",
        gettext_lazy("Proposes whether a claim is paid; a person decides on it."),
    ),
    System.Kind.ASSISTANT: (
        gettext_lazy("Assistant for customers"),
        "assistant-for-customers",
        gettext_lazy("Answers customers' questions from our own texts, and hands over to people."),
    ),
    System.Kind.AGENT: (
        gettext_lazy("Agent for payments"),
        "agent-for-payments",
        gettext_lazy("Prepares and books payments within a limit; a person approves above it."),
    ),
    System.Kind.MULTI_AGENT: (
        gettext_lazy("Agents for orders"),
        "agents-for-orders",
        gettext_lazy("Several agents take an order from the inquiry to the delivery date."),
    ),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A KPI that a kind of system begins with, and the bands that the profile proposes."""

    template: KpiTemplate
    bands: dict[str, Any]

    @property
    def kpi(self) -> Kpi:
        """The KPI itself."""
        return self.template.kpi

    @property
    def is_relative(self) -> bool:
        """Whether the limits say nothing without what is usual."""
        return bool(self.bands.get("mode", "absolute") != "absolute")


def named_people(unit: Unit) -> list[User]:
    """Return the active people of an organisation, by name."""
    return list(people_of_units(units_below(unit_ids=[unit.pk])))


def profile_page(*, unit: Unit, reader: User, at: datetime) -> dict[str, Any]:
    """Return the policy that waits or holds, and whether the reader may confirm it."""
    policy = policy_of_way(units_above(unit_id=unit.pk))
    held = roles_for_unit(user_id=reader.pk, unit_id=unit.pk, at=at)
    waits = policy is not None and policy.approved_by_id is None
    own = policy is not None and policy.author_id == reader.pk
    return {
        "policy": policy,
        "waits": waits,
        "may_confirm": waits and not own and bool(held & set(RULE_APPROVERS)),
        "own": own,
    }


def committee_page(*, unit: Unit, at: datetime) -> dict[str, Any]:
    """Return the committee that is there with its seats, and the quorum of the policy."""
    body = committee_in_force(unit_id=unit.pk, level="committee")
    rules = document_of(policy_in_force(unit_id=unit.pk, at=at)).committee
    return {
        "body": body,
        "seats": list(seats_in_force(committee=body, at=at)) if body else [],
        "rules": rules,
    }


def register_start(*, user: User, kind: str, at: datetime) -> dict[str, Any]:
    """Return where a person may register, whom they may name, and a template's first words."""
    units = list(units_to_register_in(user=user, at=at))
    people = list(people_of_units(units_below(unit_ids=[unit.pk for unit in units])))
    initial: dict[str, Any] = {}
    if kind in STARTS:
        name, slug, purpose = STARTS[System.Kind(kind)]
        initial = {"name": name, "slug": slug, "kind": kind, "purpose": purpose}
    if len(people) > 1:
        # The deputy is somebody else: two lists that begin alike would be refused as they stand.
        initial["deputy"] = people[1].pk
    return {"units": units, "people": people, "initial": initial}


def proposals_for(*, system: System, at: datetime) -> list[Proposal]:
    """Return the KPIs that its kind begins with, and the bands of the unit's profile for each."""
    profile = document_of(policy_in_force(unit_id=system.unit_id, at=at)).profile
    own = PROFILES.get(profile, "small")
    return [
        Proposal(one, bands)
        for one in templates_of(system.kind)
        if (bands := proposed_bands(one.kpi, own)) is not None
    ]


__all__ = [
    "Proposal",
    "committee_page",
    "named_people",
    "profile_page",
    "proposals_for",
    "register_start",
]
