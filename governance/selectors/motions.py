"""Motions: what they order, in names; which body hears them; what they can be measured by."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from governance.models import BreachCause, Committee, Decision
from governance.selectors.committees import may_lead
from governance.selectors.levels import REJECTIONS_BEFORE_UP, body_for, rejections
from governance.selectors.watches import owners_side
from incidents.models import Incident
from incidents.rules.plan import FrozenPlan
from incidents.rules.segregation import clash
from incidents.rules.transitions import ENDED
from incidents.selectors.cast import Cast
from ledger.rules.refusals import Missing
from ledger.rules.worded import term, word, worded
from registry.models import SystemVersion, User
from registry.selectors.people import people_with_role

__all__ = [
    "REJECTIONS_BEFORE_UP",
    "body_for",
    "causes_of",
    "decision_by_number",
    "executors_barred",
    "is_measurable",
    "may_propose",
    "no_such_motion",
    "rejections",
    "rounds_of",
    "target_fault",
    "versions_by_id",
]

RECENT_FIRST = ("-created_at", "-round")
VERSION_STATES = {"draft": word("draft"), "revoked": word("revoked")}


def decision_by_number(number: str) -> Decision:
    """Return a round by its number. Raises Missing."""
    found = (
        Decision.objects.filter(number=number)
        .select_related("incident__system", "committee__unit", "proposed_by", "convened_by")
        .first()
    )
    if found is None:
        raise no_such_motion()
    return found


def no_such_motion() -> Missing:
    """Return the refusal for a motion that is not there or not the caller's to see."""
    return Missing("unknown_motion", "There is no such motion that you may see.")


def rounds_of(incident: Incident) -> QuerySet[Decision]:
    """Return the rounds of an incident in this cycle, the newest first."""
    rows = Decision.objects.filter(incident=incident, cycle=incident.cycle)
    return rows.select_related("committee__unit").order_by(*RECENT_FIRST)


def may_propose(*, incident: Incident, committee: Committee, at: datetime) -> list[User]:
    """Return who may put a motion: the owner's side, compliance, risk, chair and secretary."""
    people = owners_side(system=incident.system, at=at)
    for role in ("compliance", "risk"):
        people += people_with_role(
            role=role, unit_id=incident.unit_id, system_id=incident.system_id, at=at
        )
    people += may_lead(committee=committee, at=at)
    return list({person.pk: person for person in people}.values())


def causes_of(incident: Incident) -> QuerySet[BreachCause]:
    """Return what an incident comes from, with thresholds and series, the first first."""
    rows = BreachCause.objects.filter(incident=incident)
    return rows.select_related("standing__series__kpi", "threshold_version").order_by("pk")


def is_measurable(incident: Incident) -> bool:
    """Whether an incident comes from a series, so that an effect can be measured.

    Answers by an unapproved version are: whether approved ones answer is seen in the decisions.
    """
    if incident.kind == Incident.Kind.VERSION:
        return True
    return BreachCause.objects.filter(incident=incident).exists()


def target_fault(*, version: SystemVersion, incident: Incident) -> str:
    """Return why a version is no target of a roll-back, '' if it is one.

    It must be of this system, approved, not revoked, and not itself the cause of an open incident.
    Asked at the motion and again at adoption.
    """
    if version.system_id != incident.system_id:
        return worded("Version {version} belongs to another system.", version=version.label)
    if version.state != SystemVersion.State.APPROVED:
        return worded(
            "Version {version} is {state}, not approved.",
            version=version.label,
            state=term(VERSION_STATES.get(version.state, version.state)),
        )
    blamed = (
        Incident.objects.filter(system_id=version.system_id, live_version=version)
        .exclude(state__in=ENDED)
        .order_by("opened_at")
        .first()
    )
    if blamed is not None:
        return worded(
            "Version {version} is itself the one that {number} came from.",
            version=version.label,
            number=blamed.number,
        )
    return ""


def versions_by_id(ids: Sequence[UUID]) -> dict[UUID, SystemVersion]:
    """Return versions by id."""
    return SystemVersion.objects.in_bulk(list(ids))


def executors_barred(
    *, incident: Incident, people: Sequence[User], plan: FrozenPlan, at: datetime
) -> dict[UUID, str]:
    """Return, for those who may not carry out an action, why not, in words."""
    cast = Cast(incident, at)
    found = {}
    for person in people:
        against = clash(
            act="executes",
            history=cast.history,
            person=person.pk,
            extra_pairs=plan.segregation.extra_pairs,
        )
        if against is not None:
            reason = against.reason(second_person=False)
            found[person.pk] = worded(
                "{person_name} cannot carry it out: {person_name} {reason}.",
                person_name=person.name,
                reason=reason,
            )
    return found
