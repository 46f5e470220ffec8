"""Which incidents a person hears: as a member of the body that decides on them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from governance.models import Decision, ElectorSeat, Seat
from incidents.models import Incident
from registry.selectors.people import in_force
from registry.selectors.units import units_below


def heard_by(people: Sequence[UUID], at: datetime) -> Q:
    """Return the condition: a motion of their body, or a case of its units that waits for one."""
    seats = Seat.objects.filter(in_force(at), committee__active=True).filter(
        Q(person_id__in=people) | Q(substitute_id__in=people)
    )
    bodies = list(seats.values_list("committee_id", "committee__unit_id"))
    frozen = ElectorSeat.objects.filter(decision_id=OuterRef("pk")).filter(
        Q(holder_id__in=people) | Q(substitute_id__in=people) | Q(seated_id__in=people)
    )
    motions = Decision.objects.filter(incident_id=OuterRef("pk")).filter(
        Q(committee_id__in=[body for body, _ in bodies]) | Q(Exists(frozen))
    )
    waiting = Q(
        state=Incident.State.DECISION,
        unit_id__in=units_below(unit_ids=[unit for _, unit in bodies]),
    )
    return Q(Exists(motions)) | waiting
