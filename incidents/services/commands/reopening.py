"""T19: a closed incident is opened again, by a recurrence or by two persons, as a new cycle."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from incidents import plan_sources
from incidents.models import Incident, Participation, PastCycle, Transition
from incidents.rules.plan import SEVERITIES, FrozenPlan, digest, to_text
from incidents.rules.states import CLOSED, INVESTIGATING
from incidents.selectors.beginnings import authors_since, owners_since
from incidents.services.commands.context import Given, Outcome
from incidents.services.deadlines import arm_stages, stages_at_reopening
from incidents.services.turn_timers import end_recurrence_watch
from ledger.rules.refusals import Forbidden
from registry.models import Deployment


def reopen(given: Given) -> Outcome:
    """T19: ask, or agree to what was asked; an engine reopens at once, on a recurrence.

    The new cycle is bound to a fresh plan (INC-E): budgets and returns begin anew, the level is
    kept, the severity is at least what it was. The old cycle stays as it was.
    """
    by_person = given.attempt.user is not None
    _check_fields(given, by_person=by_person)
    if by_person and not given.agrees:
        return Outcome(
            CLOSED,
            verb="incident.reopening_asked",
            reason=given.values["reason"],
            details={"step": "asked"},
        )
    incident, at = given.incident, given.at
    before = {"cycle": incident.cycle, "plan_sha256": incident.plan_sha256}
    past = _past_cycle(incident, at)
    plan = _begin_cycle(given)
    stages = [] if incident.suppressed else stages_at_reopening(plan, incident, at)
    due = {one.stage: one for one in stages}
    first = due.get("first_assessment")
    incident.first_assessment_due_at = first.due_at if first else None
    _take_part(incident, past.closed_at, at)

    def go_on(transition: Transition) -> None:
        end_recurrence_watch(incident, reason="it came back", at=at)
        if first is not None:
            arm_stages(plan, incident, [first], version=transition.version, at=at)

    return Outcome(
        INVESTIGATING,
        reason=given.values["reason"],
        before=before,
        after={
            "cycle": incident.cycle,
            "plan_sha256": incident.plan_sha256,
            "severity": incident.severity,
        },
        details={"step": "agreed"},
        rows=[past],
        deadline=due.get("findings"),
        plan=plan,
        then=go_on,
    )


def _check_fields(given: Given, *, by_person: bool) -> None:
    """A silence and a severity come with a recurrence; a person raises and silences by itself."""
    if by_person and (given.values["severity"] or given.values["suppressed"]):
        raise Forbidden(
            "engine_only",
            "Only a recurrence brings its severity or its silence: raise the severity afterwards.",
            subject=given.attempt.subject,
        )


def _past_cycle(incident: Incident, at: datetime) -> PastCycle:
    return PastCycle(
        incident=incident,
        cycle=incident.cycle,
        plan=incident.plan,
        plan_sha256=incident.plan_sha256,
        severity=incident.severity,
        level=incident.level,
        resolution=incident.resolution,
        lessons=incident.lessons,
        detection_gap=incident.detection_gap,
        closed_at=incident.closed_at or at,
        reopened_at=at,
    )


def _begin_cycle(given: Given) -> FrozenPlan:
    """Set what the new cycle begins with, and return the plan that it is bound to."""
    incident, values = given.incident, given.values
    plan = plan_sources.frozen_plan(incident, given.at)
    incident.cycle += 1
    incident.plan, incident.plan_sha256 = to_text(plan), digest(plan)
    incident.risk_tier = incident.system.risk_tier
    incident.severity = max(
        incident.severity, values["severity"] or incident.severity, key=SEVERITIES.index
    )
    incident.severity_validated = False
    incident.returns = 0
    incident.contained = False
    incident.suppressed = bool(values["suppressed"])
    incident.recovered_at = None
    incident.closed_at, incident.resolution = None, ""
    incident.lessons, incident.detection_gap = "", ""
    if not incident.owner.is_active:
        incident.owner = incident.system.owner
    if not incident.deputy.is_active:
        incident.deputy = incident.system.deputy
    live = Deployment.objects.filter(
        system_id=incident.system_id, environment=incident.environment, until_at=None
    )
    found = live.select_related("version").order_by("-from_at").first()
    incident.live_version = found.version if found else incident.live_version
    return plan


def _take_part(incident: Incident, since: datetime, at: datetime) -> None:
    """Whoever stood behind the system since the closing takes part as well (SEG-02, SEG-05)."""
    parts: list[tuple[UUID, str]] = [
        (incident.owner_id, "owned"),
        (incident.deputy_id, "deputised"),
        *owners_since(system_id=incident.system_id, since=since),
    ]
    authors = authors_since(
        system_id=incident.system_id, environment=incident.environment, since=since
    )
    parts += [(person, "authored") for person in authors]
    Participation.objects.bulk_create(
        Participation(incident=incident, cycle=incident.cycle, person_id=person, act=act, at=at)
        for person, act in _new(incident, parts)
    )


def _new(incident: Incident, parts: Sequence[tuple[UUID, str]]) -> list[tuple[UUID, str]]:
    rows = Participation.objects.filter(incident=incident)
    known = set(rows.values_list("person_id", "act"))
    return [part for part in dict.fromkeys(parts) if part not in known]
