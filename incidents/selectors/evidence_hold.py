"""Whether evidence of an incident is held, and what an action lacks while it is."""

from collections.abc import Mapping
from typing import Any

from incidents.models import EvidenceHold, Incident
from incidents.rules.containment import hold_fault_of
from incidents.rules.transitions import ENDED
from incidents.selectors.files import file_of
from ledger.rules.worded import worded


def hold_in_force(incident: Incident) -> EvidenceHold | None:
    """Return the hold on the evidence of an incident, None where nothing is held."""
    file = file_of(incident)
    if file is not None:
        return next((row for row in file.holds if row.released_at is None), None)
    rows = EvidenceHold.objects.filter(incident_id=incident.pk, released_at__isnull=True)
    return rows.select_related("set_by").first()


def hold_fault(incident: Incident, action_type: str, parameters: Mapping[str, Any]) -> str:
    """Return what an action lacks under a hold on the evidence, '' where it may be carried out.

    A hold of any open incident of the system counts: it is the same evidence. Asked when an action
    is decided and again when it is dispatched. A stop is never refused.
    """
    fault = hold_fault_of(action_type, parameters)
    if not fault:
        return ""
    held = EvidenceHold.objects.filter(
        incident__system_id=incident.system_id, released_at__isnull=True
    ).exclude(incident__state__in=ENDED)
    number = held.order_by("set_at").values_list("incident__number", flat=True).first()
    if not number:
        return ""
    return worded("The evidence of {number} is held: {what}", number=number, what=fault)
