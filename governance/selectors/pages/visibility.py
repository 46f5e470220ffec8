"""What a person may see on this floor: cases, motions, and the systems that they are about.

Who holds a role for a system's unit sees its cases; so does whoever has a part in one: its owner's
side, who acted in it, who carries out an action, and the members of the body that hears it.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from governance.models import Decision
from incidents.models import Incident
from incidents.selectors.visibility import incidents_of_people, incidents_visible_to
from ledger.rules.refusals import Missing
from registry.models import System, User
from registry.selectors.people import covers, delegations_held
from registry.selectors.systems import no_such_system, systems_visible_to

OF_PART = "SELECT part.system_id FROM incidents_incident part WHERE part.id IN ({})"
PEOPLE = ("system__unit", "owner", "deputy", "live_version", "unit__calendar")


def incident_of_number(
    *, number: str, user: User, at: datetime, visible: QuerySet[Incident] | None = None
) -> Incident:
    """Return an incident with its system and people. Raises Missing, for not theirs alike.

    `visible` are the incidents that the person may see, where the caller knows them.
    """
    visible = incidents_visible_to(user=user, at=at) if visible is None else visible
    rows = visible.filter(number=number)
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
        Q(pk__in=systems_visible_to(user=user, at=at, samples=True).values("pk")) | Exists(cases)
    )


def lists_seen_by(*, user: User, at: datetime) -> tuple[QuerySet[System], QuerySet[Incident]]:
    """Return the systems and the incidents that a person may see, as `systems_seen_by` says it.

    Written for lists of many systems: who may see is asked once, three queries before the two that
    read, and no incident is looked up for each system.
    """
    lent = delegations_held(user_id=user.pk, at=at)
    people = [user.pk, *(row.principal_id for row in lent if covers(row, None))]
    readable = systems_visible_to(user=user, at=at, lent=lent)
    theirs = incidents_of_people(people=people, systems=System.objects.none(), at=at)
    # Compiled once: each of the statements that read would build the same condition anew.
    sql, params = theirs.order_by().values("pk").query.sql_with_params()
    part, of_part = RawSQL(sql, params), RawSQL(OF_PART.format(sql), params)  # noqa: S611
    systems = readable | System.objects.filter(pk__in=of_part)
    incidents: QuerySet[Incident] = Incident.objects.filter(
        Q(system_id__in=readable.values("pk")) | Q(pk__in=part)
    )
    return systems, incidents


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
    "lists_seen_by",
    "system_as_read",
    "system_of_slug",
    "systems_seen_by",
]
