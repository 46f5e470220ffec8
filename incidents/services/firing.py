"""What this floor's timers do when they fall due, in the sweep's transaction, incident locked."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from incidents.models import Action, Incident, RegulatoryClock
from incidents.rules.notices import in_utc
from incidents.rules.plan import from_text
from incidents.rules.transitions import DECISION, ENDED, OPEN, OPEN_STATES
from incidents.rules.turns import STAGE_OF
from incidents.selectors.clocks import is_superseded
from incidents.selectors.proofs import SETTLED
from incidents.services.awareness import DEEM
from incidents.services.clock_learning import DECIDE
from incidents.services.clocks import arm_after_doubt
from incidents.services.commands import execute
from incidents.services.notices import able, tell
from ledger.arrays import among
from ledger.rules.actors import machine
from ledger.rules.worded import joined, word, worded
from ledger.services.entries import append_entry
from outbox.models import Timer
from registry.models import User
from registry.rules.shipped import cited
from registry.selectors import people_with_role

SWEEP = machine("sweep")
COMMAND_OF = {"validation": "validate", "verification": "close"}
CALLS = {
    "causal": word("A causal link is likely: the duty to report is immediate now."),
    "at_once": word("The duty is immediate; the hours are only a reading of it."),
}


def lock_incidents(subject_ids: Sequence[UUID]) -> set[UUID]:
    """Lock which of these incidents are free now, without waiting, and return them."""
    rows = Incident.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    asked = rows.filter(pk__in=among(subject_ids)).order_by("pk")
    return set(asked.values_list("pk", flat=True))


def fire_stage_deadline(*, timer: Timer, at: datetime) -> None:
    """Put a passed deadline on record and tell who is responsible; an ended stage: nothing."""
    incident = _incident(timer)
    stage = str(timer.payload["stage"])
    if incident.cycle != timer.payload["cycle"] or not _runs(incident, stage):
        return
    _enter("incident.stage_overdue", incident, at, {"stage": stage, "due_at": timer.due_at})
    tell(
        incident,
        _responsible(incident, stage, at),
        task=stage,
        key=f"overdue:{timer.payload['rule']}",
        due_at=timer.due_at,
        at=at,
        words=word("The deadline has passed."),
    )


def fire_clock_doubt(*, timer: Timer, at: datetime) -> None:
    """Arm a clock whose question is still not answered."""
    if _incident(timer).state in OPEN_STATES:
        arm_after_doubt(timer=timer, at=at, actor=SWEEP)


def fire_clock_due(*, timer: Timer, at: datetime) -> None:
    """Call compliance and the owner at half time and at the end of a clock that still runs."""
    clock = RegulatoryClock.objects.select_related("rule").get(pk=timer.payload["clock"])
    which = str(timer.payload["which"])
    moved = which in ("half", "due") and clock.due_at < timer.due_at
    if not clock.runs or moved or is_superseded(clock):
        return
    incident = _incident(timer)
    if which == "due":
        details = {"clock": clock.rule.basis, "due_at": clock.due_at}
        _enter("incident.clock_overdue", incident, at, details)
    tell(
        incident,
        [incident.owner, *_holders("compliance", incident, at)],
        task="clock",
        key=f"clock:{clock.pk}:{which}",
        due_at=clock.due_at,
        at=at,
        words=_called(which, clock),
    )


def _called(which: str, clock: RegulatoryClock) -> str:
    counted = worded(
        "{basis}, counted from {when}.",
        basis=cited(clock.rule.basis),
        when=in_utc(clock.aware_at),
    )
    return joined(" ", [CALLS[which], counted]) if which in CALLS else counted


def fire_clock_decide(*, timer: Timer, at: datetime) -> None:
    """Call validators to decide on an ended clock for which an earlier awareness was learned."""
    clock = RegulatoryClock.objects.select_related("rule").get(pk=timer.payload["clock"])
    if clock.decide_by is None:
        return
    incident = _incident(timer)
    tell(
        incident,
        [*_holders("compliance", incident, at), *_holders("risk", incident, at)],
        task="ended_clock",
        key=f"clock:{clock.pk}:decide:{timer.payload['which']}:{clock.decide_by:%Y%m%dT%H%M}",
        due_at=clock.decide_by,
        at=at,
        words=worded(
            "{basis}: it was ended, and an earlier awareness was learned since.",
            basis=cited(clock.rule.basis),
        ),
    )


def fire_deemed_aware(*, timer: Timer, at: datetime) -> None:
    """Count an alarm as known that nobody has opened; one that somebody has, is known."""
    incident = _incident(timer)
    if incident.aware_at is not None or incident.suppressed or incident.state != OPEN:
        return
    execute(
        command="deem_aware",
        incident_id=incident.pk,
        actor=SWEEP,
        at=at,
        expected_version=None,
        idempotency_key=None,
        payload={},
    )


def fire_action_due(*, timer: Timer, at: datetime) -> None:
    """Put an action that is not confirmed in time on record, and tell who must see to it."""
    action = Action.objects.select_related("executor").get(pk=timer.payload["action"])
    if action.state in SETTLED:
        return
    incident = _incident(timer)
    append_entry(
        verb="action.overdue",
        actor=SWEEP,
        at=at,
        subject=("action", str(action.pk), f"{incident.number}: {action.words}"),
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"due_at": action.due_at},
    )
    tell(
        incident,
        [action.executor, incident.owner],
        task="obligation",
        key=f"overdue:action:{action.pk}",
        due_at=action.due_at,
        at=at,
        words=worded("Overdue: {words}", words=action.words),
    )


KINDS: dict[str, Callable[..., None]] = {
    "incident.stage_deadline": fire_stage_deadline,
    "incident.clock_doubt": fire_clock_doubt,
    "incident.clock_due": fire_clock_due,
    DECIDE: fire_clock_decide,
    DEEM: fire_deemed_aware,
    "incident.action_due": fire_action_due,
}


def _incident(timer: Timer) -> Incident:
    rows = Incident.objects.select_related("system", "owner", "deputy")
    incident: Incident = rows.get(pk=timer.subject_id)
    return incident


def _runs(incident: Incident, stage: str) -> bool:
    if incident.state in ENDED:
        return False
    if stage == "first_assessment":
        return incident.first_assessment_due_at is not None
    # The findings' time runs from the opening on, also while nobody has acknowledged (T02, INC-C).
    if stage == "findings" and incident.state == OPEN:
        return True
    return STAGE_OF.get(incident.state, "verification") == stage


def _responsible(incident: Incident, stage: str, at: datetime) -> list[User]:
    if stage in COMMAND_OF:
        return able(COMMAND_OF[stage], incident, from_text(incident.plan), at)
    if incident.state == DECISION:
        return _holders("secretary", incident, at)
    return [incident.owner, incident.deputy]


def _holders(role: str, incident: Incident, at: datetime) -> list[User]:
    return people_with_role(
        role=role, unit_id=incident.unit_id, system_id=incident.system_id, at=at
    )


def _enter(verb: str, incident: Incident, at: datetime, details: dict[str, object]) -> None:
    append_entry(
        verb=verb,
        actor=SWEEP,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        incident_id=incident.pk,
        system_id=incident.system_id,
        details=details,
    )
