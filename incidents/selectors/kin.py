"""Whose history counts for an incident: its own and that of the family that it belongs to."""

from django.db.models import Q

from incidents.models import Incident


def family_of(incident: Incident) -> Q:
    """Return which participations count: the incident's, its parent's, its kin's (SEG-04)."""
    kin = Q(incident_id=incident.pk) | Q(incident__parent_id=incident.pk)
    if incident.parent_id is not None:
        kin |= Q(incident_id=incident.parent_id) | Q(incident__parent_id=incident.parent_id)
    return kin
