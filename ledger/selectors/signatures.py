"""Which keys are the log's, and whether a note is signed by one of them."""

from collections.abc import Sequence

from ledger.models import SigningKey
from ledger.rules.notes import Note, Verifier


def verifiers(*, origin: str = "") -> list[Verifier]:
    """Return the keys of the log, newest first; of one origin or of all."""
    rows = SigningKey.objects.order_by("-since", "-from_size")
    if origin:
        rows = rows.filter(origin=origin)
    return [Verifier.parse(vkey) for vkey in rows.values_list("vkey", flat=True)]


def signed(note: str, keys: Sequence[Verifier]) -> bool:
    """Tell whether one of the keys signed a note."""
    parsed = Note.parse(note)
    return any(parsed.signed_by(key) for key in keys)
