"""Motions: put one on an incident that waits for its decision, or withdraw it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from governance.models import Committee, Decision, MotionAction
from governance.selectors.committees import may_lead
from governance.selectors.motions import body_for, may_propose
from governance.selectors.permissions import MACHINES, person_of
from governance.selectors.rounds import present
from governance.services.motion_records import (
    call_members,
    lock_round,
    next_number,
    record_motion,
    write_motion,
)
from governance.services.motion_rows import Motion, build_rows, check_motion
from incidents.models import Findings, Incident
from incidents.rules.plan import from_text
from incidents.rules.transitions import DECISION, STATE_WORDS
from incidents.services.commands.execution import lock_incident
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.services.timers import cancel_timers

OPEN_STATES = (Decision.State.DRAFT, Decision.State.OPEN)


@transaction.atomic
def propose_motion(
    *,
    incident_id: UUID,
    title: str,
    reason: str,
    conditions: Sequence[Mapping[str, Any]],
    actions: Sequence[Mapping[str, Any]],
    actor: Actor,
    at: datetime,
    procedure: str = "written",
) -> Decision:
    """Put a motion on an incident in DECISION, as a draft that the chair convenes on.

    Each action is {type, words, target_version, executor_id, due, proof, parameters}; due and
    proof have the policy's defaults. Raises Missing, Conflict, Forbidden, Invalid.
    """
    incident = lock_incident(incident_id)
    committee = _body(incident)
    person = _proposer(incident, committee, actor, at)
    motion = Motion(title.strip(), reason.strip(), conditions, actions, procedure)
    check_motion(motion, incident)
    decision = Decision(
        id=uuid4(),
        number=next_number(at),
        incident=incident,
        cycle=incident.cycle,
        committee=committee,
        title=motion.title,
        reason=motion.reason,
        conditions=[dict(one) for one in conditions],
        procedure=procedure,
        findings_sha256=_findings_hash(incident),
        proposed_by_id=person,
        created_at=at,
    )
    rows = build_rows(
        decision=decision, motion=motion, incident=incident, plan=from_text(incident.plan), at=at
    )
    write_motion(decision, rows, incident)
    decision.save(force_insert=True, at=at)
    MotionAction.objects.bulk_create(rows)
    call_members(decision=decision, at=at)
    record_motion("motion.drafted", decision, actor, at, reason=motion.reason)
    return decision


@transaction.atomic
def withdraw_motion(
    *,
    decision_id: UUID,
    reason: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Decision:
    """Withdraw a motion: a draft by who put it, an open round by who leads the body, visibly void.

    Raises Missing, Forbidden, Conflict, Invalid.
    """
    decision = lock_round(decision_id, expected_version)
    if decision.state not in OPEN_STATES:
        raise Conflict("round_closed", f"Motion {decision.number} is {decision.state} already.")
    _check_withdrawal(decision, actor, at)
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    decision.state, decision.closed_at = Decision.State.VOID, at
    decision.version += 1
    decision.save(at=at)
    cancel_timers(
        subject_id=decision.incident_id,
        reason="the motion was withdrawn",
        at=at,
        key_prefix=f"round:{decision.pk}:",
    )
    record_motion("motion.withdrawn", decision, actor, at, reason=reason)
    return decision


def _body(incident: Incident) -> Committee:
    if incident.state != DECISION:
        raise Conflict(
            "state_does_not_allow",
            f"{incident.number} stands at {STATE_WORDS[incident.state]}; a motion is put at "
            f"{STATE_WORDS[DECISION]} only.",
        )
    running = Decision.objects.filter(incident=incident, state__in=OPEN_STATES).first()
    if running is not None:
        raise Conflict(
            "one_round_at_a_time",
            f"Motion {running.number} is under way; one motion is decided at a time.",
            extra={"present": present(running)},
        )
    committee = body_for(incident)
    if committee is None:
        raise Conflict(
            "no_committee",
            "No committee decides for this unit yet. Found one, with its seats, first.",
            who_can=["a compliance officer", "an administrator"],
        )
    return committee


def _proposer(incident: Incident, committee: Committee, actor: Actor, at: datetime) -> UUID:
    subject = ("incident", str(incident.pk), incident.number)
    person = person_of(actor, words="put a motion", subject=subject)
    people = may_propose(incident=incident, committee=committee, at=at)
    if person in {one.pk for one in people}:
        return person
    raise Forbidden(
        "not_your_part",
        "You cannot put a motion: the owner's side, compliance, risk, or who leads the committee "
        "does.",
        who_can=[one.name for one in people][:6],
        recorded=True,
        subject=subject,
    )


def _check_withdrawal(decision: Decision, actor: Actor, at: datetime) -> None:
    if actor.kind in MACHINES:
        return
    leaders = may_lead(committee=decision.committee, at=at)
    people = {person.pk for person in leaders}
    if decision.state == Decision.State.DRAFT:
        people.add(decision.proposed_by_id)
    if actor.person not in people:
        raise Forbidden(
            "not_your_part",
            "You cannot withdraw this motion: who put it can while it is a draft, else who leads "
            "the committee.",
            who_can=[person.name for person in leaders],
            recorded=True,
            subject=("decision", str(decision.pk), f"motion {decision.number}"),
        )


def _findings_hash(incident: Incident) -> str:
    newest = Findings.objects.filter(incident=incident).order_by("-cycle", "-revision").first()
    return newest.record_sha256 if newest else ""
