"""Instants as cursors, addresses and texts carry them.

They are read in UTC, because PostgreSQL knows no offset of sixteen hours and more, which ISO 8601
allows.
"""

from datetime import UTC, datetime


def instant_read(text: str) -> datetime:
    """Return an instant with its offset from ISO 8601, in UTC. ValueError: it is none.

    A space stands for the plus of an offset, as in an address typed by hand.
    """
    found = datetime.fromisoformat(text.replace(" ", "+"))
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return _in_utc(found)


def instant_meant(text: str) -> datetime:
    """Return an instant from ISO 8601, in UTC also without an offset. ValueError: it is none."""
    found = datetime.fromisoformat(text)
    return _in_utc(found if found.tzinfo else found.replace(tzinfo=UTC))


def _in_utc(found: datetime) -> datetime:
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{found} is out of range") from error
