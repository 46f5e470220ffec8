"""The kill switch calls a person: after the second failed delivery, or where nobody confirms."""

from datetime import datetime, timedelta

from django.db import transaction

from governance.selectors.emergencies import people_to_wake
from governance.services.paging import page
from incidents.models import Containment, Incident
from ledger.retries import retried
from ledger.rules.actors import machine
from ledger.rules.worded import word
from ledger.services.entries import append_entry
from outbox.models import Message
from outbox.rules.backoff import KILL_SWITCH

SWEEP = machine("sweep")
LOOK_BACK = timedelta(days=3)
JOB = "undelivered stops"
CALLED = "incident.person_called"


@retried
@transaction.atomic
def call_for_undelivered(at: datetime) -> int:
    """Call a person for each stop that its gateway did not take twice; a job of the sweep.

    Each message calls once; paging itself repeats until somebody answers.
    """
    failed = Message.objects.filter(
        channel="webhook",
        short_schedule=True,
        state__in=(Message.State.QUEUED, Message.State.FAILED),
        attempts__gte=KILL_SWITCH.calls_person_after,
        created_at__gt=at - LOOK_BACK,
        subject_id__isnull=False,
    )
    called = 0
    for message in failed.order_by("created_at", "id")[:200]:
        called += _call(message, at)
    return called


def _call(message: Message, at: datetime) -> int:
    incident = (
        Incident.objects.select_related("system", "owner", "deputy")
        .filter(pk=message.subject_id)
        .first()
    )
    key = f"undelivered:{message.pk}"
    if incident is None or incident.drill or _is_confirmed(message):
        return 0
    people = people_to_wake(incident=incident, at=at)
    called = page(
        incident=incident, people=people, why=word("Stop the system by hand"), key=key, at=at
    )
    if called:
        append_entry(
            verb=CALLED,
            actor=SWEEP,
            at=at,
            subject=("incident", str(incident.pk), incident.number),
            incident_id=incident.pk,
            system_id=incident.system_id,
            details={"message": message.pk, "attempts": message.attempts, "called": called},
        )
    return called


def _is_confirmed(message: Message) -> bool:
    """Whether the gateway confirmed all the same, by asking the state API for instance."""
    told = (message.payload or {}).get("containment")
    if not told:
        return False
    return Containment.objects.filter(pk=told, confirmed_at__isnull=False).exists()
