"""Measurements in: resolved, held back, stored by COPY, and what their series carried before."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid
from registry.models import System
from telemetry.rules.rows import Delivery, MeasurementRow, Rejection, measurement_fault
from telemetry.services.batches import canonical_sha256, record_batch
from telemetry.services.quarantine import hold_readings
from telemetry.services.series import Resolved, resolve_series, systems_in_reach
from telemetry.services.states import Row, State, advance_states
from telemetry.services.storing import Table, store_rows

MEASUREMENTS = Table(
    name="telemetry_measurement",
    columns=(
        ("series_id", "int8"),
        ("window_end", "timestamptz"),
        ("revision", "int4"),
        ("value", "float8"),
        ("n", "int4"),
        ("low", "float8"),
        ("high", "float8"),
        ("good", "bool"),
        ("received_at", "timestamptz"),
        ("batch_id", "uuid"),
    ),
    key=3,
    compared=8,
)
MOST_TOLD = 1000
OTHER_VALUE = (
    "This window has another value already; a correction takes a higher revision (EVA-10)."
)


@dataclass(slots=True)
class Recorded:
    """What became of a delivery. `states` are the series as they were before it, now locked.

    `batch_id` is None where nothing new came. Row numbers count from 1.
    """

    batch_id: UUID | None = None
    inserted: list[Row] = field(default_factory=list)
    states: dict[int, State] = field(default_factory=dict)
    repeated: int = 0
    quarantined: list[int] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    system_ids: list[UUID] = field(default_factory=list)
    new_series: int = 0


@transaction.atomic(savepoint=False)
def record_measurements(
    *,
    delivery: Delivery[MeasurementRow],
    reach: QuerySet[System],
    actor: Actor,
    at: datetime,
    careful: bool = True,
) -> Recorded:
    """Store what is new of a delivery and lock the series that it belongs to.

    `reach` are the systems that the sender may write to. Raises Invalid when the sender asked to
    have all or nothing and a row is not good, or when no row is; RowsPresent without care.
    """
    recorded = store_measurements(
        delivery=delivery, reach=reach, actor=actor, at=at, careful=careful
    )
    recorded.states = advance_states(recorded.inserted, at)
    return recorded


@transaction.atomic(savepoint=False)
def store_measurements(
    *,
    delivery: Delivery[MeasurementRow],
    reach: QuerySet[System],
    actor: Actor,
    at: datetime,
    careful: bool = True,
) -> Recorded:
    """Store what is new of a delivery with its batch and entry, no more. Raises as above."""
    systems = systems_in_reach(reach, {row.system for row in delivery.rows})
    resolved = resolve_series(rows=delivery.rows, systems=systems, at=at)
    recorded = Recorded(
        rejected=list(delivery.rejected),
        system_ids=list(systems.values()),
        new_series=resolved.new,
    )
    batch_id = uuid.uuid4()
    sorting = _Sorting(recorded, at + timedelta(seconds=settings.CLOCK_SKEW_SECONDS))
    sorting.sort_out(delivery, resolved)
    _hold(sorting, batch_id, at)
    _store(sorting, batch_id, at, careful=careful)
    recorded.rejected.sort(key=lambda one: one.row)
    refuse_bad_rows(
        delivery.on_error,
        recorded.rejected,
        recorded.repeated + len(recorded.quarantined) + len(recorded.inserted),
    )
    _record(recorded, "measurements", delivery.source, batch_id, actor, at)
    return recorded


@transaction.atomic(savepoint=False)
def record_rows(
    *,
    rows: Sequence[Row],
    kind: str,
    source: str,
    system_ids: Sequence[UUID],
    actor: Actor,
    at: datetime,
) -> Recorded:
    """Store readings that the product itself made or held back, sorted by key, and lock them."""
    recorded = Recorded(system_ids=list(system_ids))
    batch_id = uuid.uuid4()
    stored = store_rows(MEASUREMENTS, [(*row, at, batch_id) for row in rows])
    recorded.inserted = [row[:8] for row in stored.inserted]
    recorded.repeated = len(stored.repeated) + len(stored.different)
    _record(recorded, kind, source, batch_id, actor, at)
    recorded.states = advance_states(recorded.inserted, at)
    return recorded


class _Sorting:
    """One pass over the rows: what can be stored, what is held back, what is rejected."""

    def __init__(self, recorded: Recorded, horizon: datetime) -> None:
        self.recorded = recorded
        self.horizon = horizon
        self.rows: list[Row] = []
        self.future: list[tuple[int, Row]] = []
        self.placed: dict[tuple[int, datetime, int], tuple[int, Row]] = {}

    def sort_out(self, delivery: Delivery[MeasurementRow], resolved: Resolved) -> None:
        """Put every row where it belongs, the first of equal ones."""
        place = self._place
        index = -1
        for number, row, series in zip(delivery.numbers, delivery.rows, resolved.ids, strict=True):
            index += 1
            if series is None:
                self._no_series(number, row, resolved.faults.get(index))
            elif (fault := measurement_fault(row)) is not None:
                self.reject(number, *fault)
            else:
                place(number, row, series)

    def reject(self, number: int, name: str, reason: str) -> None:
        """Note why a row is not taken."""
        self.recorded.rejected.append(Rejection(number, name, reason))

    def _no_series(self, number: int, row: MeasurementRow, fault: tuple[str, str] | None) -> None:
        unknown = f"There is no system {row.system!r} that this token may write to."
        self.reject(number, *(fault or ("system", unknown)))

    def _place(self, number: int, row: MeasurementRow, series: int) -> None:
        end = row.window_end
        if end.tzinfo is not UTC:
            end = end.astimezone(UTC)
        value = row.value
        good = value is not None and row.quality == "good"
        plain: Row = (series, end, row.revision, value, row.n, row.low, row.high, good)
        first = self.placed.setdefault(plain[:3], (number, plain))
        if first[0] != number:
            self._doubled(number, plain, first)
        elif end > self.horizon:
            self.future.append((number, plain))
        else:
            self.rows.append(plain)

    def _doubled(self, number: int, plain: Row, first: tuple[int, Row]) -> None:
        if plain == first[1]:
            self.recorded.repeated += 1
        else:
            self.reject(number, "value", f"Row {first[0]} has another value for this window.")


def _hold(sorting: _Sorting, batch_id: UUID, at: datetime) -> None:
    held = hold_readings(rows=sorting.future, batch_id=batch_id, at=at)
    sorting.recorded.quarantined = held.held
    sorting.recorded.repeated += len(held.repeated)
    for number in held.different:
        sorting.reject(number, "value", OTHER_VALUE)


def _store(sorting: _Sorting, batch_id: UUID, at: datetime, *, careful: bool) -> None:
    # In the order of the key, so that two deliveries at once cannot deadlock.
    sorting.rows.sort()
    rows = [(*row, at, batch_id) for row in sorting.rows]
    stored = store_rows(MEASUREMENTS, rows, careful=careful)
    sorting.recorded.repeated += len(stored.repeated)
    for row in stored.different:
        sorting.reject(sorting.placed[row[:3]][0], "value", OTHER_VALUE)
    whole = len(stored.inserted) == len(sorting.rows)
    sorting.recorded.inserted = sorting.rows if whole else [row[:8] for row in stored.inserted]


def refuse_bad_rows(on_error: str, rejected: Sequence[Rejection], taken: int) -> None:
    """Refuse the whole delivery where no row is good, or where the sender asked for that.

    The problem document names the first thousand rows with field and reason. Raises Invalid.
    """
    if not rejected or (taken and on_error == "keep_good"):
        return
    first = rejected[0]
    raise Invalid(
        "rows_refused",
        f"Row {first.row}, {first.field or 'the row'}: {first.reason}"
        + (f" {len(rejected) - 1} further rows are not good." if len(rejected) > 1 else "")
        + " Nothing was stored.",
        extra={
            "rejected": [told(one) for one in rejected[:MOST_TOLD]],
            "rejected_count": len(rejected),
        },
    )


def told(rejection: Rejection) -> dict[str, object]:
    """Return a rejection as the API tells it."""
    return {"row": rejection.row, "field": rejection.field, "reason": rejection.reason}


def _record(
    recorded: Recorded, kind: str, source: str, batch_id: UUID, actor: Actor, at: datetime
) -> None:
    """Write the batch, unless nothing new came: a delivery repeated changes nothing at all."""
    if not recorded.inserted and not recorded.quarantined:
        return
    recorded.batch_id = batch_id
    record_batch(
        batch_id=batch_id,
        kind=kind,
        source=source,
        counts={
            "accepted": len(recorded.inserted),
            "repeated": recorded.repeated,
            "quarantined": len(recorded.quarantined),
            "rejected": len(recorded.rejected),
            "new_series": recorded.new_series,
        },
        sha256=canonical_sha256(recorded.inserted),
        system_ids=recorded.system_ids,
        actor=actor,
        at=at,
    )
