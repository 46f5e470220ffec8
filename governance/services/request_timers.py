"""Calls for a request of an authority: at half time, a day before, and when it is due."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from governance.models import AuthorityRequest
from ledger.rules.actors import machine
from ledger.rules.worded import joined, term, worded
from ledger.services.entries import append_entry
from outbox.models import Timer
from outbox.services.messages import queue_mail
from outbox.services.timers import Arming, arm_timers, cancel_timers
from registry.models import RoleAssignment, User
from registry.rules.instants import with_zone
from registry.selectors.people import in_force

DUE = "request.due"
DAY = timedelta(days=1)
SWEEP = machine("sweep")
WAITING = (AuthorityRequest.State.OPEN, AuthorityRequest.State.READY)


def watch_due(row: AuthorityRequest, at: datetime) -> None:
    """Arm what calls for a request."""
    length = row.due_at - row.received_at
    wanted = {
        "half": row.received_at + length / 2,
        "day": row.due_at - DAY,
        "due": row.due_at,
    }
    arm_timers(
        armings=[
            Arming(
                kind=DUE,
                key=f"{row.pk}:request:{which}",
                subject_id=row.pk,
                due_at=due_at,
                payload={"which": which},
                inputs={"from": row.received_at.isoformat(), "due": row.due_at.isoformat()},
            )
            for which, due_at in wanted.items()
            if which == "due" or due_at > at
        ],
        at=at,
    )


def cancel_due(row: AuthorityRequest, at: datetime) -> None:
    """Cancel what would still call for a request that was answered."""
    cancel_timers(subject_id=row.pk, reason="the answer was sent", at=at, kinds=(DUE,))


def fire_due(*, timer: Timer, at: datetime) -> None:
    """Tell who received it and compliance; a request that was answered calls nobody."""
    row = AuthorityRequest.objects.select_related("received_by").get(pk=timer.subject_id)
    if row.state not in WAITING:
        return
    which = str(timer.payload["which"])
    if which == "due":
        append_entry(
            verb="request.overdue",
            actor=SWEEP,
            at=at,
            subject=("authority_request", str(row.pk), row.number),
            details={"due_at": row.due_at},
        )
    for person in _people(row, at):
        _tell(row, person, which, at)


def _people(row: AuthorityRequest, at: datetime) -> list[User]:
    """Who received it, and compliance wherever it stands in the organisation."""
    rows = RoleAssignment.objects.filter(in_force(at), role="compliance").select_related("user")
    people = [row.received_by, *(one.user for one in rows.order_by("user__name"))]
    return list({one.pk: one for one in people if one.is_active}.values())


def _tell(row: AuthorityRequest, person: User, which: str, at: datetime) -> None:
    by = with_zone(row.due_at, ZoneInfo(person.zone))
    asked = worded("Answer {number} by {when}", number=row.number, when=by)
    if which == "due":
        asked = worded("Answer {number} by {when} (passed)", number=row.number, when=by)
    queue_mail(
        key=f"{row.pk}:request:{which}:{person.pk}",
        person_id=person.pk,
        address=person.email,
        subject=worded("{asked}: {authority}", asked=asked, authority=row.authority),
        body=joined(
            "\n",
            [
                worded("{asked}.", asked=asked),
                "",
                worded("{authority}: {basis}", authority=row.authority, basis=row.basis),
                worded("It stands at: {state}.", state=term(row.get_state_display())),
                "",
                f"{settings.PUBLIC_URL}/authority-requests/{row.number}/",
                "",
            ],
        ),
        subject_id=row.pk,
        at=at,
    )
