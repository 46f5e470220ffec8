"""Histograms in: stored, compared with the reference, and the distances as readings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from ledger.rules.actors import Actor
from ledger.rules.refusals import TooLarge
from ledger.services.entries import append_entry
from registry.models import System
from telemetry.models import Histogram, Kpi
from telemetry.rules.histograms import HistogramRow, distances, histogram_fault, values_fault
from telemetry.rules.rows import Delivery, Rejection, window_seconds
from telemetry.services.measurements import (
    Recorded,
    record_rows,
    refuse_bad_rows,
    unknown_system,
)
from telemetry.services.series import Identity, series_for, systems_in_reach
from telemetry.services.states import Row

OTHER = "This window has another histogram already, and it is what it was compared by."
EDGES = "Its edges are not those of the reference: send another reference first."


@dataclass(slots=True)
class RecordedHistograms:
    """What became of a delivery; `uncompared` were stored without a reference to compare with."""

    stored: list[Histogram] = field(default_factory=list)
    repeated: int = 0
    uncompared: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    readings: Recorded = field(default_factory=Recorded)


@transaction.atomic
def record_histograms(
    *, delivery: Delivery[HistogramRow], reach: QuerySet[System], actor: Actor, at: datetime
) -> RecordedHistograms:
    """Store histograms, and what lies between each and its feature's reference as readings.

    The readings are series of psi, ks_statistic and js_divergence in the segment feature=<name>;
    n is the smaller number of cases. Raises Invalid where no row is good, or on request one is not;
    TooLarge for more counts than a delivery may hold.
    """
    if (too_many := values_fault(delivery.rows)) is not None:
        raise TooLarge("too_many_values", too_many)
    recorded = RecordedHistograms(rejected=list(delivery.rejected))
    systems = systems_in_reach(reach, {row.system for row in delivery.rows})
    # Deliveries to one system take turns, so that each sees the reference of the one before.
    list(
        System.objects.select_for_update(no_key=True).filter(pk__in=systems.values()).order_by("pk")
    )
    horizon = at + timedelta(seconds=settings.CLOCK_SKEW_SECONDS)
    for number, row in sorted(
        zip(delivery.numbers, delivery.rows, strict=True), key=lambda one: not one[1].reference
    ):
        fault = _fault(row, systems, horizon) or _store(recorded, row, systems, actor, at)
        if fault is not None:
            recorded.rejected.append(Rejection(number, *fault))
    recorded.rejected.sort(key=lambda one: one.row)
    refuse_bad_rows(delivery.on_error, recorded.rejected, recorded.repeated + len(recorded.stored))
    if recorded.stored:
        _record(recorded, delivery.source, actor, at)
        recorded.readings = _readings(recorded.stored, actor, at)
    return recorded


def _fault(
    row: HistogramRow, systems: dict[str, UUID], horizon: datetime
) -> tuple[str, str] | None:
    if row.system not in systems:
        return "system", unknown_system(row.system)
    if row.window_end > horizon:
        return "window_end", "This window has not ended yet."
    return histogram_fault(row)


def _store(
    recorded: RecordedHistograms,
    row: HistogramRow,
    systems: dict[str, UUID],
    actor: Actor,
    at: datetime,
) -> tuple[str, str] | None:
    """Store a sound one; return why it cannot be."""
    made = _made(row, systems[row.system], actor, at)
    known = Histogram.objects.filter(
        system_id=made.system_id,
        environment=made.environment,
        feature=made.feature,
        is_reference=made.is_reference,
        window_seconds=made.window_seconds,
        window_end=made.window_end,
    ).first()
    if known is not None:
        recorded.repeated += known.sha256 == made.sha256
        return None if known.sha256 == made.sha256 else ("counts", OTHER)
    if not made.is_reference:
        made.reference = _reference(made)
        if made.reference is not None and made.reference.edges != made.edges:
            return "edges", EDGES
        recorded.uncompared += made.reference is None
    made.save(force_insert=True, at=at)
    recorded.stored.append(made)
    return None


def _made(row: HistogramRow, system_id: UUID, actor: Actor, at: datetime) -> Histogram:
    said = [row.counts, row.edges, row.labels]
    return Histogram(
        system_id=system_id,
        environment=row.environment,
        feature=row.feature,
        is_reference=row.reference,
        window_seconds=window_seconds(row.window) or 0,
        window_end=row.window_end.astimezone(UTC),
        edges=row.edges,
        labels=row.labels,
        counts=row.counts,
        total=sum(row.counts),
        sha256=sha256(orjson.dumps(said)).hexdigest(),
        sender_id=actor.id,
        received_at=at,
    )


def _reference(made: Histogram) -> Histogram | None:
    """The newest reference of the feature that is not younger than the window itself."""
    rows = Histogram.objects.filter(
        system_id=made.system_id,
        environment=made.environment,
        feature=made.feature,
        is_reference=True,
        window_end__lte=made.window_end,
    )
    return rows.order_by("-window_end", "-pk").first()


def _readings(stored: Sequence[Histogram], actor: Actor, at: datetime) -> Recorded:
    known = set(Kpi.objects.filter(pk__in=KPIS).values_list("pk", flat=True))
    figures: dict[tuple[Identity, datetime], tuple[float, int]] = {}
    for one in stored:
        if one.reference is None:
            continue
        far = distances(
            expected=one.reference.counts,
            actual=one.counts,
            labels=(one.reference.labels, one.labels),
        )
        for kpi in far.keys() & known:
            cases = min(one.total, one.reference.total, 2**31 - 1)
            figures[_identity(one, kpi), one.window_end] = (far[kpi], cases)
    if not figures:
        return Recorded()
    series = series_for(cadences={identity: None for identity, _ in figures}, at=at)
    rows: list[Row] = sorted(
        (series[identity], end, 0, value, n, None, None, True)
        for (identity, end), (value, n) in figures.items()
    )
    return record_rows(
        rows=rows,
        kind="computed",
        source="histograms",
        system_ids=sorted({one.system_id for one in stored}),
        actor=actor,
        at=at,
    )


KPIS = ("psi", "ks_statistic", "js_divergence")


def _identity(one: Histogram, kpi: str) -> Identity:
    return (one.system_id, kpi, one.environment, f"feature={one.feature}", one.window_seconds)


def _record(recorded: RecordedHistograms, source: str, actor: Actor, at: datetime) -> None:
    systems = sorted({one.system_id for one in recorded.stored})
    for system_id in systems:
        mine = [one for one in recorded.stored if one.system_id == system_id]
        system = System.objects.get(pk=system_id)
        append_entry(
            verb="histograms.received",
            actor=actor,
            at=at,
            subject=("system", str(system.pk), system.name),
            system_id=system.pk,
            details={
                "source": source,
                "features": sorted({one.feature for one in mine}),
                "references": sum(one.is_reference for one in mine),
                "sha256": sorted(one.sha256 for one in mine),
            },
            touched=[f"telemetry_histogram:{one.pk}" for one in mine],
        )
