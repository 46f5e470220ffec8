"""What holds the system of an incident still, as its page shows it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from governance.models import Decision
from governance.selectors.motions import body_for, may_propose
from incidents.models import Containment, EvidenceHold, Incident, InterimMeasure
from incidents.rules.transitions import ENDED
from incidents.selectors.containment import Holding
from registry.models import User

MARKS = {
    Containment.State.STANDING: "pending",
    Containment.State.RATIFIED: "ok",
    Containment.State.NOT_RATIFIED: "overdue",
    Containment.State.LIFTED: "none",
}


OPEN = (Decision.State.DRAFT, Decision.State.OPEN)


def held_of(
    incident: Incident, holding: Holding, reader: User | None, at: datetime
) -> dict[str, Any]:
    """Return containments with their ratification, interim measures and holds on the evidence.

    `reader` is who could put a motion that lifts one now, None where nothing can be done.
    """
    return {
        "containments": _containments(incident, reader, at) if holding.was_contained else [],
        "measures": _measures(incident) if holding.has_measures else [],
        "evidence_holds": _holds(incident) if holding.has_holds else [],
    }


def _containments(incident: Incident, reader: User | None, at: datetime) -> list[dict[str, Any]]:
    rows = Containment.objects.filter(incident=incident).select_related("person").order_by("at")
    motions = {
        motion.about: motion
        for motion in Decision.objects.filter(
            incident=incident, matter=Decision.Matter.RATIFICATION
        ).order_by("created_at")
    }
    may_lift = reader is not None and _may_lift(incident, reader, at)
    return [
        {
            "row": row,
            "may_lift": may_lift and _can_be_lifted(row, motions.get(str(row.pk))),
            "mark": MARKS[Containment.State(row.state)],
            "motion": motions.get(str(row.pk)),
        }
        for row in rows
    ]


def _may_lift(incident: Incident, reader: User, at: datetime) -> bool:
    body = body_for(incident)
    if body is None or incident.state in ENDED:
        return False
    people = may_propose(incident=incident, committee=body, at=at)
    return reader.pk in {person.pk for person in people}


def _can_be_lifted(row: Containment, motion: Decision | None) -> bool:
    """While a motion on it is under way there is no second one."""
    is_decided = motion is None or motion.state not in OPEN
    return row.state != Containment.State.LIFTED and is_decided


def _holds(incident: Incident) -> Sequence[EvidenceHold]:
    rows = EvidenceHold.objects.filter(incident=incident)
    return list(rows.select_related("set_by", "released_by").order_by("set_at"))


def _measures(incident: Incident) -> Sequence[InterimMeasure]:
    rows = InterimMeasure.objects.filter(incident=incident).select_related("taken_by")
    return list(rows.order_by("at"))
