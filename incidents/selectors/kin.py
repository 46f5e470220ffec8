"""Whose history counts for an incident: its own and that of the family that it belongs to."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from incidents.models import Incident


def family_of(incident: Incident) -> Q:
    """Return which participations count: the incident's, its parent's, its kin's (SEG-04)."""
    return of_families({incident.pk, incident.parent_id or incident.pk})


def of_families(heads: Collection[UUID]) -> Q:
    """Return the condition on rows of incidents: one of `heads`, or a child of one.

    By the ids of the family: an 'or' over a row and what it belongs to has no index to enter by.
    """
    family = Incident.objects.filter(Q(pk__in=heads) | Q(parent_id__in=heads))
    return Q(incident_id__in=family.values("pk"))
