"""Fire drills: an incident is rehearsed end to end by the real ladder, then reported (INC-10)."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from governance.models import Drill
from governance.rules.calling import compressed
from governance.rules.drills import FACTORS, plain
from governance.selectors.drills import finding_of
from governance.services.plans import freeze_plan
from incidents.models import Incident
from incidents.rules.plan import SEVERITIES
from incidents.rules.transitions import ENDED
from incidents.services.commands import execute, open_incident
from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import titled, worded
from ledger.services.entries import append_entry
from registry.models import System
from registry.selectors.permits import person_needed
from registry.selectors.systems import live_deployment
from registry.services.access import require_system_permit

REHEARSAL = machine("rehearsal")
KIND = Incident.Kind.REPORTED
LONGEST = 2000


@transaction.atomic
def start_drill(
    *,
    system_id: UUID,
    severity: str,
    factor: int,
    purpose: str,
    actor: Actor,
    at: datetime,
) -> Drill:
    """Open a rehearsal on a system: the unit's policy, its ladder, its people, marked DRILL.

    `factor` compresses the times (see FACTORS). The incident is a drill for good: no clock of law
    counts by it, nothing that it decides changes the system. One runs on a system at a time. Raises
    Missing, Forbidden, Invalid, Conflict.
    """
    system = _system(system_id)
    require_system_permit(act="drill.run", system=system, actor=actor, at=at)
    if actor.person is None:
        raise person_needed("drill.run", ("system", str(system.pk), system.name))
    _check(severity, factor, purpose)
    if Drill.objects.filter(system=system, state=Drill.State.RUNNING).exists():
        raise Conflict("drill_runs", "A drill runs on this system already: end that one first.")
    incident = _open(system, severity, factor, purpose.strip(), actor, at)
    drill = Drill(
        system=system,
        incident=incident,
        purpose=purpose.strip(),
        severity=severity,
        factor=factor,
        started_by_id=actor.person,
        started_at=at,
    )
    drill.save(force_insert=True, at=at)
    after = {"incident": incident.number, "severity": severity, "factor": factor}
    _record("drill.started", drill, actor, at, after, purpose.strip())
    return drill


@transaction.atomic
def end_drill(*, drill_id: UUID, lessons: str, actor: Actor, at: datetime) -> Drill:
    """End a drill and keep its report; its incident ends as a rehearsal if it has not ended.

    Raises Missing, Forbidden, Invalid, Conflict (over).
    """
    drill = _locked(drill_id)
    require_system_permit(act="drill.run", system=drill.system, actor=actor, at=at)
    if actor.person is None:
        raise person_needed("drill.run", ("system", str(drill.system_id), drill.system.name))
    if drill.state == Drill.State.ENDED:
        raise Conflict("drill_over", "This drill is over.")
    words = lessons.strip()
    if not words or len(words) > LONGEST:
        text = worded("Say what was learned, in at most {longest} characters.", longest=LONGEST)
        raise Invalid("lessons_needed", text, fields={"lessons": text})
    drill.report = plain(finding_of(drill=drill, at=at))
    _end_incident(drill.incident, words, at)
    drill.state, drill.lessons = Drill.State.ENDED, words
    drill.ended_by_id, drill.ended_at = actor.person, at
    drill.save(at=at)
    after = {"state": drill.state, "gaps": drill.report["gaps"]}
    _record("drill.ended", drill, actor, at, after, words)
    return drill


def _open(
    system: System, severity: str, factor: int, purpose: str, actor: Actor, at: datetime
) -> Incident:
    live = live_deployment(system_id=system.pk, environment="production")
    plan = freeze_plan(unit=system.unit, system=system, severity=severity, at=at)
    return open_incident(
        kind=KIND,
        dedup_key=uuid4().hex,
        title=titled("Fire drill: {purpose}", purpose=purpose)[:200],
        summary=f"This is a rehearsal and no case. {purpose}",
        category=KIND,
        system=system,
        environment="production",
        live_version=live.version if live else None,
        severity=severity,
        plan=compressed(plan, factor),
        onset_at=None,
        onset_method="",
        detected_at=at,
        actor=actor,
        at=at,
        facts={"drill": "yes"},
        drill=True,
    )


def _end_incident(incident: Incident, words: str, at: datetime) -> None:
    if incident.state in ENDED:
        return
    with acting_as(REHEARSAL):
        execute(
            command="end_rehearsal",
            incident_id=incident.pk,
            actor=REHEARSAL,
            at=at,
            expected_version=None,
            idempotency_key=None,
            payload={"words": words},
        )


def _system(system_id: UUID) -> System:
    rows = System.objects.select_related("unit__calendar", "owner", "deputy")
    system: System | None = rows.filter(pk=system_id).first()
    if system is None:
        raise Missing("unknown_system", "There is no such system that you may see.")
    return system


def _check(severity: str, factor: int, purpose: str) -> None:
    found = {}
    if severity not in SEVERITIES:
        found["severity"] = worded("One of {severities}.", severities=", ".join(SEVERITIES))
    if factor not in FACTORS:
        found["factor"] = worded(
            "One of {factors}.", factors=", ".join(str(one) for one in FACTORS)
        )
    if not purpose.strip() or len(purpose) > LONGEST:
        found["purpose"] = worded(
            "Say what is rehearsed, in at most {longest} characters.", longest=LONGEST
        )
    if found:
        raise Invalid("drill_not_right", next(iter(found.values())), fields=found)


def _locked(drill_id: UUID) -> Drill:
    rows = Drill.objects.select_for_update(no_key=True, of=("self",))
    drill: Drill | None = (
        rows.select_related("system__owner", "system__deputy", "system__unit", "incident")
        .filter(pk=drill_id)
        .first()
    )
    if drill is None:
        raise Missing("unknown_drill", "There is no such drill, or it is not yours to see.")
    return drill


def _record(
    verb: str,
    drill: Drill,
    actor: Actor,
    at: datetime,
    after: dict[str, object],
    reason: str,
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("drill", str(drill.pk), drill.system.name),
        after=after,
        reason=reason,
        incident_id=drill.incident_id,
        system_id=drill.system_id,
    )
