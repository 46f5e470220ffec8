"""The sealed line of an entry, and the hash of its leaf (RFC 6962, section 2.1)."""

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

ORGANISATION = "organisation"


def stream_of(system_id: object | None) -> str:
    """Return the stream of an entry: its system's uuid, else 'organisation'."""
    return str(system_id) if system_id is not None else ORGANISATION


def sealed_line(
    *, body: bytes, number: int, sealed_at: datetime, seq: int, stream: str, stream_seq: int
) -> bytes:
    """Return the canonical line of a leaf: the body's own bytes with its place around them.

    Keys stand in their order (RFC 8785), so the line is canonical when the body is.
    """
    head = b'{"entry":%s,"number":%d,"sealed":"%s","seq":%d,"stream":"%s","stream_seq":%d}'
    return head % (body, number, instant(sealed_at).encode(), seq, stream.encode(), stream_seq)


@lru_cache(maxsize=256)
def instant(at: datetime) -> str:
    """Return an instant as the line prints it: UTC, six decimals, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def leaf_hash(line: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ line)."""
    return sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()
