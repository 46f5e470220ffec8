"""Regulatory clocks: armed provisionally by an answer, settled by a validation, never later.

One clock for each rule (regime and limb, CLK-08), counted from the earliest awareness. 'Yes' arms
at once; 'unknown' arms at once every clock of 24 h or less (CLK-19), and any other after 24 h, at
half its time at the latest (CLK-04, CLK-19), unless the answer is known by then. An unanswered
question counts as unknown. A rule of a regime that nobody has decided on is armed as unknown; one
that the organisation, or the system, does not fall under is not armed, and the record says why
(CLK-13).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from incidents.models import Incident, RegulatoryClock, Validation
from incidents.rules.clock_facts import ASKED
from incidents.rules.command_fields import QUESTION_WORDS
from incidents.selectors.clock_facts import answer_now
from incidents.selectors.clock_rules import Armed, Law, due_by
from incidents.services.clock_replacing import end_replaced
from incidents.services.clock_rows import CountedAs, arm_clock, cancel_calls, enter, watch
from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from outbox.models import Timer
from outbox.services.timers import arm_timer
from registry.models import ClockRule
from registry.rules.regimes import Regime
from registry.rules.shipped import cited

DOUBT = "incident.clock_doubt"
SHORT = timedelta(hours=24)
BY_HAND = (Incident.Kind.REPORTED, Incident.Kind.CONCERN, Incident.Kind.SUPPLIER)


@transaction.atomic
def arm_for_answers(
    *, incident: Incident, answers: Mapping[str, str], actor: Actor, at: datetime
) -> list[RegulatoryClock]:
    """Arm the clocks that the four answers start. Idempotent by (incident, rule)."""
    law = Law(incident.system)
    armed = []
    for question, answer in answers.items():
        if answer not in ("yes", "unknown"):
            continue
        since = at if incident.kind not in BY_HAND else incident.aware_at or at
        for found in law.armed_by(question):
            clock = _reach(incident, found, question, answer, law, since, actor, at)
            armed += [clock] if clock is not None else []
    return armed


def arm_unanswered(*, incident: Incident, actor: Actor, at: datetime) -> list[RegulatoryClock]:
    """Arm what the four questions start where nobody answered: unknown, then (CLK-04)."""
    unknown = dict.fromkeys(QUESTION_WORDS, "unknown")
    return arm_for_answers(incident=incident, answers=unknown, actor=actor, at=at)


@transaction.atomic
def arm_for_fact(
    *, incident: Incident, fact: str, answer: str, known_at: datetime, actor: Actor, at: datetime
) -> list[RegulatoryClock]:
    """Arm the clocks that a fact starts: from the awareness, or from when the fact is known.

    What was known before the case was counts from the earliest awareness. Idempotent.
    """
    if answer not in ("yes", "unknown"):
        return []
    law, armed = Law(incident.system), []
    for found in law.armed_by(fact):
        clock = _reach(incident, found, fact, answer, law, at, actor, at, known_at=known_at)
        if clock is None:
            continue
        armed.append(clock)
        if answer == "yes" and found.is_certain:
            end_replaced(clock, known_at=known_at, actor=actor, at=at)
    return armed


def _reach(
    incident: Incident,
    found: Armed,
    question: str,
    answer: str,
    law: Law,
    since: datetime,
    actor: Actor,
    at: datetime,
    known_at: datetime | None = None,
) -> RegulatoryClock | None:
    """Arm a clock, let it wait for an answer, or leave it out where its regime does not apply."""
    rule = found.rule
    if found.regime is not None and found.regime.answer == "no":
        _leave_out(incident, rule, found.regime, actor, at)
        return None
    aware_at = _counted_from(incident, found, known_at, at)
    period = due_by(rule, aware_at) - aware_at
    if (answer == "yes" and found.is_certain) or period <= SHORT:
        return arm_clock(
            incident=incident,
            rule=rule,
            armed_by=_said(question, answer, found),
            actor=actor,
            at=at,
            law=law,
            aware_at=aware_at,
            counted_as=CountedAs.FACT if found.terms.fact_at else CountedAs.ORGANISATION,
        )
    doubt_at = since + min(SHORT, period / 2)
    _wait_for_answer(incident, found, question, answer, doubt_at, at, known_at)
    return None


def _counted_from(
    incident: Incident, found: Armed, known_at: datetime | None, at: datetime
) -> datetime:
    earliest = incident.aware_at or at
    if known_at is None:
        return earliest
    return known_at if found.terms.fact_at else max(known_at, earliest)


def _said(question: str, answer: str, found: Armed) -> str:
    """Say what armed a clock: the answer, and what is still to be decided."""
    words = f"'{ASKED.get(question, question)}' {answer}"
    if found.regime is not None and found.regime.answer == "undecided":
        words += f"; {found.rule.regime} to be decided"
    return words if found.said == "yes" else f"{words}; the classification is to be decided"


def arm_after_doubt(*, timer: Timer, at: datetime, actor: Actor) -> None:
    """Arm a clock whose question nobody has answered in time. A settled question arms nothing."""
    incident = Incident.objects.select_related("system", "live_version").get(pk=timer.subject_id)
    question = str(timer.payload["question"])
    now = answer_now(incident, question)
    if now == "no" or Validation.objects.filter(incident=incident, cycle=incident.cycle).exists():
        return
    law = Law(incident.system)
    found = next(
        (one for one in law.armed_by(question) if one.rule.pk == timer.payload["rule"]), None
    )
    if found is None:
        return
    if found.regime is not None and found.regime.answer == "no":
        _leave_out(incident, found.rule, found.regime, actor, at)
        return
    known = timer.payload.get("known_at")
    known_at = datetime.fromisoformat(known) if known else None
    answer = now or str(timer.payload.get("answer", "unknown"))
    arm_clock(
        incident=incident,
        rule=found.rule,
        armed_by=_said(question, answer, found),
        actor=actor,
        at=at,
        law=law,
        aware_at=_counted_from(incident, found, known_at, at),
        counted_as=CountedAs.FACT if found.terms.fact_at else CountedAs.ORGANISATION,
    )


@transaction.atomic
def settle_clocks(
    *,
    incident: Incident,
    answers: Mapping[UUID, Mapping[str, Any]],
    actor: Actor,
    at: datetime,
) -> None:
    """Confirm, move earlier, or end each running clock, as the signed reviews answered."""
    running = RegulatoryClock.objects.select_for_update(no_key=True, of=("self",)).filter(
        incident=incident, state=RegulatoryClock.State.PROVISIONAL
    )
    for clock in running.select_related("rule").order_by("due_at"):
        clock.incident = incident
        answer = answers.get(clock.pk)
        if answer is None:
            continue
        if answer["answer"] == "end":
            _end(clock, answer["reason"], actor, at)
        else:
            _confirm(clock, answer, actor, at)


def earlier_only(clock: RegulatoryClock, aware_at: datetime | None) -> None:
    """Refuse an awareness later than the one that counts. Raises Invalid."""
    if aware_at is not None and aware_at > clock.aware_at:
        raise Invalid(
            "clock_never_later",
            worded(
                "The clock of {basis} counts from {aware_at:%Y-%m-%d %H:%M} UTC; "
                "it can move earlier, never later.",
                basis=cited(clock.rule.basis),
                aware_at=clock.aware_at,
            ),
            fields={"clocks": "A clock never moves later."},
        )


def _leave_out(
    incident: Incident, rule: ClockRule, regime: Regime, actor: Actor, at: datetime
) -> None:
    """Put on record that a clock is not armed, and on whose word."""
    whose = "this system" if regime.of_system else "the organisation"
    append_entry(
        verb="incident.clock_left_out",
        actor=actor,
        at=at,
        subject=("incident", str(incident.pk), f"{incident.number}: {rule.basis}"),
        after={"rule": rule.pk, "regime": rule.regime, "answer": regime.answer},
        reason=f"{rule.regime} does not apply to {whose}: {regime.source}",
        incident_id=incident.pk,
        system_id=incident.system_id,
    )


def _wait_for_answer(
    incident: Incident,
    found: Armed,
    question: str,
    answer: str,
    doubt_at: datetime,
    at: datetime,
    known_at: datetime | None,
) -> None:
    because = "answered 'unknown'" if answer == "unknown" else "something is to be decided"
    arm_timer(
        kind=DOUBT,
        key=f"{incident.pk}:clock:{found.rule.pk}:doubt",
        subject_id=incident.pk,
        due_at=doubt_at,
        payload={
            "rule": found.rule.pk,
            "question": question,
            "answer": answer,
            **({"known_at": known_at.isoformat()} if known_at else {}),
        },
        inputs={
            "duration": "24h, or half of the period where that is less",
            "from": (incident.aware_at or at).isoformat(),
            "because": because,
        },
        at=at,
    )


def _end(clock: RegulatoryClock, reason: str, actor: Actor, at: datetime) -> None:
    before = {"state": clock.state}
    clock.state, clock.ended_reason, clock.ended_at = RegulatoryClock.State.ENDED, reason, at
    clock.save(update_fields=["state", "ended_reason", "ended_at"], at=at)
    after = {"state": clock.state}
    enter("incident.clock_ended", clock, actor, at, before=before, after=after, reason=reason)


def _confirm(clock: RegulatoryClock, answer: Mapping[str, Any], actor: Actor, at: datetime) -> None:
    before = {"state": clock.state, "aware_at": clock.aware_at, "due_at": clock.due_at}
    earlier: datetime | None = answer.get("aware_at")
    earlier_only(clock, earlier)
    clock.state = RegulatoryClock.State.CONFIRMED
    moves = False
    if earlier is not None and earlier < clock.aware_at:
        moves = True
        clock.moved_from_at = clock.moved_from_at or clock.aware_at
        clock.aware_at, clock.due_at = earlier, due_by(clock.rule, earlier)
    clock.save(update_fields=["state", "aware_at", "due_at", "moved_from_at"], at=at)
    if moves:
        cancel_calls(clock, reason="an earlier awareness was signed", at=at)
        watch(clock, at)
    after = {"state": clock.state, "aware_at": clock.aware_at, "due_at": clock.due_at}
    reason = str(answer.get("reason") or "")
    enter("incident.clock_confirmed", clock, actor, at, before=before, after=after, reason=reason)
