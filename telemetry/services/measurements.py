"""Measurements in: resolved, held back, stored by COPY, and what their series carried before."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid
from ledger.rules.worded import joined, term, word, worded, worded_number
from ledger.services.together import Statement, send_together
from telemetry.rules.packing import pack_readings
from telemetry.rules.rows import Delivery, MeasurementRow, Rejection, measurement_fault
from telemetry.services.batches import batch_statements, canonical_sha256
from telemetry.services.quarantine import hold_readings
from telemetry.services.series import Reach, Resolved, resolve_series, systems_in_reach
from telemetry.services.states import Row, State, advancing, states_from, step_back
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
    pack=pack_readings,
)
MOST_TOLD = 1000
OTHER_VALUE = (
    "This window has another value already; a correction takes a higher revision (EVA-10)."
)
OTHER_ROW = word("Row {row} has another value for this window.")


@dataclass(slots=True)
class Recorded:
    """What became of a delivery. `states` are the series as they were before it, now locked.

    `batch_id` is None where nothing new came. Row numbers count from 1. `answers` are the rows of
    what was asked along, None where nothing was. `legal_bases` are those of its fairness gaps.
    """

    batch_id: UUID | None = None
    inserted: list[Row] = field(default_factory=list)
    states: dict[int, State] = field(default_factory=dict)
    repeated: int = 0
    quarantined: list[int] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    system_ids: list[UUID] = field(default_factory=list)
    new_series: int = 0
    answers: list[list[tuple[Any, ...]]] | None = None
    legal_bases: list[str] = field(default_factory=list)


@transaction.atomic(savepoint=False)
def record_measurements(
    *,
    delivery: Delivery[MeasurementRow],
    reach: Reach,
    actor: Actor,
    at: datetime,
    careful: bool = True,
    along: Sequence[Statement] = (),
) -> Recorded:
    """Store what is new of a delivery and lock the series that it belongs to.

    `reach` are the systems that the sender may write to. What the caller asks `along` is answered
    once the series are locked. Raises Invalid when the sender asked to have all or nothing and a
    row is not good, or when no row is; RowsPresent without care.
    """
    recorded, last = _taken(delivery, reach, actor, at, careful=careful)
    _finish(recorded, last, at, along)
    return recorded


@transaction.atomic(savepoint=False)
def store_measurements(
    *,
    delivery: Delivery[MeasurementRow],
    reach: Reach,
    actor: Actor,
    at: datetime,
    careful: bool = True,
) -> Recorded:
    """Store what is new of a delivery with its batch and entry, no more. Raises as above."""
    recorded, last = _taken(delivery, reach, actor, at, careful=careful)
    send_together(last)
    return recorded


def _taken(
    delivery: Delivery[MeasurementRow], reach: Reach, actor: Actor, at: datetime, *, careful: bool
) -> tuple[Recorded, list[Statement]]:
    """Store the new readings; return them with the statements that put them on record."""
    systems = systems_in_reach(reach, {row.system for row in delivery.rows})
    resolved = resolve_series(rows=delivery.rows, systems=systems, at=at)
    recorded = Recorded(
        rejected=list(delivery.rejected),
        system_ids=list(systems.values()),
        new_series=resolved.new,
        legal_bases=resolved.bases,
    )
    batch_id = uuid.uuid4()
    sorting = _Sorting(recorded, at + timedelta(seconds=settings.CLOCK_SKEW_SECONDS))
    sorting.sort_out(delivery, resolved)
    _hold(sorting, batch_id, at)
    sha256 = _store(sorting, batch_id, at, careful=careful)
    recorded.rejected.sort(key=lambda one: one.row)
    refuse_bad_rows(
        delivery.on_error,
        recorded.rejected,
        recorded.repeated + len(recorded.quarantined) + len(recorded.inserted),
    )
    return recorded, _on_record(
        recorded, "measurements", delivery.source, batch_id, sha256, actor, at
    )


def _finish(
    recorded: Recorded, last: Sequence[Statement], at: datetime, along: Sequence[Statement] = ()
) -> None:
    """Put readings on record, lock their series and ask along: one trip for all of it."""
    if not recorded.inserted:
        send_together(last)
        return
    answers = send_together([*last, advancing(recorded.inserted, at), *along])[len(last) :]
    recorded.states = states_from(answers[0])
    step_back(recorded.inserted, recorded.states)
    recorded.answers = answers[1:] if along else None


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
    sha256 = canonical_sha256(recorded.inserted)
    _finish(recorded, _on_record(recorded, kind, source, batch_id, sha256, actor, at), at)
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
        place, placed, horizon, keep = self._place, self.placed, self.horizon, self.rows.append
        index = -1
        for number, row, series in zip(delivery.numbers, delivery.rows, resolved.ids, strict=True):
            index += 1
            if series is None:
                self._no_series(number, row, resolved.faults.get(index))
            elif (fault := measurement_fault(row)) is not None:
                self.reject(number, *fault)
            else:
                plain = _plain(row, series)
                key = plain[:3]
                # What is left to do for nearly every row; a call for each would cost as much again.
                if key not in placed and plain[1] <= horizon:
                    placed[key] = number, plain
                    keep(plain)
                else:
                    place(number, key, plain)

    def reject(self, number: int, name: str, reason: str) -> None:
        """Note why a row is not taken."""
        self.recorded.rejected.append(Rejection(number, name, reason))

    def _no_series(self, number: int, row: MeasurementRow, fault: tuple[str, str] | None) -> None:
        self.reject(number, *(fault or ("system", unknown_system(row.system))))

    def _place(self, number: int, key: tuple[int, datetime, int], plain: Row) -> None:
        first = self.placed.setdefault(key, (number, plain))
        if first[0] != number:
            self._doubled(number, plain, first)
        elif plain[1] > self.horizon:
            self.future.append((number, plain))
        else:
            self.rows.append(plain)

    def _doubled(self, number: int, plain: Row, first: tuple[int, Row]) -> None:
        if plain == first[1]:
            self.recorded.repeated += 1
        else:
            self.reject(number, "value", worded(OTHER_ROW, row=first[0]))


def _plain(row: MeasurementRow, series: int) -> Row:
    end, value = row.window_end, row.value
    if end.tzinfo is not UTC:
        end = end.astimezone(UTC)
    good = value is not None and row.quality == "good"
    return series, end, row.revision, value, row.n, row.low, row.high, good


def _hold(sorting: _Sorting, batch_id: UUID, at: datetime) -> None:
    held = hold_readings(rows=sorting.future, batch_id=batch_id, at=at)
    sorting.recorded.quarantined = held.held
    sorting.recorded.repeated += len(held.repeated)
    for number in held.different:
        sorting.reject(number, "value", OTHER_VALUE)


def _store(sorting: _Sorting, batch_id: UUID, at: datetime, *, careful: bool) -> str:
    """Store what was sorted out, and return the hash of what is new."""
    hashes: list[str] = []
    # In the order of the key, so that two deliveries at once cannot deadlock.
    sorting.rows.sort()
    rows = [(*row, at, batch_id) for row in sorting.rows]
    stored = store_rows(
        MEASUREMENTS,
        rows,
        careful=careful,
        # Mostly all is new: so its hash is made while PostgreSQL is busy.
        meanwhile=lambda: hashes.append(canonical_sha256(sorting.rows)),
    )
    sorting.recorded.repeated += len(stored.repeated)
    for row in stored.different:
        sorting.reject(sorting.placed[row[:3]][0], "value", OTHER_VALUE)
    if hashes and len(stored.inserted) == len(rows):
        sorting.recorded.inserted = sorting.rows
        return hashes[0]
    sorting.recorded.inserted = [row[:8] for row in stored.inserted]
    return canonical_sha256(sorting.recorded.inserted)


def refuse_bad_rows(on_error: str, rejected: Sequence[Rejection], taken: int) -> None:
    """Refuse the whole delivery where no row is good, or where the sender asked for that.

    The problem document names the first thousand rows with field and reason. Raises Invalid.
    """
    if not rejected or (taken and on_error == "keep_good"):
        return
    raise Invalid(
        "rows_refused",
        _refused(rejected[0], len(rejected) - 1),
        extra={
            "rejected": [told(one) for one in rejected[:MOST_TOLD]],
            "rejected_count": len(rejected),
        },
    )


def _refused(first: Rejection, further: int) -> str:
    """Say what is wrong with the first bad row, and how many others there are."""
    why = term(first.reason)
    if further:
        others = worded_number(
            "{number} further rows are not good.", "{number} further rows are not good.", further
        )
        why = joined(" ", [why, others])
    if not first.field:
        return worded("Row {row}, the row: {why} Nothing was stored.", row=first.row, why=why)
    return worded(
        "Row {row}, {field}: {why} Nothing was stored.", row=first.row, field=first.field, why=why
    )


def unknown_system(name: str) -> str:
    """Return why a row of a system is not taken that the sender may not write to."""
    return worded("There is no system {system} that this token may write to.", system=repr(name))


def told(rejection: Rejection) -> dict[str, object]:
    """Return a rejection as the API tells it."""
    return {"row": rejection.row, "field": rejection.field, "reason": rejection.reason}


def _on_record(
    recorded: Recorded,
    kind: str,
    source: str,
    batch_id: UUID,
    sha256: str,
    actor: Actor,
    at: datetime,
) -> list[Statement]:
    """Return how the batch is written, unless nothing new came: a repetition changes nothing."""
    if not recorded.inserted and not recorded.quarantined:
        return []
    recorded.batch_id = batch_id
    return batch_statements(
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
        sha256=sha256,
        system_ids=recorded.system_ids,
        actor=actor,
        at=at,
        legal_bases=recorded.legal_bases,
    )
