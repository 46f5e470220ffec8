"""Regulatory clocks: armed provisionally by an answer, settled by a validation, never later.

One clock for each rule (regime and limb, CLK-08), counted from the earliest awareness. 'Yes' arms
at once; 'unknown' arms at once every clock of 24 h or less (CLK-19), and any other 24 h after the
awareness (CLK-04), unless the answer is known by then. A rule of a regime that nobody has decided
on is armed as unknown; one that the organisation, or the system, does not fall under is not armed,
and the record says why (CLK-13).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from incidents.models import Incident, RegulatoryClock, Validation
from incidents.rules.command_fields import QUESTION_WORDS
from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid
from ledger.services.entries import append_entry
from outbox.models import Timer
from outbox.services.timers import arm_timer
from registry.models import ClockRule
from registry.rules.regimes import Regime
from registry.selectors.regimes import clock_rules_for, profile_of

DOUBT = "incident.clock_doubt"
DUE = "incident.clock_due"
SHORT = timedelta(hours=24)


@transaction.atomic
def arm_for_answers(
    *, incident: Incident, answers: Mapping[str, str], actor: Actor, at: datetime
) -> list[RegulatoryClock]:
    """Arm the clocks that the four answers start. Idempotent by (incident, rule)."""
    armed, profile = [], profile_of(incident.system_id)
    for question, answer in answers.items():
        if answer not in ("yes", "unknown"):
            continue
        for rule in clock_rules_for(question=question, legal_class=incident.system.legal_class):
            regime = profile.of_rule(rule)
            clock = _reach(incident, rule, question, answer, regime, actor, at)
            armed += [clock] if clock is not None else []
    return armed


def _reach(
    incident: Incident,
    rule: ClockRule,
    question: str,
    answer: str,
    regime: Regime | None,
    actor: Actor,
    at: datetime,
) -> RegulatoryClock | None:
    """Arm a clock, let it wait for an answer, or leave it out where its regime does not apply."""
    if regime is not None and regime.answer == "no":
        _leave_out(incident, rule, regime, actor, at)
        return None
    said = _said(question, answer, rule, regime)
    certain = answer == "yes" and (regime is None or regime.answer == "yes")
    if certain or timedelta(hours=rule.hours) <= SHORT:
        return _arm(incident, rule, said, actor, at)
    _wait_for_answer(incident, rule, question, answer, at)
    return None


def _said(question: str, answer: str, rule: ClockRule, regime: Regime | None) -> str:
    """Say what armed a clock: the answer, and whether its regime is still to be decided."""
    words = f"'{QUESTION_WORDS[question]}' {answer}"
    if regime is not None and regime.answer == "undecided":
        words += f"; {rule.regime} to be decided"
    return words


def arm_after_doubt(*, timer: Timer, at: datetime, actor: Actor) -> None:
    """Arm a clock whose question nobody has answered in time. A settled question arms nothing."""
    incident = Incident.objects.select_related("system").get(pk=timer.subject_id)
    if Validation.objects.filter(incident=incident, cycle=incident.cycle).exists():
        return
    rule = ClockRule.objects.get(pk=timer.payload["rule"])
    regime = profile_of(incident.system_id).of_rule(rule)
    if regime is not None and regime.answer == "no":
        _leave_out(incident, rule, regime, actor, at)
        return
    answer = str(timer.payload.get("answer", "unknown"))
    _arm(incident, rule, _said(timer.payload["question"], answer, rule, regime), actor, at)


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
        answer = answers[clock.pk]
        if answer["answer"] == "end":
            _end(clock, incident, answer["reason"], actor, at)
        else:
            _confirm(clock, incident, answer, actor, at)


def earlier_only(clock: RegulatoryClock, aware_at: datetime | None) -> None:
    """Refuse an awareness later than the one that counts. Raises Invalid."""
    if aware_at is not None and aware_at > clock.aware_at:
        raise Invalid(
            "clock_never_later",
            f"The clock of {clock.rule.basis} counts from {clock.aware_at:%Y-%m-%d %H:%M} UTC; "
            "it can move earlier, never later.",
            fields={"clocks": "A clock never moves later."},
        )


def _arm(
    incident: Incident,
    rule: ClockRule,
    armed_by: str,
    actor: Actor,
    at: datetime,
) -> RegulatoryClock:
    known = RegulatoryClock.objects.filter(incident=incident, rule=rule).first()
    if known is not None:
        return known
    aware_at = incident.aware_at or at
    due_at = aware_at + timedelta(hours=rule.hours)
    clock = RegulatoryClock(
        incident=incident,
        rule=rule,
        aware_at=aware_at,
        aware_person=incident.aware_by,
        due_at=due_at,
        armed_by=armed_by,
    )
    clock.entry_number = _enter(
        "incident.clock_armed",
        clock,
        incident,
        actor,
        at,
        after={"state": clock.state, "aware_at": aware_at, "due_at": due_at},
        reason=armed_by,
    )
    clock.save(force_insert=True, at=at)
    _watch(clock, at)
    return clock


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
    incident: Incident, rule: ClockRule, question: str, answer: str, at: datetime
) -> None:
    aware_at = incident.aware_at or at
    because = "answered 'unknown'" if answer == "unknown" else f"{rule.regime} to be decided"
    arm_timer(
        kind=DOUBT,
        key=f"{incident.pk}:clock:{rule.pk}:doubt",
        subject_id=incident.pk,
        due_at=aware_at + SHORT,
        payload={"rule": rule.pk, "question": question, "answer": answer},
        inputs={"duration": "24h", "from": aware_at.isoformat(), "because": because},
        at=at,
    )


def _watch(clock: RegulatoryClock, at: datetime) -> None:
    """Call the people responsible at half time and when it is due."""
    length = clock.due_at - clock.aware_at
    for name, due_at in (("half", clock.aware_at + length / 2), ("due", clock.due_at)):
        arm_timer(
            kind=DUE,
            key=f"{clock.incident_id}:clock:{clock.rule_id}:{name}:{clock.due_at:%Y%m%dT%H%M%S}",
            subject_id=clock.incident_id,
            due_at=due_at,
            payload={"clock": str(clock.pk), "which": name},
            inputs={"duration": f"{clock.rule.hours}h", "from": clock.aware_at.isoformat()},
            at=at,
        )


def _end(
    clock: RegulatoryClock, incident: Incident, reason: str, actor: Actor, at: datetime
) -> None:
    before = {"state": clock.state}
    clock.state, clock.ended_reason, clock.ended_at = RegulatoryClock.State.ENDED, reason, at
    clock.save(update_fields=["state", "ended_reason", "ended_at"], at=at)
    _enter(
        "incident.clock_ended",
        clock,
        incident,
        actor,
        at,
        before=before,
        after={"state": clock.state},
        reason=reason,
    )


def _confirm(
    clock: RegulatoryClock,
    incident: Incident,
    answer: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> None:
    before = {"state": clock.state, "aware_at": clock.aware_at, "due_at": clock.due_at}
    earlier = answer.get("aware_at")
    earlier_only(clock, earlier)
    clock.state = RegulatoryClock.State.CONFIRMED
    if earlier is not None and earlier < clock.aware_at:
        clock.aware_at = earlier
        clock.due_at = earlier + timedelta(hours=clock.rule.hours)
    clock.save(update_fields=["state", "aware_at", "due_at"], at=at)
    if clock.due_at != before["due_at"]:
        _watch(clock, at)
    _enter(
        "incident.clock_confirmed",
        clock,
        incident,
        actor,
        at,
        before=before,
        after={"state": clock.state, "aware_at": clock.aware_at, "due_at": clock.due_at},
        reason=str(answer.get("reason") or ""),
    )


def _enter(
    verb: str,
    clock: RegulatoryClock,
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any],
    reason: str,
) -> int:
    return append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("clock", str(clock.pk), f"{incident.number}: {clock.rule.basis}"),
        before=before,
        after=after,
        reason=reason,
        incident_id=incident.pk,
        system_id=incident.system_id,
        touched=[f"incidents_regulatoryclock:{clock.pk}"],
    )
