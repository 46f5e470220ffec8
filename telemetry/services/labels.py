"""Labels in: what is found out about decision events later, each once; sums and windows follow."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from psycopg.types.json import Jsonb

from ledger.rules.actors import Actor
from ledger.rules.worded import worded
from registry.models import System
from telemetry.rules.rows import Delivery, LabelRow, Rejection, label_fault
from telemetry.selectors.labels import instants_of, touched_by
from telemetry.services.batches import canonical_sha256, record_batch
from telemetry.services.computing import compute_touched, lock_active
from telemetry.services.measurements import Recorded, refuse_bad_rows, unknown_system
from telemetry.services.series import systems_in_reach
from telemetry.services.storing import Stored, Table, store_rows
from telemetry.services.tallies import add_labels

TABLE = Table(
    name="telemetry_event_label",
    columns=(
        ("system_id", "uuid"),
        ("at", "timestamptz"),
        ("event_id", "varchar"),
        ("kind", "varchar"),
        ("reviewer", "varchar"),
        ("labelled_at", "timestamptz"),
        ("value", "jsonb"),
        ("received_at", "timestamptz"),
        ("batch_id", "uuid"),
    ),
    key=6,
    compared=7,
)
KEY = TABLE.key
OTHER_LABEL = "This label came before with another value; a later finding has a later labelled_at."
Row = tuple[Any, ...]


@dataclass(slots=True)
class RecordedLabels:
    """What became of a delivery of labels. `inserted` are rows of the table, sorted by key."""

    batch_id: UUID | None = None
    inserted: list[Row] = field(default_factory=list)
    repeated: int = 0
    rejected: list[Rejection] = field(default_factory=list)


@transaction.atomic(savepoint=False)
def record_labels(
    *, delivery: Delivery[LabelRow], reach: QuerySet[System], actor: Actor, at: datetime
) -> RecordedLabels:
    """Store the labels that are new, of events that have come or are still to come.

    A label without the instant of its event is looked up by the event's id and rejected where there
    is none, or more than one. Raises Invalid as `record_decisions` does.
    """
    systems = systems_in_reach(reach, {row.system for row in delivery.rows})
    recorded = RecordedLabels(rejected=list(delivery.rejected))
    rows = _sort_out(recorded, delivery, systems, at)
    batch_id = uuid.uuid4()
    told = sorted((row for _, row in rows.values()), key=lambda row: row[:KEY])
    stored = store_rows(TABLE, [(*row, at, batch_id) for row in told])
    _note(recorded, stored, rows)
    refuse_bad_rows(
        delivery.on_error, recorded.rejected, len(recorded.inserted) + recorded.repeated
    )
    if recorded.inserted:
        _record(recorded, batch_id, delivery.source, actor, at)
    return recorded


@transaction.atomic(savepoint=False)
def compute_labelled(*, recorded: RecordedLabels, actor: Actor, at: datetime) -> Recorded:
    """Compute again the windows of the events that were labelled; a changed figure is a revision.

    Long windows whose figure is made of every case wait for the sweep.
    """
    if recorded.batch_id is None:
        return Recorded()
    keys: dict[UUID, set[tuple[datetime, str]]] = defaultdict(set)
    for row in recorded.inserted:
        keys[row[0]].add((row[1], row[2]))
    # From here deliveries to these systems take turns, so that each event is counted once.
    computations = lock_active(keys)
    touched: dict[tuple[UUID, str], set[datetime]] = {}
    for system in sorted({one.system_id for one in computations}):
        ordered = sorted(keys[system])
        add_labels(system_id=system, keys=ordered, batch_id=recorded.batch_id)
        touched |= touched_by(system_id=system, keys=ordered)
    return compute_touched(computations=computations, touched=touched, actor=actor, at=at)


def _sort_out(
    recorded: RecordedLabels,
    delivery: Delivery[LabelRow],
    systems: Mapping[str, UUID],
    at: datetime,
) -> dict[Row, tuple[int, Row]]:
    horizon = at + timedelta(seconds=settings.CLOCK_SKEW_SECONDS)
    found = _instants(delivery.rows, systems)
    placed: dict[Row, tuple[int, Row]] = {}
    for number, row in zip(delivery.numbers, delivery.rows, strict=True):
        instants = [row.at] if row.at else found.get((systems.get(row.system), row.event_id), [])
        fault = _fault(row, systems, horizon, instants)
        if fault is not None:
            recorded.rejected.append(Rejection(number, *fault))
            continue
        plain = _plain(row, systems[row.system], instants[0])
        first = placed.setdefault(plain[:KEY], (number, plain))
        if first[0] != number:
            _doubled(recorded, number, plain, first)
    return placed


def _instants(
    rows: Iterable[LabelRow], systems: Mapping[str, UUID]
) -> dict[tuple[UUID | None, str], list[datetime]]:
    """Return when the events happened whose labels do not say it."""
    asked: dict[UUID, set[str]] = defaultdict(set)
    for row in rows:
        if row.at is None and row.system in systems and "\x00" not in row.event_id:
            asked[systems[row.system]].add(row.event_id)
    return {
        (system, event): instants
        for system, events in asked.items()
        for event, instants in instants_of(system_id=system, event_ids=events).items()
    }


def _fault(
    row: LabelRow, systems: Mapping[str, UUID], horizon: datetime, instants: Sequence[datetime]
) -> tuple[str, str] | None:
    if row.system not in systems:
        return "system", unknown_system(row.system)
    if row.labelled_at > horizon or (row.at is not None and row.at > horizon):
        return "labelled_at", "The label lies in the future."
    return label_fault(row) or _unknown(instants)


def _unknown(instants: Sequence[datetime]) -> tuple[str, str] | None:
    if not instants:
        return "event_id", "No event with this id has come; send its instant (at) beside it."
    if len(instants) > 1:
        return "event_id", "Several events have this id; send the instant (at) of the one meant."
    return None


def _doubled(recorded: RecordedLabels, number: int, plain: Row, first: tuple[int, Row]) -> None:
    if plain[KEY].obj == first[1][KEY].obj:
        recorded.repeated += 1
    else:
        reason = worded(
            "Row {row} says something else of the same event at the same instant.", row=first[0]
        )
        recorded.rejected.append(Rejection(number, "value", reason))


def _plain(row: LabelRow, system: UUID, at: datetime) -> Row:
    return (
        system,
        at.astimezone(UTC),
        row.event_id,
        row.kind,
        row.reviewer,
        row.labelled_at.astimezone(UTC),
        Jsonb(row.value, dumps=orjson.dumps),
    )


def _note(recorded: RecordedLabels, stored: Stored, rows: Mapping[Row, tuple[int, Row]]) -> None:
    recorded.inserted = stored.inserted
    recorded.repeated += len(stored.repeated)
    recorded.rejected += [
        Rejection(rows[row[:KEY]][0], "value", OTHER_LABEL) for row in stored.different
    ]
    recorded.rejected.sort(key=lambda one: one.row)


def _record(
    recorded: RecordedLabels, batch_id: UUID, source: str, actor: Actor, at: datetime
) -> None:
    recorded.batch_id = batch_id
    record_batch(
        batch_id=batch_id,
        kind="labels",
        source=source,
        counts={
            "accepted": len(recorded.inserted),
            "repeated": recorded.repeated,
            "rejected": len(recorded.rejected),
        },
        sha256=canonical_sha256([row[: TABLE.compared] for row in recorded.inserted]),
        system_ids=sorted({row[0] for row in recorded.inserted}),
        actor=actor,
        at=at,
    )
