"""A clock that another one takes the place of: both stay, the alarm is on the new one.

DORA: the initial report is due four hours after the classification, at most 24 hours after
awareness. Classified later than that, the four hours count alone (CLK-11); the clock from awareness
is ended beside the new one and stays on record with what it was (as CLK-18).
"""

from datetime import datetime

from incidents.models import RegulatoryClock
from incidents.rules.clock_terms import terms_of
from incidents.services.clock_rows import cancel_calls, enter
from ledger.rules.actors import Actor

State = RegulatoryClock.State


def end_replaced(
    clock: RegulatoryClock, *, known_at: datetime, actor: Actor, at: datetime
) -> list[RegulatoryClock]:
    """End the clocks whose place a clock that counts from a fact takes; returns them.

    While the older one is due earlier it holds as the outer limit, and both run.
    """
    rules = terms_of(clock.rule.terms).replaces
    if not rules or not clock.runs:
        return []
    rows = RegulatoryClock.objects.select_for_update(no_key=True, of=("self",)).filter(
        incident=clock.incident, rule_id__in=rules, submission__isnull=True
    )
    running = rows.exclude(state=State.ENDED).select_related("rule").order_by("due_at", "id")
    ended = [one for one in running if clock.due_at <= one.due_at or known_at > one.due_at]
    for one in ended:
        one.incident = clock.incident
        _end(one, clock, known_at, actor, at)
    if ended and clock.beside is None:
        clock.beside = ended[0]
        clock.save(update_fields=["beside"], at=at)
        enter(
            "incident.clock_placed",
            clock,
            actor,
            at,
            after={"beside": str(ended[0].pk)},
            reason=f"{clock.rule.limb}: beside the clock whose place it takes.",
        )
    return ended


def _end(
    one: RegulatoryClock, clock: RegulatoryClock, known_at: datetime, actor: Actor, at: datetime
) -> None:
    late = " That was after its end." if known_at > one.due_at else ""
    reason = (
        f"Known since {known_at:%Y-%m-%d %H:%M} UTC: {clock.rule.limb}; the report is due by "
        f"{clock.due_at:%Y-%m-%d %H:%M} UTC.{late}"
    )
    before = {"state": one.state}
    one.state, one.ended_reason, one.ended_at = State.ENDED, reason, at
    one.save(update_fields=["state", "ended_reason", "ended_at"], at=at)
    cancel_calls(one, reason="another clock counts for the same report", at=at)
    enter(
        "incident.clock_replaced",
        one,
        actor,
        at,
        before=before,
        after={"state": one.state, "replaced_by": str(clock.pk)},
        reason=reason,
    )
