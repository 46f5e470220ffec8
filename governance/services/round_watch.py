"""Open rounds in every sweep: who is away or gone, and whether they can still be decided."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from governance.models import Decision, ElectorSeat, Seat
from governance.services.engine import RETURNING_OFFICER
from governance.services.freezing import tell_feasibility
from governance.services.motion_records import lock_round, record_motion
from governance.services.round_notices import tell_leaders
from governance.services.rounds import go_up, only_up_helps
from incidents.services.commands.execution import lock_incident
from ledger.context import acting_as
from ledger.retries import retried
from registry.models import Leave, RoleAssignment

JOB = "rounds"
MOST = 200


def watch_rounds(at: datetime) -> int:
    """Compute anew what absences and lost roles change in open rounds; returns how many changed.

    A round that can no longer be decided is said so at once, with the ways out; where nothing but
    the next level helps it goes there, and nobody waits for the lapse.
    """
    return sum(_look(decision, at) for decision in _touched(at))


def _touched(at: datetime) -> list[UUID]:
    """Rounds in which somebody is away or has left, or that could not be decided before."""
    electors = ElectorSeat.objects.filter(decision_id=OuterRef("pk"), seated__isnull=False)
    away = Leave.objects.filter(user_id=OuterRef("seated_id"), from_at__lte=at, until_at__gt=at)
    left = Seat.objects.filter(
        committee_id=OuterRef("committee_id"), until_at__gte=OuterRef("convened_at")
    )
    lost = RoleAssignment.objects.filter(
        user_id=OuterRef("seated_id"),
        until_at__lte=at,
        until_at__gte=OuterRef("decision__convened_at"),
    )
    changed = electors.filter(Q(Exists(away)) | Q(Exists(lost)) | Q(seated__is_active=False))
    rows: QuerySet[Decision] = Decision.objects.filter(
        Q(feasible=False) | Q(Exists(changed)) | Q(Exists(left)),
        state=Decision.State.OPEN,
        closes_at__gt=at,
    )
    return list(
        rows.order_by(F("convened_at").asc(nulls_last=True)).values_list("pk", flat=True)[:MOST]
    )


@retried
@transaction.atomic
def _look(decision_id: UUID, at: datetime) -> int:
    incident_id = Decision.objects.values_list("incident_id", flat=True).get(pk=decision_id)
    lock_incident(incident_id)
    decision = lock_round(decision_id)
    if decision.state != Decision.State.OPEN:
        return 0
    before = (decision.feasible, decision.feasibility)
    found = tell_feasibility(decision=decision, at=at)
    goes_up = only_up_helps(decision, found)
    if before == (decision.feasible, decision.feasibility) and not goes_up:
        return 0
    with acting_as(RETURNING_OFFICER):
        decision.version += 1
        decision.save(at=at)
        record_motion(
            "motion.feasibility", decision, RETURNING_OFFICER, at, reason=decision.feasibility
        )
        if goes_up:
            go_up(decision=decision, kind="inquorate", words=found.reasons[0], at=at)
        elif before[0] and not decision.feasible:
            tell_leaders(decision, at)
    return 1
