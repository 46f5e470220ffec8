"""Whom a round is told to: its electors, and operations when nobody above can decide."""

from datetime import datetime

from django.conf import settings

from governance.models import Decision
from outbox.services.hints import nudge
from outbox.services.messages import queue_mail
from registry.models import User
from registry.selectors.people import people_with_role


def tell_electors(decision: Decision, at: datetime) -> None:
    """Ask everybody who sits to vote, with the deadline in the subject."""
    for seat in decision.electors.select_related("seated").exclude(seated=None):
        if seat.seated is not None:
            _mail(decision, seat.seated, "elector", at)
    nudge("sweep")


def _mail(decision: Decision, person: User, why: str, at: datetime) -> None:
    closes = decision.closes_at or at
    queue_mail(
        key=f"motion:{decision.pk}:{why}:{person.pk}",
        person_id=person.pk,
        address=person.email,
        subject=f"Vote by {closes:%d %B %Y %H:%M} UTC on motion {decision.number}: "
        f"{decision.title}",
        body=f"{decision.title}\n\n{decision.reason}\n\n{decision.feasibility}\n\n"
        f"{settings.PUBLIC_URL}/committee/{decision.number}/\n",
        subject_id=decision.incident_id,
        at=at,
    )


def tell_operations(decision: Decision, words: str, at: datetime) -> None:
    """Nobody above can decide: say so to those who can change that."""
    unit_id = decision.incident.unit_id
    people = people_with_role(role="administrator", unit_id=unit_id, at=at)
    people += people_with_role(role="executive", unit_id=unit_id, at=at)
    for person in {one.pk: one for one in people}.values():
        queue_mail(
            key=f"motion:{decision.pk}:stuck:{person.pk}",
            person_id=person.pk,
            address=person.email,
            subject=f"Nobody can decide motion {decision.number}: {decision.title}",
            body=f"{words}\n\nThere is no higher body. Fill seats or name substitutes, then "
            f"convene again.\n\n{settings.PUBLIC_URL}/committee/{decision.number}/\n",
            subject_id=decision.incident_id,
            at=at,
        )
