"""How the ledger itself was at an instant; its working tables have no past and are not read."""

from ledger.models import Anchor, Checkpoint, Disclosure, Entry, Erasure, Leaf, SigningKey
from ledger.selectors.past import known_from, register, unchanged


def register_past() -> None:
    """Register the sources. What was erased since stays erased."""
    register(Entry, known_from("at"))
    register(Leaf, known_from("sealed_at"))
    register(Checkpoint, known_from("sealed_at"))
    register(Anchor, known_from("received_at"))
    register(SigningKey, known_from("since"))
    register(Disclosure, unchanged())
    register(Erasure, unchanged())
