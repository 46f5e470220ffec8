"""Deadlines: each stage's due instant on the incident, and the timers that watch it.

Timers of a stage have keys `incident:cycle:plan:stage@version:step:repeat`, `version` being that of
the transition that began the stage, so that a stage entered twice has timers of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    with_pauses,
)
from incidents.rules.transitions import (
    ENDED,
    EXECUTION,
    INVESTIGATING,
    OPEN,
)
from incidents.rules.turns import STAGE_OF
from incidents.selectors.turns import spans_since
from outbox.rules.durations import Duration
from outbox.services.hints import nudge
from outbox.services.timers import Arming, arm_timers, cancel_timers

STAGE_DEADLINE = "incident.stage_deadline"
ESCALATION_STEP = "escalation.step"
STAGE_KINDS = (STAGE_DEADLINE, ESCALATION_STEP)


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
    """Return since when the owner's deadlines count in this cycle.

    The opening, or the reopening, or the end of the silence that lay over it.
    """
    if incident._state.adding:
        return incident.opened_at
    rows = Transition.objects.filter(incident=incident, cycle=incident.cycle)
    since = rows.filter(command="end_silence").values_list("payload__since", flat=True).first()
    if since is not None:
        return datetime.fromisoformat(since)
    began = rows.filter(command="reopen", to_state=INVESTIGATING).values_list("at", flat=True)
    return began.first() or incident.opened_at


def stages_at_reopening(plan: FrozenPlan, incident: Incident, at: datetime) -> list[Deadline]:
    """Return the owner's deadlines of a cycle that begins with its investigation."""
    return [one for one in _first_stages(plan, incident, at) if one.stage != "acknowledge"]


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
    if (move.source, move.target) == (OPEN, INVESTIGATING):
        cancel_stage(incident, "acknowledge", reason=reason, at=at)
        return
    # A lapse takes the acknowledgement back and nothing else: the findings' time runs on (INC-C).
    if (move.source, move.target) != (INVESTIGATING, OPEN):
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
        key_prefix=f"{prefix_of(incident)}{stage}@",
    )


def cancel_stages(incident: Incident, *, reason: str, at: datetime) -> None:
    """Cancel the timers of every stage of this cycle."""
    cancel_timers(
        subject_id=incident.pk,
        reason=reason,
        at=at,
        kinds=STAGE_KINDS,
        key_prefix=prefix_of(incident),
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


def loosen(plan: FrozenPlan, incident: Incident) -> list[Deadline]:
    """Recompute the running deadlines for a lower severity; none becomes earlier.

    Sets them on the incident, which the caller saves, and returns those to be armed anew. What is
    being carried out keeps the time that the decision gave it.
    """
    if incident.state == EXECUTION:
        return []
    found = [_not_earlier(one, incident) for one in _running(plan, incident)]
    for one in found:
        if one.stage == "first_assessment":
            incident.first_assessment_due_at = one.due_at
        elif one.stage == STAGE_OF.get(incident.state):
            incident.stage_due_at = one.due_at
    return found


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
        key=f"{prefix_of(incident)}{rule}:deadline",
        subject_id=incident.pk,
        due_at=found.due_at,
        payload=common,
        inputs=inputs,
    )
    steps = [
        Arming(
            kind=ESCALATION_STEP,
            key=f"{prefix_of(incident)}{rule}:{step.step}:0",
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
    """The deadlines that run now, each moved on by the time in which its stage stood still."""
    if incident.state in (OPEN, INVESTIGATING):
        wanted = {"findings"}
        if incident.first_assessment_due_at is not None:
            wanted.add("first_assessment")
        running = [one for one in stages_at_opening(plan, incident) if one.stage in wanted]
        asked = _asked_again(plan, incident) if incident.state == OPEN else None
        running = [asked, *running] if asked else running
    else:
        planned = _planned(plan, incident, incident.state, incident.stage_entered_at)
        running = [planned] if planned else []
    return [
        with_pauses(plan, one, spans_since(incident, one.stage, one.starts_at)) for one in running
    ]


def _asked_again(plan: FrozenPlan, incident: Incident) -> Deadline | None:
    """An acknowledgement counts from when it was asked for last: the opening, or a lapse."""
    return deadline(
        plan,
        severity=incident.severity,
        stage="acknowledge",
        starts_at=incident.stage_entered_at,
    )


def _not_earlier(found: Deadline, incident: Incident) -> Deadline:
    stands = incident.stage_due_at if found.stage == STAGE_OF.get(incident.state) else None
    if found.stage == "first_assessment":
        stands = incident.first_assessment_due_at
    return found if stands is None else replace(found, due_at=max(found.due_at, stands))


def _not_later(found: Deadline, incident: Incident) -> Deadline:
    if found.stage != STAGE_OF.get(incident.state) or incident.stage_due_at is None:
        return found
    return replace(found, due_at=incident.stage_due_at)


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


def prefix_of(incident: Incident) -> str:
    """Return what the keys of the timers of this cycle begin with."""
    return f"{incident.pk}:{incident.cycle}:{incident.plan_sha256}:"
