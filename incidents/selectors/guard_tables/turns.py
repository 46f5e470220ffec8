"""Guards of turns: what stands against a withdrawal, a reopening, a lower severity, a pause."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from incidents.models import ClockPause, Incident
from incidents.rules.command_fields import QUESTION_WORDS
from incidents.rules.plan import FrozenPlan, calendar_of
from incidents.rules.states import DECISION, ENDED, INVESTIGATING, VALIDATION
from incidents.rules.turns import STAGE_OF, least_severity, limit
from incidents.selectors.containment import is_contained
from incidents.selectors.guard_facts import Found, Guard, running_clock, running_clocks
from incidents.selectors.reviews import answers_of
from incidents.selectors.turns import pauses_since, spanned, standing_pause
from ledger.rules.worded import term, worded
from outbox.rules.business_time import due
from outbox.rules.durations import Duration

PAUSED_AT = (INVESTIGATING, VALIDATION, DECISION)


def floor_of(incident: Incident, plan: FrozenPlan) -> tuple[str, str]:
    """Return the severity below which nobody lowers this incident, and why."""
    given = answers_of(incident)
    return least_severity(
        plan,
        answers={name: getattr(given, name, "unknown") for name in QUESTION_WORDS},
        has_clock=bool(running_clocks(incident)),
        is_fairness=incident.kind == Incident.Kind.FAIRNESS,
    )


def longest_until(
    incident: Incident, plan: FrozenPlan, at: datetime, pauses: Sequence[ClockPause] | None = None
) -> datetime:
    """Return until when at most the present stage may stand still from now on.

    What it has stood still before counts against the limit.
    """
    wait = limit(plan, "pause_longest", incident.severity) or Duration.parse("5bd")
    until = due(at, wait, calendar_of(plan))
    if pauses is None:
        pauses = pauses_since(incident, STAGE_OF[incident.state], incident.stage_entered_at)
    for begin, end in map(spanned, pauses):
        until -= end - begin
    return until


def reopened_until(incident: Incident, plan: FrozenPlan) -> datetime | None:
    """Return until when a recurrence reopens an incident, None while it is open."""
    closed_at = incident.closed_at
    return None if closed_at is None else closed_at + timedelta(days=plan.reopen_days)


def _withdraw(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    return running_clock(incident) or _contained(incident)


def _contained(incident: Incident) -> Found:
    """What was stopped at once is lifted by a decision of its own, which needs an open incident."""
    if not is_contained(incident):
        return None
    return (
        "stop_stands",
        "An emergency stop stands; it is ratified and lifted by a decision before this is "
        "withdrawn.",
    )


def _reopen(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if incident.cycle >= plan.max_cycles:
        return (
            "cycles_used_up",
            worded(
                "It has had its {max_cycles} cycles: what comes back now is a new "
                "incident, linked to this one, a level up.",
                max_cycles=plan.max_cycles,
            ),
        )
    until = reopened_until(incident, plan)
    if until is not None and at >= until:
        return (
            "too_late_to_reopen",
            worded(
                "It could be reopened for {reopen_days} days, until {until} UTC: what "
                "comes back now is a new incident, linked to it.",
                reopen_days=plan.reopen_days,
                until=f"{until:%Y-%m-%d %H:%M}",
            ),
        )
    others = Incident.objects.filter(dedup_key=incident.dedup_key).exclude(state__in=ENDED)
    other = others.first()
    if other is None:
        return None
    return (
        "open_already",
        worded("{number} is open for the same cause; go on there.", number=other.number),
    )


def _lower(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if incident.severity == Incident.Severity.MINOR:
        return ("lowest_already", worded("{number} is minor already.", number=incident.number))
    floor, why = floor_of(incident, plan)
    if floor != incident.severity:
        return None
    return (
        "not_below",
        worded(
            "It cannot be lower than {floor}: {why}.",
            floor=term(floor.capitalize(), lowered=True),
            why=term(why),
        ),
    )


def _pause(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if incident.severity == Incident.Severity.SEVERE:
        return ("severe_never_pauses", "The deadline of a severe incident never stands still.")
    if incident.state not in PAUSED_AT:
        return (
            "nothing_to_pause",
            "Only the owner's findings, a validation or a decision can stand still; an "
            "acknowledgement, an action and its proof cannot.",
        )
    if incident.stage_due_at is None or incident.stage_due_at <= at:
        return ("no_deadline_left", "There is no deadline left that could stand still.")
    pauses = pauses_since(incident, STAGE_OF[incident.state], incident.stage_entered_at)
    if any(pause.ended_at is None for pause in pauses):
        return ("paused_already", "Its deadline stands still already.")
    if longest_until(incident, plan, at, pauses) <= at:
        return ("pauses_used_up", "This stage has stood still for as long as the policy lets it.")
    return None


def _resume(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if standing_pause(incident) is not None:
        return None
    return ("not_paused", "Its deadline does not stand still.")


GUARDS: Mapping[str, Guard] = {
    "withdraw": _withdraw,
    "reopen": _reopen,
    "lower_severity": _lower,
    "pause_clock": _pause,
    "resume_clock": _resume,
}
