"""Voiding readings: asked by one person, confirmed by a validator, append-only (EVA-17).

What a void does to standings is governance's; here is what is stored.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.selectors.permits import person_needed, who_can
from registry.services.access import require_system_permit
from telemetry.models import Series, SeriesRetirement, SeriesState, VoidedReading, VoidRequest
from telemetry.selectors.rollups import day_of
from telemetry.selectors.voids import no_such_request
from telemetry.services.states import Row

LONGEST_REASON = 2000
MOST_AT_ONCE = 10_000
# The newest revision of each window of the span, unless it was voided already.
COUNTING = """
SELECT DISTINCT ON (m.window_end)
       m.series_id, m.window_end, m.revision, m.value, m.n, m.low, m.high, m.good
  FROM telemetry_measurement m
 WHERE m.series_id = %s AND m.window_end >= %s AND m.window_end <= %s
   AND NOT EXISTS (SELECT 1 FROM telemetry_voidedreading v
     WHERE v.series_id = m.series_id AND v.window_end = m.window_end AND v.revision >= m.revision)
 ORDER BY m.window_end, m.revision DESC LIMIT %s
"""
LAST_VALID = """
SELECT max(m.window_end) FROM telemetry_measurement m
 WHERE m.series_id = %s AND m.good
   AND NOT EXISTS (SELECT 1 FROM telemetry_measurement newer
     WHERE newer.series_id = m.series_id AND newer.window_end = m.window_end
       AND newer.revision > m.revision)
   AND NOT EXISTS (SELECT 1 FROM telemetry_voidedreading v
     WHERE v.series_id = m.series_id AND v.window_end = m.window_end AND v.revision >= m.revision)
"""


@transaction.atomic
def ask_void(
    *, series_id: int, since: datetime, until: datetime, reason: str, actor: Actor, at: datetime
) -> VoidRequest:
    """Ask that the readings whose windows end in [since, until] count nowhere.

    Raises Missing, Forbidden, Invalid (no reason, no reading, too many).
    """
    series = _series(series_id)
    require_system_permit(act="void.ask", system=series.system, actor=actor, at=at)
    if actor.person is None:
        raise person_needed("void.ask", ("series", str(series.pk), series.label))
    reason = _reason(reason)
    if until < since:
        words = "The end lies before the beginning."
        raise Invalid("span_wrong", words, fields={"until": words})
    found = _counting(series, since, until)
    if not found or len(found) > MOST_AT_ONCE:
        words = (
            worded(
                "At most {most_at_once:,} readings at once; take a shorter time.",
                most_at_once=MOST_AT_ONCE,
            )
            if found
            else "No reading of this series counts in that time."
        )
        raise Invalid("nothing_to_void", words, fields={"since": words})
    row = VoidRequest(
        series=series,
        since=since,
        until=until,
        reason=reason,
        asked_by_id=actor.person,
        asked_at=at,
    )
    row.save(force_insert=True, at=at)
    _record("void.asked", row, actor, at, readings=len(found), reason=reason)
    return row


@transaction.atomic
def refuse_void(*, request_id: UUID, reason: str, actor: Actor, at: datetime) -> VoidRequest:
    """Refuse a request, with a reason. Raises Missing, Forbidden, Conflict, Invalid."""
    row = _decide(request_id, VoidRequest.State.REFUSED, _reason(reason), actor, at)
    _record("void.refused", row, actor, at, readings=0, reason=row.decided_reason)
    return row


@transaction.atomic
def confirm_void(
    *, request_id: UUID, reason: str, actor: Actor, at: datetime
) -> tuple[VoidRequest, list[Row]]:
    """Confirm a request and void what counts now in its time; the series is locked.

    Returns the request and the readings that count no more. Raises Missing, Forbidden (also for who
    asked), Conflict.
    """
    row = _decide(request_id, VoidRequest.State.CONFIRMED, reason.strip(), actor, at)
    found = _counting(row.series, row.since, row.until)
    for reading in found:
        VoidedReading(
            series=row.series,
            window_end=reading[1],
            revision=reading[2],
            request=row,
            voided_at=at,
        ).save(force_insert=True, at=at)
    _record("void.confirmed", row, actor, at, readings=len(found), reason=row.decided_reason)
    if found:
        _step_back(row.series, found)
    return row, found


@transaction.atomic
def retire_series(*, series_id: int, reason: str, actor: Actor, at: datetime) -> SeriesRetirement:
    """Expect nothing of a series any more: its segment is gone. Again changes nothing.

    A silent source is no such thing; that takes a fix. Raises Missing, Forbidden, Invalid.
    """
    series = _series(series_id)
    require_system_permit(act="series.retire", system=series.system, actor=actor, at=at)
    if actor.person is None:
        raise person_needed("series.retire", ("series", str(series.pk), series.label))
    known = SeriesRetirement.objects.filter(series=series).first()
    if known is not None:
        return known
    row = SeriesRetirement(series=series, reason=_reason(reason), retired_by_id=actor.person, at=at)
    row.save(force_insert=True, at=at)
    append_entry(
        verb="series.retired",
        actor=actor,
        at=at,
        subject=("series", str(series.pk), series.label),
        reason=row.reason,
        system_id=series.system_id,
        after={"segment": series.segment},
    )
    return row


def _step_back(series: Series, found: Sequence[Row]) -> None:
    """Let the latest state say what still counts, and the sums of these days be made anew."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_VALID, [series.pk])
        (last_valid,) = cursor.fetchone()
    state = SeriesState.objects.get(series=series)
    voided = {reading[1:3] for reading in found}
    first = day_of(min(reading[1] for reading in found))
    state.last_valid_at = last_valid
    state.good = state.good and (state.window_end, state.revision) not in voided
    state.dirty_from = first if state.dirty_from is None else min(first, state.dirty_from)
    state.save(update_fields=["last_valid_at", "good", "dirty_from"])


def _decide(
    request_id: UUID, state: VoidRequest.State, reason: str, actor: Actor, at: datetime
) -> VoidRequest:
    known = VoidRequest.objects.filter(pk=request_id).first()
    if known is None:
        raise no_such_request()
    # The series first, as every delivery does, so that two at once cannot wait for each other.
    list(SeriesState.objects.select_for_update().filter(series_id=known.series_id))
    row = VoidRequest.objects.select_for_update(of=("self",)).get(pk=request_id)
    system = row.series.system
    require_system_permit(act="void.decide", system=system, actor=actor, at=at)
    if actor.person is None:
        raise person_needed("void.decide", ("void", str(row.pk), row.series.label))
    if actor.person == row.asked_by_id:
        raise Forbidden(
            "own_void",
            "You cannot decide on this: you asked for it.",
            who_can=[
                name
                for name in who_can(act="void.decide", system=system, at=at)
                if name != row.asked_by.name
            ],
            recorded=True,
            subject=("void", str(row.pk), row.series.label),
        )
    if row.state != VoidRequest.State.ASKED:
        raise Conflict(
            "decided_already", worded("This request is {state} already.", state=row.state)
        )
    row.state, row.decided_reason = state, reason[:LONGEST_REASON]
    row.decided_by_id, row.decided_at = actor.person, at
    row.save(at=at)
    return row


def _counting(series: Series, since: datetime, until: datetime) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTING, [series.pk, since, until, MOST_AT_ONCE + 1])
        return list(cursor.fetchall())


def _series(series_id: int) -> Series:
    rows = Series.objects.select_related("system__owner", "system__deputy", "kpi")
    found = rows.filter(pk=series_id).first()
    if found is None:
        raise Missing(
            "unknown_series",
            worded("There is no series {series_id} that you may see.", series_id=series_id),
        )
    return found


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason or len(reason) > LONGEST_REASON:
        words = worded(
            "Say why, in at most {longest_reason} characters.", longest_reason=LONGEST_REASON
        )
        raise Invalid("reason_needed", words, fields={"reason": words})
    return reason


def _record(
    verb: str, row: VoidRequest, actor: Actor, at: datetime, *, readings: int, reason: str
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("void", str(row.pk), row.series.label),
        reason=reason,
        system_id=row.series.system_id,
        after={"state": row.state, "since": row.since, "until": row.until, "readings": readings},
        details={"series": row.series_id},
    )
