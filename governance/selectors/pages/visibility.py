"""What a person may see on this floor: cases, motions, and the systems that they are about.

Who holds a role for a system's unit sees its cases; so does whoever has a part in one: its owner's
side, who acted in it, who carries out an action, and the members of the body that hears it.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.models import Decision
from incidents.models import Incident
from incidents.selectors.visibility import incidents_visible_to
from ledger.rules.refusals import Missing
from registry.models import System, User
from registry.selectors.systems import no_such_system, systems_visible_to

PEOPLE = ("system__unit", "owner", "deputy", "live_version", "unit__calendar")


def incident_of_number(*, number: str, user: User, at: datetime) -> Incident:
    """Return an incident with its system and people. Raises Missing, for not theirs alike."""
    rows = incidents_visible_to(user=user, at=at).filter(number=number)
    found = rows.select_related(*PEOPLE).first()
    if found is None:
        raise Missing("not_found", "There is no such incident that you may see.")
    return found


def incident_as_read(*, incident_id: UUID) -> Incident:
    """Return an incident as the record has it where this is read, also within `as_it_was`.

    Who may see it has been asked before. Raises Missing where nothing is known of it.
    """
    found: Incident | None = Incident.objects.select_related(*PEOPLE).filter(pk=incident_id).first()
    if found is None:
        raise Missing("not_known_then", "The record of that instant does not hold this incident.")
    return found


def decisions_visible_to(*, user: User, at: datetime) -> QuerySet[Decision]:
    """Return the motions that a person may see: those on incidents that they may see."""
    visible = incidents_visible_to(user=user, at=at)
    return Decision.objects.filter(incident__in=visible)


def decision_of_number(*, number: str, user: User, at: datetime) -> Decision:
    """Return a motion with its incident and body. Raises Missing, for not theirs alike."""
    rows = decisions_visible_to(user=user, at=at).filter(number=number)
    found = rows.select_related(
        "incident__system", "incident__owner", "incident__deputy", "committee__unit",
        "proposed_by", "convened_by",
    ).first()  # fmt: skip
    if found is None:
        raise Missing("unknown_motion", "There is no such motion that you may see.")
    return found


def systems_seen_by(*, user: User, at: datetime) -> QuerySet[System]:
    """Return the systems that a person may see: by role, or because a case on them is theirs."""
    cases = incidents_visible_to(user=user, at=at).filter(system_id=OuterRef("pk"))
    systems: QuerySet[System] = System.objects.all()
    return systems.filter(
        Q(pk__in=systems_visible_to(user=user, at=at).values("pk")) | Exists(cases)
    )


def system_of_slug(*, slug: str, user: User, at: datetime) -> System:
    """Return a system with its people. Raises Missing, for not theirs alike."""
    rows = systems_seen_by(user=user, at=at).filter(slug=slug)
    found = rows.select_related("owner", "deputy", "unit").first()
    if found is None:
        raise no_such_system(slug)
    return found


def system_as_read(*, system_id: UUID) -> System:
    """Return a system as the record has it where this is read, also within `as_it_was`.

    Who may see it has been asked before. Raises Missing where nothing is known of it.
    """
    rows = System.objects.select_related("owner", "deputy", "unit")
    found: System | None = rows.filter(pk=system_id).first()
    if found is None:
        raise Missing("not_known_then", "The record of that instant does not hold this system.")
    return found


__all__ = [
    "decision_of_number",
    "decisions_visible_to",
    "incident_as_read",
    "incident_of_number",
    "incidents_visible_to",
    "system_as_read",
    "system_of_slug",
    "systems_seen_by",
]
