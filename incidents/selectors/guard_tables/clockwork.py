"""Regulatory clocks: awareness, submissions, what turns out later."""

from collections.abc import Mapping
from datetime import datetime

from incidents.models import Incident, RegulatoryClock
from incidents.rules.plan import FrozenPlan
from incidents.selectors.guard_facts import Found, Guard

ENDED = RegulatoryClock.State.ENDED


def _nobody_knew(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if incident.aware_at is None and not incident.suppressed:
        return None
    return ("known_already", "It is known since when somebody was aware.")


def _something_runs(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    rows = RegulatoryClock.objects.filter(incident_id=incident.pk, submission__isnull=True)
    if rows.exclude(state=ENDED).exists():
        return None
    return ("no_clock_runs", "No clock runs here that a report could meet.")


def _something_ended(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    rows = RegulatoryClock.objects.filter(incident_id=incident.pk, state=ENDED)
    if rows.exists():
        return None
    return ("no_ended_clock", "No clock of this case was ended.")


GUARDS: Mapping[str, Guard] = {
    "deem_aware": _nobody_knew,
    "record_submission": _something_runs,
    "decide_clock": _something_ended,
}
