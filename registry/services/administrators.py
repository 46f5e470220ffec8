"""The last administrator stays: who administers a unit leaves it with another one."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from ledger.rules.commitments import Label
from ledger.rules.refusals import Conflict

# The lock of the trigger that sees to the same at commit (migration 0013_access).
LOCK = 7310013


def keep_an_administrator(
    *, lost: Iterable[tuple[UUID, datetime | None]], subject: tuple[str, str, Label]
) -> None:
    """Refuse what leaves a unit without an administrator who lasts as long as the one lost.

    `lost` are units with the end of the role there; None for a role without end. To be called when
    the change is saved, within its transaction; a second such change waits here for the first.
    Raises Conflict.
    """
    for unit_id, until_at in lost:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute("SELECT registry_administrators_left(%s, %s)", [unit_id, until_at])
            left = cursor.fetchone()[0]
        if not left:
            refusal = Conflict(
                "last_administrator",
                "This is the last administrator here: make somebody else an administrator of the "
                "unit, or of one above it, without an earlier end. Then it can end.",
            )
            refusal.recorded, refusal.subject = True, subject
            raise refusal
