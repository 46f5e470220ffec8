"""Deadlines: each stage's due instant on the incident, and the timers that watch it.

Timers of a stage have keys `incident:cycle:plan:stage@version:step:repeat`, `version` being that of
the transition that began the stage, so that a stage entered twice has timers of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from incidents.models import Action, Incident, Transition
from incidents.rules.plan import (
    Deadline,
    FrozenPlan,
    deadline,
    deadline_after,
    step_due,
    steps_for,
)
from incidents.rules.transitions import (
    DECISION,
    ENDED,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    VALIDATION,
)
from outbox.rules.durations import Duration
from outbox.services.hints import nudge
from outbox.services.timers import Arming, arm_timers, cancel_timers

STAGE_DEADLINE = "incident.stage_deadline"
ESCALATION_STEP = "escalation.step"
STAGE_KINDS = (STAGE_DEADLINE, ESCALATION_STEP)
STAGE_OF = {
    OPEN: "acknowledge",
    INVESTIGATING: "findings",
    VALIDATION: "validation",
    DECISION: "decision",
    EXECUTION: "execution",
}
"""The stage whose deadline a state shows. VERIFICATION lasts as long as its proofs."""


@dataclass(frozen=True, slots=True)
class Move:
    """From which state to which, and the version that the incident gets by it."""

    source: str
    target: str
    version: int

    @property
    def changes_state(self) -> bool:
        """Whether the incident leaves its state."""
        return self.source != self.target


def stages_at_opening(plan: FrozenPlan, incident: Incident) -> list[Deadline]:
    """Return the deadlines that count from the opening: three of them run side by side."""
    return _first_stages(plan, incident, counts_from(incident))


def counts_from(incident: Incident) -> datetime:
    """Return since when the owner's deadlines count: the opening, or the end of its silence."""
    if incident._state.adding:
        return incident.opened_at
    ended = Transition.objects.filter(incident=incident, command="end_silence")
    since = ended.values_list("payload__since", flat=True).first()
    return incident.opened_at if since is None else datetime.fromisoformat(since)


def stages_from(plan: FrozenPlan, incident: Incident, since: datetime) -> list[Deadline]:
    """Return the owner's deadlines as they count from the end of a silence; of later stages none.

    Sets them on the incident, which the caller saves. What somebody moved on in the silence runs.
    """
    if incident.state not in (OPEN, INVESTIGATING):
        return []
    found = _first_stages(plan, incident, since)
    if incident.state == INVESTIGATING:
        found = [one for one in found if one.stage == "findings"]
    due = {one.stage: one.due_at for one in found}
    incident.stage_entered_at = since
    incident.stage_due_at = due.get(STAGE_OF[incident.state])
    incident.first_assessment_due_at = due.get("first_assessment")
    return found


def _first_stages(plan: FrozenPlan, incident: Incident, since: datetime) -> list[Deadline]:
    found = [
        deadline(plan, severity=incident.severity, stage=stage, starts_at=since)
        for stage in ("acknowledge", "first_assessment", "findings")
    ]
    return [one for one in found if one is not None]


def enter_stage(
    plan: FrozenPlan, incident: Incident, move: Move, given: Deadline | None, at: datetime
) -> None:
    """Set when the new stage began and is due, on the incident, which the caller saves."""
    found = given or _planned(plan, incident, move.target, at)
    incident.stage_entered_at = at
    incident.stage_due_at = found.due_at if found else None


def timers_of_move(
    plan: FrozenPlan, incident: Incident, move: Move, given: Deadline | None, at: datetime
) -> None:
    """Cancel the timers of the stage that is left and arm those of the one that begins."""
    if not move.changes_state:
        return
    reason = f"{move.source} was left for {move.target}"
    if move.source == OPEN:
        cancel_stage(incident, "acknowledge", reason=reason, at=at)
        return
    cancel_stages(incident, reason=reason, at=at)
    found = given or _planned(plan, incident, move.target, at)
    if found is not None and move.target not in ENDED:
        arm_stages(plan, incident, [found], version=move.version, at=at)


def arm_stages(
    plan: FrozenPlan,
    incident: Incident,
    stages: Sequence[Deadline],
    *,
    version: int,
    at: datetime,
) -> None:
    """Arm the deadline of each stage and every step of its escalation."""
    armings = [arming for found in stages for arming in _armings(plan, incident, found, version)]
    if armings:
        arm_timers(armings=armings, at=at)
        nudge("sweep")


def cancel_stage(incident: Incident, stage: str, *, reason: str, at: datetime) -> None:
    """Cancel the timers of one stage of this cycle."""
    cancel_timers(
        subject_id=incident.pk,
        reason=reason,
        at=at,
        kinds=STAGE_KINDS,
        key_prefix=f"{_prefix(incident)}{stage}@",
    )


def cancel_stages(incident: Incident, *, reason: str, at: datetime) -> None:
    """Cancel the timers of every stage of this cycle."""
    cancel_timers(
        subject_id=incident.pk,
        reason=reason,
        at=at,
        kinds=STAGE_KINDS,
        key_prefix=_prefix(incident),
    )


def tighten(plan: FrozenPlan, incident: Incident, at: datetime) -> list[Deadline]:
    """Recompute the running deadlines for a higher severity; none becomes later.

    Sets them on the incident, which the caller saves, and returns those to be armed anew.
    """
    found = _running(plan, incident)
    due_at = incident.stage_due_at
    for one in found:
        if one.stage == "first_assessment":
            incident.first_assessment_due_at = one.due_at
        elif one.stage == STAGE_OF.get(incident.state):
            incident.stage_due_at = min(filter(None, (due_at, one.due_at)))
    return [_not_later(one, incident) for one in found]


def execution_deadline(actions: Sequence[Action], at: datetime) -> Deadline | None:
    """Return when the first of the actions that must be carried out is due."""
    due = min((action.due_at for action in actions if action.stopping), default=None)
    if due is None:
        return None
    seconds = Fraction(max(due - at, timedelta()) // timedelta(seconds=1))
    return Deadline("execution", at, due, Duration(seconds, "s"))


def _armings(plan: FrozenPlan, incident: Incident, found: Deadline, version: int) -> list[Arming]:
    rule, inputs = f"{found.stage}@{version}", found.inputs(plan)
    common = {"stage": found.stage, "rule": rule, "cycle": incident.cycle}
    deadline_timer = Arming(
        kind=STAGE_DEADLINE,
        key=f"{_prefix(incident)}{rule}:deadline",
        subject_id=incident.pk,
        due_at=found.due_at,
        payload=common,
        inputs=inputs,
    )
    steps = [
        Arming(
            kind=ESCALATION_STEP,
            key=f"{_prefix(incident)}{rule}:{step.step}:0",
            subject_id=incident.pk,
            due_at=step_due(plan, step, found),
            payload={
                **common,
                "step": step.step,
                "repeat": 0,
                "stage_due_at": found.due_at.isoformat(),
            },
            inputs={**inputs, "offset": step.offset},
        )
        for step in steps_for(plan, severity=incident.severity, stage=found.stage)
    ]
    return [deadline_timer, *steps]


def _running(plan: FrozenPlan, incident: Incident) -> list[Deadline]:
    if incident.state == OPEN:
        return stages_at_opening(plan, incident)
    if incident.state == INVESTIGATING:
        wanted = {"findings"}
        if incident.first_assessment_due_at is not None:
            wanted.add("first_assessment")
        return [one for one in stages_at_opening(plan, incident) if one.stage in wanted]
    found = _planned(plan, incident, incident.state, incident.stage_entered_at)
    return [found] if found else []


def _not_later(found: Deadline, incident: Incident) -> Deadline:
    if found.stage != STAGE_OF.get(incident.state) or incident.stage_due_at is None:
        return found
    return Deadline(found.stage, found.starts_at, incident.stage_due_at, found.duration)


def _planned(
    plan: FrozenPlan, incident: Incident, state: str, starts_at: datetime
) -> Deadline | None:
    """The owner's findings count from the opening (T02: the stage's deadline keeps running)."""
    stage = STAGE_OF.get(state)
    if stage is None:
        return None
    starts_at = counts_from(incident) if state == INVESTIGATING else starts_at
    return deadline(plan, severity=incident.severity, stage=stage, starts_at=starts_at)


def deadline_of_return(plan: FrozenPlan, duration: Duration, at: datetime) -> Deadline:
    """Return the deadline of an owner to whom findings came back."""
    return deadline_after(plan, "findings", at, duration)


def _prefix(incident: Incident) -> str:
    return f"{incident.pk}:{incident.cycle}:{incident.plan_sha256}:"
