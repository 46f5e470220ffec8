"""Decision events in: checked, stored by COPY, each once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import orjson
from django.conf import settings
from django.db import models, transaction
from django.db.models import QuerySet
from psycopg.types.json import Jsonb

from ledger.rules.actors import Actor
from ledger.rules.worded import worded
from registry.models import System
from telemetry.models import DecisionEvent
from telemetry.rules.rows import (
    DIGESTS,
    FURTHER,
    NOTHING_FURTHER,
    DecisionRow,
    Delivery,
    Rejection,
    decision_fault,
    further_fault,
)
from telemetry.services.batches import canonical_sha256, record_batch
from telemetry.services.boundaries import outside_of
from telemetry.services.measurements import refuse_bad_rows, unknown_system
from telemetry.services.series import systems_in_reach
from telemetry.services.storing import Stored, Table, store_rows

FIRST_COLUMNS = (
    ("system_id", "uuid"),
    ("at", "timestamptz"),
    ("event_id", "varchar"),
    ("environment", "varchar"),
    ("version_label", "varchar"),
    ("segment", "jsonb"),
    ("answer", "text"),
    ("truth", "text"),
    ("confidence", "float8"),
    ("overridden", "bool"),
    ("latency_ms", "float8"),
    ("cost", "float8"),
    ("topic", "text"),
    ("outcome", "varchar"),
    ("tool_calls", "jsonb"),
    ("blocked", "bool"),
    ("boundary_violation", "bool"),
    ("spend", "float8"),
    ("feedback", "varchar"),
    ("escalated", "bool"),
    ("grounded", "bool"),
    ("simulated", "bool"),
)
KINDS = {
    models.JSONField: "jsonb",
    models.FloatField: "float8",
    models.BooleanField: "bool",
    models.IntegerField: "int4",
    models.TextField: "text",
    models.CharField: "varchar",
}
FURTHER_COLUMNS = tuple(
    (name, KINDS[type(DecisionEvent._meta.get_field(name))]) for name in FURTHER
)
RECEIPT = (("received_at", "timestamptz"), ("batch_id", "uuid"))
BASIC = len(FIRST_COLUMNS)
TOLD = BASIC + len(FURTHER_COLUMNS)
EVENTS = Table(
    name="telemetry_decision_event",
    columns=(*FIRST_COLUMNS, *FURTHER_COLUMNS, *RECEIPT, ("outside", "jsonb")),
    key=3,
    compared=TOLD,
)
# Where no event of a delivery says more than the first format could, COPY carries only that.
PLAIN_EVENTS = Table(
    name="telemetry_decision_event", columns=(*FIRST_COLUMNS, *RECEIPT), key=3, compared=BASIC
)
NESTED = frozenset(name for name, kind in FURTHER_COLUMNS if kind == "jsonb")
AS_IT_IS = frozenset(FURTHER) - NESTED - DIGESTS
NO_SEGMENT = Jsonb({})
NO_CALLS = Jsonb([])
OTHER_EVENT = "This event came before with other content; an event is never changed."
Row = tuple[Any, ...]
Key = tuple[UUID, datetime, str]


@dataclass(slots=True)
class RecordedEvents:
    """What became of a delivery of events.

    `inserted` are rows in the order of the columns of EVENTS, sorted by key.
    """

    batch_id: UUID | None = None
    inserted: list[tuple[Any, ...]] = field(default_factory=list)
    repeated: int = 0
    rejected: list[Rejection] = field(default_factory=list)


@transaction.atomic(savepoint=False)
def record_decisions(
    *,
    delivery: Delivery[DecisionRow],
    reach: QuerySet[System],
    actor: Actor,
    at: datetime,
    careful: bool = True,
) -> RecordedEvents:
    """Store the events that are new. Raises as `record_measurements` does."""
    systems = systems_in_reach(reach, {row.system for row in delivery.rows})
    recorded = RecordedEvents(rejected=list(delivery.rejected))
    rows = _sort_out(recorded, delivery, systems, at)
    batch_id = uuid.uuid4()
    told = sorted((row for _, row in rows.values()), key=lambda row: row[:3])
    _note(recorded, _store(told, outside_of(told), (at, batch_id), careful), rows)
    refuse_bad_rows(
        delivery.on_error, recorded.rejected, len(recorded.inserted) + recorded.repeated
    )
    if recorded.inserted:
        new = told if len(recorded.inserted) == len(told) else recorded.inserted
        sha256 = canonical_sha256(list(map(canonical, new)))
        _record(recorded, batch_id, sha256, delivery.source, actor, at)
    return recorded


def _store(told: list[Row], outside: Mapping[Key, Any], receipt: Row, careful: bool) -> Stored:
    """Store rows; the narrow way unless one of them says more, or they must be compared."""
    if careful or outside or any(len(row) > BASIC for row in told):
        rows = [(*_whole(row), *receipt, outside.get(row[:3])) for row in told]
        return store_rows(EVENTS, rows, careful=careful)
    store_rows(PLAIN_EVENTS, [row + receipt for row in told], careful=False)
    rest = (*NOTHING_FURTHER, *receipt, None)
    return Stored([row + rest for row in told], [], [])


def _whole(row: Row) -> Row:
    return row if len(row) > BASIC else row + NOTHING_FURTHER


def _sort_out(
    recorded: RecordedEvents,
    delivery: Delivery[DecisionRow],
    systems: Mapping[str, UUID],
    at: datetime,
) -> dict[Key, tuple[int, tuple[Any, ...]]]:
    horizon = at + timedelta(seconds=settings.CLOCK_SKEW_SECONDS)
    placed: dict[Key, tuple[int, tuple[Any, ...]]] = {}
    for number, row in zip(delivery.numbers, delivery.rows, strict=True):
        fault = _fault(row, systems, horizon)
        further = () if fault else further_of(row)
        if further:
            fault = further_fault(further)
        if fault is not None:
            recorded.rejected.append(Rejection(number, *fault))
            continue
        plain = _plain(row, systems[row.system], further)
        first = placed.setdefault(plain[:3], (number, plain))
        if first[0] != number:
            _doubled(recorded, number, plain, first)
    return placed


def _fault(
    row: DecisionRow, systems: Mapping[str, UUID], horizon: datetime
) -> tuple[str, str] | None:
    if row.system not in systems:
        return "system", unknown_system(row.system)
    if row.at > horizon:
        seconds = settings.CLOCK_SKEW_SECONDS
        return "at", worded(
            "The event lies in the future, by more than {seconds} seconds.", seconds=seconds
        )
    return decision_fault(row)


def _doubled(
    recorded: RecordedEvents,
    number: int,
    plain: tuple[Any, ...],
    first: tuple[int, tuple[Any, ...]],
) -> None:
    if canonical_sha256([canonical(plain)]) == canonical_sha256([canonical(first[1])]):
        recorded.repeated += 1
    else:
        reason = worded("Row {row} has the same event with other content.", row=first[0])
        recorded.rejected.append(Rejection(number, "event_id", reason))


def _plain(row: DecisionRow, system: UUID, further: Row) -> Row:
    at = row.at if row.at.tzinfo is UTC else row.at.astimezone(UTC)
    first = (
        system,
        at,
        row.event_id,
        row.environment,
        row.version,
        Jsonb(row.segment, dumps=orjson.dumps) if row.segment else NO_SEGMENT,
        row.answer,
        row.truth,
        row.confidence,
        row.overridden,
        row.latency_ms,
        row.cost,
        row.topic,
        row.outcome,
        Jsonb(msgspec.to_builtins(row.tool_calls), dumps=orjson.dumps)
        if row.tool_calls
        else NO_CALLS,
        row.blocked,
        row.boundary_violation,
        row.spend,
        row.feedback or "",
        row.escalated,
        row.grounded,
        row.simulated,
    )
    return first + _stored_as(further) if further else first


def further_of(row: DecisionRow) -> Row:
    """Return the values of FURTHER; empty where the sender told none of them."""
    values = msgspec.structs.astuple(row)[-len(FURTHER) :]
    return () if values == NOTHING_FURTHER else values


def _stored_as(further: Row) -> Row:
    """Return the values as the table takes them; an empty list or text says nothing."""
    stored = tuple(
        None if value is None or value == "" else _one_stored_as(name, value)
        for name, value in zip(FURTHER, further, strict=True)
    )
    return () if stored == NOTHING_FURTHER else stored


def _one_stored_as(name: str, value: Any) -> Any:
    if name in AS_IT_IS:
        return value
    if name in DIGESTS:
        return value.lower().removeprefix("sha256:")
    return Jsonb(msgspec.to_builtins(value), dumps=orjson.dumps) if value else None


def canonical(row: Row) -> Row:
    """Return what a batch's hash is made of for one event.

    The values of the first format; where more was told, one object with what was told follows.
    """
    further = row[BASIC:TOLD]
    if not further or further == NOTHING_FURTHER:
        return row[:BASIC]
    told = zip(FURTHER, further, strict=True)
    return (*row[:BASIC], {name: value for name, value in told if value is not None})


def _note(
    recorded: RecordedEvents, stored: Stored, rows: Mapping[Key, tuple[int, tuple[Any, ...]]]
) -> None:
    recorded.inserted = stored.inserted
    recorded.repeated += len(stored.repeated)
    recorded.rejected += [
        Rejection(rows[row[:3]][0], "event_id", OTHER_EVENT) for row in stored.different
    ]
    recorded.rejected.sort(key=lambda one: one.row)


def _record(
    recorded: RecordedEvents,
    batch_id: UUID,
    sha256: str,
    source: str,
    actor: Actor,
    at: datetime,
) -> None:
    recorded.batch_id = batch_id
    record_batch(
        batch_id=batch_id,
        kind="decisions",
        source=source,
        counts={
            "accepted": len(recorded.inserted),
            "repeated": recorded.repeated,
            "rejected": len(recorded.rejected),
        },
        sha256=sha256,
        system_ids=sorted({row[0] for row in recorded.inserted}),
        actor=actor,
        at=at,
    )
