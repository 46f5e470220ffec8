"""Rounds: convene on a motion with a frozen electorate, send it up, begin the next round."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson
from django.db import transaction

from governance.models import Decision, ElectorSeat
from governance.rules.charters import closes_at, is_duration, opens_at
from governance.rules.feasibility import Feasibility
from governance.rules.motion_kinds import KINDS, WORDS
from governance.rules.motions import motion_hash
from governance.selectors.committees import next_body
from governance.selectors.electorates import rules_of
from governance.selectors.motions import target_fault
from governance.selectors.protective_order import check_order
from governance.selectors.rounds import present
from governance.services.electorates import require_leader
from governance.services.engine import RETURNING_OFFICER
from governance.services.freezing import freeze_electorate, tell_feasibility
from governance.services.motion_records import (
    lock_round,
    record_motion,
)
from governance.services.protection import protect
from governance.services.resolutions import Counted, end_round, write_resolution
from governance.services.round_copies import copy_round, rounds_held
from governance.services.round_notices import tell_electors, tell_leaders, tell_operations
from incidents.rules.plan import calendar_of, from_text
from incidents.rules.transitions import DECISION, ENDED
from incidents.services.commands.execution import execute, lock_incident
from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.rules.commitments import Label, Personal
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import joined, term, worded
from outbox.services.timers import arm_timer

CLOSE = "round.close"
ONLY_UP = {"next_level"}


@transaction.atomic
def convene(
    *,
    decision_id: UUID,
    closes_in: str | None,
    actor: Actor,
    at: datetime,
    urgent: bool = False,
    expected_version: int | None = None,
) -> Decision:
    """Open a round: freeze charter and electorate, recuse by rule, say whether it is feasible.

    `closes_in` is a duration ('2bd'), None for the charter's. A round that nobody can decide goes
    up a level at once. Raises Missing, Forbidden, Conflict, Invalid.
    """
    decision = lock_with_incident(decision_id, expected_version)
    if decision.state != Decision.State.DRAFT:
        raise Conflict(
            "round_closed",
            worded(
                "Motion {number} is {state} already.",
                number=decision.number,
                state=term(decision.get_state_display(), lowered=True),
            ),
            extra={"present": present(decision)},
        )
    require_leader(decision, "convene", actor, at)
    if closes_in and not is_duration(closes_in):
        raise Invalid(
            "no_duration",
            worded("{closes_in!r} is no duration; write 2bd, 24h or 30min.", closes_in=closes_in),
            fields={"closes_in": "Write 2bd, 24h or 30min."},
        )
    check_targets(decision)
    check_order(decision)
    decision.convened_by_id = actor.person
    open_round(decision=decision, closes_in=closes_in, urgent=urgent, actor=actor, at=at)
    return Decision.objects.get(pk=decision.pk)


@transaction.atomic
def send_up(
    *,
    decision_id: UUID,
    reason: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Decision:
    """Send a running round to the next level now, without waiting for its lapse.

    By who leads the body. Returns the round of the next level. Raises Missing, Forbidden, Conflict.
    """
    decision = lock_with_incident(decision_id, expected_version)
    require_leader(decision, "send this up", actor, at)
    if decision.state != Decision.State.OPEN:
        raise Conflict(
            "round_closed", worded("Motion {number} is not open for votes.", number=decision.number)
        )
    if next_body(unit_id=decision.incident.unit_id, level=decision.committee.level) is None:
        raise Conflict("no_higher_body", "There is no higher body that could decide this.")
    words = f"Sent to the next level by who leads it: {reason.strip() or 'no reason given'}."
    with acting_as(RETURNING_OFFICER):
        return go_up(decision=decision, kind="lapsed", words=words, at=at)


def open_round(
    *,
    decision: Decision,
    closes_in: str | None,
    urgent: bool,
    actor: Actor,
    at: datetime,
    no_earlier_than: datetime | None = None,
    opens: datetime | None = None,
) -> None:
    """Freeze and open a round that the caller has locked with its incident.

    `opens` is when the meeting begins in which it is voted on.

    `no_earlier_than` is when an urgent round that this one replaces was to open: its notice has
    begun already and does not start anew (KOM-08).
    """
    rules, incident = rules_of(decision), decision.incident
    calendar = calendar_of(from_text(incident.plan))
    decision.convened_at = at
    decision.opens_at = opens_at(
        rules, procedure=decision.procedure, urgent=urgent, at=at, calendar=calendar
    )
    if no_earlier_than is not None:
        decision.opens_at = max(at, min(decision.opens_at, no_earlier_than))
    decision.opens_at = opens or decision.opens_at
    decision.closes_at = closes_at(
        rules, opens=decision.opens_at, closes_in=closes_in, calendar=calendar
    )
    decision.urgent = urgent
    decision.risk_tier = incident.risk_tier
    decision.charter = orjson.dumps(
        decision.committee.charter, option=orjson.OPT_SORT_KEYS
    ).decode()
    freeze_electorate(decision=decision, at=at)
    decision.state = Decision.State.OPEN
    found = tell_feasibility(decision=decision, at=at)
    decision.version += 1
    decision.save(at=at)
    _record_opening(decision, actor, at)
    if only_up_helps(decision, found):
        with acting_as(RETURNING_OFFICER):
            go_up(decision=decision, kind="inquorate", words=found.reasons[0], at=at)
        return
    arm_close(decision=decision, due_at=decision.closes_at, why="closes", at=at)
    tell_electors(decision, at)


def arm_close(*, decision: Decision, due_at: datetime, why: str, at: datetime) -> None:
    """Arm the timer at which the round is counted."""
    arm_timer(
        kind=CLOSE,
        key=f"round:{decision.pk}:{why}",
        subject_id=decision.incident_id,
        due_at=due_at,
        payload={"decision": str(decision.pk)},
        inputs={"why": why, "motion": decision.number},
        at=at,
    )


def go_up(*, decision: Decision, kind: str, words: str, at: datetime) -> Decision:
    """End a round as lapsed and go on at the next level.

    The caller holds the locks and acts as the returning officer.
    """
    end_round(decision=decision, state=Decision.State.LAPSED, words=words, at=at)
    write_resolution(decision=decision, counted=Counted(kind, words), at=at)
    return _continue_up(decision, kind, words, at)


def next_round(*, decision: Decision, kind: str, words: str, at: datetime) -> Decision:
    """After a round that came to nothing: another at the same level, then up (workflow 5, Lapse).

    The caller holds the locks and acts as the returning officer; the round has ended already.
    """
    if rounds_held(decision) >= rules_of(decision).rounds:
        return _continue_up(decision, kind, words, at)
    tell_incident(decision=decision, kind=kind, words=words, raises_level=False, at=at)
    protect(decision=decision, at=at)
    following = copy_round(decision=decision, committee=decision.committee, at=at)
    open_round(decision=following, closes_in=None, urgent=False, actor=RETURNING_OFFICER, at=at)
    return following


def order_next(*, decision: Decision, due: Sequence[str], words: str, at: datetime) -> None:
    """After a tie at high tier: not the same again, but the next motions in their order (KOM-14).

    The caller holds the locks and acts as the returning officer; the round has ended already.
    """
    named = ", ".join(WORDS[kind].lower() for kind in due)
    told = f"{words} Put next, the most protective first: {named}."
    tell_incident(decision=decision, kind="tie", words=told, raises_level=False, at=at)
    protect(decision=decision, at=at)
    said = joined(", ", [term(WORDS[kind], lowered=True) for kind in due])
    asked = worded("after the tie put: {motions}", motions=said)
    tell_leaders(decision, at, why=f"order:{decision.pk}", words=asked)


def tell_incident(
    *, decision: Decision, kind: str, words: str, raises_level: bool, at: datetime
) -> None:
    """Note on the incident that a round ended without a resolution (T12).

    A round beside the case leaves the case where it is.
    """
    if decision.matter != Decision.Matter.CASE:
        return
    execute(
        command="lapse",
        incident_id=decision.incident_id,
        actor=RETURNING_OFFICER,
        at=at,
        expected_version=None,
        idempotency_key=f"round:{decision.pk}",
        payload={
            "decision_id": str(decision.pk),
            "kind": kind,
            "words": words,
            "raises_level": raises_level,
        },
    )


def _continue_up(decision: Decision, kind: str, words: str, at: datetime) -> Decision:
    """Open the next round at the next level; the incident's level rises (T12).

    Without a higher body the motion waits as a draft, and operations are told.
    """
    body = next_body(unit_id=decision.incident.unit_id, level=decision.committee.level)
    tell_incident(decision=decision, kind=kind, words=words, raises_level=True, at=at)
    following = copy_round(
        decision=decision,
        committee=body or decision.committee,
        at=at,
        level_words=f"From {decision.committee.name}, where it was not decided: {words}",
    )
    protect(decision=decision, at=at)
    if body is None:
        tell_operations(following, words, at)
        return following
    open_round(decision=following, closes_in=None, urgent=False, actor=RETURNING_OFFICER, at=at)
    return following


def lock_with_incident(decision_id: UUID, expected_version: int | None) -> Decision:
    """Lock the incident, then the round: the order of locks. Raises Missing, Conflict."""
    known = Decision.objects.filter(pk=decision_id).values_list("incident_id", flat=True).first()
    if known is not None:
        incident = lock_incident(known)
        of_case = Decision.objects.filter(pk=decision_id, matter=Decision.Matter.CASE).exists()
        if incident.state in ENDED or (of_case and incident.state != DECISION):
            raise Conflict(
                "state_does_not_allow",
                worded("{number} does not wait for a decision any more.", number=incident.number),
                extra={"present": {"number": incident.number, "state": incident.state}},
            )
    return lock_round(decision_id, expected_version)


def check_targets(decision: Decision) -> None:
    """Refuse a motion whose target cannot be gone to any more. Raises Conflict."""
    for row in decision.motion_actions.select_related("target_version"):
        if row.target_version is None or KINDS[row.type].target != "must":
            continue
        fault = target_fault(version=row.target_version, incident=decision.incident)
        if fault:
            raise Conflict("bad_target", fault)


def only_up_helps(decision: Decision, found: Feasibility) -> bool:
    """Whether nothing but the next level helps, and there is one."""
    ways = {way.kind for way in found.ways_out}
    if found.feasible or ways != ONLY_UP:
        return False
    unit_id = decision.incident.unit_id
    return next_body(unit_id=unit_id, level=decision.committee.level) is not None


def _record_opening(decision: Decision, actor: Actor, at: datetime) -> None:
    seats = decision.electors.select_related("holder", "seated").order_by("number")
    record_motion(
        "motion.convened",
        decision,
        actor,
        at,
        details={
            "closes_at": decision.closes_at,
            "charter_sha256": motion_hash(decision.charter),
            "feasible": decision.feasible,
            "feasibility": decision.feasibility,
            "seats": [_seat(seat) for seat in seats],
        },
    )


def _seat(seat: ElectorSeat) -> dict[str, Label | int]:
    return {
        "number": seat.number,
        "function": seat.function,
        "holder": seat.holder.on_record,
        "seated": seat.seated.on_record if seat.seated else "",
        "note": Personal(seat.note, kind="text"),
    }
