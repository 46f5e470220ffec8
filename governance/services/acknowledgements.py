"""'I have it': reminders of a step stop to who says so; deadlines and higher levels go on.

It holds while its person does something on the case; then it lapses, and can be said again.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import EscalationFiring, StepAcknowledgement
from governance.rules.calling import holds_for
from governance.selectors.escalations import holders
from incidents.models import Incident
from incidents.rules.plan import from_text
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
    rows = Incident.objects.select_for_update(no_key=True, of=("self",))
    incident = rows.filter(pk=incident_id).first()
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
    lasts = holds_for(from_text(incident.plan), incident.severity)
    having, _ = holders(incident=incident, rule=rule, step=step, lasts=lasts, at=at)
    said = StepAcknowledgement.objects.filter(
        incident=incident, rule=rule, step=step, person_id=actor.person
    )
    known = said.order_by("-at").first()
    if known is not None and (actor.person in having or known.at >= at):
        return known
    return _say(incident, rule, step, actor.person, actor, at)


def _say(
    incident: Incident, rule: str, step: int, person: UUID, actor: Actor, at: datetime
) -> StepAcknowledgement:
    row = StepAcknowledgement.objects.create(
        incident=incident, rule=rule, step=step, person_id=person, at=at
    )
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
