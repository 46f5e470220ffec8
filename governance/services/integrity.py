"""Cases about the record itself: what passed no service, what is no longer what was sealed.

Compliance answers for them, never an administrator; who owned the case does not validate it.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import transaction

from governance.models import IntegrityCause
from governance.rules.integrity import MAJOR, Finding, cases_of
from governance.selectors.integrity import Keepers, keepers, new_findings
from governance.services.plans import freeze_plan
from governance.services.turns import take_turns
from incidents.models import Incident
from incidents.services.commands import open_incident
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import machine
from ledger.services.entries import append_entry
from registry.services import keep_record_system

WATCHMAN = machine("integrity")
KIND = Incident.Kind.INTEGRITY
TURN = "cases about the record itself"
log = structlog.get_logger(__name__)


@retried
@transaction.atomic
def open_integrity_cases(at: datetime) -> int:
    """Open a case for everything that the ledger found of itself; a job of the sweep.

    Where nobody but administrators could answer, nothing is opened and the next sweep looks again.
    """
    found = new_findings(at=at)
    if not found:
        return 0
    take_turns([TURN])
    cases = cases_of(new_findings(at=at))
    opened = [
        open_integrity_case(
            title=case.title,
            summary=case.summary,
            key=case.key,
            severity=case.severity,
            onset_at=case.onset_at,
            findings=case.findings,
            at=at,
        )
        for case in cases
    ]
    return sum(incident is not None for incident in opened)


@transaction.atomic
def open_integrity_case(
    *,
    title: str,
    summary: str,
    key: str,
    at: datetime,
    severity: str = MAJOR,
    onset_at: datetime | None = None,
    findings: Sequence[Finding] = (),
) -> Incident | None:
    """Open an incident about the record itself, assigned to compliance; None where nobody can be.

    `key` tells the same cause again (dedup). Raises Conflict (`open_already`).
    """
    found = keepers(at=at)
    if found is None:
        log.error("nobody_keeps_the_record", title=title)
        return None
    with acting_as(WATCHMAN):
        incident = _open(found, title, summary, key, severity, onset_at, at)
        _tie(incident, findings, at)
    return incident


def _open(
    found: Keepers,
    title: str,
    summary: str,
    key: str,
    severity: str,
    onset_at: datetime | None,
    at: datetime,
) -> Incident:
    system = keep_record_system(
        unit_id=found.unit.pk,
        owner_id=found.owner.pk,
        deputy_id=found.deputy.pk,
        actor=WATCHMAN,
        at=at,
    )
    return open_incident(
        kind=KIND,
        dedup_key=key,
        title=title,
        summary=summary,
        category="trust_compliance",
        system=system,
        environment="production",
        live_version=None,
        severity=severity,
        plan=freeze_plan(unit=found.unit, system=system, severity=severity, at=at),
        onset_at=onset_at,
        onset_method="first change that no entry tells of" if onset_at else "",
        detected_at=at,
        actor=WATCHMAN,
        at=at,
    )


def _tie(incident: Incident, findings: Sequence[Finding], at: datetime) -> None:
    for one in findings:
        IntegrityCause.objects.create(
            incident=incident,
            reference=one.reference,
            words="\n".join([one.title, *one.lines]),
            happened_at=one.happened_at,
            joined_at=at,
        )
    if findings:
        append_entry(
            verb="integrity.cause_tied",
            actor=WATCHMAN,
            at=at,
            subject=("incident", str(incident.pk), incident.number),
            incident_id=incident.pk,
            system_id=incident.system_id,
            details={"findings": [[one.reference, one.title] for one in findings]},
        )
