"""Incidents of alerts: opened, joined, told that all of their alerts are over; never closed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from governance.models import AlertNotice, Mute
from governance.rules.alerts import Alert, cause_key, severity_of
from governance.rules.severity import Severity
from governance.selectors.mutes import covering
from governance.services.engine import EVALUATOR
from governance.services.muted_cases import cover_case
from governance.services.plans import freeze_plan
from governance.services.recurrences import earlier_case, reopen_case
from incidents.models import Incident
from incidents.rules.plan import SEVERITIES
from incidents.rules.transitions import ENDED
from incidents.services.commands import execute, open_incident
from ledger.context import acting_as
from ledger.rules.worded import term, titled, word, worded
from registry.models import System
from registry.selectors.systems import live_deployment

CATEGORY = "operational"
LIVE = (System.Lifecycle.PILOT, System.Lifecycle.PRODUCTION)
NOBODY = "Its label severity is none that somebody must answer for."
NOT_LIVE = word("The system is {state}: no incident is opened.")
UNKNOWN_END = "It ended, and never came as firing."


@dataclass(frozen=True, slots=True)
class Became:
    """What an alert came to: incident, joined, recovered, closed or nothing; why nothing."""

    incident: Incident | None
    became: str
    reason: str = ""


@transaction.atomic
def begin_case(*, alert: Alert, system: System, at: datetime) -> Became:
    """Open an incident, or join the one that is open for this cause."""
    severity = severity_of(alert.severity, system.risk_tier)
    if severity is None:
        return Became(None, "nothing", NOBODY)
    if system.lifecycle not in LIVE:
        return Became(None, "nothing", worded(NOT_LIVE, state=term(system.get_lifecycle_display())))
    key = cause_key(system.pk, alert.name, alert.environment)
    known = Incident.objects.filter(dedup_key=key).exclude(state__in=ENDED).first()
    with acting_as(EVALUATOR):
        if known is None:
            return Became(_open(alert, system, severity, key, at), "incident")
        _join(alert, known, severity, at)
    return Became(known, "joined")


def _open(alert: Alert, system: System, severity: Severity, key: str, at: datetime) -> Incident:
    deployment = live_deployment(system_id=system.pk, environment=alert.environment)
    # An alert is about the system as a whole: a silence over one KPI or segment does not cover it.
    place = {"kpi_id": "", "environment": alert.environment, "segment": ""}
    mute = covering(system_id=system.pk, **place, at=at)
    earlier = earlier_case(dedup_key=key, at=at)
    if earlier is not None and earlier.reopens:
        return _reopen(alert, earlier.incident, severity, mute, at)
    incident = open_incident(
        kind=Incident.Kind.BREACH,
        dedup_key=key,
        title=titled("Alert {name} on {system}", name=alert.name, system=system.name)[:200],
        summary=alert.summary or f"Alertmanager says that {alert.name} fires.",
        category=CATEGORY,
        system=system,
        environment=alert.environment,
        live_version=deployment.version if deployment else None,
        severity=str(severity),
        plan=freeze_plan(unit=system.unit, system=system, severity=severity, at=at),
        onset_at=min(alert.starts_at, at),
        onset_method="when the alert began",
        detected_at=at,
        actor=EVALUATOR,
        at=at,
        facts=_facts(alert),
        suppressed=mute is not None,
        recurs_from=earlier.incident if earlier else None,
    )
    if mute is not None:
        cover_case(incident=incident, mute=mute, at=at)
    return incident


def _reopen(
    alert: Alert, incident: Incident, severity: Severity, mute: Mute | None, at: datetime
) -> Incident:
    """An alert that fires again within its time reopens its incident (T19)."""
    words = f"Alert {alert.name} fires again: {alert.summary or alert.fingerprint}"
    reopened = reopen_case(
        incident=incident,
        words=words[:2000],
        severity=str(severity),
        suppressed=mute is not None,
        at=at,
    )
    if mute is not None:
        cover_case(incident=reopened, mute=mute, at=at)
    return reopened


def _join(alert: Alert, incident: Incident, severity: Severity, at: datetime) -> None:
    """Tell an open incident of a further alert; a worse one raises its severity."""
    worse = SEVERITIES.index(str(severity)) > SEVERITIES.index(incident.severity)
    words = f"Alert {alert.name} fires: {alert.summary or alert.fingerprint}"
    payload: dict[str, Any] = {"words": words[:2000], "facts": _facts(alert)}
    _tell("join_breach", incident, payload | ({"severity": str(severity)} if worse else {}), at)
    if incident.recovered_at is not None:
        _tell("note_recovery", incident, {}, at)


@transaction.atomic
def end_case(*, alert: Alert, system: System, at: datetime) -> Became:
    """Tell the incident of an alert that is over, once all of its alerts are."""
    began = notice_of(system=system, alert=alert, status="firing")
    if began is None:
        return Became(None, "nothing", UNKNOWN_END)
    incident = began.incident
    if incident is None or incident.state in ENDED or _others_firing(incident, alert):
        return Became(incident, "closed")
    since = min(alert.over_at or at, at)
    with acting_as(EVALUATOR):
        _tell("note_recovery", incident, {"since": since.isoformat()}, at)
    return Became(incident, "recovered")


def _others_firing(incident: Incident, alert: Alert) -> bool:
    notices = AlertNotice.objects.filter(incident=incident)
    began = set(notices.filter(status="firing").values_list("fingerprint", "starts_at"))
    over = set(notices.filter(status="resolved").values_list("fingerprint", "starts_at"))
    return bool(began - over - {(alert.fingerprint, alert.starts_at)})


def _facts(alert: Alert) -> dict[str, str]:
    return {
        "alert": alert.name,
        "severity": alert.severity,
        "fingerprint": alert.fingerprint,
        "starts_at": alert.starts_at.isoformat(),
    }


def _tell(command: str, incident: Incident, payload: dict[str, Any], at: datetime) -> None:
    execute(
        command=command,
        incident_id=incident.pk,
        actor=EVALUATOR,
        at=at,
        expected_version=None,
        idempotency_key=None,
        payload=payload,
    )


def notice_of(*, system: System, alert: Alert, status: str) -> AlertNotice | None:
    """Return the notice of an alert that has begun, or is over; None where none came."""
    return AlertNotice.objects.filter(
        system=system, fingerprint=alert.fingerprint, starts_at=alert.starts_at, status=status
    ).first()
