"""Files that meetings and decisions taken outside name, so that the store keeps them."""

from collections.abc import Sequence

from governance.models import MinutesNarrative, RecordedDecision


def files_named(hashes: Sequence[str]) -> set[str]:
    """Return those of some SHA-256 hashes that a recorded decision or a narrative names."""
    found: set[str] = set()
    for model in (RecordedDecision, MinutesNarrative):
        rows = model.objects.filter(sha256__in=hashes)
        found.update(rows.values_list("sha256", flat=True))
    return found
