"""What follows an obligation that cannot be carried out while the effect is proved (T15, T17).

It holds the incident until it is done or a signed decision moves it, and it will never be done: so
the incident goes back to the decision at once, a level up, and nobody has to find it.
"""

from datetime import datetime

from incidents.models import Action, Incident, Transition
from incidents.rules.states import VERIFICATION
from incidents.selectors.proofs import measured_proofs
from incidents.services.commands import execute
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.worded import word, worded

CARRIER = machine("execution")
NOT_CARRIED_OUT = word(
    "An obligation cannot be carried out: {action}. {reason} What was carried out stays; a "
    "decision says what takes its place."
)
PROOFS_GO_ON = word(
    "An obligation cannot be carried out: {action}. {reason} What was carried out stays; a "
    "decision says what takes its place. Its proof by readings runs on meanwhile and is judged "
    "when the effect is proved again; a stop that is carried out before begins it anew."
)


def follow_failure(incident: Incident, transition: Transition, at: datetime) -> None:
    """Follow `cannot_execute`: back to the decision from VERIFICATION. The lock is held."""
    if incident.state != VERIFICATION or transition.to_state != VERIFICATION:
        return
    action = Action.objects.get(pk=transition.payload["action_id"])
    running = measured_proofs(incident).exists()
    words = worded(
        PROOFS_GO_ON if running else NOT_CARRIED_OUT,
        action=action.words,
        reason=action.ended_reason,
    )
    with acting_as(CARRIER):
        execute(
            command="verification_failed",
            incident_id=incident.pk,
            actor=CARRIER,
            at=at,
            expected_version=None,
            idempotency_key=f"obligation:{action.pk}",
            payload={"reason": words, "proofs_go_on": running},
        )
    incident.refresh_from_db(fields=["version"])
