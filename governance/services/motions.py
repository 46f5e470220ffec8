"""Motions: put one on an incident that waits for its decision, edit it, withdraw it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from governance.models import Committee, Decision, MotionAction
from governance.rules.levels import higher
from governance.rules.motion_kinds import IN_ANY_STATE
from governance.selectors.committees import may_lead
from governance.selectors.levels import Body, body_of
from governance.selectors.motions import may_propose
from governance.selectors.permissions import MACHINES, person_of
from governance.selectors.protective_order import require_due
from governance.selectors.renewals import steps_up
from governance.selectors.rounds import present
from governance.services.engine import RETURNING_OFFICER
from governance.services.motion_records import (
    call_members,
    lock_round,
    next_number,
    record_motion,
    write_motion,
)
from governance.services.motion_rows import Motion, build_rows, check_motion
from governance.services.supersession import (
    check_superseded,
    decision_to_supersede,
    majority_of,
)
from incidents.models import Findings, Incident
from incidents.rules.plan import from_text
from incidents.rules.transitions import DECISION, ENDED, EXECUTION, STATE_WORDS, VERIFICATION
from incidents.selectors.containment import containments_in_force
from incidents.services.commands.execution import lock_incident
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import either, term, titled, worded
from outbox.services.timers import cancel_timers

OPEN_STATES = (Decision.State.DRAFT, Decision.State.OPEN)
STATES_OF_MATTER = {
    Decision.Matter.CASE: (DECISION,),
    Decision.Matter.SUPERSESSION: (EXECUTION, VERIFICATION),
}


@dataclass(frozen=True, slots=True)
class Put:
    """What is put, on which matter: the case, a measure to ratify, a decision to replace."""

    motion: Motion
    matter: str
    about: str = ""
    superseded: Decision | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the actions."""
        return self.motion.kinds


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
    supersedes_id: UUID | None = None,
) -> Decision:
    """Put a motion on an incident, as a draft that the chair convenes on.

    Each action is {type, words, target_version, executor_id, due, proof, parameters}; due and
    proof have the policy's defaults. Each condition is {text, owner, owner_id, verifier_id, due,
    evidence, on_overdue}. The policy's matrix says which level decides. An incident in DECISION
    takes motions on the case; one that is carried out takes one in place of its decision
    (`supersedes_id`); any open one takes the ratification or lifting of a measure. Raises Missing,
    Conflict, Forbidden, Invalid.
    """
    incident = lock_incident(incident_id)
    motion = Motion(title.strip(), reason.strip(), conditions, actions, procedure)
    put = _matter(incident, motion, supersedes_id)
    _check_state(incident, put)
    _check_alone(incident, put)
    person = _proposer(incident, _asked_first(incident), actor, at)
    check_motion(motion, incident, at)
    _check_contained(incident, put)
    if put.superseded is not None:
        check_superseded(superseded=put.superseded, kinds=put.kinds)
    if put.matter == Decision.Matter.CASE:
        require_due(incident, frozenset(put.kinds))
    body = _deciding(incident, put)
    return _draft(incident, put, body, person, actor, at)


@transaction.atomic
def put_redecision(
    *, decision: Decision, reason: str, goes_up: bool, at: datetime
) -> Decision | None:
    """Put a motion in place of a decision whose condition is overdue, as a draft (KOM-21).

    It revokes it if it is carried, and ratifies what was carried out if it is not; `goes_up`: by
    the next higher body. By the engine, the incident locked; None where one is under way.
    """
    incident = decision.incident
    action = {"type": "revoke", "words": f"Motion {decision.number} is revoked: {decision.title}"}
    title = str(titled("Decide anew on {number}", number=decision.number))
    motion = Motion(title, reason, (), [action], "written")
    put = Put(motion, Decision.Matter.SUPERSESSION, str(decision.pk), superseded=decision)
    running = Decision.objects.filter(
        incident=incident, matter=put.matter, about=put.about, state__in=OPEN_STATES
    )
    if running.exists():
        return None
    level = str(decision.committee.level)
    floor = higher(level, 1) if goes_up else level
    body = body_of(incident=incident, kinds=put.kinds, at_least=floor)
    if body.committee is None:
        body = Body(decision.committee, level, "There is no higher body: the same one decides.")
    return _draft(incident, put, body, incident.owner_id, RETURNING_OFFICER, at)


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

    The ratification of a measure is voted down, not withdrawn. Raises Missing, Forbidden, Conflict,
    Invalid.
    """
    decision = lock_round(decision_id, expected_version)
    if decision.state not in OPEN_STATES:
        raise Conflict(
            "round_closed",
            worded(
                "Motion {number} is {state} already.", number=decision.number, state=decision.state
            ),
        )
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


def _matter(incident: Incident, motion: Motion, supersedes_id: UUID | None) -> Put:
    if supersedes_id is not None:
        superseded = decision_to_supersede(incident=incident, decision_id=supersedes_id)
        return Put(motion, Decision.Matter.SUPERSESSION, str(superseded.pk), superseded=superseded)
    if set(motion.kinds) & IN_ANY_STATE:
        parameters = motion.actions[0].get("parameters") or {}
        about = str(parameters.get("containment_id") or "")[:64]
        return Put(motion, Decision.Matter.RATIFICATION, about)
    return Put(motion, Decision.Matter.CASE)


def _check_state(incident: Incident, put: Put) -> None:
    if put.matter == Decision.Matter.RATIFICATION:
        fits, wanted = incident.state not in ENDED, term("while it is open")
    else:
        states = STATES_OF_MATTER[Decision.Matter(put.matter)]
        fits = incident.state in states
        where = either(term(STATE_WORDS[state]) for state in states)
        wanted = worded("at {where} only", where=where)
    if not fits:
        raise Conflict(
            "state_does_not_allow",
            worded(
                "{number} stands at {state_words}; a motion is put {wanted}.",
                number=incident.number,
                state_words=term(STATE_WORDS[incident.state]),
                wanted=wanted,
            ),
        )


def _check_contained(incident: Incident, put: Put) -> None:
    """What is ratified or lifted was stopped or restricted at once in this case, and still is."""
    if put.matter != Decision.Matter.RATIFICATION:
        return
    if not containments_in_force(incident).filter(pk=put.about).exists():
        words = worded(
            "Nothing that is in force on {number} is called that.", number=incident.number
        )
        raise Invalid("not_contained", words, fields={"actions.0.parameters.containment_id": words})


def _check_alone(incident: Incident, put: Put) -> None:
    running = Decision.objects.filter(
        incident=incident, matter=put.matter, about=put.about, state__in=OPEN_STATES
    ).first()
    if running is not None:
        raise Conflict(
            "one_round_at_a_time",
            worded(
                "Motion {number} is under way; one motion is decided at a time.",
                number=running.number,
            ),
            extra={"present": present(running)},
        )


def _asked_first(incident: Incident) -> Committee:
    """The body that would hear anything about the case: its leaders may put motions too."""
    return _found(body_of(incident=incident))


def _deciding(incident: Incident, put: Put) -> Body:
    """Which body decides: as the matrix says, but not below the decision that is replaced."""
    superseded = put.superseded
    floor = superseded.committee.level if superseded is not None else ""
    found = body_of(
        incident=incident,
        kinds=put.kinds,
        at_least=floor,
        steps_up=steps_up(incident=incident, actions=put.motion.actions),
    )
    _found(found)
    return found


def _found(body: Body) -> Committee:
    if body.committee is not None:
        return body.committee
    raise Conflict(
        "no_committee",
        worded(
            "{words} No such body and no higher one decides for this unit yet. "
            "Found one, with its seats, first.",
            words=body.words,
        ),
        who_can=["a compliance officer", "an administrator"],
    )


def _draft(
    incident: Incident, put: Put, body: Body, person: UUID, actor: Actor, at: datetime
) -> Decision:
    motion, superseded = put.motion, put.superseded
    decision = Decision(
        id=uuid4(),
        number=next_number(at),
        incident=incident,
        cycle=incident.cycle,
        committee=_found(body),
        matter=put.matter,
        about=put.about,
        supersedes=superseded,
        least_majority=_majority_of(superseded),
        level_words=body.words,
        title=motion.title,
        reason=motion.reason,
        conditions=[dict(one) for one in motion.conditions],
        procedure=motion.procedure,
        findings_sha256=_findings_hash(incident),
        proposed_by_id=person,
        created_at=at,
    )
    plan = from_text(incident.plan)
    rows = build_rows(decision=decision, motion=motion, incident=incident, plan=plan, at=at)
    write_motion(decision, rows, incident)
    decision.save(force_insert=True, at=at)
    MotionAction.objects.bulk_create(rows)
    call_members(decision=decision, at=at)
    record_motion("motion.drafted", decision, actor, at, reason=motion.reason)
    return decision


def _majority_of(superseded: Decision | None) -> str:
    """The majority that carried the decision that is replaced: this one needs as much."""
    if superseded is None:
        return ""
    return superseded.least_majority or majority_of(superseded)


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
    if (
        decision.matter == Decision.Matter.RATIFICATION
        and decision.motion_actions.filter(type="ratify").exists()
    ):
        raise Conflict(
            "ratification_is_voted_on",
            "What was stopped in an emergency is ratified or not by a vote; it is not withdrawn.",
        )
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
