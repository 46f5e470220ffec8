"""What holds the system of an incident still, as its page shows it."""

from collections.abc import Sequence
from typing import Any

from governance.models import Decision
from incidents.models import Containment, EvidenceHold, Incident, InterimMeasure
from incidents.selectors.containment import Holding

MARKS = {
    Containment.State.STANDING: "pending",
    Containment.State.RATIFIED: "ok",
    Containment.State.NOT_RATIFIED: "overdue",
    Containment.State.LIFTED: "none",
}


def held_of(incident: Incident, holding: Holding) -> dict[str, Any]:
    """Return containments with their ratification, interim measures and holds on the evidence."""
    return {
        "containments": _containments(incident) if holding.was_contained else [],
        "measures": _measures(incident) if holding.has_measures else [],
        "evidence_holds": _holds(incident) if holding.has_holds else [],
    }


def _containments(incident: Incident) -> list[dict[str, Any]]:
    rows = Containment.objects.filter(incident=incident).select_related("person").order_by("at")
    motions = {
        motion.about: motion
        for motion in Decision.objects.filter(
            incident=incident, matter=Decision.Matter.RATIFICATION
        ).order_by("created_at")
    }
    return [
        {
            "row": row,
            "mark": MARKS[Containment.State(row.state)],
            "motion": motions.get(str(row.pk)),
        }
        for row in rows
    ]


def _holds(incident: Incident) -> Sequence[EvidenceHold]:
    rows = EvidenceHold.objects.filter(incident=incident)
    return list(rows.select_related("set_by", "released_by").order_by("set_at"))


def _measures(incident: Incident) -> Sequence[InterimMeasure]:
    rows = InterimMeasure.objects.filter(incident=incident).select_related("taken_by")
    return list(rows.order_by("at"))
