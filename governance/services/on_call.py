"""The rota: kept for a unit, shifts entered and taken back; a calendar elsewhere is read."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from governance.models import OnCallFetch, OnCallRota, OnCallShift
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.services.entries import append_entry
from outbox.secrets import encrypt
from outbox.services.hints import nudge
from registry.models import Unit, User
from registry.services.access import require_unit_permit

LONGEST = timedelta(days=31)
AHEAD = timedelta(days=400)
READING = "on-call calendars"


@transaction.atomic
def keep_rota(
    *, unit_id: UUID, zone: str, url: str | None, actor: Actor, at: datetime
) -> OnCallRota:
    """Make or change the rota of a unit; `url` None leaves its calendar, '' takes it away.

    Raises Missing, Forbidden, Invalid (no such zone, no address).
    """
    unit = _unit(unit_id, actor, at)
    _check_zone(zone)
    rows = OnCallRota.objects.select_for_update(no_key=True, of=("self",))
    rota = rows.filter(unit=unit).first() or OnCallRota(unit=unit, version=0)
    before = {"zone": rota.zone, "calendar": rota.host} if rota.version else {}
    rota.zone, rota.version = zone, rota.version + 1
    if url is not None:
        rota.host = _host(url)
        rota.sealed_url = encrypt([url.strip()]) if url.strip() else b""
    rota.kept_by_id, rota.kept_at = actor.person, at
    rota.save(force_insert=rota.version == 1, at=at)
    _record("on_call.kept", unit, actor, at, before, {"zone": zone, "calendar": rota.host})
    _read_soon(rota, at)
    return rota


@transaction.atomic
def enter_shift(
    *,
    unit_id: UUID,
    person_id: UUID,
    from_at: datetime,
    until_at: datetime,
    actor: Actor,
    at: datetime,
) -> OnCallShift:
    """Put a person on call for a unit in [from_at, until_at).

    The first shift of a unit makes its rota, in the zone of the unit's calendar. Raises Missing,
    Forbidden, Invalid (in the past, too long, nobody who could be called).
    """
    unit = _unit(unit_id, actor, at)
    person = _callable_person(person_id)
    _check_times(from_at, until_at, at)
    rota = OnCallRota.objects.filter(unit=unit).first()
    if rota is None:
        rota = keep_rota(unit_id=unit_id, zone=unit.calendar.zone, url=None, actor=actor, at=at)
    shift = OnCallShift(
        rota=rota,
        person=person,
        from_at=from_at,
        until_at=until_at,
        entered_by_id=actor.person,
        entered_at=at,
    )
    shift.save(force_insert=True, at=at)
    told = {"from": from_at, "until": until_at, "person": person.on_record}
    _record("on_call.shift_entered", unit, actor, at, {}, told)
    return shift


@transaction.atomic
def end_shift(*, shift_id: UUID, reason: str, actor: Actor, at: datetime) -> OnCallShift:
    """Take a shift back that was entered by form; who was called under it stays on record.

    Raises Missing, Forbidden, Invalid (no reason), Conflict (over, or the calendar's own).
    """
    rows = OnCallShift.objects.select_for_update(no_key=True, of=("self",))
    shift = rows.select_related("rota__unit__calendar", "person").filter(pk=shift_id).first()
    if shift is None:
        raise Missing("unknown_shift", "There is no such shift.")
    unit = _unit(shift.rota.unit_id, actor, at)
    if shift.uid:
        raise Conflict("shift_of_calendar", "This shift comes from a calendar: change it there.")
    if shift.ended_at is not None or shift.until_at <= at:
        raise Conflict("shift_over", "This shift is over.")
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    shift.ended_at, shift.ended_reason = at, reason.strip()[:200]
    shift.save(update_fields=["ended_at", "ended_reason"], at=at)
    told: dict[str, object] = {"from": shift.from_at, "until": shift.until_at}
    told["person"] = shift.person.on_record
    _record("on_call.shift_ended", unit, actor, at, told, {"until": at}, reason.strip())
    return shift


def _unit(unit_id: UUID, actor: Actor, at: datetime) -> Unit:
    unit: Unit | None = Unit.objects.select_related("calendar").filter(pk=unit_id).first()
    if unit is None:
        raise Missing("unknown_unit", "There is no such unit.")
    subject = ("unit", str(unit.pk), unit.name)
    require_unit_permit(act="on_call.keep", unit_id=unit.pk, actor=actor, at=at, subject=subject)
    return unit


def _callable_person(person_id: UUID) -> User:
    rows = User.objects.filter(pk=person_id, is_active=True, kind=User.Kind.PERSON)
    person: User | None = rows.first()
    if person is None:
        words = "There is no such person who could be called."
        raise Invalid("unknown_person", words, fields={"person": words})
    return person


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        words = "Write an IANA zone, such as Europe/Berlin."
        raise Invalid("no_such_zone", words, fields={"zone": words}) from None


def _check_times(from_at: datetime, until_at: datetime, at: datetime) -> None:
    if until_at <= max(from_at, at):
        raise _wrong("until_at", "The end lies after the beginning, and in the future.")
    if until_at - from_at > LONGEST:
        raise _wrong("until_at", "A shift lasts 31 days at most: enter the next one apart.")
    if from_at > at + AHEAD or from_at < at - LONGEST:
        raise _wrong("from_at", "A shift begins within the next 400 days.")


def _wrong(name: str, words: str) -> Invalid:
    return Invalid("shift_not_right", words, fields={name: words})


def _host(url: str) -> str:
    """The host of an address, '' for none. Raises Invalid."""
    if not url.strip():
        return ""
    words = "Write the address of the calendar, beginning with https://."
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in ("https", "http") or not host or len(url) > 1000:
        raise Invalid("no_address", words, fields={"url": words})
    return host[:255]


def _read_soon(rota: OnCallRota, at: datetime) -> None:
    """Let the next sweep read the calendar; without one nothing is read."""
    if not rota.sealed_url:
        OnCallFetch.objects.filter(rota=rota).delete()
        return
    OnCallFetch.objects.update_or_create(
        rota=rota, defaults={"next_at": at, "fault": "", "unknown": []}
    )
    nudge(READING)


def _record(
    verb: str,
    unit: Unit,
    actor: Actor,
    at: datetime,
    before: Mapping[str, object],
    after: Mapping[str, object],
    reason: str = "",
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("unit", str(unit.pk), unit.name),
        before=dict(before),
        after=dict(after),
        reason=reason,
    )
