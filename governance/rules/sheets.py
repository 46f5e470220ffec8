"""Cells of a CSV file: what a spreadsheet program would run as a formula is made plain text."""

from collections.abc import Iterable, Sequence

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: object) -> str:
    """Return a value as text that no spreadsheet program runs; None is empty."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def cells(rows: Iterable[Sequence[object]]) -> list[list[str]]:
    """Return rows of safe cells."""
    return [[cell(value) for value in row] for row in rows]
