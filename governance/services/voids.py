"""Voided readings: confirmed by a validator, then the series is judged as if they were not there.

A void may turn a standing better, so it takes two persons (EVA-17). It closes no incident.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.rules.standings import FIRED
from governance.selectors.voids import causes_of, voided_incidents
from governance.services.engine import EVALUATOR
from governance.services.evaluation import judge_anew
from governance.services.withdrawals import propose_withdrawal
from incidents.models import Incident
from incidents.rules.transitions import ENDED
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.services.entries import append_entry
from telemetry.models import VoidRequest
from telemetry.services import voids as stored
from telemetry.services.states import Row


@retried
@transaction.atomic
def decide_void(
    *, request_id: UUID, confirmed: bool, reason: str, actor: Actor, at: datetime
) -> VoidRequest:
    """Confirm or refuse a request; with a confirmation the series is judged again from there.

    Raises Missing, Forbidden (also for who asked), Conflict (decided already), Invalid (a refusal
    without a reason).
    """
    if not confirmed:
        return stored.refuse_void(request_id=request_id, reason=reason, actor=actor, at=at)
    request, rows = stored.confirm_void(request_id=request_id, reason=reason, actor=actor, at=at)
    if rows:
        with acting_as(EVALUATOR):
            judge_anew(rows=rows, at=at)
            _tell_incidents(request, rows, at)
    return request


def _tell_incidents(request: VoidRequest, rows: Sequence[Row], at: datetime) -> None:
    """Note on every incident that came of one of these readings that it counts no more."""
    causes = causes_of(series_id=request.series_id, windows=[row[1] for row in rows])
    incidents = {cause.incident_id: cause.incident for cause in causes}
    gone = voided_incidents(incident_ids=list(incidents))
    for key, incident in sorted(incidents.items()):
        _note(incident, request, at, whole=key in gone)
        if key in gone and not _stands(incident):
            propose_withdrawal(incident=Incident.objects.get(pk=incident.pk), at=at)


def _stands(incident: Incident) -> bool:
    """Whether a series that it came from is still in breach, by other readings."""
    return incident.causes.filter(standing__state__in=FIRED).exists()


def _note(incident: Incident, request: VoidRequest, at: datetime, *, whole: bool) -> None:
    open_still = incident.state not in ENDED
    advice = "Nothing is left that it came from; propose to end it." if whole and open_still else ""
    append_entry(
        verb="incident.cause_voided",
        actor=EVALUATOR,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        reason=request.reason,
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"void": request.pk, "series": request.series_id, "whole": whole, "words": advice},
    )
