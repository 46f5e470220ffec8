"""What a motion can be made from: versions of the system, people who could carry it out."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from governance.selectors.motions import body_for, may_propose
from incidents.models import Findings, Incident
from registry.models import RoleAssignment, System, SystemVersion, User
from registry.selectors.people import in_force
from registry.selectors.units import units_above

CARRIES_NOTHING_OUT = ("auditor", "board")


def motion_choices(*, incident: Incident, at: datetime) -> dict[str, Any]:
    """Return the versions to choose from, and the people on the system's side and in its unit."""
    versions = SystemVersion.objects.filter(system_id=incident.system_id)
    return {
        "versions": list(versions.exclude(state="draft").order_by("-created_at", "-label")),
        "people": _people(incident, at),
    }


def motion_page(*, incident: Incident, reader: User, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/motion.html shows, but for the forms."""
    body = body_for(incident)
    people = may_propose(incident=incident, committee=body, at=at) if body else []
    findings = Findings.objects.filter(incident=incident).order_by("-cycle", "-revision").first()
    return {
        "at": at,
        "incident": incident,
        "system": incident.system,
        "body": body,
        "may_propose": reader.pk in {person.pk for person in people},
        "findings": findings,
    }


def _people(incident: Incident, at: datetime) -> list[User]:
    """Owner's side of every system of the unit, and who holds a role for it; by name."""
    units = units_above(unit_id=incident.unit_id)
    holders = (
        RoleAssignment.objects.filter(
            in_force(at), Q(unit_id__in=units) | Q(system_id=incident.system_id)
        )
        .exclude(role__in=CARRIES_NOTHING_OUT)
        .values("user_id")
    )
    systems = System.objects.filter(unit_id=incident.unit_id)
    rows = User.objects.filter(
        Q(pk__in=holders)
        | Q(pk__in=systems.values("owner_id"))
        | Q(pk__in=systems.values("deputy_id"))
        | Q(pk__in=[incident.owner_id, incident.deputy_id]),
        is_active=True,
        kind=User.Kind.PERSON,
    )
    return list(rows.order_by("name"))
