"""The record of one delivery: a row, and one entry in the ledger for all of its readings."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb

from ledger.rules.actors import Actor
from ledger.services.entries import append_entry
from telemetry.models import Batch

VERBS = {"decisions": "decisions.received", "labels": "labels.received"}


def canonical_sha256(rows: Sequence[tuple[Any, ...]]) -> str:
    """Return the SHA-256 of rows sorted by key, as one JSON array of arrays with instants in UTC.

    Anybody who has the readings of a batch can compute it again (docs of the API).
    """
    plain = orjson.dumps(rows, default=_unwrapped, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(plain).hexdigest()


def _unwrapped(value: Any) -> Any:
    if isinstance(value, Jsonb):
        return value.obj
    raise TypeError(f"no row holds a {type(value).__name__}")


def record_batch(
    *,
    batch_id: UUID,
    kind: str,
    source: str,
    counts: Mapping[str, int],
    sha256: str,
    system_ids: Sequence[UUID],
    actor: Actor,
    at: datetime,
) -> Batch:
    """Write the batch and its ledger entry. `counts` has accepted, repeated, rejected and more."""
    batch = Batch.objects.create(
        id=batch_id,
        kind=kind,
        source=source,
        sender_id=actor.id,
        received_at=at,
        accepted=counts["accepted"],
        repeated=counts["repeated"],
        rejected=counts["rejected"],
        sha256=sha256,
    )
    sender = source or ("a person" if actor.person else actor.name)
    append_entry(
        verb=VERBS.get(kind, "measurements.received"),
        actor=actor,
        at=at,
        subject=("batch", str(batch_id), f"{counts['accepted']} of {sender}"),
        system_id=system_ids[0] if len(system_ids) == 1 else None,
        details={"kind": kind, "source": source, "sha256": sha256, **counts},
        touched=[f"telemetry_batch:{batch_id}"],
    )
    return batch
