"""Canonical bytes of an entry: RFC 8785 for the restricted types that a body may hold."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from ledger.rules.commitments import Personal

Conceal = Callable[[Personal], str]
LARGEST_INTEGER = 2**53 - 1


def canonical(body: dict[str, Any], conceal: Conceal | None = None) -> bytes:
    """Return the one byte string of `body`: sorted keys, no space, UTF-8 (RFC 8785).

    `conceal` turns a Personal value into its commitment; without it one is a TypeError.

    Floats are refused (a reading is written as a decimal string), keys must be ASCII (then the
    order by code unit and by code point agree). Raises TypeError or ValueError.
    """
    return orjson.dumps(plain(body, conceal), option=orjson.OPT_SORT_KEYS)


def plain(value: Any, conceal: Conceal | None = None) -> Any:
    """Return `value` in the types that a body may hold; times, decimals, uuids become strings."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, dict):
        return {key_of(key): plain(item, conceal) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, conceal) for item in value]
    if conceal is not None and isinstance(value, Personal):
        return conceal(value)
    return _scalar(value)


def key_of(key: Any) -> str:
    """Return a key that a body may have. Raises TypeError."""
    if not isinstance(key, str) or not key.isascii():
        raise TypeError(f"a key of a ledger entry is an ASCII string, not {key!r}")
    return key


def _scalar(value: Any) -> Any:
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, date):
        return _instant(value)
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(f"a ledger entry holds no {type(value).__name__}: {value!r}")


def _integer(value: int) -> int:
    if abs(value) > LARGEST_INTEGER:
        raise ValueError(f"{value} is no integer that every JSON reader keeps; pass a string")
    return value


def _instant(value: date) -> str:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("an instant in the ledger carries its zone")
    return value.isoformat()
