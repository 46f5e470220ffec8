"""What another record says of a system's past: its mark, so that it is taken in once."""

import hashlib
import json
from collections.abc import Mapping

PARTS = ("kind", "began_at", "ended_at", "label", "environment", "said_by", "text")


def fingerprint(values: Mapping[str, str]) -> str:
    """Return the SHA-256 of what was said, whatever file it came in; 64 hex digits."""
    said = [values.get(part, "") for part in PARTS]
    return hashlib.sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()


def told_beside(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the past that the row of a system tells beside it: since when live, who approved."""
    found = []
    if values.get("live_since"):
        found.append(
            {
                "kind": "deployment",
                "began_at": values["live_since"],
                "environment": "production",
                "text": "Live since, as the file says",
            }
        )
    if values.get("approved_on"):
        found.append(
            {
                "kind": "approval",
                "began_at": values["approved_on"],
                "said_by": values.get("approved_by", ""),
                "text": "Approved, as the file says",
            }
        )
    return found
