"""Windows of metrics that have ended: readings of them, and what no point may join any more."""

from datetime import datetime, timedelta
from math import isfinite
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from governance.models import Arrival, MetricStream, MetricWindow
from governance.services.arrivals import note_arrivals
from governance.services.intake import Receipt, take_in_measurements
from governance.services.otlp import SOURCE, DoorReceipt, forget_waiting_parts
from governance.services.turns import try_turns
from ledger.retries import retried
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Invalid
from registry.models import System
from telemetry.models import DoorState
from telemetry.rules.otlp.points import EPOCH, SECOND
from telemetry.rules.otlp.tallies import Tally, figure_of
from telemetry.rules.rows import Delivery, MeasurementRow
from telemetry.services.doors import Refusals, note_refused

READER = machine("otlp")
GRACE = timedelta(seconds=15)
"""How long after its end a window waits for the last points of it."""

LATE = timedelta(days=2)
"""How long after its end a window takes late points."""

STREAMS_KEPT = timedelta(days=7)
AT_ONCE = 500
LARGEST_N = 2**31 - 1


def turn_of(mapping: UUID) -> str:
    """Return the turn that whoever moves the windows of a mapping takes."""
    return f"metric mapping {mapping}"


def built(kept: Any, kind: Any) -> Any:
    """Return what a column of JSON holds, as the struct that it was."""
    return msgspec.convert(kept, kind, strict=False, str_keys=True)


@transaction.atomic
def emit_ended(
    *,
    rows: QuerySet[MetricWindow],
    reach: QuerySet[System],
    actor: Actor,
    at: datetime,
    receipt: DoorReceipt,
) -> Receipt | None:
    """Make readings of the windows that have ended; a late point makes a further revision."""
    due = rows.filter(due=True, window_end__lte=at - GRACE).order_by("window_end", "pk")
    windows = list(due.select_related("mapping__system")[:AT_ONCE])
    if not windows:
        return None
    readings = [_reading(one) for one in windows]
    for one in windows:
        one.due, one.revision = False, one.revision + 1
    MetricWindow.objects.bulk_update(windows, ["due", "revision"])
    delivery = Delivery(readings, range(1, len(readings) + 1), (), SOURCE)
    try:
        stored = take_in_measurements(delivery=delivery, reach=reach, actor=actor, at=at)
        refused = [(one.row, one.reason) for one in stored.rejected]
    except Invalid as error:
        stored = None
        refused = [(one["row"], one["reason"]) for one in error.extra.get("rejected", ())]
    for number, reason in refused:
        mapping = windows[number - 1].mapping
        receipt.note(mapping.system_id, mapping.metric, reason=reason)
        receipt.keep(reason, {"metric": mapping.metric[:120]}, mapping.system.slug)
    return stored


def _reading(window: MetricWindow) -> MeasurementRow:
    mapping = window.mapping
    value, n = figure_of(built(window.tally, Tally), mapping.figure, mapping.window_seconds)
    scaled = None if value is None else value * mapping.factor
    return MeasurementRow(
        system=mapping.system.slug,
        kpi=mapping.kpi_id,
        window=f"{mapping.window_seconds}s",
        window_end=window.window_end,
        value=scaled if scaled is not None and isfinite(scaled) else None,
        environment=window.environment,
        segment=window.segment,
        n=None if n is None else min(n, LARGEST_N),
        revision=window.revision,
    )


def judge_metric_windows(at: datetime) -> int:
    """Make readings of windows whose points have stopped coming; a job of every sweep."""
    receipt = DoorReceipt()
    stored = _emit_due(receipt, at)
    note_arrivals(door=Arrival.Door.METRICS, arrived=receipt.arrived, at=at)
    if receipt.rows:
        note_refused(
            door=DoorState.Door.METRICS,
            refusals=Refusals(rows=receipt.rows, count=len(receipt.rows)),
            reach=System.objects.all(),
            sender=READER.name,
            at=at,
        )
    return stored


@retried
@transaction.atomic
def _emit_due(receipt: DoorReceipt, at: datetime) -> int:
    receipt.arrived.clear()
    receipt.rows.clear()
    due = MetricWindow.objects.filter(due=True, window_end__lte=at - GRACE)
    waiting = due.order_by("mapping_id").values_list("mapping_id", flat=True).distinct()
    names = {turn_of(pk): pk for pk in waiting[:AT_ONCE]}
    mine = [names[turn] for turn in try_turns(names)]
    rows = MetricWindow.objects.filter(mapping_id__in=mine)
    stored = emit_ended(rows=rows, reach=System.objects.all(), actor=READER, at=at, receipt=receipt)
    return stored.accepted if stored else 0


@transaction.atomic
def forget_carried(at: datetime) -> int:
    """Delete what no span or point may join any more; a job of every sweep."""
    return forget_waiting_parts(at=at) + _forget_windows(at)


def _forget_windows(at: datetime) -> int:
    closed = MetricWindow.objects.filter(due=False, window_end__lt=at - LATE)
    keys = list(closed.order_by("window_end").values_list("pk", flat=True)[: 10 * AT_ONCE])
    MetricWindow.objects.filter(pk__in=keys).delete()
    oldest = (at - STREAMS_KEPT - EPOCH) // timedelta(seconds=1) * SECOND
    stopped = MetricStream.objects.filter(newest_ns__lt=oldest)
    gone = list(stopped.values_list("pk", flat=True)[: 10 * AT_ONCE])
    MetricStream.objects.filter(pk__in=gone).delete()
    return len(keys) + len(gone)
