"""A concern becomes a case: an officer opens an incident on the system that it is about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from governance.rules.reports import HARM, OTHERS, reported_severity
from governance.selectors.policies import document_of, policy_in_force
from governance.services.order_firing import fire_on_case
from governance.services.plans import freeze_plan
from incidents.models import Incident
from incidents.services.clocks import arm_for_answers
from incidents.services.commands import open_incident
from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid, Missing
from registry.models import Concern, System, User
from registry.selectors.concerns import systems_to_link
from registry.selectors.systems import live_deployment
from registry.services.concern_cases import lock_for_case, tie_to_case

KIND = Incident.Kind.CONCERN


@dataclass(frozen=True, slots=True)
class Account:
    """What the officer writes for the owner, and the four questions as far as they are known.

    `seen_at` is since when, None where nobody knows.
    """

    title: str
    seen: str
    seen_at: datetime | None = None
    answers: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def open_concern_case(
    *,
    concern_id: UUID,
    expected_version: int,
    system_id: UUID,
    account: Account,
    actor: Actor,
    at: datetime,
) -> Concern:
    """Open an incident for a concern (T01, concern), in the officer's words, and tie the two.

    Its owner learns what is the matter, never who said it. Detected when the form came; known since
    the first reader had it, by whom it is said (CLK-21); clocks of the answers count from there.
    Raises Missing, Forbidden, Invalid, Conflict.
    """
    concern = lock_for_case(
        concern_id=concern_id, expected_version=expected_version, actor=actor, at=at
    )
    system = _system(system_id, actor, at)
    answers = {one: account.answers.get(one, "unknown") for one in (*HARM, *OTHERS)}
    _check(account, answers, at)
    incident = _open(concern, system, account, answers, actor, at)
    arm_for_answers(incident=incident, answers=answers, actor=actor, at=at)
    fire_on_case(incident=incident, at=at)
    return tie_to_case(
        concern=concern,
        system=system,
        incident_id=incident.pk,
        incident_number=incident.number,
        actor=actor,
        at=at,
    )


def _open(
    concern: Concern,
    system: System,
    account: Account,
    answers: Mapping[str, str],
    actor: Actor,
    at: datetime,
) -> Incident:
    document = document_of(policy_in_force(unit_id=system.unit_id, at=at))
    severity = reported_severity(document.matrix, answers, system.risk_tier)
    deployment = live_deployment(system_id=system.pk)
    known_by = concern.read_by.name if concern.read_by else ""
    return open_incident(
        kind=KIND,
        dedup_key=uuid4().hex,
        title=account.title.strip(),
        summary=account.seen.strip(),
        category=KIND,
        system=system,
        environment=deployment.environment if deployment else "production",
        live_version=deployment.version if deployment else None,
        severity=str(severity),
        plan=freeze_plan(unit=system.unit, system=system, severity=severity, at=at),
        onset_at=account.seen_at,
        onset_method="as raised" if account.seen_at else "",
        detected_at=concern.received_at,
        actor=actor,
        at=at,
        facts={**answers, "known_by": known_by},
        aware_at=concern.aware_at,
        aware_by="deemed, 24 h after receipt" if concern.aware_deemed else known_by,
    )


def _system(system_id: UUID, actor: Actor, at: datetime) -> System:
    """Return a system to which this officer may tie a concern. Raises Missing."""
    user = User.objects.get(pk=actor.person)
    rows = systems_to_link(user=user, at=at).filter(pk=system_id)
    system: System | None = rows.select_related("unit__calendar", "owner", "deputy").first()
    if system is None:
        raise Missing("unknown_system", "There is no such system that you may tie a concern to.")
    return system


def _check(account: Account, answers: Mapping[str, str], at: datetime) -> None:
    found = {
        name: "Answer yes, no, or unknown."
        for name, answer in answers.items()
        if answer not in ("yes", "no", "unknown")
    }
    if not account.title.strip() or len(account.title) > 200:
        found["title"] = "Say in a few words what it is about."
    if not account.seen.strip():
        found["seen"] = "Say what the owner has to know."
    if account.seen_at is not None and account.seen_at > at:
        found["seen_at"] = "This lies in the future."
    if found:
        raise Invalid("case_not_right", next(iter(found.values())), fields=found)
