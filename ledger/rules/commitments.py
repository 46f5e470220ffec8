"""Salted commitments: what a body holds in place of a personal value."""

import re
from dataclasses import dataclass
from hashlib import sha256

PREFIX = "commit:"
DOMAIN = b"countersign commitment v1\n"
SALT_BYTES = 32
PATTERN = re.compile(rb"commit:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Personal:
    """A value about a person, to stand in the ledger as a commitment that can be opened.

    `subject` is the person's uuid as text, empty where nobody is known; `kind` names what it is
    ('name', 'email', 'title', 'address', 'text', 'payload'); a 'text' is a sentence of the product
    in which names may stand. `fresh` takes a new salt each time, for values that could be guessed
    or linked; `private` keeps the value out of every page, pack and export.
    """

    value: str
    subject: str = ""
    kind: str = "name"
    fresh: bool = False
    private: bool = False


Label = str | Personal


def commitment(salt: bytes, value: str) -> str:
    """Return the 64 hex digits of SHA-256(domain ‖ salt ‖ value in UTF-8)."""
    return sha256(DOMAIN + salt + value.encode()).hexdigest()


def erased(digest: str) -> str:
    """Return how a commitment reads that nothing opens any more."""
    return f"erased ({digest[:6]})"


def withheld(digest: str) -> str:
    """Return how a commitment reads whose value is there and shown to nobody yet."""
    return f"withheld ({digest[:6]})"
