"""Names of versions: free, as long as an address can carry them."""

import unicodedata

from ledger.rules.worded import worded

LONGEST = 60
# The last part of an address below a version says what is done to it.
ACTS = frozenset({"approve", "revoke", "market"})


def label_from(text: str) -> str:
    """Return a label as it is kept: composed letters (NFC), no blanks around."""
    return unicodedata.normalize("NFC", text).strip()


def label_problem(label: str) -> str:
    """Return why a label cannot be taken, '' for one that can."""
    if not label:
        return "A version needs a label."
    if len(label) > LONGEST:
        return worded("At most {longest} characters.", longest=LONGEST)
    if not label.isprintable() or "\\" in label:
        return "Printable characters only, and no backslash."
    parts = label.split("/")
    if any(part.strip() in ("", ".", "..") for part in parts):
        return "Between slashes stands more than a dot."
    if len(parts) > 1 and parts[-1] in ACTS:
        return worded("A label does not end with /{parts}.", parts=parts[-1])
    return ""
