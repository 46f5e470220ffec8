"""Reports by hand: what a person has seen of a system opens an incident like a breach does."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from governance.rules.reports import reported_severity
from governance.selectors.permissions import person_of
from governance.selectors.policies import document_of, policy_in_force
from governance.services.order_firing import fire_on_case
from governance.services.plans import plan_under
from incidents.models import Incident
from incidents.services.commands import open_incident
from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid, Missing
from registry.models import System
from registry.selectors.systems import live_deployment

KIND = "reported"


@transaction.atomic
def report_incident(
    *,
    system_id: UUID,
    title: str,
    seen: str,
    seen_at: datetime | None,
    known_by: str,
    environment: str,
    person_harmed: str,
    rights_affected: str,
    personal_data: str,
    critical_service: str,
    actor: Actor,
    at: datetime,
) -> Incident:
    """Open an incident for what a person reports (T01, reported).

    `seen_at` is when it was seen (None: not known), `known_by` who knew of it first (empty: who
    reports). Each report is a cause of its own. Raises Missing, Invalid, Forbidden.
    """
    system = _system(system_id)
    person_of(actor, words="report an incident", subject=("system", str(system.pk), system.name))
    _check(title, seen, seen_at, at)
    answers = {
        "person_harmed": person_harmed,
        "rights_affected": rights_affected,
        "personal_data": personal_data,
        "critical_service": critical_service,
    }
    policy = policy_in_force(unit_id=system.unit_id, at=at)
    severity = reported_severity(document_of(policy).matrix, answers, system.risk_tier)
    live = live_deployment(system_id=system.pk, environment=environment)
    incident = open_incident(
        kind=KIND,
        dedup_key=uuid4().hex,
        title=title.strip(),
        summary=seen.strip(),
        category=KIND,
        system=system,
        environment=environment,
        live_version=live.version if live else None,
        severity=str(severity),
        plan=plan_under(policy, unit=system.unit, system=system, severity=severity),
        onset_at=seen_at,
        onset_method="as reported" if seen_at else "",
        detected_at=at,
        actor=actor,
        at=at,
        facts=_facts(answers, known_by.strip()),
        aware_at=at,
        aware_by=known_by.strip()[:120] or actor.name,
    )
    fire_on_case(incident=incident, at=at)
    return incident


def _system(system_id: UUID) -> System:
    rows = System.objects.select_related("unit__calendar", "owner", "deputy")
    system: System | None = rows.filter(pk=system_id).first()
    if system is None:
        raise Missing("unknown_system", "There is no such system that you may see.")
    return system


def _check(title: str, seen: str, seen_at: datetime | None, at: datetime) -> None:
    found = {}
    if not title.strip():
        found["title"] = "Say in a few words what it is about."
    if not seen.strip():
        found["seen"] = "Say what was seen."
    if seen_at is not None and seen_at > at:
        found["seen_at"] = "This lies in the future."
    if found:
        raise Invalid("report_not_right", next(iter(found.values())), fields=found)


def _facts(answers: Mapping[str, str], known_by: str) -> dict[str, str]:
    """The answers, and who knew of it first where that is not who reports."""
    return {**answers, "known_by": known_by} if known_by else dict(answers)
