"""Escalation: a step fires once, finds its people now, tells them, and arms its reminder."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from governance.models import EscalationFiring, StepAcknowledgement
from governance.rules.notices import Notice, body, subject
from governance.selectors.policies import document_of_plan
from governance.selectors.recipients import Recipient, acknowledged, resolve
from governance.services.plans import seconds
from incidents.models import Incident
from incidents.rules.plan import FrozenPlan, LadderStep, calendar_of, from_text
from incidents.rules.transitions import ENDED
from ledger.context import current_actor
from ledger.rules.actors import Actor, machine
from ledger.services.entries import append_entry
from outbox.models import Timer
from outbox.rules.backoff import repeat_after
from outbox.rules.business_time import due
from outbox.rules.durations import Duration
from outbox.services.messages import queue_mail
from outbox.services.timers import arm_timer
from registry.models import User
from registry.selectors.people import people_with_role

STEP = "escalation.step"
TOLD_BY_ACKNOWLEDGING = ("findings", "first_assessment")
MAILBOX_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Firing:
    """One step that fires now, with everything that it is found by."""

    incident: Incident
    plan: FrozenPlan
    step: LadderStep
    stage: str
    rule: str
    repeat: int
    scheduled_at: datetime
    stage_due_at: datetime
    at: datetime
    prefix: str
    by_unroutable: bool = False


def fire_step(*, timer: Timer, at: datetime) -> None:
    """Fire the step of a timer, once. A stage that was left, or a case that ended, fires nothing.

    The caller holds the lock on the incident.
    """
    incident = Incident.objects.select_related("owner", "deputy", "system").get(pk=timer.subject_id)
    payload = timer.payload
    if incident.state in ENDED or payload["cycle"] != incident.cycle:
        return
    plan = from_text(incident.plan)
    step = next((one for one in plan.ladder if one.step == payload["step"]), None)
    if step is None or _is_told_otherwise(incident, step, payload["stage"]):
        return
    _fire(
        Firing(
            incident=incident,
            plan=plan,
            step=step,
            stage=payload["stage"],
            rule=payload["rule"],
            repeat=payload["repeat"],
            scheduled_at=timer.due_at,
            stage_due_at=datetime.fromisoformat(payload["stage_due_at"]),
            at=at,
            prefix=timer.key.removesuffix(f":{payload['step']}:{payload['repeat']}"),
        )
    )


def _is_told_otherwise(incident: Incident, step: LadderStep, stage: str) -> bool:
    """At the opening three stages begin at once; one call to acknowledge says it all."""
    begins = step.offset == "0%"
    return begins and incident.state == Incident.State.OPEN and stage in TOLD_BY_ACKNOWLEDGING


def _fire(firing: Firing) -> None:
    if _has_fired(firing):
        return
    people = _recipients(firing)
    having = _having(firing)
    row = _write_down(firing, people)
    for one in acknowledged(people=people, having=having):
        _tell(firing, one)
    _arm_repeat(firing)
    if row.unroutable:
        _go_up(firing)


def _has_fired(firing: Firing) -> bool:
    return EscalationFiring.objects.filter(
        incident=firing.incident,
        cycle=firing.incident.cycle,
        plan_sha256=firing.incident.plan_sha256,
        rule=firing.rule,
        step=firing.step.step,
        repeat=firing.repeat,
    ).exists()


def _recipients(firing: Firing) -> list[Recipient]:
    found = [
        one
        for expression in firing.step.recipients
        if expression != "mailbox"
        for one in resolve(expression=expression, incident=firing.incident, at=firing.at)
    ]
    return list({one.person.pk: one for one in found}.values())


def _having(firing: Firing) -> set[UUID]:
    rows = StepAcknowledgement.objects.filter(
        incident=firing.incident, rule=firing.rule, step=firing.step.step
    )
    return set(rows.values_list("person_id", flat=True))


def _write_down(firing: Firing, people: list[Recipient]) -> EscalationFiring:
    verb = "escalation.fired" if people else "escalation.unroutable"
    number = _record(
        verb,
        firing.incident,
        current_actor() or machine("sweep"),
        firing.at,
        {
            "rule": firing.rule,
            "step": firing.step.step,
            "repeat": firing.repeat,
            "level": firing.step.level,
            "expression": "|".join(firing.step.recipients),
            "recipients": [one.on_record for one in people],
            "due": firing.scheduled_at,
            "late_seconds": max(0, int((firing.at - firing.scheduled_at).total_seconds())),
        },
    )
    return EscalationFiring.objects.create(
        incident=firing.incident,
        cycle=firing.incident.cycle,
        plan_sha256=firing.incident.plan_sha256,
        rule=firing.rule,
        step=firing.step.step,
        repeat=firing.repeat,
        expression="|".join(firing.step.recipients),
        recipients=[one.plain for one in people],
        unroutable=not people,
        level=firing.step.level,
        due_at=firing.scheduled_at,
        fired_at=firing.at,
        entry_number=number,
    )


def _tell(firing: Firing, one: Recipient) -> None:
    _mail(firing, one.person, address=one.person.email, zone=one.person.zone)


def _mail(firing: Firing, person: User | None, *, address: str, zone: str) -> None:
    incident = firing.incident
    notice = Notice(
        stage=firing.stage,
        number=incident.number,
        title=incident.title,
        summary=incident.summary,
        severity=incident.severity,
        due_at=firing.stage_due_at,
        fired_at=firing.at,
        zone=zone,
        level=firing.step.level,
        repeat=firing.repeat,
        url=f"{settings.PUBLIC_URL}/incidents/{incident.number}/",
        unroutable=firing.by_unroutable,
    )
    who = person.pk if person else address
    queue_mail(
        key=f"step:{incident.pk}:{incident.cycle}:{firing.rule}:{firing.step.step}"
        f":{firing.repeat}:{who}",
        person_id=person.pk if person else None,
        address=address,
        subject=subject(notice),
        body=body(notice),
        subject_id=incident.pk,
        at=firing.at,
    )


def _arm_repeat(firing: Firing) -> None:
    """Arm the next reminder from the scheduled time: reminders neither drift nor end."""
    if firing.step.obligation == "inform":
        return
    number = firing.repeat + 1
    waits = [Duration.parse(text) for text in firing.step.repeats]
    wait = repeat_after(number, waits)
    planned = due(firing.scheduled_at, wait, calendar_of(firing.plan))
    arm_timer(
        kind=STEP,
        key=f"{firing.prefix}:{firing.step.step}:{number}",
        subject_id=firing.incident.pk,
        due_at=max(planned, firing.at + _shortest_gap(firing.plan)),
        payload={
            "stage": firing.stage,
            "rule": firing.rule,
            "step": firing.step.step,
            "repeat": number,
            "cycle": firing.incident.cycle,
            "stage_due_at": firing.stage_due_at.isoformat(),
        },
        inputs={"after": str(wait), "from": firing.scheduled_at.isoformat()},
        at=firing.at,
    )


def _shortest_gap(plan: FrozenPlan) -> timedelta:
    return timedelta(seconds=seconds(document_of_plan(plan).escalation.shortest_gap))


def _go_up(firing: Firing) -> None:
    """Nobody can be reached: the next level fires now, and operations are told (UNROUTABLE)."""
    _tell_operations(firing)
    higher = [one for one in firing.plan.ladder if one.level > firing.step.level]
    serving = [
        one
        for one in higher
        if (not one.stages or firing.stage in one.stages)
        and (not one.severities or firing.incident.severity in one.severities)
    ]
    if firing.repeat == 0 and serving:
        _fire(_at_next_level(firing, min(serving, key=lambda one: one.level)))


def _at_next_level(firing: Firing, step: LadderStep) -> Firing:
    return Firing(
        incident=firing.incident,
        plan=firing.plan,
        step=step,
        stage=firing.stage,
        rule=firing.rule,
        repeat=0,
        scheduled_at=firing.at,
        stage_due_at=firing.stage_due_at,
        at=firing.at,
        prefix=firing.prefix,
        by_unroutable=True,
    )


def _tell_operations(firing: Firing) -> None:
    incident = firing.incident
    for person in people_with_role(role="administrator", unit_id=incident.unit_id, at=firing.at):
        _mail(firing, person, address=person.email, zone=person.zone)
    mailbox = document_of_plan(firing.plan).escalation.mailbox
    if mailbox:
        _mail(firing, None, address=mailbox, zone=MAILBOX_ZONE)


def _record(
    verb: str, incident: Incident, actor: Actor, at: datetime, details: dict[str, object]
) -> int:
    return append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        incident_id=incident.pk,
        system_id=incident.system_id,
        details=details,
    )
