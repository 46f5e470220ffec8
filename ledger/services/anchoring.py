"""Outside witnesses of time: the newest checkpoint is stamped by authorities (RFC 3161).

Stands apart from sealing: an authority that is down delays its own stamps and nothing else.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from ledger.connectors.rfc3161 import Stamp, StampRefused, fetch_stamp, trusted_roots
from ledger.models import Anchor, AnchorState, Checkpoint
from ledger.rules.waits import wait_after

# Longer than asking takes: until then nobody else asks, and a killed sweep's turn is over.
TURN = timedelta(seconds=60)


def anchor(at: datetime) -> int:
    """Ask every authority that is due for a stamp of the newest checkpoint; return how many came.

    The requests run outside any transaction. What fails is written down with its reason and tried
    again after growing waits.
    """
    return sum(_anchor_one(authority, at) for authority in settings.LEDGER_TSA_URLS)


def _anchor_one(authority: str, at: datetime) -> int:
    checkpoint = Checkpoint.objects.order_by("-id").first()
    if checkpoint is None or _stamped(checkpoint, authority) or not _take_turn(authority, at):
        return 0
    try:
        stamp = fetch_stamp(
            authority=authority, note=checkpoint.note.encode(), roots=trusted_roots()
        )
    except StampRefused as refused:
        _keep_failure(authority, str(refused), at)
        return 0
    _keep_stamp(checkpoint, authority, stamp, at)
    return 1


def _stamped(checkpoint: Checkpoint, authority: str) -> bool:
    return Anchor.objects.filter(checkpoint=checkpoint, authority=authority).exists()


@transaction.atomic
def _take_turn(authority: str, at: datetime) -> bool:
    """Whether the authority is due and nobody else asks it now; one statement decides."""
    AnchorState.objects.get_or_create(authority=authority)
    due = Q(next_try_at__isnull=True) | Q(next_try_at__lte=at)
    mine = AnchorState.objects.filter(due, authority=authority)
    return bool(mine.update(tried_at=at, next_try_at=at + TURN))


@transaction.atomic
def _keep_stamp(checkpoint: Checkpoint, authority: str, stamp: Stamp, at: datetime) -> None:
    Anchor.objects.get_or_create(
        checkpoint=checkpoint,
        authority=authority,
        defaults={"token": stamp.token, "gen_time": stamp.gen_time, "received_at": at},
    )
    AnchorState.objects.filter(authority=authority).update(
        succeeded_at=at,
        next_try_at=at + timedelta(seconds=settings.LEDGER_ANCHOR_SECONDS),
        failures=0,
        error="",
    )


@transaction.atomic
def _keep_failure(authority: str, reason: str, at: datetime) -> None:
    state = AnchorState.objects.select_for_update(no_key=True).get(authority=authority)
    state.failures += 1
    state.error = reason[:500]
    state.next_try_at = at + wait_after(state.failures)
    state.save(update_fields=["failures", "error", "next_try_at"])
