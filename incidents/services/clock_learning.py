"""What is learned later of a case: earlier awareness, later facts, a likely cause.

An instant moves earlier, never later; what counted before stays. Rulings CLK-06, CLK-07, CLK-16,
CLK-18, CLK-22.
"""

from datetime import datetime, timedelta

from incidents.models import Incident, RegulatoryClock
from incidents.rules.clock_facts import AWARENESS, COLUMN_OF
from incidents.rules.clock_terms import terms_of
from incidents.selectors.clock_rules import Law
from incidents.services.clock_rows import (
    SIDES,
    CountedAs,
    arm_clock,
    arm_sides,
    call_at,
    enter,
    move_earlier,
)
from incidents.services.clocks import arm_unanswered
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import term, worded
from outbox.services.timers import arm_timer

DECIDE = "incident.clock_decide"
DECIDE_WITHIN = timedelta(hours=24)
State = RegulatoryClock.State
FROM_AWARENESS = (CountedAs.ORGANISATION, CountedAs.REOPENED)
SIDE_OF = {"deployer": CountedAs.DEPLOYER, "provider": CountedAs.PROVIDER}


def check_instant(incident: Incident, which: str, aware_at: datetime, at: datetime) -> None:
    """Refuse what lies ahead, what is later than what counts, what nothing hangs on. Raises."""
    if aware_at > at:
        raise _wrong("instant_to_come", "This has not come yet.")
    known = getattr(incident, COLUMN_OF[which])
    if which == "reportability":
        if not _ended_without_another(incident):
            raise Conflict(
                "no_ended_clock",
                worded(
                    "No clock of {number} was ended as not reportable; what you "
                    "know now is an awareness of ours.",
                    number=incident.number,
                ),
            )
        return
    if which != "occurred" and known is not None and aware_at >= known:
        raise _wrong(
            "clock_never_later",
            worded(
                "{awareness}: {known} UTC counts. It can move earlier, never later.",
                awareness=term(AWARENESS[which]),
                known=f"{known:%Y-%m-%d %H:%M}",
            ),
        )


def take_instant(
    incident: Incident, which: str, aware_at: datetime, known_by: str
) -> dict[str, datetime | None]:
    """Set the instant, and the earliest awareness with it; the caller saves. Returns what was."""
    before = {COLUMN_OF[which]: getattr(incident, COLUMN_OF[which])}
    setattr(incident, COLUMN_OF[which], aware_at)
    if _moves_awareness(incident, which, aware_at):
        before["aware_at"] = before.get("aware_at", incident.aware_at)
        incident.aware_at = aware_at
    if before.get("aware_at", aware_at) != incident.aware_at or which == "organisation":
        incident.aware_by = known_by[:120]
    return before


def follow_instant(
    incident: Incident,
    which: str,
    before: dict[str, datetime | None],
    *,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Recompute and arm what hangs on an instant that was just saved."""
    law = Law(incident.system)
    if "aware_at" in before:
        if before["aware_at"] is None:
            arm_unanswered(incident=incident, actor=actor, at=at)
        _move_all(incident, law, reason, actor, at)
    if which in SIDE_OF:
        _take_side(incident, SIDE_OF[which], law, reason, actor, at)
    elif which == "causal_link":
        _call_for_cause(incident, at)
    elif which == "reportability":
        _arm_beside_ended(incident, law, reason, actor, at)


def decide_ended(
    clock: RegulatoryClock, *, reopen: bool, reason: str, actor: Actor, at: datetime
) -> RegulatoryClock | None:
    """Take up an ended clock again beside itself, or leave it ended (CLK-16). The caller checks."""
    before = {"decide_by": clock.decide_by}
    clock.decide_by = None
    clock.save(update_fields=["decide_by"], at=at)
    after = {"answer": "reopen" if reopen else "stay"}
    enter("incident.clock_decided", clock, actor, at, before=before, after=after, reason=reason)
    if not reopen:
        return None
    return arm_clock(
        incident=clock.incident,
        rule=clock.rule,
        armed_by=f"taken up again: {reason}",
        actor=actor,
        at=at,
        aware_at=clock.aware_at,
        aware_person=clock.aware_person,
        counted_as=CountedAs.REOPENED,
        beside=clock,
    )


def _moves_awareness(incident: Incident, which: str, aware_at: datetime) -> bool:
    """Whether an instant is the earliest awareness of the organisation too."""
    if which in ("organisation", "occurred", "reportability", "causal_link"):
        return False
    if which in SIDE_OF and not Law(incident.system).is_both:
        return False
    return incident.aware_at is None or aware_at < incident.aware_at


def _move_all(incident: Incident, law: Law, reason: str, actor: Actor, at: datetime) -> None:
    """Recompute every clock that counts from a later awareness, sent and ended ones too."""
    earliest = incident.aware_at
    if earliest is None:
        return
    rows = RegulatoryClock.objects.select_for_update(no_key=True, of=("self",)).filter(
        incident=incident, counted_as__in=FROM_AWARENESS, aware_at__gt=earliest
    )
    for clock in rows.select_related("rule").order_by("due_at", "id"):
        clock.incident = incident
        _ask_again(clock, at)
        move_earlier(
            clock,
            earliest,
            law=law,
            aware_person=incident.aware_by,
            reason=reason,
            actor=actor,
            at=at,
        )


def _ask_again(clock: RegulatoryClock, at: datetime) -> None:
    """An ended clock is not taken up by itself: a validator decides within a day (CLK-16)."""
    if clock.state != State.ENDED:
        return
    clock.decide_by = at + DECIDE_WITHIN
    for which, due_at in (("asked", at), ("due", clock.decide_by)):
        arm_timer(
            kind=DECIDE,
            key=f"{clock.incident_id}:clock:{clock.pk}:decide:{which}:{at:%Y%m%dT%H%M%S}",
            subject_id=clock.incident_id,
            due_at=due_at,
            payload={"clock": str(clock.pk), "which": which},
            inputs={"duration": "24h", "from": at.isoformat()},
            at=at,
        )


def _take_side(
    incident: Incident, side: str, law: Law, reason: str, actor: Actor, at: datetime
) -> None:
    """Move the clock of a side earlier, or arm it beside each clock that has sides (CLK-07)."""
    column, words = next((column, words) for kind, column, words in SIDES if kind == side)
    aware_at = getattr(incident, column)
    rows = RegulatoryClock.objects.filter(incident=incident).exclude(state=State.ENDED)
    for clock in rows.select_related("rule").order_by("due_at", "id"):
        clock.incident = incident
        if clock.counted_as == side and aware_at < clock.aware_at:
            move_earlier(
                clock, aware_at, law=law, aware_person=words, reason=reason, actor=actor, at=at
            )
        elif clock.counted_as == CountedAs.ORGANISATION:
            arm_sides(clock, actor=actor, at=at, law=law)


def _call_for_cause(incident: Incident, at: datetime) -> None:
    """'Immediately' begins now: people are called, and no due instant is made (CLK-22)."""
    for clock in _running(incident):
        if terms_of(clock.rule.terms).causal:
            clock.incident = incident
            call_at(clock, "causal", at, at)


def _arm_beside_ended(
    incident: Incident, law: Law, reason: str, actor: Actor, at: datetime
) -> None:
    for clock in _ended_without_another(incident):
        arm_clock(
            incident=incident,
            rule=clock.rule,
            armed_by=f"facts that came later: {reason}",
            actor=actor,
            at=at,
            law=law,
            aware_at=incident.reportability_aware_at,
            aware_person=actor.name,
            counted_as=CountedAs.REPORTABILITY,
            beside=clock,
        )


def _ended_without_another(incident: Incident) -> list[RegulatoryClock]:
    """Return the ended clocks beside which none of the same rule runs, nor one in their place."""
    running = {clock.rule_id for clock in _running(incident)}
    rows = RegulatoryClock.objects.filter(incident=incident, state=State.ENDED)
    rows = rows.exclude(siblings__counted_as=CountedAs.FACT)
    ended = {row.rule_id: row for row in rows.select_related("rule").order_by("ended_at")}
    return [clock for rule, clock in ended.items() if rule not in running]


def _running(incident: Incident) -> list[RegulatoryClock]:
    rows = RegulatoryClock.objects.filter(incident=incident, submission__isnull=True)
    rows = rows.exclude(state=State.ENDED).select_related("rule")
    return list(rows.order_by("due_at", "id"))


def _wrong(code: str, words: str) -> Invalid:
    return Invalid(code, words, fields={"aware_at": words})
