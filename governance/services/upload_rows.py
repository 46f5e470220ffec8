"""Lines of a file of readings as a delivery: taken in, and told at the door of each system."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from governance.services.intake import Receipt, take_in_decisions, take_in_measurements
from ledger.rules.actors import Actor
from registry.models import System, User
from telemetry.models import DoorState, Upload
from telemetry.rules.excerpts import SHOWN, excerpt_of_typed
from telemetry.rules.rows import Delivery, Rejection
from telemetry.selectors.uploads import systems_for_upload
from telemetry.services.doors import (
    MOST_ROWS,
    Refusals,
    RefusedRow,
    note_accepted,
    note_refused,
)
from telemetry.services.uploads import Lines

SENDER = "an upload"


def reach_of(user: User, at: datetime) -> QuerySet[System]:
    """Return the systems whose readings a person may upload."""
    return systems_for_upload(user=user, at=at)


def counted(receipt: Receipt) -> dict[str, int]:
    """Return what became of the rows of a delivery."""
    return {
        "accepted": receipt.accepted,
        "repeated": receipt.repeated,
        "quarantined": len(receipt.quarantined),
        "incidents": len(receipt.incidents),
    }


def deliver(found: Upload, lines: Lines, user: User, actor: Actor, at: datetime) -> Receipt:
    """Take lines of a file in as a connector's delivery is taken in. Raises Invalid."""
    delivery: Delivery[Any] = Delivery(
        rows=lines.rows,
        numbers=lines.numbers,
        rejected=lines.rejected,
        source=f"file {found.name}"[:120],
    )
    take_in: Any = (
        take_in_measurements if found.kind == Upload.Kind.MEASUREMENTS else take_in_decisions
    )
    receipt: Receipt = take_in(delivery=delivery, reach=reach_of(user, at), actor=actor, at=at)
    return receipt


def note_chunk(
    found: Upload,
    lines: Lines,
    rejected: Sequence[Rejection],
    counts: Mapping[str, int],
    at: datetime,
) -> None:
    """Tell at the systems of a file which of its lines was taken last, and which were not."""
    shown, bad = SHOWN[str(found.kind)], {one.row for one in rejected}
    rows = dict(zip(lines.numbers, lines.rows, strict=True))
    if counts["accepted"]:
        good = {row.system: row for number, row in rows.items() if number not in bad}
        taken = {slug: excerpt_of_typed(row, shown) for slug, row in good.items()}
        note_accepted(door=DoorState.Door.UPLOADS, rows=taken, sender=SENDER, at=at)
    if rejected:
        every = str(found.options.get("every", {}).get("system", ""))
        told = [_refused(one, rows.get(one.row), every, shown) for one in rejected[:MOST_ROWS]]
        _note_refused(found, told, {row.system for row in rows.values()} | {every}, counts, at)


def _refused(one: Rejection, row: Any, every: str, shown: tuple[str, ...]) -> RefusedRow:
    said = {} if row is None else excerpt_of_typed(row, shown)
    return RefusedRow(one.row, one.field, one.reason, said, every if row is None else row.system)


def _note_refused(
    found: Upload,
    told: Sequence[RefusedRow],
    systems: set[str],
    counts: Mapping[str, int],
    at: datetime,
) -> None:
    note_refused(
        door=DoorState.Door.UPLOADS,
        refusals=Refusals(
            rows=told,
            accepted=counts["accepted"],
            repeated=counts["repeated"],
            count=len(told),
        ),
        reach=reach_of(_importer(found), at).filter(
            slug__in=[one for one in systems if "\x00" not in one]
        ),
        sender=SENDER,
        at=at,
    )


def _importer(found: Upload) -> User:
    person: User = User.objects.get(pk=found.ended_by_id)
    return person
