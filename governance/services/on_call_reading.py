"""Reading rotas from calendars elsewhere: asked each quarter of an hour, kept as shifts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import structlog
from django.db import transaction

from governance.models import OnCallFetch, OnCallRota, OnCallShift
from governance.rules.on_call_calendar import BadRota, Duty, duties
from governance.selectors.on_call import shifts_standing
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.worded import word, worded
from ledger.services.entries import append_entry
from outbox.channels.webhook import AddressRefused, pinned
from outbox.secrets import decrypt
from registry.models import User

READER = machine("on-call calendar")
EVERY = timedelta(minutes=15)
AHEAD = timedelta(days=62)
TIMEOUT = httpx.Timeout(8.0, connect=5.0)
MOST_BYTES = 1024 * 1024
MOST_AT_ONCE = 5
MOST_UNKNOWN = 20
log = structlog.get_logger(__name__)


class Unread(Exception):
    """The calendar could not be read; the text is told to people and holds no address."""


def read_due(at: datetime) -> int:
    """Read the calendars that are due, a few a sweep, and return how many were read."""
    return sum(_read(rota, at) for rota in _claimed(at))


@transaction.atomic
def _claimed(at: datetime) -> list[OnCallRota]:
    """Take what is due; the next look is set first, so that another sweep leaves it alone."""
    rows = OnCallFetch.objects.select_for_update(skip_locked=True, of=("self",))
    due = list(rows.filter(next_at__lte=at).order_by("next_at")[:MOST_AT_ONCE])
    for fetch in due:
        fetch.next_at, fetch.asked_at = at + EVERY, at
        fetch.save(update_fields=["next_at", "asked_at"])
    return [OnCallRota.objects.select_related("unit").get(pk=fetch.rota_id) for fetch in due]


def _read(rota: OnCallRota, at: datetime) -> bool:
    with acting_as(READER):
        try:
            content = _fetched(decrypt(bytes(rota.sealed_url))[0])
            found = duties(content, zone=rota.zone, since=at - EVERY, until=at + AHEAD)
        except (Unread, BadRota) as error:
            _failed(rota, str(error), at)
            return False
        take_duties(rota_id=rota.pk, found=found, at=at)
        return True


def _fetched(url: str) -> bytes:
    """Get the file through the guard of addresses. Raises Unread."""
    try:
        there, host = pinned(url)
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "GET",
                there,
                headers={"Host": host, "Accept": "text/calendar", "Accept-Encoding": "identity"},
                extensions={"sni_hostname": host.partition(":")[0]},
            ) as response,
        ):
            return _content(response)
    except AddressRefused as error:
        raise Unread(worded("the address is refused: {why}", why=error.args[0])) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unread(worded("it does not answer ({error})", error=type(error).__name__)) from None


def _content(response: httpx.Response) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise Unread(worded("it answered {code}", code=response.status_code))
    content = b""
    for part in response.iter_bytes():
        content += part
        if len(content) > MOST_BYTES:
            raise Unread(word("it is larger than a megabyte"))
    return content


@transaction.atomic
def take_duties(*, rota_id: UUID, found: list[Duty], at: datetime) -> int:
    """Make the shifts of a calendar what it says now, and return how many changed.

    What is past stays. Whom nobody here is called by is listed for who keeps the rota.
    """
    rota = OnCallRota.objects.select_for_update(no_key=True, of=("self",)).get(pk=rota_id)
    wanted, unknown = _known(found)
    standing = shifts_standing().filter(rota=rota, until_at__gt=at).exclude(uid="")
    kept = {_place(one): one for one in standing}
    gone = [one for place, one in kept.items() if place not in wanted]
    new = [one for place, one in wanted.items() if place not in kept]
    for shift in gone:
        shift.ended_at, shift.ended_reason = at, "no longer in the calendar"
        shift.save(update_fields=["ended_at", "ended_reason"], at=at)
    for person, duty in new:
        _enter(rota, person, duty, at)
    _read_well(rota, unknown, changed=len(gone) + len(new), at=at)
    return len(gone) + len(new)


Place = tuple[str, UUID, datetime, datetime]


def _known(found: list[Duty]) -> tuple[dict[Place, tuple[User, Duty]], list[str]]:
    """Return the duties by their place with the person meant, and who is not known here."""
    people = User.objects.filter(is_active=True, kind=User.Kind.PERSON)
    by_address = {one.email.lower(): one for one in people}
    by_name: dict[str, User | None] = {}
    for one in by_address.values():
        # Two people of one name: a title alone does not say which of them.
        by_name[one.name.lower()] = None if one.name.lower() in by_name else one
    wanted: dict[Place, tuple[User, Duty]] = {}
    unknown: dict[str, None] = {}
    for duty in found:
        meant = [by_address[one] for one in duty.addresses if one in by_address]
        named = None if duty.addresses else by_name.get(duty.title.lower())
        for person in meant or ([named] if named else []):
            wanted[(duty.uid, person.pk, duty.from_at, duty.until_at)] = (person, duty)
        if not meant and named is None:
            unknown[", ".join(duty.addresses) or duty.title or "an event without a name"] = None
    return wanted, list(unknown)[:MOST_UNKNOWN]


def _place(shift: OnCallShift) -> Place:
    times = shift.from_at.astimezone(UTC), shift.until_at.astimezone(UTC)
    return (shift.uid, shift.person_id, *times)


def _enter(rota: OnCallRota, person: User, duty: Duty, at: datetime) -> None:
    shift = OnCallShift(
        rota=rota,
        person=person,
        from_at=duty.from_at,
        until_at=duty.until_at,
        uid=duty.uid or "without a name",
        entered_at=at,
    )
    shift.save(force_insert=True, at=at)


def _read_well(rota: OnCallRota, unknown: list[str], *, changed: int, at: datetime) -> None:
    fetch = OnCallFetch.objects.filter(rota=rota).first()
    failed = bool(fetch and fetch.fault)
    OnCallFetch.objects.filter(rota=rota).update(answered_at=at, fault="", unknown=unknown)
    if changed or failed:
        _record("on_call.calendar_read", rota, at, {"changed": changed})


@transaction.atomic
def _failed(rota: OnCallRota, fault: str, at: datetime) -> None:
    """Keep the shifts as they are; that it fails is on record once, when it begins."""
    log.warning("on_call_calendar_unread", unit=rota.unit.name, fault=fault)
    fetch = OnCallFetch.objects.select_for_update().get(rota=rota)
    begins = not fetch.fault
    OnCallFetch.objects.filter(rota=rota).update(fault=fault[:500])
    if begins:
        _record("on_call.calendar_failed", rota, at, {"fault": fault[:500]})


def _record(verb: str, rota: OnCallRota, at: datetime, details: dict[str, object]) -> None:
    append_entry(
        verb=verb,
        actor=READER,
        at=at,
        subject=("unit", str(rota.unit_id), rota.unit.name),
        details=details,
    )
