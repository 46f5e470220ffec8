"""Files of the ledger: the columns for people, the lines for machines."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

MOST_LINES = 1_000_000
MOST_PRINTED = 2_000
HEAD = (
    "Entry",
    "Leaf",
    "Sealed (UTC)",
    "Instant (UTC)",
    "Who",
    "Kind",
    "Role",
    "Verb",
    "What",
    "Object type",
    "Object",
    "Object id",
    "Incident id",
    "System id",
    "Channel",
    "Reason",
    "Exception",
    "Before",
    "After",
    "Details",
    "SHA-256 of the entry",
)


def unsealed_line(*, number: int, body: bytes) -> bytes:
    """Return the JSON line of an entry that is not sealed yet: its exact body, and its number."""
    return b'{"number":%d,"unsealed":%s}' % (number, body)


def in_json(data: Mapping[str, Any] | None) -> str:
    """Return nested data as one line of JSON, empty for none."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode() if data else ""


def utc(instant: datetime | None) -> str:
    """Return an instant in UTC to the microsecond, '' for none."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if instant else ""


def file_name(*, at: datetime, exceptions: bool, ending: str) -> str:
    """Return the name of a file: what it holds and when it was made."""
    what = "ledger-exceptions" if exceptions else "ledger"
    return f"{what}-{at.astimezone(UTC):%Y-%m-%dT%H%M%SZ}.{ending}"
