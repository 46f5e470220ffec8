"""What governance does about turns: freezes a fresh plan, voids the round of what is withdrawn."""

from datetime import datetime

from django.conf import settings

from governance.models import Decision, ElectorSeat
from governance.services.plans import freeze_plan
from governance.services.resolutions import void_rounds
from incidents.models import Incident, Transition
from incidents.rules.plan import FrozenPlan
from incidents.rules.states import CANCELLED
from ledger.rules.worded import as_titled, worded
from outbox.services.hints import nudge
from outbox.services.messages import queue_mail


def fresh_plan(incident: Incident, at: datetime) -> FrozenPlan:
    """Return the plan of a cycle that begins now, from what is in force for the unit (INC-E)."""
    return freeze_plan(
        unit=incident.unit, system=incident.system, severity=incident.severity, at=at
    )


def void_round_of_withdrawn(incident: Incident, transition: Transition, at: datetime) -> None:
    """Void what is voted on an incident that is withdrawn (T08), and tell whoever sits in it.

    The caller holds the lock on the incident. Ballots stay on record and count for nothing.
    """
    if transition.to_state != CANCELLED:
        return
    seats = ElectorSeat.objects.filter(
        decision__incident=incident, decision__state=Decision.State.OPEN, seated__isnull=False
    )
    told = list(seats.select_related("decision", "seated").order_by("pk"))
    words = worded(
        "{number} was withdrawn by {who}: {reason}",
        number=incident.number,
        who=transition.person_name,
        reason=transition.reason,
    )
    void_rounds(incident=incident, words=str(words), at=at)
    for seat in told:
        _tell(seat, words, at)
    if told:
        nudge("sweep")


def _tell(seat: ElectorSeat, words: str, at: datetime) -> None:
    decision, person = seat.decision, seat.seated
    if person is None:
        return
    queue_mail(
        key=f"motion:{decision.pk}:void:{person.pk}",
        person_id=person.pk,
        address=person.email,
        subject=worded(
            "Nothing to vote: motion {number} is void: {title}",
            number=decision.number,
            title=as_titled(decision.title),
        ),
        body=worded(
            "{words}\n\nThe round is void; ballots that were cast stay on record and count for "
            "nothing.\n\n{url}\n",
            words=words,
            url=f"{settings.PUBLIC_URL}/committee/{decision.number}/",
        ),
        subject_id=decision.incident_id,
        at=at,
    )
