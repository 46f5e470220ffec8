"""A past instant as somebody asks for it: read, checked, said in words."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from ledger.rules.refusals import Invalid, Missing
from ledger.rules.worded import as_moment, day_told, term, word, worded
from outbox.rules.calendars import first_instant

# In an address that was typed by hand the plus of an offset arrives as a space.
LOST_PLUS = re.compile(r" (\d\d:?\d\d)$")
DAY = re.compile(r"\d{4}-\d\d-\d\d$")
EXAMPLE = word("Write it like 2026-03-03T14:00, 2026-03-03T13:00:00Z or 2026-03-03.")


def read_instant(text: str, *, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the UTC instant that is meant by an ISO 8601 text, not later than `now`.

    With an offset it is that instant. Without one it is a time of `zone`; where the clocks were
    put back and it came twice, the first. A day is its end; today is now. Raises Invalid.
    """
    given = LOST_PLUS.sub(r"+\1", text.strip())
    try:
        instant = _end_of(given, zone, now) if DAY.match(given) else _instant(given, zone)
    except (ValueError, OverflowError) as error:
        raise _unreadable(
            worded(
                "{text!r} is no instant. {example}", text=text.strip()[:60], example=term(EXAMPLE)
            )
        ) from error
    if instant > now:
        raise Invalid(
            "as_of_to_come",
            worded(
                "{instant} has not come yet: the record can be shown as it was, not as it will be.",
                instant=in_words(instant, zone),
            ),
            fields={"as_of": "This has not come yet."},
        )
    return instant


def require_begun(instant: datetime, *, began: datetime, what: str, zone: ZoneInfo) -> None:
    """Raise Missing for an instant at which something was not there yet, saying since when it is.

    `what` is how its beginning is told: 'INC-2026-0001 was opened', 'Claims approval was
    registered'.
    """
    if instant < began:
        raise Missing(
            "not_begun",
            worded(
                "There was nothing to show on {instant}: {what} on {began}.",
                instant=in_words(instant, zone),
                what=what,
                began=in_words(began, zone),
            ),
        )


def in_words(instant: datetime, zone: tzinfo) -> str:
    """Say an instant in a zone: '3 March 2026, 14:00', with seconds where they are not zero."""
    here = instant.astimezone(zone)
    seconds = f":{here:%S}" if here.second or here.microsecond else ""
    said = f"{here.day} {here:%B %Y, %H:%M}{seconds}"
    return as_moment(said, at=here, form=f"INSTANT_WORDS{'_SECONDS' if seconds else ''}")


def with_zone(instant: datetime, zone: tzinfo) -> str:
    """Say an instant with its zone, as mails and refusals do: '3 March 2026, 14:00 CET'."""
    here = instant.astimezone(zone)
    said = in_words(instant, zone)
    form = "INSTANT_WORDS_SECONDS" if here.second or here.microsecond else "INSTANT_WORDS"
    return as_moment(f"{said} {here.tzname()}", at=here, form=f"{form}_ZONED")


def in_utc(instant: datetime, zone: tzinfo) -> str:
    """Say an instant as '2026-03-03 13:00 UTC'; other languages say it in a reader's zone."""
    said = f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return as_moment(said, at=instant.astimezone(zone), form="INSTANT_WORDS_ZONED")


def canonical_text(instant: datetime) -> str:
    """Write an instant as addresses carry it: in UTC, with the fraction only where there is one."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _end_of(given: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The last microsecond of a day, or now for today."""
    day = date.fromisoformat(given)
    if day == now.astimezone(zone).date():
        return now
    return first_instant(day + timedelta(days=1), 0, zone) - timedelta(microseconds=1)


def _instant(given: str, zone: ZoneInfo) -> datetime:
    found = datetime.fromisoformat(given)
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    instant = found.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != found:
        raise _unreadable(
            worded(
                "There was no {time} on {day} in {zone}: the clocks were put forward.",
                time=f"{found:%H:%M}",
                day=day_told(found),
                zone=zone.key,
            )
        )
    return instant


def _unreadable(words: str) -> Invalid:
    return Invalid("as_of_unreadable", words, fields={"as_of": words})
