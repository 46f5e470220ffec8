"""Names of files in a pack: ASCII, lower case, so that no two differ by case or form alone."""

import re
import unicodedata


def slug(*parts: str) -> str:
    """Return a file name's stem from words: letters, digits, hyphens; empty parts are left out."""
    words = "-".join(part for part in parts if part)
    ascii_only = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-") or "unnamed"
