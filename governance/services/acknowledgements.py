"""'I have it': reminders of a step stop to who says so; deadlines and higher levels go on."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import EscalationFiring, StepAcknowledgement
from incidents.models import Incident
from incidents.rules.transitions import ENDED
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Missing
from ledger.services.entries import append_entry


@transaction.atomic
def acknowledge_step(
    *, incident_id: UUID, rule: str, step: int, actor: Actor, at: datetime
) -> StepAcknowledgement:
    """Record 'I have it': reminders of this step to this person stop; no deadline does.

    Raises Missing, Forbidden (only who was told can), Conflict.
    """
    incident = Incident.objects.filter(pk=incident_id).first()
    if incident is None:
        raise Missing("unknown_incident", "There is no such incident, or it is not yours to see.")
    told = _told_by(incident, rule, step)
    if actor.person is None or str(actor.person) not in {one["person"] for one in told}:
        raise Forbidden(
            "not_told",
            "You cannot take this: it was not sent to you.",
            who_can=[one["name"] for one in told],
            subject=("incident", str(incident.pk), incident.number),
        )
    if incident.state in ENDED:
        raise Conflict("incident_ended", "This incident has ended.")
    row, is_new = StepAcknowledgement.objects.get_or_create(
        incident=incident, rule=rule, step=step, person_id=actor.person, defaults={"at": at}
    )
    if is_new:
        append_entry(
            verb="escalation.acknowledged",
            actor=actor,
            at=at,
            subject=("incident", str(incident.pk), incident.number),
            incident_id=incident.pk,
            system_id=incident.system_id,
            details={"rule": rule, "step": step},
        )
    return row


def _told_by(incident: Incident, rule: str, step: int) -> list[dict[str, str]]:
    rows = EscalationFiring.objects.filter(incident=incident, rule=rule, step=step)
    return [one for row in rows for one in row.recipients]
