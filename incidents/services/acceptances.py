"""Accepted risks: what is due is told, what is over is noted, who leaves hands theirs over.

Nothing here makes an acceptance invalid: that is computed (rules.acceptances.validity). What runs
here only writes it down and calls people.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from incidents.models import Incident, RiskAcceptance, Transition
from incidents.rules.acceptances import EXPIRED
from incidents.rules.notices import in_utc
from incidents.rules.plan import from_text
from incidents.rules.transitions import RISK_ACCEPTED
from incidents.selectors.acceptances import Shown, owner_voted, shown
from incidents.services.acceptance_records import acceptance_of, end_active, record_end
from incidents.services.commands.execution import execute, lock_incident
from incidents.services.notices import able, tell
from ledger.context import acting_as, current_actor
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Conflict, Missing
from ledger.rules.worded import term, word, worded
from ledger.services.entries import append_entry
from outbox.models import Timer
from registry import duties
from registry.duties import Duty, Source
from registry.models import User
from registry.services.access import active_person

KEEPER = machine("acceptances")
State = RiskAcceptance.State
BY_ANOTHER_DECISION = {
    "adopt": "decided_otherwise",
    "keep_running": "decided_otherwise",
    "withdraw": "withdrawn",
}


def note_ended(at: datetime) -> int:
    """Write down, one incident a transaction, what is not valid any more; the sweep's job."""
    rows = RiskAcceptance.objects.filter(state=State.ACTIVE).select_related("incident", "owner")
    over = [one for one in shown(rows.order_by("incident_id"), at) if not one.validity.valid]
    return sum(_note(one.acceptance.incident_id, at) for one in over)


@transaction.atomic
def void_acceptance(
    *, incident_id: UUID, ground: str, since: datetime, words: str, at: datetime
) -> bool:
    """Void the acceptance that stands on an incident, as of an instant; False where none does.

    For what only a higher floor finds out: a reading beyond the limit, a worse band.
    """
    incident = lock_incident(incident_id)
    row = RiskAcceptance.objects.filter(incident=incident, state=State.ACTIVE).first()
    if row is None or since >= row.until_at:
        return False
    with _acting() as actor:
        _end(incident, ground, since, words, actor, at)
    return True


def fire_acceptance(*, timer: Timer, at: datetime) -> None:
    """Tell of an expiry that comes near or of the review, or write the expiry down.

    The caller holds the lock on the incident.
    """
    row = acceptance_of(UUID(timer.payload["acceptance"]))
    if row.state != State.ACTIVE:
        return
    which = str(timer.payload["which"])
    if which == "expiry" or not shown([row], at)[0].validity.valid:
        _note(row.incident_id, at)
    elif which == "review":
        _call_for_review(row, at)
    else:
        _tell_near(row, which, at)


def follow_decision(incident: Incident, transition: Transition, at: datetime) -> None:
    """End an acceptance that still runs where the body decided something else."""
    if not RiskAcceptance.objects.filter(incident=incident, state=State.ACTIVE).exists():
        return
    ground = BY_ANOTHER_DECISION[transition.command]
    with _acting() as actor:
        row = end_active(incident, ground, since=at, words=transition.reason, at=at)
        record_end(row, actor=actor, at=at)


def find_owned(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the accepted risks that a person owns."""
    rows = RiskAcceptance.objects.filter(owner_id=person_id, state=State.ACTIVE)
    return [
        Duty(
            str(row.pk),
            worded(
                "Owns the accepted risk {risk} of {number}",
                risk=row.number,
                number=row.incident.number,
            ),
            f"/acceptances/{row.number}/",
            note="Without a successor the acceptance is void.",
        )
        for row in rows.select_related("incident").order_by("until_at", "pk")
    ]


@transaction.atomic
def hand_over_acceptance(
    *,
    duty_id: str,
    from_id: UUID,
    to_id: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Give an accepted risk another owner, who did not approve it. Raises Missing, Conflict."""
    known = RiskAcceptance.objects.filter(pk=duty_id, state=State.ACTIVE).first()
    if known is None or to_id is None:
        raise Missing("unknown_acceptance", "There is no such acceptance, or nobody to own it.")
    incident = lock_incident(known.incident_id)
    rows = RiskAcceptance.objects.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("owner").get(pk=duty_id)
    successor = active_person(to_id)
    _refuse_approver(incident, successor, at)
    before, row.owner = row.owner, successor
    row.version += 1
    row.save(update_fields=["owner", "version"], at=at)
    append_entry(
        verb="acceptance.handed_over",
        actor=actor,
        at=at,
        subject=("acceptance", str(row.pk), row.number),
        before={"owner": before.on_record},
        after={"owner": successor.on_record},
        reason=reason,
        incident_id=incident.pk,
        system_id=incident.system_id,
    )


def register_duties() -> None:
    """Register the accepted risks as what a person answers for."""
    duties.register(Source("acceptances", word("Accepted risks"), find_owned, hand_over_acceptance))


@transaction.atomic
def _note(incident_id: UUID, at: datetime) -> int:
    """Write down the end of the acceptance on an incident if it is over; returns how many."""
    incident = lock_incident(incident_id)
    rows = RiskAcceptance.objects.filter(incident=incident, state=State.ACTIVE)
    found = shown(rows.select_related("incident", "owner"), at)
    if not found or found[0].validity.valid:
        return 0
    one = found[0]
    with _acting() as actor:
        _end(incident, one.validity.ground, _since(one), _words(one), actor, at)
    return 1


def _end(
    incident: Incident, ground: str, since: datetime, words: str, actor: Actor, at: datetime
) -> None:
    """Lead back to the decision (T20), or note it where the case is there already."""
    if incident.state != RISK_ACCEPTED:
        row = end_active(incident, ground, since=since, words=str(words), at=at)
        record_end(row, actor=actor, at=at)
    else:
        execute(
            command="end_acceptance",
            incident_id=incident.pk,
            actor=actor,
            at=at,
            expected_version=None,
            idempotency_key=None,
            payload={"ground": ground, "since": since, "words": str(words)},
        )
    _tell_ended(incident.pk, words, at)


def _tell_ended(incident_id: UUID, words: str, at: datetime) -> None:
    row = (
        RiskAcceptance.objects.filter(incident_id=incident_id)
        .select_related("incident__owner", "incident__deputy", "incident__system", "owner")
        .order_by("-from_at")[0]
    )
    tell(
        row.incident,
        [row.owner, row.incident.owner],
        task="acceptance_ended",
        key=f"{row.number}:ended",
        due_at=row.incident.stage_due_at,
        at=at,
        words=words,
    )


def _call_for_review(row: RiskAcceptance, at: datetime) -> None:
    """Half of the term is over: a validator looks whether it may stand."""
    if row.reviewed_at is not None:
        return
    incident = row.incident
    people = able("review_acceptance", incident, from_text(incident.plan), at)
    tell(
        incident,
        [row.owner, *people],
        task="acceptance_review",
        key=f"{row.number}:review",
        due_at=row.until_at,
        at=at,
        words=worded("Half of its term is over. What remains: {risk}", risk=row.residual_risk),
    )


def _tell_near(row: RiskAcceptance, which: str, at: datetime) -> None:
    incident = row.incident
    people = able("review_acceptance", incident, from_text(incident.plan), at)
    tell(
        incident,
        [row.owner, incident.owner, *people],
        task="acceptance",
        key=f"{row.number}:{which}",
        due_at=row.until_at,
        at=at,
        words=word(
            "Renew it by another decision, or remove the risk. It does not run on by itself."
        ),
    )


def _since(one: Shown) -> datetime:
    return one.validity.since or one.acceptance.until_at


def _words(one: Shown) -> str:
    words = one.validity.words
    since = _since(one)
    if one.validity.ground == EXPIRED:
        return worded(
            "{number} expired on {when}.", number=one.acceptance.number, when=in_utc(since)
        )
    return worded(
        "{number} is void since {when}: {words}.",
        number=one.acceptance.number,
        when=in_utc(since),
        words=term(words),
    )


def _refuse_approver(incident: Incident, successor: User, at: datetime) -> None:
    if owner_voted(incident, successor.pk, at):
        raise Conflict(
            "conflicted_successor",
            worded(
                "{successor_name} voted on {number}; who owns a risk never approves it.",
                successor_name=successor.name,
                number=incident.number,
            ),
        )


def _acting() -> Any:
    """The engine that acts already, else the keeper of acceptances."""
    acting = current_actor()
    if acting is not None and acting.kind == "system":
        return nullcontext(acting)
    return acting_as(KEEPER)
