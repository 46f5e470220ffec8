"""Which incidents a person hears: as a member of the body that decides on them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.models import Decision, ElectorSeat, Seat
from incidents.models import Incident
from registry.selectors.compiled import compiled
from registry.selectors.people import in_force

# Their bodies, and the units of those with all below them.
HEARD = """
WITH RECURSIVE bodies(body, unit) AS ({}), below(id) AS (
    SELECT unit FROM bodies
    UNION
    SELECT unit.id FROM registry_unit unit JOIN below ON unit.parent_id = below.id
) SELECT 'body', body FROM bodies UNION ALL SELECT 'unit', id FROM below
"""


def heard_by(people: Sequence[UUID], at: datetime) -> Q:
    """Return the condition: a motion of their body, or a case of its units that waits for one.

    One query before the one that reads them.
    """
    bodies, units = _bodies_and_units(people, at)
    frozen = ElectorSeat.objects.filter(decision_id=OuterRef("pk")).filter(
        Q(holder_id__in=people) | Q(substitute_id__in=people) | Q(seated_id__in=people)
    )
    motions = Decision.objects.filter(incident_id=OuterRef("pk")).filter(
        Q(committee_id__in=bodies) | Q(Exists(frozen))
    )
    waiting = Q(state=Incident.State.DECISION, unit_id__in=units)
    return Q(Exists(motions)) | waiting


def _bodies_and_units(people: Sequence[UUID], at: datetime) -> tuple[list[UUID], list[UUID]]:
    statement, params = _bodies.statement(people=list(people), at=at)
    with connection.cursor() as cursor:
        cursor.execute(HEARD.format(statement), params)
        rows = cursor.fetchall()
    bodies, units = ([one for word, one in rows if word == kind] for kind in ("body", "unit"))
    return bodies, units


@compiled(people=UUID, at=datetime)
def _bodies(people: Sequence[UUID], at: datetime) -> QuerySet[Seat, Any]:
    seats = Seat.objects.filter(in_force(at), committee__active=True).filter(
        Q(person_id__in=people) | Q(substitute_id__in=people)
    )
    return seats.values_list("committee_id", "committee__unit_id")
