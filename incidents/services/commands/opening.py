"""T01: an incident is opened, bound to its plan, with its deadlines running."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from incidents.models import Incident, Participation, Transition
from incidents.rules.plan import FrozenPlan, digest, to_text
from incidents.rules.transitions import OPEN
from incidents.selectors.beginnings import authors_since, level_of_recurrence, owners_since
from incidents.services.awareness import begin_awareness
from incidents.services.deadlines import arm_stages, stages_at_opening
from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.rules.refusals import Conflict
from ledger.services.entries import append_entry
from outbox.services.hints import nudge
from registry.models import System, SystemVersion, User

ONE_OPEN = "one_open_incident_per_cause"


@transaction.atomic
def open_incident(
    *,
    kind: str,
    dedup_key: str,
    title: str,
    summary: str,
    category: str,
    system: System,
    environment: str,
    live_version: SystemVersion | None,
    severity: str,
    plan: FrozenPlan,
    onset_at: datetime | None,
    onset_method: str,
    detected_at: datetime,
    actor: Actor,
    at: datetime,
    suppressed: bool = False,
    facts: dict[str, str] | None = None,
    aware_at: datetime | None = None,
    aware_by: str = "",
    drill: bool = False,
    recurs_from: Incident | None = None,
) -> Incident:
    """Open an incident (T01): freeze the plan, name the owner, arm the deadlines.

    `facts` is what opened it, in plain strings for the record (KPI, value, band). A suppressed
    incident gets no timers until its silence ends. `aware_at` is since when a person of the
    organisation knows of it, where that is known already (CLK-21). A drill is a rehearsal, counted
    apart. What recurs after its time, or with its cycles used up, names the incident that it
    `recurs_from`; with them used up it begins one level up (EVA-15). Raises Conflict
    (`open_already`) where an incident with this key is open: join that one; of a sample, which has
    no cases.
    """
    _refuse_sample(system)
    incident: Incident = Incident(
        number=_number(at),
        kind=kind,
        dedup_key=dedup_key,
        title=title,
        summary=summary,
        category=category,
        system=system,
        unit=system.unit,
        environment=environment,
        live_version=live_version,
        owner=system.owner,
        deputy=system.deputy,
        risk_tier=system.risk_tier,
        proposed_severity=severity,
        severity=severity,
        suppressed=suppressed,
        drill=drill,
        recurs_from=recurs_from,
        level=level_of_recurrence(recurs_from),
        plan=to_text(plan),
        plan_sha256=digest(plan),
        onset_at=onset_at,
        onset_method=onset_method,
        detected_at=detected_at,
        aware_at=aware_at,
        aware_by=aware_by,
        opened_at=at,
        stage_entered_at=at,
    )
    stages = [] if suppressed else stages_at_opening(plan, incident)
    due = {one.stage: one.due_at for one in stages}
    incident.stage_due_at = due.get("acknowledge")
    incident.first_assessment_due_at = due.get("first_assessment")
    _insert(incident)
    _take_part(incident, at)
    _record(incident, actor, at, facts or {})
    arm_stages(plan, incident, stages, version=1, at=at)
    begin_awareness(incident, answers=facts or {}, actor=actor, at=at)
    nudge("seal")
    return incident


def _refuse_sample(system: System) -> None:
    if system.sample:
        words = "A sample has no cases: it is there to look around with, and counts nowhere."
        raise Conflict("sample_has_no_cases", words)


def _number(at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('incidents_number')")
        (number,) = cursor.fetchone()
    return f"INC-{at.year}-{number:04d}"


def _insert(incident: Incident) -> None:
    try:
        with transaction.atomic():
            incident.save(force_insert=True, at=incident.opened_at)
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", None) != ONE_OPEN:
            raise
        raise Conflict(
            "open_already", "An incident for this cause is open already; the breach joins it."
        ) from error


def _record(incident: Incident, actor: Actor, at: datetime, facts: dict[str, str]) -> None:
    known_by = {key: Personal(facts[key], kind="text") for key in ("known_by",) if key in facts}
    number = append_entry(
        verb="incident.opened",
        actor=actor,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        after={
            "state": incident.state,
            "severity": incident.severity,
            "owner": incident.owner.on_record,
            "plan_sha256": incident.plan_sha256,
        },
        reason=incident.summary,
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={
            "code": "T01",
            "title": incident.title,
            "kind": incident.kind,
            **({"recurs_from": recurs.number} if (recurs := incident.recurs_from) else {}),
            "onset_at": incident.onset_at,
            "onset_method": incident.onset_method,
            "detected_at": incident.detected_at,
            **facts,
            **known_by,
        },
        touched=[f"incidents_incident:{incident.pk}"],
    )
    known = User.objects.filter(pk=actor.person).values_list("pk", flat=True)
    Transition.objects.create(
        incident=incident,
        version=1,
        cycle=1,
        code="T01",
        command="open",
        from_state="",
        to_state=OPEN,
        person_id=known.first() if actor.person else None,
        person_name=actor.name,
        role=actor.role or actor.title,
        at=at,
        reason=incident.summary,
        payload=facts,
        entry_number=number,
    )


def _take_part(incident: Incident, at: datetime) -> None:
    """Owners and deputies since the onset (SEG-02), authors of what was live since (SEG-05)."""
    since = incident.onset_at or incident.detected_at
    parts: list[tuple[UUID, str]] = [
        (incident.owner_id, "owned"),
        (incident.deputy_id, "deputised"),
    ]
    parts += owners_since(system_id=incident.system_id, since=since)
    parts += [
        (person, "authored")
        for person in authors_since(
            system_id=incident.system_id, environment=incident.environment, since=since
        )
    ]
    if incident.live_version is not None:
        parts.append((incident.live_version.author_id, "authored"))
    Participation.objects.bulk_create(
        Participation(incident=incident, cycle=1, person_id=person, act=act, at=at)
        for person, act in dict.fromkeys(parts)
    )
