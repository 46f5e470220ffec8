"""Rows as the server takes them: plain dictionaries, without what nobody said."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

Row = dict[str, Any]


def said(fields: Mapping[str, Any]) -> Row:
    """Return what was said: fields that are not None, instants as text.

    Raises ValueError for an instant without a time zone.
    """
    return {name: _plain(value) for name, value in fields.items() if value is not None}


def digest(inputs: Any) -> str:
    """Return the SHA-256 of inputs as hex: their JSON with sorted keys, without spaces.

    So that it can be shown later what a decision rested on, while the inputs stay where they are.
    Raises TypeError for what is no JSON, ValueError for NaN and Infinity.
    """
    text = json.dumps(
        inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone; say which, such as datetime.UTC.")
    return value.isoformat()
