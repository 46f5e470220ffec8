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
from django.db import transaction
from django.db.models import QuerySet
from psycopg.types.json import Jsonb

from ledger.rules.actors import Actor
from registry.models import System
from telemetry.rules.rows import DecisionRow, Delivery, Rejection, decision_fault
from telemetry.services.batches import canonical_sha256, record_batch
from telemetry.services.measurements import refuse_bad_rows
from telemetry.services.series import systems_in_reach
from telemetry.services.storing import Stored, Table, store_rows

EVENTS = Table(
    name="telemetry_decision_event",
    columns=(
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
        ("received_at", "timestamptz"),
        ("batch_id", "uuid"),
    ),
    key=3,
    compared=22,
)
NO_SEGMENT = Jsonb({})
NO_CALLS = Jsonb([])
OTHER_EVENT = "This event came before with other content; an event is never changed."
Key = tuple[UUID, datetime, str]


@dataclass(slots=True)
class RecordedEvents:
    """What became of a delivery of events. `inserted` are rows of the table, sorted by key."""

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
    plain = sorted((row for _, row in rows.values()), key=lambda row: row[:3])
    stored = store_rows(EVENTS, [(*row, at, batch_id) for row in plain], careful=careful)
    _note(recorded, stored, rows)
    refuse_bad_rows(
        delivery.on_error, recorded.rejected, len(recorded.inserted) + recorded.repeated
    )
    if recorded.inserted:
        _record(recorded, batch_id, delivery.source, actor, at)
    return recorded


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
        if fault is not None:
            recorded.rejected.append(Rejection(number, *fault))
            continue
        plain = _plain(row, systems[row.system])
        first = placed.setdefault(plain[:3], (number, plain))
        if first[0] != number:
            _doubled(recorded, number, plain, first)
    return placed


def _fault(
    row: DecisionRow, systems: Mapping[str, UUID], horizon: datetime
) -> tuple[str, str] | None:
    if row.system not in systems:
        return "system", f"There is no system {row.system!r} that this token may write to."
    if row.at > horizon:
        seconds = settings.CLOCK_SKEW_SECONDS
        return "at", f"The event lies in the future, by more than {seconds} seconds."
    return decision_fault(row)


def _doubled(
    recorded: RecordedEvents,
    number: int,
    plain: tuple[Any, ...],
    first: tuple[int, tuple[Any, ...]],
) -> None:
    if canonical_sha256([plain]) == canonical_sha256([first[1]]):
        recorded.repeated += 1
    else:
        reason = f"Row {first[0]} has the same event with other content."
        recorded.rejected.append(Rejection(number, "event_id", reason))


def _plain(row: DecisionRow, system: UUID) -> tuple[Any, ...]:
    at = row.at if row.at.tzinfo is UTC else row.at.astimezone(UTC)
    return (
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
    recorded: RecordedEvents, batch_id: UUID, source: str, actor: Actor, at: datetime
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
        sha256=canonical_sha256([row[: EVENTS.compared] for row in recorded.inserted]),
        system_ids=sorted({row[0] for row in recorded.inserted}),
        actor=actor,
        at=at,
    )
