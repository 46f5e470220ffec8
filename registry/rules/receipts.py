"""The code by which somebody without a name follows their concern: long, random, shown once."""

import base64
from hashlib import sha256

CODE_BYTES = 20  # 160 bits: nobody guesses one, however long they try
GROUP = 4
DOMAIN = b"countersign receipt v1\n"
ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
# What people type in place of letters that look like digits.
MISREAD = str.maketrans("018", "OIB")


def receipt_code(random: bytes) -> str:
    """Return CODE_BYTES random bytes as a code to write down: eight groups of four."""
    letters = base64.b32encode(random).decode()
    return "-".join(letters[place : place + GROUP] for place in range(0, len(letters), GROUP))


def receipt_digest(code: str) -> str:
    """Return what is stored of a code: 64 hex digits. Case, spaces and hyphens do not matter."""
    typed = code.upper().translate(MISREAD)
    letters = "".join(one for one in typed if one in ALPHABET)
    return sha256(DOMAIN + letters.encode()).hexdigest()
