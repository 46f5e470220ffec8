"""Addresses that a connector may be given."""

from urllib.parse import urlsplit

WORDS = "An address with http or https, without a name, a password or a query in it."


def address_fault(url: str) -> str | None:
    """Return why this cannot be the address of another product, None where it can.

    Names, passwords and queries are refused: they would stand in the ledger, and readable.
    """
    try:
        parts = urlsplit(url)
        sound = (
            len(url) <= 500
            and url.isprintable()
            and " " not in url
            and parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.username is None
            and (parts.port is None or parts.port > 0)
            and not (parts.query or parts.fragment)
        )
    except ValueError:
        return WORDS
    return None if sound else WORDS
