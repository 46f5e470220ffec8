"""Families: which incident goes with which, and what stands against a merge."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from incidents.models import Action, Containment, Incident, IncidentLink, Validation
from incidents.rules.states import ENDED
from incidents.rules.tables.families import JOINED_AT
from incidents.selectors.files import file_of
from incidents.selectors.guard_facts import Found
from incidents.selectors.proofs import UNSETTLED
from ledger.rules.worded import term, worded


def follows(incident: Incident) -> Incident | None:
    """Return the open incident that this one goes with, None where it goes its own way."""
    if incident.parent_id is None or incident.state in ENDED:
        return None
    parent = incident.parent
    return None if parent is None or parent.state in ENDED else parent


def children_of(incident: Incident) -> Sequence[Incident]:
    """Return the incidents that go with one, by number."""
    file = file_of(incident)
    if file is not None:
        return file.children
    return list(Incident.objects.filter(parent_id=incident.pk).order_by("number"))


def open_children(incident: Incident) -> list[Incident]:
    """Return the children that are not closed, by number."""
    return [row for row in children_of(incident) if row.state not in ENDED]


def against_parent(child: Incident, parent: Incident) -> str:
    """Return in words why an incident cannot be merged into another one, '' where it can."""
    if parent.pk == child.pk:
        return "An incident is not merged into itself."
    if parent.parent_id is not None and follows(parent) is not None:
        kept = follows(parent)
        return worded(
            "{number} goes with {kept} itself; name that one.", number=parent.number, kept=kept
        )
    if parent.unit_id != child.unit_id:
        return worded(
            "{number} belongs to another unit; link the two instead.", number=parent.number
        )
    if parent.drill or child.drill:
        return "A rehearsal is never merged: it is ended by itself."
    if parent.suppressed:
        return worded(
            "{number} lies in a silence, which would cover this one too.", number=parent.number
        )
    return _too_late(parent)


def against_child(child: Incident) -> Found:
    """Say what of its own an incident has to settle before it goes with another one."""
    if open_children(child):
        return ("has_children", "It has cases that go with it; split those off first.")
    waiting = Action.objects.filter(incident_id=child.pk, state__in=UNSETTLED)
    if waiting.exists():
        return ("has_orders", "An action ordered on it is not settled; it goes its own way.")
    standing = Containment.objects.filter(incident_id=child.pk)
    if standing.exclude(state=Containment.State.LIFTED).exists():
        return (
            "stop_stands",
            "An emergency stop stands on it, which a decision of its own ratifies and lifts.",
        )
    return None


@dataclass(frozen=True, slots=True)
class Family:
    """The case that an incident goes with, those that go with it, its links both ways."""

    parent: Incident | None
    children: Sequence[Incident]
    links: Sequence[IncidentLink]


def family_seen(incident: Incident, visible: QuerySet[Incident]) -> Family:
    """Return an incident's family and links, without cases that the reader may not see."""
    links = links_of(incident)
    kin = {incident.parent_id, *(key for one in links for key in (one.incident_id, one.other_id))}
    children = incident.children.order_by("number")
    wanted = Q(pk__in=kin - {None}) | Q(parent_id=incident.pk)
    seen = {incident.pk, *visible.filter(wanted).values_list("pk", flat=True)}
    return Family(
        incident.parent if incident.parent_id in seen else None,
        [one for one in children if one.pk in seen],
        [one for one in links if {one.incident_id, one.other_id} <= seen],
    )


def links_of(incident: Incident) -> Sequence[IncidentLink]:
    """Return what links an incident with others, both ways, oldest first."""
    rows = IncidentLink.objects.filter(Q(incident=incident) | Q(other=incident))
    found = rows.select_related("incident", "other", "linked_by")
    return list(found.order_by("at", "pk"))


def _too_late(parent: Incident) -> str:
    if parent.state not in JOINED_AT:
        return worded(
            "{number} stands at {state}: what was validated or decided there was without this one. "
            "Link the two instead, or decide on this one by itself.",
            number=parent.number,
            state=term(parent.get_state_display()),
        )
    newest = parent.findings.order_by("-revision").first()
    if newest is not None and Validation.objects.filter(findings=newest).exists():
        return worded(
            "A review of {number} is signed already, without this one. Have it returned to its "
            "owner first, or link the two.",
            number=parent.number,
        )
    return ""
