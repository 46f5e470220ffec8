"""The emergency stop of a system: pressed without a case, which is opened with it."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from governance.rules.severity import ANY_STANDING
from governance.selectors.emergencies import open_emergency
from governance.selectors.permissions import person_of
from governance.selectors.policies import document_of, policy_in_force
from governance.services.plans import freeze_plan
from governance.services.reports_by_hand import KIND
from incidents.models import Incident
from incidents.services.commands import Result, execute, open_incident
from ledger.rules.actors import Actor
from ledger.rules.refusals import Missing
from ledger.rules.worded import titled
from registry.models import System
from registry.selectors.systems import live_deployment
from registry.services.signatures import Ceremony

INSTANT = "instant"


@transaction.atomic
def stop_system(
    *,
    system_id: UUID,
    kind: str,
    scope: str,
    environment: str,
    reason: str,
    ceremony: Ceremony | None,
    actor: Actor,
    at: datetime,
) -> Result:
    """Stop or restrict a system at once, on the case of an emergency that is open or a new one.

    By its emergency actors, its owner or deputy, and delegates of theirs; signed. Raises Missing,
    Forbidden, Invalid, Conflict (it is stopped already).
    """
    system = _system(system_id)
    person_of(actor, words="stop a system", subject=_subject(system))
    incident = open_emergency(system=system, at=at) or _opened(
        system, environment, scope, reason, actor, at
    )
    return execute(
        command="emergency_contain",
        incident_id=incident.pk,
        actor=actor,
        at=at,
        expected_version=None,
        idempotency_key=None,
        payload={"kind": kind, "scope": scope, "environment": environment, "reason": reason},
        signature=ceremony,
    )


def _opened(
    system: System, environment: str, scope: str, reason: str, actor: Actor, at: datetime
) -> Incident:
    """Open the case of a stop; as grave as an executed breach of a limit until it is assessed."""
    document = document_of(policy_in_force(unit_id=system.unit_id, at=at))
    severity = document.matrix.severity(INSTANT, ANY_STANDING, system.risk_tier)
    live = live_deployment(system_id=system.pk, environment=environment)
    return open_incident(
        kind=Incident.Kind.REPORTED,
        dedup_key=uuid4().hex,
        title=titled("{system} was stopped at once", system=system.name)[:200],
        summary=reason.strip() or f"Stopped at once: {scope}. The reason follows within a day.",
        category=KIND,
        system=system,
        environment=environment,
        live_version=live.version if live else None,
        severity=str(severity),
        plan=freeze_plan(unit=system.unit, system=system, severity=severity, at=at),
        onset_at=None,
        onset_method="",
        detected_at=at,
        actor=actor,
        at=at,
        aware_at=at,
        aware_by=actor.name,
    )


def _system(system_id: UUID) -> System:
    rows = System.objects.select_related("unit__calendar", "owner", "deputy")
    found: System | None = rows.filter(pk=system_id).first()
    if found is None:
        raise Missing("unknown_system", "There is no such system that you may see.")
    return found


def _subject(system: System) -> tuple[str, str, str]:
    return ("system", str(system.pk), system.name)
