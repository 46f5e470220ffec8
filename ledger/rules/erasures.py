"""How an erased person reads, everywhere and always the same."""

import hashlib
from uuid import UUID

DOMAIN = b"countersign erasure v1\n"


def pseudonym_of(subject: UUID) -> str:
    """Return what stands in place of a name: 'Erased person a1b2c3', from the person's id alone."""
    return f"Erased person {hashlib.sha256(DOMAIN + str(subject).encode()).hexdigest()[:6]}"
