"""Instants as cursors and addresses carry them."""

from datetime import UTC, datetime


def instant_read(text: str) -> datetime:
    """Return an instant with its offset from ISO 8601, in UTC. ValueError: it is none.

    A space stands for the plus of an offset, as in an address typed by hand. In UTC because
    PostgreSQL knows no offset of sixteen hours and more, which ISO 8601 allows.
    """
    found = datetime.fromisoformat(text.replace(" ", "+"))
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error
