"""Timers: armed with the change that needs them, cancelled with the one that does not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from outbox import timer_kinds
from outbox.models import Timer


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
