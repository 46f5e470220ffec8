"""Edits: a motion is never rewritten, its edited text takes its place (workflow 5, 'Motion').

Before the first ballot the notice starts anew unless the round is urgent (KOM-08). After it the
round is void, visibly, with its ballots, which is no lapse (KOM-09), and another one opens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from governance.models import Decision, MotionAction
from governance.selectors.committees import may_lead
from governance.selectors.electorates import actions_of
from governance.selectors.levels import document_of_case
from governance.selectors.permissions import person_of
from governance.selectors.rounds import leads, present, subject_of
from governance.services.engine import RETURNING_OFFICER
from governance.services.motion_records import call_members, record_motion, write_motion
from governance.services.motion_rows import Motion, build_rows, check_motion
from governance.services.resolutions import end_round
from governance.services.rounds import lock_with_incident, open_round
from incidents.rules.plan import from_text
from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import term, worded
from outbox.services.timers import cancel_timers
from registry.models import User

UNDER_WAY = (Decision.State.DRAFT, Decision.State.OPEN)


@dataclass(frozen=True, slots=True)
class Edit:
    """What a motion is to say; None leaves a part as it is."""

    title: str | None = None
    reason: str | None = None
    conditions: Sequence[Mapping[str, Any]] | None = None
    actions: Sequence[Mapping[str, Any]] | None = None


@transaction.atomic
def edit_motion(
    *,
    decision_id: UUID,
    edit: Edit,
    why: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Decision:
    """Replace a motion by its edited text and return the new one; the old one is void, visibly.

    A draft by who put it or who leads the body; an open round by who leads it, and the new round
    opens at once with a frozen electorate of its own. At most as often as the policy allows. What
    is decided about (the kinds of actions) is another motion, not an edit. Raises Missing,
    Forbidden, Conflict, Invalid.
    """
    decision = lock_with_incident(decision_id, expected_version)
    _check(decision, why, actor, at)
    motion = _edited(decision, edit)
    check_motion(motion, decision.incident, at)
    was_open = decision.state == Decision.State.OPEN
    words = _words(decision, why)
    _void(decision, words, at)
    following = _write(decision, motion, actor, at)
    record_motion(
        "motion.edited", following, actor, at, reason=why, details={"replaces": decision.number}
    )
    if was_open:
        following.convened_by_id = decision.convened_by_id
        open_round(
            decision=following,
            closes_in=None,
            urgent=decision.urgent,
            actor=actor,
            at=at,
            no_earlier_than=decision.opens_at if decision.urgent else None,
        )
    return Decision.objects.get(pk=following.pk)


def _check(decision: Decision, why: str, actor: Actor, at: datetime) -> None:
    if decision.state not in UNDER_WAY:
        raise Conflict(
            "round_closed",
            worded(
                "Motion {number} is {state} already.",
                number=decision.number,
                state=term(decision.get_state_display(), lowered=True),
            ),
            extra={"present": present(decision)},
        )
    _check_person(decision, actor, at)
    if not why.strip() or "\x00" in why:
        raise Invalid("reason_needed", "Say why.", fields={"why": "This is required."})
    most = document_of_case(decision.incident).levels.edits
    if decision.edits >= most:
        raise Conflict(
            "edited_too_often",
            worded(
                "This motion was edited {edits} times, and the policy allows "
                "{most}: withdraw it and put another one.",
                edits=decision.edits,
                most=most,
            ),
        )


def _check_person(decision: Decision, actor: Actor, at: datetime) -> None:
    person = person_of(actor, words="edit a motion", subject=subject_of(decision))
    user = User.objects.get(pk=person)
    if leads(decision=decision, user=user, at=at):
        return
    if decision.state == Decision.State.DRAFT and person == decision.proposed_by_id:
        return
    raise Forbidden(
        "not_your_part",
        "You cannot edit this motion: who put it can while it is a draft, else who leads the "
        "committee.",
        who_can=[one.name for one in may_lead(committee=decision.committee, at=at)],
        recorded=True,
        subject=subject_of(decision),
    )


def _edited(decision: Decision, edit: Edit) -> Motion:
    rows = [_plain(row) for row in actions_of(decision)]
    actions = rows if edit.actions is None else list(edit.actions)
    motion = Motion(
        title=(decision.title if edit.title is None else edit.title).strip(),
        reason=(decision.reason if edit.reason is None else edit.reason).strip(),
        conditions=decision.conditions if edit.conditions is None else edit.conditions,
        actions=actions,
        procedure=decision.procedure,
    )
    before = {str(row["type"]) for row in rows}
    if set(motion.kinds) != before:
        words = "Another kind of action may be another body's: withdraw this motion and put that."
        raise Invalid("another_motion", words, fields={"actions": words})
    return motion


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": row["type"],
        "words": row["words"],
        "target_version": row["target_version_id"],
        "executor_id": row["executor_id"],
        "due": row["due"],
        "proof": row["proof"],
        "parameters": row["parameters"],
    }


def _words(decision: Decision, why: str) -> str:
    if decision.ballots.exists():
        return (
            f"The motion was edited after the first ballot, so the round is void with its ballots; "
            f"another one takes its place. {why.strip()}"
        )
    return f"The motion was edited; another one takes its place. {why.strip()}"


def _void(decision: Decision, words: str, at: datetime) -> None:
    cancel_timers(
        subject_id=decision.incident_id,
        reason="the motion was edited",
        at=at,
        key_prefix=f"round:{decision.pk}:",
    )
    with acting_as(RETURNING_OFFICER):
        end_round(decision=decision, state=Decision.State.VOID, words=words, at=at)


def _write(decision: Decision, motion: Motion, actor: Actor, at: datetime) -> Decision:
    following = Decision(
        id=uuid4(),
        number=f"{decision.number.partition('.')[0]}.{decision.round + 1}",
        incident=decision.incident,
        cycle=decision.cycle,
        round=decision.round + 1,
        committee=decision.committee,
        matter=decision.matter,
        about=decision.about,
        supersedes=decision.supersedes,
        replaces=decision,
        edits=decision.edits + 1,
        level_words=decision.level_words,
        least_majority=decision.least_majority,
        title=motion.title,
        reason=motion.reason,
        conditions=[dict(one) for one in motion.conditions],
        procedure=decision.procedure,
        findings_sha256=decision.findings_sha256,
        proposed_by_id=decision.proposed_by_id,
        created_at=at,
    )
    plan = from_text(decision.incident.plan)
    incident = decision.incident
    rows = build_rows(decision=following, motion=motion, incident=incident, plan=plan, at=at)
    write_motion(following, rows, incident)
    following.save(force_insert=True, at=at)
    MotionAction.objects.bulk_create(rows)
    call_members(decision=following, at=at)
    return following
