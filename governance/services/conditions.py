"""Conditions that bind: set at adoption, shown by their owner, settled by another, overdue."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from governance.models import Decision, DecisionCondition
from governance.rules.conditions import OVERDUE, due_of
from governance.selectors.committees import may_lead
from governance.selectors.conditions import condition_of
from governance.selectors.permissions import person_of
from governance.services.engine import RETURNING_OFFICER
from governance.services.motion_records import lock_round
from governance.services.motions import put_redecision
from governance.services.supersession import take_back
from incidents.models import Incident
from incidents.rules.plan import calendar_of, from_text
from incidents.rules.transitions import VERIFICATION
from incidents.services.commands.execution import execute, lock_incident
from incidents.services.notices import tell
from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from outbox.models import Timer
from outbox.services.hints import nudge
from outbox.services.timers import arm_timer
from registry.models import User
from registry.selectors.people import people_with_role

DUE = "condition.due"
State = DecisionCondition.State
LONGEST = 4000


def set_conditions(*, decision: Decision, at: datetime) -> None:
    """Write the conditions of a decision that was adopted just now, each with its due instant."""
    calendar = calendar_of(from_text(decision.incident.plan))
    for number, data in enumerate(decision.conditions, start=1):
        row = DecisionCondition(
            id=uuid4(),
            decision=decision,
            number=number,
            text=str(data.get("text") or ""),
            owner=_person(data, "owner_id"),
            verifier=_person(data, "verifier_id"),
            evidence=str(data.get("evidence") or ""),
            due_at=due_of(str(data.get("due") or ""), at=at, calendar=calendar),
            on_overdue=data.get("on_overdue") or DecisionCondition.Overdue.ESCALATE,
        )
        row.save(force_insert=True, at=at)
        _record("condition.set", row, RETURNING_OFFICER, at)
        _arm(row, at)


@transaction.atomic
def show_condition(
    *, decision_id: UUID, number: int, reference: str, actor: Actor, at: datetime
) -> DecisionCondition:
    """Say that a condition is met, with where the evidence stands; somebody else then sees to it.

    By who answers for it, or the owner's side where nobody is named. Raises Missing, Forbidden,
    Conflict, Invalid.
    """
    row = _open_condition(decision_id, number)
    _check_text("reference", reference)
    person = _one_of(row, _owners(row), "show that this condition is met", actor)
    row.state, row.reference = State.SHOWN, reference.strip()
    row.shown_by_id, row.shown_at = person, at
    row.save(at=at)
    _record("condition.shown", row, actor, at, reason=reference)
    return row


@transaction.atomic
def settle_condition(
    *, decision_id: UUID, number: int, outcome: str, reason: str, actor: Actor, at: datetime
) -> DecisionCondition:
    """Find a condition 'met', or have it 'moved' to an obligation that is followed elsewhere.

    By its verifier, else by who leads the body, compliance or risk: never who answers for it or
    showed it. Raises Missing, Forbidden, Conflict, Invalid.
    """
    row = _open_condition(decision_id, number)
    if outcome not in (State.MET, State.MOVED):
        raise Invalid("no_outcome", "It is 'met' or 'moved'.", fields={"outcome": "met or moved"})
    _check_text("reason", reason)
    person = _one_of(row, _verifiers(row, at), "settle this condition", actor)
    if person in (row.owner_id, row.shown_by_id):
        raise Forbidden(
            "not_separate",
            "You cannot settle this condition: you answer for it. Somebody else sees to it.",
            who_can=[one.name for one in _verifiers(row, at) if one.pk != person],
            recorded=True,
            subject=_subject(row),
        )
    row.state, row.settled_reason = outcome, reason.strip()
    row.settled_by_id, row.settled_at = person, at
    row.save(at=at)
    _record("condition.settled", row, actor, at, reason=reason)
    return row


def fire_due(*, timer: Timer, at: datetime) -> None:
    """A condition that was not settled in time: the decision is not in force, and what follows."""
    row = DecisionCondition.objects.select_related("decision__incident__system").get(
        pk=timer.payload["condition"]
    )
    if row.state not in (State.STANDING, State.SHOWN):
        return
    row.state = State.OVERDUE
    follows = OVERDUE[row.on_overdue]
    words = worded(
        "A condition of motion {number} is overdue: {text}",
        number=row.decision.number,
        text=row.text,
    )
    with acting_as(RETURNING_OFFICER):
        row.save(at=at)
        _record("condition.overdue", row, RETURNING_OFFICER, at, reason=f"{words}; {follows}.")
        _follow(row, str(words), at)
    _tell(row, words, at)
    nudge("sweep")


def _follow(row: DecisionCondition, words: str, at: datetime) -> None:
    """Back to the decision; what was carried out stays, and the new decision ratifies it or not.

    An accepted risk is void by the same instant through its own events; where orders are still
    carried out, a motion in place of the decision is put.
    """
    decision = row.decision
    incident = lock_incident(decision.incident_id)
    if incident.cycle != decision.cycle:
        return
    if incident.state == VERIFICATION:
        _back(incident, row, words, at)
    elif incident.state == Incident.State.EXECUTION:
        _replace(incident, row, words, at)


def _replace(incident: Incident, row: DecisionCondition, words: str, at: datetime) -> None:
    """Where orders run: revoked, what has not gone out is taken back; the rest is decided anew."""
    decision = row.decision
    if row.on_overdue == DecisionCondition.Overdue.REVOKE:
        take_back(decision=decision, superseded=decision, at=at, unsent=True)
    if Incident.objects.get(pk=incident.pk).state == Incident.State.EXECUTION:
        put_redecision(
            decision=decision,
            reason=words,
            goes_up=row.on_overdue == DecisionCondition.Overdue.ESCALATE,
            at=at,
        )


def _back(incident: Incident, row: DecisionCondition, words: str, at: datetime) -> None:
    execute(
        command="verification_failed",
        incident_id=incident.pk,
        actor=RETURNING_OFFICER,
        at=at,
        expected_version=None,
        idempotency_key=f"condition:{row.pk}",
        payload={"reason": f"{words}. What was carried out stays until it is decided anew."},
    )


def _owners(row: DecisionCondition) -> list[User]:
    if row.owner is not None:
        return [row.owner]
    incident = row.decision.incident
    return [incident.owner, incident.deputy]


def _verifiers(row: DecisionCondition, at: datetime) -> list[User]:
    if row.verifier is not None:
        return [row.verifier]
    incident = row.decision.incident
    people = may_lead(committee=row.decision.committee, at=at)
    for role in ("compliance", "risk"):
        people += people_with_role(
            role=role, unit_id=incident.unit_id, system_id=incident.system_id, at=at
        )
    side = {incident.owner_id, incident.deputy_id, row.owner_id}
    return [one for one in {one.pk: one for one in people}.values() if one.pk not in side]


def _one_of(row: DecisionCondition, people: list[User], words: str, actor: Actor) -> UUID:
    person = person_of(actor, words=words, subject=_subject(row))
    if person in {one.pk for one in people}:
        return person
    raise Forbidden(
        "not_your_part",
        worded("You cannot {words}.", words=term(words)),
        who_can=[one.name for one in people][:6],
        recorded=True,
        subject=_subject(row),
    )


def _open_condition(decision_id: UUID, number: int) -> DecisionCondition:
    decision = lock_round(decision_id)
    row = condition_of(decision=decision, number=number)
    row.decision = decision
    if row.state in (State.MET, State.MOVED):
        raise Conflict(
            "condition_settled",
            worded("This condition is {state}.", state=term(row.get_state_display(), lowered=True)),
        )
    return row


def _person(data: Mapping[str, Any], name: str) -> User | None:
    value = data.get(name)
    return User.objects.filter(pk=value).first() if value else None


def _check_text(name: str, text: str) -> None:
    if not text.strip() or len(text) > LONGEST or "\x00" in text:
        words = worded("A text of at most {longest} characters is needed.", longest=LONGEST)
        raise Invalid("text_needed", words, fields={name: words})


def _arm(row: DecisionCondition, at: datetime) -> None:
    if row.due_at is None:
        return
    arm_timer(
        kind=DUE,
        key=f"condition:{row.pk}",
        subject_id=row.decision.incident_id,
        due_at=row.due_at,
        payload={"condition": str(row.pk)},
        inputs={"motion": row.decision.number, "due_at": row.due_at.isoformat()},
        at=at,
    )


def _tell(row: DecisionCondition, words: str, at: datetime) -> None:
    people = [*_owners(row), *may_lead(committee=row.decision.committee, at=at)]
    tell(
        row.decision.incident,
        list({one.pk: one for one in people}.values()),
        task="obligation",
        key=f"condition:{row.pk}",
        due_at=row.due_at or at,
        at=at,
        words=words,
    )


def _subject(row: DecisionCondition) -> tuple[str, str, str]:
    return ("decision", str(row.decision_id), f"motion {row.decision.number}")


def _record(
    verb: str, row: DecisionCondition, actor: Actor, at: datetime, *, reason: str = ""
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=_subject(row),
        incident_id=row.decision.incident_id,
        system_id=row.decision.incident.system_id,
        reason=reason,
        after={"state": row.state, "due_at": row.due_at},
        details={"number": row.number, "on_overdue": row.on_overdue},
        touched=[f"governance_decisioncondition:{row.pk}"],
    )
