"""A JSON document of another product, read within bounds of memory and depth."""

from typing import Any

import orjson

from ledger.rules.worded import worded
from telemetry.rules.doubled import doubled_name
from telemetry.rules.parsing import BARE_WORD

MOST_PARTS = 400_000
"""Objects, lists and commas together: what is parsed costs memory by these, not by its bytes."""


class Unreadable(Exception):
    """A document that is not read; `reason` is told to people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_document(content: bytes) -> Any:
    """Return what a document says. Raises Unreadable.

    NaN and Infinity, which some products write though JSON knows neither, are read as null.
    """
    if sum(content.count(mark) for mark in (b"{", b"[", b",")) > MOST_PARTS:
        raise Unreadable(
            worded("What came has more than {most} parts: ask for less.", most=f"{MOST_PARTS:,}")
        )
    found = _parsed(content)
    name = doubled_name(content)
    if name is not None:
        raise Unreadable(
            worded("In what came the name {name} stands twice in one object.", name=repr(name[:60]))
        )
    return found


def _parsed(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except ValueError:
        cleaned = BARE_WORD.sub(
            lambda found: found[0] if found[0][:1] == b'"' else b"null", content
        )
    try:
        return orjson.loads(cleaned)
    except ValueError as error:
        raise Unreadable(_words(content, error)) from None


def _words(content: bytes, error: ValueError) -> str:
    if not content.strip():
        return "What came is empty."
    said = str(error)
    if "depth limit" in said:
        return "What came is nested too deeply."
    if "infinity" in said:
        return "What came holds a number beyond all measure."
    return "What came is no JSON: look at the address."
