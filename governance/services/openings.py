"""Opening an incident for a cause: plan frozen, incident opened, cause tied, watch promoted."""

from datetime import datetime

from django.db import transaction

from governance.models import BreachCause, Watch
from governance.rules.proposals import promoted_severity
from governance.rules.severity import Severity
from governance.selectors.cases import Case
from governance.selectors.mutes import covering_mute
from governance.services.engine import EVALUATOR
from governance.services.muted_cases import cover_case
from governance.services.plans import freeze_plan
from governance.services.recurrences import earlier_case, reopen_case
from incidents.models import Incident
from incidents.services.commands import open_incident
from ledger.services.entries import append_entry
from outbox.services.timers import cancel_timers


@transaction.atomic
def open_case(*, case: Case, severity: Severity, watch: Watch | None, at: datetime) -> Incident:
    """Open an incident for a breach; one that was a watch keeps onset and detection (EVA-21).

    What comes back within its time reopens the incident that it had (T19, EVA-12, EVA-14); later,
    or with the cycles used up, it opens another one that is linked (EVA-15). In a silence it opens
    suppressed (EVA-18).
    """
    severity = promoted_severity(severity)
    mute = covering_mute(breach=case.breach, at=at)
    earlier = earlier_case(dedup_key=case.key, at=at)
    if earlier is not None and earlier.reopens:
        incident = reopen_case(
            incident=earlier.incident,
            words=case.summary,
            severity=str(severity),
            suppressed=mute is not None,
            at=at,
        )
    else:
        recurs_from = earlier.incident if earlier else None
        incident = _open(case, severity, watch, recurs_from, is_muted=mute is not None, at=at)
    if mute is not None:
        cover_case(incident=incident, mute=mute, at=at)
    tie_cause(case=case, incident=incident, at=at)
    if watch is not None:
        promote(watch=watch, incident=incident, at=at)
    return incident


def _open(
    case: Case,
    severity: Severity,
    watch: Watch | None,
    recurs_from: Incident | None,
    *,
    is_muted: bool,
    at: datetime,
) -> Incident:
    breach = case.breach
    return open_incident(
        kind=breach.kind,
        dedup_key=case.key,
        title=case.title,
        summary=case.summary,
        category=breach.category,
        system=case.system,
        environment=breach.environment,
        live_version=case.live_version,
        severity=str(severity),
        plan=freeze_plan(unit=case.system.unit, system=case.system, severity=severity, at=at),
        onset_at=watch.onset_at if watch else case.onset_at,
        onset_method=breach.onset_method,
        detected_at=watch.detected_at if watch else at,
        actor=EVALUATOR,
        at=at,
        suppressed=is_muted,
        recurs_from=recurs_from,
    )


def tie_cause(*, case: Case, incident: Incident, at: datetime) -> BreachCause:
    """Tie an incident to the standing and the threshold version that it comes from.

    A cause that a reopened incident had before stands again, as it is reported now; its history
    keeps what it was.
    """
    breach = case.breach
    known = BreachCause.objects.filter(incident=incident, standing_id=breach.standing_id).first()
    cause = known or BreachCause(incident=incident, standing_id=breach.standing_id, joined_at=at)
    cause.threshold_version_id = breach.threshold_version_id
    cause.window_end = breach.window_end or at
    cause.value, cause.state = case.told.value, breach.to_state
    cause.recovered_at = None
    cause.save(force_insert=known is None, at=at)
    append_entry(
        verb="incident.cause_tied",
        actor=EVALUATOR,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={
            "standing": cause.standing_id,
            "state": cause.state,
            "threshold_version": cause.threshold_version_id,
            "value": None if cause.value is None else repr(cause.value),
            "window_end": cause.window_end,
        },
    )
    return cause


def promote(*, watch: Watch, incident: Incident, at: datetime) -> None:
    """End a watch by the incident that it became."""
    watch.state = Watch.State.PROMOTED
    watch.incident = incident
    watch.ended_at = at
    watch.save(update_fields=["state", "incident", "ended_at"], at=at)
    cancel_timers(subject_id=watch.pk, reason=f"it became {incident.number}", at=at)
    append_entry(
        verb="watch.promoted",
        actor=EVALUATOR,
        at=at,
        subject=("watch", str(watch.pk), watch.title),
        incident_id=incident.pk,
        system_id=watch.system_id,
        after={"state": watch.state, "incident": incident.number},
    )
