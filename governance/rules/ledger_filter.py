"""What a reader asks the ledger for, as it stands in an address: read, checked, said in words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from ledger.rules.worded import word, worded
from outbox.rules.calendars import first_instant

LONGEST = 120
DAY = re.compile(r"\d{4}-\d\d-\d\d$")
# In an address that was typed by hand the plus of an offset arrives as a space.
LOST_PLUS = re.compile(r" (\d\d:?\d\d)$")
WHOLE_GROUP = ".*"
CHANNELS = {
    "web": "a page",
    "api": "the API",
    "admin": word("administration"),
    "command": "a command",
    "engine": "the product itself",
    "mail": word("mail"),
    "webhook": "a webhook",
}
FIELDS = (
    "person",
    "verb",
    "type",
    "about",
    "since",
    "until",
    "channel",
    "refused",
    "number",
    "group",
    "system",
)
WORDS = {
    "person": "who",
    "verb": "did",
    "type": "to a",
    "about": "about",
    "since": "from",
    "until": "before",
    "channel": "through",
    "refused": "only",
    "number": "entry",
    "group": "exceptions",
    "system": "system",
}


class Unreadable(ValueError):
    """A part of a filter that cannot be read, with the words for the reader."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter as it was typed; `before` is the place in the list, and no part of the filter.

    `exceptions` says that only exceptions are asked for, of one `group` or of all.
    """

    person: str = ""
    verb: str = ""
    type: str = ""
    about: str = ""
    since: str = ""
    until: str = ""
    channel: str = ""
    refused: str = ""
    number: str = ""
    group: str = ""
    system: str = ""
    before: str = ""
    exceptions: bool = field(default=False)

    @property
    def query(self) -> dict[str, str]:
        """The filter as it stands in an address, without the place in the list."""
        return {name: value for name in FIELDS if (value := getattr(self, name))}

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.query)

    def of_period(self, since: str, until: str = "") -> "Asked":
        """Return the same for a period."""
        return replace(self, since=since, until=until)


def asked_of(query: Mapping[str, str], *, exceptions: bool = False) -> Asked:
    """Read a filter from an address or a stored one; what is longer than a filter can be is cut."""
    given = {name: query.get(name, "").strip()[:LONGEST] for name in (*FIELDS, "before")}
    given["refused"] = "1" if given["refused"].lower() in ("1", "on", "true", "yes") else ""
    return Asked(**given, exceptions=exceptions)


def read_uuid(text: object) -> UUID | None:
    """Return the uuid that a text is, None for any other text."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


def read_number(text: str) -> int | None:
    """Return the number of '№ 48 190', '48190' or '#48190', None for nothing. Raises Unreadable."""
    digits = re.sub(r"[\s\u202f\u00a0№#.,']", "", text)
    if not digits:
        return None
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise Unreadable(
            worded("{text!r} is no number of an entry. Write it like 48190.", text=text)
        )
    return int(digits)


def read_since(text: str, *, zone: ZoneInfo) -> datetime | None:
    """Return the instant from which on, in UTC; a day is its beginning. Raises Unreadable."""
    return _read(text, zone, days=0)


def read_until(text: str, *, zone: ZoneInfo) -> datetime | None:
    """Return the instant before which, in UTC; a day counts whole. Raises Unreadable."""
    return _read(text, zone, days=1)


def read_verbs(text: str, *, known: Iterable[str]) -> tuple[str, ...]:
    """Return the verbs of 'incident.opened' or of 'incident.*'. Raises Unreadable."""
    if not text:
        return ()
    prefix = text.removesuffix(WHOLE_GROUP)
    if prefix != text:
        found = tuple(sorted(verb for verb in known if verb.startswith(f"{prefix}.")))
    else:
        found = tuple(verb for verb in known if verb == text)
    if not found:
        raise Unreadable(worded("There is no verb {text!r}. Choose one of the list.", text=text))
    return found


def read_channel(text: str) -> str:
    """Return a channel that there is, '' for nothing. Raises Unreadable."""
    if text and text not in CHANNELS:
        raise Unreadable(worded("There is no channel {text!r}. Choose one of the list.", text=text))
    return text


def in_words(asked: Asked, *, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Return the filter as pairs of words for a heading or a file: ('who', 'Jonas Weber')."""
    changed = {
        "refused": "what was refused",
        "channel": CHANNELS.get(asked.channel, asked.channel),
        "type": asked.type.replace("_", " "),
        "group": asked.group.replace("_", " "),
        "since": f"{asked.since.replace('T', ' ')} ({zone.key})",
        "until": f"{asked.until.replace('T', ' ')} ({zone.key})",
    }
    return [(WORDS[name], changed.get(name, value)) for name, value in asked.query.items()]


def _read(text: str, zone: ZoneInfo, *, days: int) -> datetime | None:
    given = LOST_PLUS.sub(r"+\1", text)
    if not given:
        return None
    try:
        if DAY.match(given):
            day = date.fromisoformat(given) + timedelta(days=days)
            return first_instant(day, 0, zone).astimezone(UTC)
        found = datetime.fromisoformat(given)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable(
            worded(
                "{text!r} is no instant. Write it like 2026-11-20T14:00 or 2026-11-20.", text=text
            )
        ) from error
