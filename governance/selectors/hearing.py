"""Which incidents a person hears: as a member of the body that decides on them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.models import Decision, ElectorSeat, Seat
from incidents.models import Incident
from incidents.readers import Reader
from ledger.selectors.at_once import Question, Rows
from registry.selectors.compiled import compiled
from registry.selectors.people import in_force

# Their bodies, and the units of those with all below them.
HEARD = """
WITH RECURSIVE bodies(body, unit) AS ({}), below(id) AS (
    SELECT unit FROM bodies
    UNION
    SELECT unit.id FROM registry_unit unit JOIN below ON unit.parent_id = below.id
) SELECT 'body' AS kind, body AS id FROM bodies UNION ALL SELECT 'unit', id FROM below
"""


def heard_asked(people: Sequence[UUID], at: datetime) -> Question:
    """Return the question which bodies are theirs and of which units, for `heard_told`."""
    statement, params = _bodies.statement(people=list(people), at=at)
    return HEARD.format(statement), params


def heard_told(people: Sequence[UUID], rows: Rows) -> Q:
    """Return the condition: a motion of their body, or a case of its units that waits for one."""
    bodies, units = ([UUID(one) for word, one in rows if word == kind] for kind in ("body", "unit"))
    frozen = ElectorSeat.objects.filter(decision_id=OuterRef("pk")).filter(
        Q(holder_id__in=people) | Q(substitute_id__in=people) | Q(seated_id__in=people)
    )
    motions = Decision.objects.filter(incident_id=OuterRef("pk")).filter(
        Q(committee_id__in=bodies) | Q(Exists(frozen))
    )
    waiting = Q(state=Incident.State.DECISION, unit_id__in=units)
    return Q(Exists(motions)) | waiting


HEARING = Reader(heard_asked, heard_told)


@compiled(people=UUID, at=datetime)
def _bodies(people: Sequence[UUID], at: datetime) -> QuerySet[Seat, Any]:
    seats = Seat.objects.filter(in_force(at), committee__active=True).filter(
        Q(person_id__in=people) | Q(substitute_id__in=people)
    )
    return seats.values_list("committee_id", "committee__unit_id")
