"""The rows of regulatory clocks: armed, moved earlier, ended, each with its entry and its calls."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents.models import Incident, RegulatoryClock
from incidents.rules.clock_terms import terms_of
from incidents.selectors.clock_rules import Law, binding_for, due_by
from ledger.rules.actors import Actor
from ledger.services.entries import append_entry
from outbox.services.timers import arm_timer, cancel_timers
from registry.models import ClockRule

DUE = "incident.clock_due"
CountedAs = RegulatoryClock.CountedAs
ONCE = (CountedAs.ORGANISATION, CountedAs.FACT)
SIDES = (
    (CountedAs.DEPLOYER, "deployer_aware_at", "the deployer"),
    (CountedAs.PROVIDER, "provider_aware_at", "the provider"),
)


def arm_clock(
    *,
    incident: Incident,
    rule: ClockRule,
    armed_by: str,
    actor: Actor,
    at: datetime,
    law: Law | None = None,
    aware_at: datetime | None = None,
    aware_person: str | None = None,
    counted_as: str = CountedAs.ORGANISATION,
    beside: RegulatoryClock | None = None,
    state: str = RegulatoryClock.State.PROVISIONAL,
) -> RegulatoryClock:
    """Arm one clock, or return the one that is known; by default from the earliest awareness."""
    known = _known(incident, rule, counted_as)
    if known is not None:
        return known
    law = law or Law(incident.system)
    since = aware_at or incident.aware_at or at
    binding = binding_for(law, rule, incident, since)
    clock = RegulatoryClock(
        incident=incident,
        rule=rule,
        counted_as=counted_as,
        beside=beside,
        aware_at=since,
        aware_person=incident.aware_by if aware_person is None else aware_person,
        due_at=due_by(rule, since),
        armed_by=armed_by[:160],
        binding=binding.kind,
        binding_why=binding.why,
        state=state,
    )
    after = {"state": state, "aware_at": since, "due_at": clock.due_at, "binding": binding.kind}
    clock.entry_number = enter(
        "incident.clock_armed", clock, actor, at, after=after, reason=armed_by
    )
    clock.save(force_insert=True, at=at)
    watch(clock, at)
    arm_sides(clock, actor=actor, at=at, law=law)
    return clock


def arm_sides(clock: RegulatoryClock, *, actor: Actor, at: datetime, law: Law) -> None:
    """Arm a second clock where deployer or provider became aware at another instant (CLK-07).

    Where the organisation is both there is one clock, from the earliest awareness.
    """
    is_base = clock.counted_as == CountedAs.ORGANISATION and clock.runs
    if not is_base or not terms_of(clock.rule.terms).sides or law.is_both:
        return
    for counted_as, column, words in SIDES:
        aware_at = getattr(clock.incident, column)
        if aware_at is None or aware_at == clock.aware_at:
            continue
        arm_clock(
            incident=clock.incident,
            rule=clock.rule,
            armed_by=f"{words} became aware at another instant; the earlier one alarms",
            actor=actor,
            at=at,
            law=law,
            aware_at=aware_at,
            aware_person=words,
            counted_as=counted_as,
            beside=clock,
        )


def move_earlier(
    clock: RegulatoryClock,
    aware_at: datetime,
    *,
    law: Law,
    aware_person: str,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Recompute a clock for an earlier awareness; what counted before stays on record."""
    before = {"aware_at": clock.aware_at, "due_at": clock.due_at, "binding": clock.binding}
    binding = binding_for(law, clock.rule, clock.incident, aware_at)
    clock.moved_from_at = clock.moved_from_at or clock.aware_at
    clock.aware_at, clock.due_at = aware_at, due_by(clock.rule, aware_at)
    clock.aware_person = aware_person
    clock.binding, clock.binding_why = binding.kind, binding.why
    clock.save(at=at)
    after = {"aware_at": aware_at, "due_at": clock.due_at, "binding": clock.binding}
    enter("incident.clock_moved", clock, actor, at, before=before, after=after, reason=reason)
    if clock.runs:
        cancel_calls(clock, reason="an earlier awareness was learned", at=at)
        watch(clock, at)


def watch(clock: RegulatoryClock, at: datetime) -> None:
    """Call the people responsible at half time and at the end, at once where the law says so.

    An end that has passed is called once, as such.
    """
    length = clock.due_at - clock.aware_at
    for which, due_at in (("half", clock.aware_at + length / 2), ("due", clock.due_at)):
        if which == "due" or clock.due_at > at:
            call_at(clock, which, due_at, at)
    terms = terms_of(clock.rule.terms)
    if terms.at_once:
        call_at(clock, "at_once", at, at)
    if terms.causal and clock.incident.causal_link_likely_at is not None:
        call_at(clock, "causal", at, at)


def call_at(clock: RegulatoryClock, which: str, due_at: datetime, at: datetime) -> None:
    """Arm a timer that calls compliance and the owner for a clock."""
    arm_timer(
        kind=DUE,
        key=f"{_prefix(clock)}{which}:{clock.due_at:%Y%m%dT%H%M%S}",
        subject_id=clock.incident_id,
        due_at=due_at,
        payload={"clock": str(clock.pk), "which": which},
        inputs={
            "duration": f"{clock.rule.hours}h" if clock.rule.hours else clock.rule.period,
            "from": clock.aware_at.isoformat(),
            "counted_as": clock.counted_as,
        },
        at=at,
    )


def cancel_calls(clock: RegulatoryClock, *, reason: str, at: datetime) -> None:
    """Cancel what would still call for a clock."""
    cancel_timers(
        subject_id=clock.incident_id, reason=reason, at=at, kinds=(DUE,), key_prefix=_prefix(clock)
    )


def enter(
    verb: str,
    clock: RegulatoryClock,
    actor: Actor,
    at: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any],
    reason: str,
) -> int:
    """Put a change of a clock on record; returns the number of the entry."""
    incident = clock.incident
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


def _known(incident: Incident, rule: ClockRule, counted_as: str) -> RegulatoryClock | None:
    """One that was ended by a signed answer is not armed by the same answer again."""
    rows = RegulatoryClock.objects.filter(incident=incident, rule=rule, counted_as=counted_as)
    if counted_as not in ONCE:
        rows = rows.exclude(state=RegulatoryClock.State.ENDED)
    return rows.first()


def _prefix(clock: RegulatoryClock) -> str:
    return f"{clock.incident_id}:clock:{clock.pk}:"
