"""Readings and decision events in: stored, computed, judged, told, in one transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from governance.services.evaluation import ALONG, judge
from governance.services.mismatches import judge_versions
from incidents.models import Incident
from ledger.retries import retried
from ledger.rules.actors import Actor, machine
from registry.models import System
from telemetry.rules.rows import DecisionRow, Delivery, MeasurementRow, Rejection
from telemetry.services.computing import compute_after, compute_open_windows
from telemetry.services.decisions import record_decisions
from telemetry.services.measurements import Recorded, record_measurements, record_rows
from telemetry.services.quarantine import expire_readings, take_due
from telemetry.services.series import Reach
from telemetry.services.storing import RowsPresent

SWEEP = machine("sweep")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the sender is told. `computed` counts the measurements that were made of events."""

    batch_id: UUID | None
    accepted: int
    repeated: int
    quarantined: list[int] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    computed: int = 0


@retried
def take_in_measurements(
    *, delivery: Delivery[MeasurementRow], reach: Reach, actor: Actor, at: datetime
) -> Receipt:
    """Store and judge measurements of the systems in `reach`, in one transaction.

    Raises Invalid (see `record_measurements`). A delivery that holds rows which came before is
    begun again, carefully.
    """
    try:
        return _measurements(delivery, reach, actor, at, careful=False)
    except RowsPresent:
        return _measurements(delivery, reach, actor, at, careful=True)


@retried
def take_in_decisions(
    *, delivery: Delivery[DecisionRow], reach: QuerySet[System], actor: Actor, at: datetime
) -> Receipt:
    """Store decision events, compute the windows that have ended, judge them; one transaction.

    Raises Invalid (see `record_measurements`).
    """
    try:
        return _decisions(delivery, reach, actor, at, careful=False)
    except RowsPresent:
        return _decisions(delivery, reach, actor, at, careful=True)


@transaction.atomic
def _measurements(
    delivery: Delivery[MeasurementRow],
    reach: Reach,
    actor: Actor,
    at: datetime,
    *,
    careful: bool,
) -> Receipt:
    recorded = record_measurements(
        delivery=delivery, reach=reach, actor=actor, at=at, careful=careful, along=ALONG
    )
    opened = judge(recorded=recorded, at=at)
    return Receipt(
        batch_id=recorded.batch_id,
        accepted=len(recorded.inserted),
        repeated=recorded.repeated,
        quarantined=recorded.quarantined,
        rejected=recorded.rejected,
        incidents=opened,
    )


@transaction.atomic
def _decisions(
    delivery: Delivery[DecisionRow],
    reach: QuerySet[System],
    actor: Actor,
    at: datetime,
    *,
    careful: bool,
) -> Receipt:
    recorded = record_decisions(delivery=delivery, reach=reach, actor=actor, at=at, careful=careful)
    computed = compute_after(recorded=recorded, actor=actor, at=at)
    opened = judge(recorded=computed, at=at) + judge_versions(recorded=recorded, at=at)
    return Receipt(
        batch_id=recorded.batch_id,
        accepted=len(recorded.inserted),
        repeated=recorded.repeated,
        rejected=recorded.rejected,
        incidents=opened,
        computed=len(computed.inserted),
    )


@retried
@transaction.atomic
def judge_ended_windows(at: datetime) -> int:
    """Compute and judge the windows that have ended since their events came; a job of the sweep."""
    computed = compute_open_windows(actor=SWEEP, at=at)
    judge(recorded=computed, at=at)
    return len(computed.inserted)


@retried
@transaction.atomic
def release_quarantined(at: datetime) -> int:
    """Store and judge held readings whose window has ended, give up the others in time (EVA-10)."""
    rows = take_due(at=at)
    released = Recorded()
    if rows:
        released = record_rows(
            rows=rows, kind="release", source="quarantine", system_ids=[], actor=SWEEP, at=at
        )
    judge(recorded=released, at=at)
    return len(released.inserted) + expire_readings(actor=SWEEP, at=at)
