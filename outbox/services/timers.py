"""Timers: armed with the change that needs them, cancelled with the one that does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from outbox import timer_kinds
from outbox.models import Timer
from outbox.set_inserts import insert_rows


@transaction.atomic
def arm_timer(
    *,
    kind: str,
    key: str,
    subject_id: UUID,
    due_at: datetime,
    at: datetime,
    payload: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> Timer:
    """Arm a timer, or return the one that was armed under this key before.

    `inputs` explains the instant to a reader. Raises KeyError for an unregistered kind.
    """
    timer_kinds.lookup(kind)
    timer, _ = Timer.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "subject_id": subject_id,
            "due_at": due_at,
            "next_try_at": due_at,
            "payload": dict(payload or {}),
            "inputs": dict(inputs or {}),
            "armed_at": at,
        },
    )
    return timer


@dataclass(frozen=True, slots=True)
class Arming:
    """A timer to be armed together with others; `inputs` explains the instant to a reader."""

    kind: str
    key: str
    subject_id: UUID
    due_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def arm_timers(*, armings: Sequence[Arming], at: datetime) -> None:
    """Arm several timers in one statement; those under a known key stay as they were armed.

    Raises KeyError for an unregistered kind.
    """
    for arming in armings:
        timer_kinds.lookup(arming.kind)
    rows = [
        {
            "id": uuid4(),
            "kind": arming.kind,
            "key": arming.key,
            "subject_id": arming.subject_id,
            "due_at": arming.due_at,
            "next_try_at": arming.due_at,
            "payload": dict(arming.payload),
            "inputs": dict(arming.inputs),
            "armed_at": at,
        }
        for arming in armings
    ]
    insert_rows(Timer, rows, skip_known=True)


@transaction.atomic
def cancel_timers(
    *,
    subject_id: UUID,
    reason: str,
    at: datetime,
    kinds: Sequence[str] = (),
    key_prefix: str = "",
) -> int:
    """Cancel the armed timers of a subject, perhaps only some kinds, and return how many."""
    timers = Timer.objects.filter(subject_id=subject_id, state=Timer.State.ARMED)
    if kinds:
        timers = timers.filter(kind__in=kinds)
    if key_prefix:
        timers = timers.filter(key__startswith=key_prefix)
    return timers.update(state=Timer.State.CANCELLED, cancelled_at=at, cancelled_reason=reason)
