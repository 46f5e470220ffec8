"""The record of one delivery: a row, and one entry in the ledger for all of its readings."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb

from ledger.rules.actors import Actor
from ledger.services.entries import entry_statements
from ledger.services.together import Statement, send_together

INSERT = """
INSERT INTO telemetry_batch
  (id, kind, source, sender_id, received_at, accepted, repeated, rejected, sha256)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
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
) -> None:
    """Write the batch and its ledger entry. `counts` has accepted, repeated, rejected and more."""
    send_together(
        batch_statements(
            batch_id=batch_id, kind=kind, source=source, counts=counts, sha256=sha256,
            system_ids=system_ids, actor=actor, at=at,
        )
    )  # fmt: skip


def batch_statements(
    *,
    batch_id: UUID,
    kind: str,
    source: str,
    counts: Mapping[str, int],
    sha256: str,
    system_ids: Sequence[UUID],
    actor: Actor,
    at: datetime,
    legal_bases: Sequence[str] = (),
) -> list[Statement]:
    """Return what `record_batch` executes, for who sends it together with other statements.

    `legal_bases` are those of the fairness gaps in it; they stand in the entry.
    """
    sender = source or ("a person" if actor.person else actor.name)
    batch = (
        batch_id, kind, source, actor.id, at, counts["accepted"], counts["repeated"],
        counts["rejected"], sha256,
    )  # fmt: skip
    bases = {"legal_bases": list(legal_bases)} if legal_bases else {}
    entry = entry_statements(
        verb=VERBS.get(kind, "measurements.received"),
        actor=actor,
        at=at,
        subject=("batch", str(batch_id), f"{counts['accepted']} of {sender}"),
        system_id=system_ids[0] if len(system_ids) == 1 else None,
        details={"kind": kind, "source": source, "sha256": sha256, **counts, **bases},
        touched=[f"telemetry_batch:{batch_id}"],
    )
    return [(INSERT, batch), *entry]
