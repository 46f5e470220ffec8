"""Signed notes and checkpoints in the forms of C2SP (signed-note, tlog-checkpoint, tlog-proof).

A note is text, an empty line, and signature lines of any number of keys. Ed25519 (type 0x01) is
what we sign with; lines of other types, such as ML-DSA or a witness's, are carried and ignored.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
KEY_ID_BYTES = 4
MOST_SIGNATURES = 64
PROOF_HEAD = "c2sp.org/tlog-proof@v1"
_LINE = re.compile(r"— (\S+) ([A-Za-z0-9+/=]+)\n")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class Malformed(ValueError):
    """Bytes that are no note, key or checkpoint, with the reason in words."""


class Signer(Protocol):
    """Who can sign: a name, the id of the key, and the signature over bytes."""

    @property
    def name(self) -> str:
        """The key's name."""

    @property
    def key_id(self) -> bytes:
        """The key's id, 4 bytes."""

    def sign(self, data: bytes) -> bytes:
        """Return the signature."""


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """A private key under its name."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return self.private.public_key().public_bytes_raw()

    @property
    def key_id(self) -> bytes:
        """The key's id, 4 bytes."""
        return key_id(self.name, self.public)

    @property
    def vkey(self) -> str:
        """What is handed to who verifies."""
        return vkey(self.name, self.public)

    def sign(self, data: bytes) -> bytes:
        """Return the signature, 64 bytes (RFC 8032)."""
        return self.private.sign(data)


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under its name, as a vkey says it."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Return the key of '<name>+<8 hex>+<base64>'. Raises Malformed."""
        name, _, rest = text.strip().partition("+")
        digits, _, data = rest.partition("+")
        key = _base64(data, "the key")
        if key[:1] != ED25519 or len(key) != 33:
            raise Malformed("this is no Ed25519 verifier key")
        if digits != key_id(name, key[1:]).hex():
            raise Malformed("the key's id does not belong to its name and value")
        return cls(check_name(name), key[1:])

    @property
    def key_id(self) -> bytes:
        """The key's id, 4 bytes."""
        return key_id(self.name, self.public)

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Tell whether the signature over `data` is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"— {self.name} {b64encode(self.key_id + self.value).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A signed note: its text with the last newline, and its signature lines."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, note: str) -> "Note":
        """Return the note. Raises Malformed."""
        if any(sign < " " and sign != "\n" for sign in note):
            raise Malformed("a note holds no control characters but newlines")
        text, gap, lines = note.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise Malformed("a note is text, an empty line, and signature lines")
        signatures = tuple(_signature(line) for line in lines.splitlines(keepends=True))
        if not 0 < len(signatures) <= MOST_SIGNATURES:
            raise Malformed(f"a note has 1 to {MOST_SIGNATURES} signature lines")
        return cls(f"{text}\n", signatures)

    def signed_by(self, key: Verifier) -> bool:
        """Tell whether this key signed the text; a line of its own that fails makes it False."""
        mine = [s for s in self.signatures if (s.name, s.key_id) == (key.name, key.key_id)]
        return bool(mine) and all(key.verify(self.text.encode(), s.value) for s in mine)

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says: the log's origin, the number of leaves, the root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Return what a checkpoint's text says. Raises Malformed."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise Malformed("a checkpoint has origin, size and root, a line each")
        if not _SIZE.fullmatch(lines[1]):
            raise Malformed("the size of a checkpoint is a decimal number")
        root = _base64(lines[2], "the root")
        if len(root) != 32:
            raise Malformed("the root of a checkpoint has 32 bytes")
        return cls(lines[0], int(lines[1]), root)


def check_name(name: str) -> str:
    """Return a key's name if it may be one. Raises Malformed."""
    if not name or "+" in name or any(sign.isspace() or sign < " " for sign in name):
        raise Malformed(f"{name!r} is no key name: neither spaces nor '+', and not empty")
    return name


def key_id(name: str, public: bytes) -> bytes:
    """Return SHA-256(name ‖ newline ‖ 0x01 ‖ public key), first 4 bytes."""
    return sha256(name.encode() + b"\n" + ED25519 + public).digest()[:KEY_ID_BYTES]


def vkey(name: str, public: bytes) -> str:
    """Return '<name>+<8 hex key id>+<base64(0x01 ‖ public key)>'."""
    key = b64encode(ED25519 + public).decode()
    return f"{check_name(name)}+{key_id(name, public).hex()}+{key}"


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Return the text of a checkpoint."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def sign(text: str, *keys: Signer) -> str:
    """Return `text` as a note with one signature line a key. Raises Malformed."""
    if not text.endswith("\n") or not text.strip("\n"):
        raise Malformed("a note's text ends with a newline")
    data = text.encode()
    lines = tuple(Signature(key.name, key.key_id, key.sign(data)) for key in keys)
    note = Note(text, lines)
    Note.parse(str(note))
    return str(note)


def head_of(note: str) -> Head:
    """Return what a checkpoint's note says, its signatures unseen. Raises Malformed."""
    return Head.parse(Note.parse(note).text)


def rotation_text(old: str, new: str) -> str:
    """Return what the old key signs when it hands over to the new one; both are vkeys."""
    return f"countersign key rotation v1\n{old}\n{new}\n"


def reopening_text(old: str, new: str, quoted: str) -> str:
    """Return what the old key signs when a new origin goes on; `quoted` is a note's text."""
    return f"countersign reopening v1\n{old}\n{new}\n{quoted}"


def proof(seq: int, path: Sequence[bytes], note: str) -> str:
    """Return a C2SP tlog-proof@v1 of leaf `seq` under a checkpoint's note."""
    lines = [PROOF_HEAD, f"index {seq}", *(b64encode(step).decode() for step in path)]
    return "\n".join(lines) + f"\n\n{note}"


def _signature(line: str) -> Signature:
    found = _LINE.fullmatch(line)
    if found is None:
        raise Malformed("a signature line is '— <name> <base64>'")
    data = _base64(found.group(2), "a signature")
    if len(data) <= KEY_ID_BYTES:
        raise Malformed("a signature is longer than its key's id")
    return Signature(check_name(found.group(1)), data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


def _base64(text: str, what: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise Malformed(f"{what} is no base64") from None
    if b64encode(data).decode() != text:
        raise Malformed(f"{what} is no canonical base64")
    return data
