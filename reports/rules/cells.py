"""Cells of a CSV file that no spreadsheet takes for a formula."""

from datetime import UTC, datetime

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: object) -> str:
    """Write a value as the text of a cell: instants in UTC, truth as yes and no, None empty.

    A text that begins with = + - @ or a control character gets an apostrophe before it, so that a
    spreadsheet shows it instead of running it (OWASP, CSV injection). Numbers stay numbers.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def is_safe(text: str) -> bool:
    """Whether a cell as written runs nowhere: neutralised, or nothing but a number."""
    if not text.startswith(DANGEROUS):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return text.startswith("-")
