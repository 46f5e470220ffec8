"""Texts of the law's data and of the map of controls, as the shipped files say them in English.

The files, the API, packs and the record have them as they are; a page says them in the language of
its reader. A context of their own keeps them apart: "Awareness" means something else elsewhere.
What an organisation brought itself stays as it was written.
"""

from collections.abc import Collection, Iterator
from typing import Any

from ledger.rules.worded import as_written, in_context
from outbox.rules import citations

CONTEXT = "reference data"
OWN = "own"
"""The file of frameworks and provisions that an organisation brought itself."""


def shipped(text: str, file: str = "") -> str:
    """Return a text of the reference data as words that doors say; `file` is that of its row."""
    if not text:
        return text
    return as_written(text) if file == OWN else in_context(CONTEXT, text)


def cited(text: str, file: str = "") -> str:
    """Return a citation of the reference data as words that doors say; own ones stay."""
    return as_written(text) if file == OWN else citations.cited(text)


def texts_in(rows: Any, keys: Collection[str]) -> Iterator[str]:
    """Return the texts that stand under some keys anywhere in rows."""
    if isinstance(rows, dict):
        for key, value in rows.items():
            yield from _all(value) if key in keys else texts_in(value, keys)
    elif isinstance(rows, list):
        for one in rows:
            yield from texts_in(one, keys)


def _all(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from [value] if value.strip() else []
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _all(one)
