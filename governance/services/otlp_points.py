"""Points of metrics in: added up by window, and a reading of a KPI once a window has ended."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet

from governance.models import Arrival, MetricMapping, MetricStream, MetricWindow
from governance.selectors.doors import Sender, mappings_in_force, senders_in
from governance.services.arrivals import note_arrivals
from governance.services.metric_windows import LATE, built, emit_ended, turn_of
from governance.services.otlp import (
    DoorReceipt,
    nobody,
    service_of,
)
from governance.services.turns import take_turns
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.worded import worded
from registry.models import System
from telemetry.rules.excerpts import POINT, excerpt_of
from telemetry.rules.otlp.points import (
    EPOCH,
    REPEATED,
    SECOND,
    Refused,
    Stream,
    Total,
    environment_of,
    matches,
    segment_of,
    stream_key,
    take,
    window_end_of,
)
from telemetry.rules.otlp.shapes import Point
from telemetry.rules.otlp.tallies import Tally
from telemetry.rules.rows import segment_fault

MOST_STREAMS = 1000
UNMAPPED = "No mapping names this metric with these attributes."
WindowKey = tuple[UUID, str, str, datetime]


@dataclass(slots=True)
class _Carried:
    """What the mappings carry: streams and windows, loaded under the turns of their mappings."""

    streams: dict[tuple[UUID, str], Stream] = field(default_factory=dict)
    windows: dict[WindowKey, Tally] = field(default_factory=dict)
    revisions: dict[WindowKey, int] = field(default_factory=dict)
    room: dict[UUID, int] = field(default_factory=dict)
    moved: set[tuple[UUID, str]] = field(default_factory=set)
    filled: set[WindowKey] = field(default_factory=set)


def take_in_points(
    *, points: Sequence[Point], reach: QuerySet[System], actor: Actor, at: datetime
) -> DoorReceipt:
    """Add points to the windows of their mappings, and judge the windows that have ended.

    Nothing is raised for points that are not good: the receipt counts them by reason.
    """
    receipt = _take(points=points, reach=reach, actor=actor, at=at)
    note_arrivals(door=Arrival.Door.METRICS, arrived=receipt.arrived, at=at)
    return receipt


@retried
@transaction.atomic
def _take(
    *, points: Sequence[Point], reach: QuerySet[System], actor: Actor, at: datetime
) -> DoorReceipt:
    receipt = DoorReceipt()
    matched = _matched(receipt, points, reach)
    mappings = {one.pk: one for _, _, several in matched for one in several}
    take_turns(turn_of(pk) for pk in mappings)
    carried = _load(matched, at)
    for sender, point, several in sorted(matched, key=lambda one: one[1].at_ns):
        _add(receipt, carried, sender, point, several, at)
    _save(carried)
    if mappings:
        rows = MetricWindow.objects.filter(mapping_id__in=list(mappings))
        stored = emit_ended(rows=rows, reach=reach, actor=actor, at=at, receipt=receipt)
        receipt.incidents = stored.incidents if stored else []
    return receipt


Matched = tuple[Sender, Point, list[MetricMapping]]


def _matched(
    receipt: DoorReceipt, points: Sequence[Point], reach: QuerySet[System]
) -> list[Matched]:
    """Return the points that some mapping names; the others are noted or refused."""
    named = [(service_of(point.resource), point) for point in points]
    senders = senders_in(reach=reach, names={name for name, _ in named})
    ids = {sender.system_id for sender in senders.values() if sender is not None}
    mappings = mappings_in_force(system_ids=ids)
    found = []
    for name, point in named:
        sender = senders.get(name)
        if sender is None:
            reason = nobody(name, several=name in senders)
            receipt.refuse(reason)
            receipt.keep(reason, _excerpt(point))
            continue
        candidates = mappings.get((sender.system_id, point.metric), ())
        several = [one for one in candidates if matches(point, one.attributes)]
        if several:
            found.append((sender, point, several))
        else:
            receipt.ignored += 1
            one = receipt.note(sender.system_id, point.metric, reason=UNMAPPED)
            one.unit = point.unit
    return found


def _load(matched: Sequence[Matched], at: datetime) -> _Carried:
    carried = _Carried()
    wanted = {one.pk for _, _, several in matched for one in several}
    if not wanted:
        return carried
    keys = {stream_key(point) for _, point, _ in matched}
    for row in MetricStream.objects.filter(mapping_id__in=wanted, key__in=keys):
        total = None if row.total is None else built(row.total, Total)
        carried.streams[row.mapping_id, row.key] = Stream(row.began_ns, row.newest_ns, total)
    ends = {
        window_end_of(point.at_ns, one.window_seconds)
        for _, point, several in matched
        for one in several
        if abs(EPOCH + timedelta(seconds=point.at_ns // SECOND) - at) < timedelta(days=400)
    }
    for window in MetricWindow.objects.filter(mapping_id__in=wanted, window_end__in=ends):
        key = (window.mapping_id, window.environment, window.segment, window.window_end)
        carried.windows[key] = built(window.tally, Tally)
        carried.revisions[key] = window.revision
    counted = MetricStream.objects.filter(mapping_id__in=wanted).values_list("mapping_id")
    used = dict(counted.annotate(n=Count("pk")))
    carried.room = {pk: MOST_STREAMS - used.get(pk, 0) for pk in wanted}
    return carried


def _add(
    receipt: DoorReceipt,
    carried: _Carried,
    sender: Sender,
    point: Point,
    several: Sequence[MetricMapping],
    at: datetime,
) -> None:
    """Add a point to every mapping that names it; it is refused where one of them refuses it."""
    try:
        notes = [_add_to(carried, one, point, at) for one in several]
    except Refused as error:
        reason = str(error)
        receipt.refuse(reason)
        receipt.keep(reason, _excerpt(point), sender.slug)
        receipt.note(sender.system_id, point.metric, reason=reason).unit = point.unit
        return
    if all(note == REPEATED for note in notes):
        receipt.repeated += 1
    else:
        receipt.taken += 1
    said = next((note for note in notes if note and note != REPEATED), "")
    one = receipt.note(sender.system_id, point.metric, taken=1)
    one.unit, one.reason = point.unit, said or one.reason


def _excerpt(point: Point) -> dict[str, str]:
    """Return what is shown of a point that was not taken: which it is."""
    at = EPOCH + timedelta(seconds=point.at_ns // SECOND % 10**11)
    said = {
        "service": service_of(point.resource),
        "metric": point.metric,
        "unit": point.unit,
        "kind": point.kind,
        "at": at.isoformat() if point.at_ns else "",
    }
    return excerpt_of(said, POINT)


def _add_to(carried: _Carried, mapping: MetricMapping, point: Point, at: datetime) -> str:
    """Add a point to one mapping. Raises Refused."""
    if mapping.unit and point.unit != mapping.unit:
        raise Refused(
            worded(
                "Its unit is {unit!r}, and it is mapped as {unit_2!r}.",
                unit=point.unit,
                unit_2=mapping.unit,
            )
        )
    seen = EPOCH + timedelta(seconds=point.at_ns // SECOND)
    if seen > at + timedelta(seconds=settings.CLOCK_SKEW_SECONDS):
        raise Refused("The point lies in the future.")
    if seen < at - LATE:
        raise Refused("The point is older than two days, and its window is closed.")
    environment, segment = environment_of(point), segment_of(point, mapping.segment_attribute)
    _check_place(environment, segment)
    end = window_end_of(point.at_ns, mapping.window_seconds)
    window = (mapping.pk, environment, segment, end)
    stream = _stream(carried, mapping, stream_key(point))
    tally = carried.windows.get(window) or Tally()
    note = take(point, stream, tally, mapping.window_seconds)
    if note != REPEATED:
        carried.moved.add((mapping.pk, stream_key(point)))
        if tally.points:
            carried.windows[window] = tally
            carried.filled.add(window)
    return note


def _check_place(environment: str, segment: str) -> None:
    if len(environment) > 30 or "\x00" in environment:
        raise Refused("The name of the environment has 30 characters at most.")
    fault = segment_fault(segment)
    if fault:
        raise Refused(fault)


def _stream(carried: _Carried, mapping: MetricMapping, key: str) -> Stream:
    known = carried.streams.get((mapping.pk, key))
    if known is not None:
        return known
    if carried.room[mapping.pk] <= 0:
        raise Refused(
            worded(
                "More than {most_streams} combinations of attributes came for one "
                "mapping; send the metric with fewer of them.",
                most_streams=MOST_STREAMS,
            )
        )
    carried.room[mapping.pk] -= 1
    made = carried.streams[mapping.pk, key] = Stream()
    return made


def _save(carried: _Carried) -> None:
    streams = [
        MetricStream(
            mapping_id=mapping,
            key=key,
            began_ns=stream.began_ns,
            newest_ns=stream.newest_ns,
            total=_plain(stream.total),
        )
        for mapping, key in sorted(carried.moved)
        for stream in [carried.streams[mapping, key]]
    ]
    MetricStream.objects.bulk_create(
        streams,
        update_conflicts=True,
        unique_fields=["mapping", "key"],
        update_fields=["began_ns", "newest_ns", "total"],
    )
    windows = [
        MetricWindow(
            mapping_id=key[0],
            environment=key[1],
            segment=key[2],
            window_end=key[3],
            tally=_plain(carried.windows[key]),
            revision=carried.revisions.get(key, 0),
            due=True,
        )
        for key in sorted(carried.filled)
    ]
    MetricWindow.objects.bulk_create(
        windows,
        update_conflicts=True,
        unique_fields=["mapping", "environment", "segment", "window_end"],
        update_fields=["tally", "due"],
    )


def _plain(kept: Any) -> Any:
    return None if kept is None else msgspec.to_builtins(kept, str_keys=True)
