"""Readings from the future: held, and released when their window has ended (EVA-10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.worded import as_moment, worded
from ledger.services.entries import append_entry
from outbox.services.messages import queue_mail
from telemetry.models import QuarantinedReading
from telemetry.services.states import Row

LONGEST = timedelta(days=7)
AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Held:
    """Numbers of rows that are held now, that were held already, that differ from what is held."""

    held: list[int]
    repeated: list[int]
    different: list[int]


def hold_readings(*, rows: Sequence[tuple[int, Row]], batch_id: UUID, at: datetime) -> Held:
    """Keep (number, row) pairs aside until their windows have ended; each key once."""
    found = Held([], [], [])
    if not rows:
        return found
    known = {
        (one.series_id, one.window_end, one.revision): one.row
        for one in QuarantinedReading.objects.filter(
            series_id__in={row[0] for _, row in rows}, window_end__gt=at
        )
    }
    new: list[QuarantinedReading] = []
    for number, row in rows:
        body = {"value": row[3], "n": row[4], "low": row[5], "high": row[6], "good": row[7]}
        held = known.setdefault(row[:3], body)
        if held is body:
            found.held.append(number)
            new.append(_reading(row, body, batch_id, at))
        else:
            (found.repeated if held == body else found.different).append(number)
    QuarantinedReading.objects.bulk_create(new, ignore_conflicts=True)
    return found


def _reading(row: Row, body: dict[str, object], batch_id: UUID, at: datetime) -> QuarantinedReading:
    return QuarantinedReading(
        series_id=row[0],
        window_end=row[1],
        revision=row[2],
        row=body,
        received_at=at,
        batch_id=batch_id,
    )


def take_due(*, at: datetime) -> list[Row]:
    """Mark the held readings whose window has ended as released, and return them sorted.

    Must run in the transaction that stores them. Rows that another sweep holds are left to it;
    those of a KPI that is switched off wait until it is on again.
    """
    due = QuarantinedReading.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        window_end__lte=at, released_at=None, expired_at=None, series__kpi__off=False
    )
    readings = list(due.order_by("series_id", "window_end", "revision")[:AT_ONCE])
    QuarantinedReading.objects.filter(pk__in=[one.pk for one in readings]).update(released_at=at)
    return [
        (
            one.series_id,
            one.window_end,
            one.revision,
            one.row["value"],
            one.row["n"],
            one.row["low"],
            one.row["high"],
            one.row["good"],
        )
        for one in readings
    ]


@transaction.atomic
def expire_readings(*, actor: Actor, at: datetime) -> int:
    """Give up readings that were held for a week and still lie in the future; tell the owner."""
    old = QuarantinedReading.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        received_at__lte=at - LONGEST, window_end__gt=at, released_at=None, expired_at=None
    )
    readings = list(
        old.select_related("series__system__owner", "series__kpi").order_by("pk")[:AT_ONCE]
    )
    QuarantinedReading.objects.filter(pk__in=[one.pk for one in readings]).update(expired_at=at)
    for one in readings:
        _tell(one, actor, at)
    return len(readings)


def _tell(reading: QuarantinedReading, actor: Actor, at: datetime) -> None:
    series, system = reading.series, reading.series.system
    append_entry(
        verb="measurements.expired",
        actor=actor,
        at=at,
        subject=("series", str(series.pk), series.label),
        system_id=system.pk,
        details={"window_end": reading.window_end, "received_at": reading.received_at},
    )
    queue_mail(
        key=f"quarantine-expired:{reading.pk}",
        person_id=system.owner_id,
        address=system.owner.email,
        subject=worded("{system}: a reading from the future was never judged", system=system.name),
        body=worded(
            "A reading of {kpi} came a week ago for a window that ends at {when} and lies in the "
            "future still. It is not judged. Please check the clock of its sender.",
            kpi=series.kpi_id,
            when=as_moment(
                reading.window_end.isoformat(),
                at=reading.window_end.astimezone(ZoneInfo(system.owner.zone)),
                form="INSTANT_WORDS_SECONDS_ZONED",
            ),
        ),
        at=at,
    )
