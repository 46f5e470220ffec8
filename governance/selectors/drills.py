"""Fire drills: the list, and what one shows so far, read from what really fired and came back."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from governance.models import (
    Call,
    CallAnswer,
    Drill,
    EscalationFiring,
    OnCallRota,
    StepAcknowledgement,
)
from governance.rules.calling import wakes
from governance.rules.deadline_words import stage_words
from governance.rules.drills import Finding, Fired, Reach, plain
from governance.selectors.on_call import shifts_of, uncovered
from incidents.models import Incident, Transition
from incidents.rules.plan import FrozenPlan, from_text, steps_for
from incidents.rules.transitions import STATE_WORDS
from ledger.rules.refusals import Missing
from outbox.contacts import contact_of
from outbox.models import Message
from registry.models import System, User
from registry.selectors.units import units_above

COVERED_FOR = timedelta(days=14)
STAGE_DONE = {
    "acknowledge": "acknowledge",
    "first_assessment": "first_assessment",
    "submit_findings": "findings",
    "validate": "validation",
    "adopt": "decision",
    "keep_running": "decision",
    "confirm_action": "execution",
}


def drills_of(*, visible: QuerySet[System]) -> QuerySet[Drill]:
    """Return the drills on systems that somebody may see, the newest first."""
    rows: QuerySet[Drill] = Drill.objects.filter(system__in=visible)
    related = rows.select_related("system", "incident", "started_by", "ended_by")
    return related.order_by("-started_at", "-id")


def visible_drill(*, drill_id: UUID, visible: QuerySet[System]) -> Drill:
    """Return one of them. Raises Missing."""
    drill = drills_of(visible=visible).filter(pk=drill_id).first()
    if drill is None:
        raise Missing("unknown_drill", "There is no such drill, or it is not yours to see.")
    return drill


def report_of(*, drill: Drill, at: datetime) -> dict[str, Any]:
    """Return the report: as it was kept at the end, else as it stands at `at`."""
    if drill.report is not None:
        kept: dict[str, Any] = drill.report
        return kept
    return plain(finding_of(drill=drill, at=at))


def finding_of(*, drill: Drill, at: datetime) -> Finding:
    """Return what the drill's incident shows: firings, answers, deliveries, what was left out."""
    incident = drill.incident
    plan = from_text(incident.plan)
    firings = list(EscalationFiring.objects.filter(incident=incident).order_by("fired_at", "pk"))
    said = _said(incident)
    done = _done(incident)
    return Finding(
        steps=tuple(_fired(row, plan, said) for row in firings),
        people=tuple(_reaches(incident, firings)),
        unfired_levels=_unfired(incident, plan, firings, done),
        uncovered_shifts=_uncovered(incident, at),
        state=STATE_WORDS[incident.state],
        wakes=wakes(plan, incident.severity),
        grace_seconds=2 * settings.SWEEP_SECONDS,
        stages_done=tuple(stage_words(stage) for stage in done),
    )


def _said(incident: Incident) -> dict[tuple[str, int], list[str]]:
    having: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    rows = StepAcknowledgement.objects.filter(incident=incident).select_related("person")
    for row in rows.order_by("at", "pk"):
        having[(row.rule, row.step)].append(row.person.name)
    return having


def _fired(
    row: EscalationFiring, plan: FrozenPlan, said: dict[tuple[str, int], list[str]]
) -> Fired:
    step = next((one for one in plan.ladder if one.step == row.step), None)
    meant = set(step.recipients) if step else set()
    return Fired(
        stage=stage_words(row.rule.partition("@")[0]),
        level=row.level,
        repeat=row.repeat,
        expression=row.expression.replace("|", ", "),
        due_at=row.due_at,
        fired_at=row.fired_at,
        unroutable=row.unroutable,
        people=tuple(one["name"] for one in row.recipients),
        stood_in=tuple(one["name"] for one in row.recipients if one["how"] not in meant),
        acknowledged=tuple(said.get((row.rule, row.step), ())),
    )


def _done(incident: Incident) -> list[str]:
    commands = Transition.objects.filter(incident=incident).values_list("command", flat=True)
    return list(dict.fromkeys(STAGE_DONE[one] for one in commands if one in STAGE_DONE))


def _unfired(
    incident: Incident, plan: FrozenPlan, firings: list[EscalationFiring], done: list[str]
) -> tuple[int, ...]:
    """The levels of the ladder at this severity that never fired; those of done stages aside."""
    wanted = {
        step.level
        for stage in ("acknowledge", "findings", "validation", "decision")
        if stage not in done
        for step in steps_for(plan, severity=incident.severity, stage=stage)
    }
    return tuple(sorted(wanted - {row.level for row in firings}))


def _reaches(incident: Incident, firings: list[EscalationFiring]) -> list[Reach]:
    ids = {UUID(one["person"]) for row in firings for one in row.recipients}
    sent: defaultdict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    messages = Message.objects.filter(subject_id=incident.pk, person_id__in=ids)
    for person, state, seen in messages.values_list("person_id", "state", "seen_at"):
        assert person is not None  # of these people
        sent[person]["failed" if state == Message.State.FAILED else "sent"] += 1
        sent[person]["seen"] += seen is not None
    for person in Call.objects.filter(incident=incident).values_list("person_id", flat=True):
        sent[person]["called"] += 1
    answers = CallAnswer.objects.filter(call__incident=incident)
    for person in answers.values_list("person_id", flat=True):
        sent[person]["answered"] += 1
    return [
        Reach(
            name=person.name,
            sent=sent[person.pk]["sent"],
            failed=sent[person.pk]["failed"],
            seen=sent[person.pk]["seen"],
            called=sent[person.pk]["called"],
            answered=sent[person.pk]["answered"],
            has_pager=bool(contact_of(person.pk).page),
        )
        for person in User.objects.filter(pk__in=ids).order_by("name", "pk")
    ]


def _uncovered(incident: Incident, at: datetime) -> int:
    """How often nobody is on call in the next fortnight; no rota at all is no gap of a rota."""
    rota = OnCallRota.objects.filter(unit_id__in=units_above(unit_id=incident.unit_id)).first()
    if rota is None:
        return 0
    until = at + COVERED_FOR
    shifts = list(shifts_of(rota=rota, since=at, until=until))
    return len(uncovered(shifts, since=at, until=until))
