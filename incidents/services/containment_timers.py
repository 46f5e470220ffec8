"""What falls due about a containment: its ratification, its reason, the end of a measure."""

from datetime import datetime

from incidents.models import Containment, InterimMeasure
from incidents.rules.containment import KIND_WORDS, next_reminder
from incidents.services.commands import execute
from incidents.services.containing import INTERIM_END, RATIFY_DUE, REASON_DUE, holders
from incidents.services.notices import tell
from ledger.rules.actors import machine
from ledger.rules.worded import term, word, worded
from ledger.services.entries import append_entry
from outbox.models import Timer
from outbox.services.timers import arm_timer

SWEEP = machine("sweep")


def fire_ratify_due(*, timer: Timer, at: datetime) -> None:
    """Tell the executive that nobody ratified in time, again and again; it stays contained (F42).

    Repeated after 1, 2, 4 and then every 8 days, until a committee has decided on it.
    """
    row = _containment(timer)
    if row.state != Containment.State.STANDING:
        return
    incident, number = row.incident, int(timer.payload["repeat"])
    if row.overdue_at is None:
        row.overdue_at = at
        row.save(update_fields=["overdue_at"], at=at)
    _enter("incident.ratification_overdue", row, at, {"ratify_by": row.ratify_by, "told": number})
    tell(
        incident,
        [*holders(incident, "executive", at), *holders(incident, "compliance", at)],
        task="ratify",
        key=f"ratify:{row.pk}:{number}",
        due_at=row.ratify_by,
        at=at,
        words=worded(
            "{scope} was {kind} at once and no committee has ratified it in time. It stays so; "
            "nothing is undone by itself.",
            scope=row.scope,
            kind=term(KIND_WORDS[row.kind]),
        ),
    )
    arm_timer(
        kind=RATIFY_DUE,
        key=f"{incident.pk}:ratify:{row.pk}:{number + 1}",
        subject_id=incident.pk,
        due_at=next_reminder(number, max(timer.due_at, at)),
        payload={"containment": str(row.pk), "repeat": number + 1},
        inputs={"after": timer.due_at.isoformat()},
        at=at,
    )


def fire_reason_due(*, timer: Timer, at: datetime) -> None:
    """Ask who stopped it for the reason that is still missing, and tell compliance."""
    row = _containment(timer)
    if row.reason or not row.in_force:
        return
    incident = row.incident
    _enter("incident.reason_overdue", row, at, {"due_at": timer.due_at})
    people = [row.person] if row.person is not None else []
    tell(
        incident,
        [*people, *holders(incident, "compliance", at)],
        task="explain",
        key=f"reason:{row.pk}",
        due_at=row.reason_due_at,
        at=at,
        words=word("The reason had to follow within a day and is missing."),
    )


def fire_interim_end(*, timer: Timer, at: datetime) -> None:
    """End a measure whose time is over."""
    row = InterimMeasure.objects.get(pk=timer.payload["interim"])
    if row.state != InterimMeasure.State.STANDING:
        return
    incident = row.incident
    if incident.closed_at is not None:
        row.state, row.ended_at = InterimMeasure.State.EXPIRED, at
        row.ended_reason = "its time was over"
        row.save(update_fields=["state", "ended_at", "ended_reason"], at=at)
        append_entry(
            verb="incident.interim_ended",
            actor=SWEEP,
            at=at,
            subject=("incident", str(incident.pk), incident.number),
            incident_id=incident.pk,
            system_id=incident.system_id,
            details={"interim": row.pk},
        )
        return
    execute(
        command="end_interim",
        incident_id=row.incident_id,
        actor=SWEEP,
        at=at,
        expected_version=None,
        idempotency_key=None,
        payload={
            "interim_id": row.pk,
            "ground": "expired",
            "reason": "Its time was over.",
        },
    )


KINDS = {
    RATIFY_DUE: fire_ratify_due,
    REASON_DUE: fire_reason_due,
    INTERIM_END: fire_interim_end,
}


def _containment(timer: Timer) -> Containment:
    rows = Containment.objects.select_related(
        "incident__system", "incident__owner", "incident__deputy", "person"
    )
    row: Containment = rows.get(pk=timer.payload["containment"])
    return row


def _enter(verb: str, row: Containment, at: datetime, details: dict[str, object]) -> None:
    incident = row.incident
    append_entry(
        verb=verb,
        actor=SWEEP,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"containment": row.pk, **details},
        touched=[f"incidents_containment:{row.pk}"],
    )
