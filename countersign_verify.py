#!/usr/bin/env python3
# ruff: noqa: B905, T201, UP017
"""Check a Countersign evidence pack or ledger export, offline and without Countersign.

One file, standard library only, Python 3.8 and later. Take it from the release, never from the
pack that it is to check.

    python3 countersign_verify.py PACK.zip --key VKEY
    python3 countersign_verify.py PACK.zip --key VKEY --prev last.checkpoint --tsa-ca tsa.pem
    python3 countersign_verify.py PACK.zip --key VKEY --sample incidents 5

It prints one PASS, FAIL or SKIP line per claim and names the first entry that is wrong.
Exit codes: 0 every claim holds under a pinned key; 1 a claim fails; 2 wrong usage, or a file that
cannot be read; 3 nothing fails, but no key was pinned or something could be checked only in part.

Formats: BagIt 1.0 (RFC 8493), Merkle tree hashes (RFC 6962), signed notes, checkpoints and proofs
(c2sp.org/signed-note, /tlog-checkpoint, /tlog-proof@v1), Ed25519 (RFC 8032), time stamps
(RFC 3161, RFC 5652, RFC 5280), canonical JSON (RFC 8785).
"""

from __future__ import annotations

import argparse
import base64
import bisect
import contextlib
import csv
import hashlib
import heapq
import io
import itertools
import json
import operator
import os
import re
import stat
import struct
import sys
import unicodedata
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache, partial
from typing import Any, BinaryIO, NamedTuple, NoReturn

VERSION = "2"

# ------------------------------------------------------------------------------------- limits

MOST_FILES = 100_000
MOST_BYTES = 8 * 1024**3
LONGEST_NAME = 240
LONGEST_LINE = 4 * 1024**2
DEEPEST = 64
LARGEST_INTEGER = 2**53 - 1
LARGEST_DOCUMENT = 64 * 1024**2
LARGEST_NOTE = 64 * 1024
MOST_SIGNATURES = 64
MOST_CHECKPOINTS = 1_000_000
MOST_NEIGHBOURS = 1_000_000
MOST_CERTIFICATES = 64
FORMATS = (2, 3)
AHEAD = timedelta(seconds=120)
OVERDUE = timedelta(seconds=600)
BLOCK = 256 * 1024
_EARLIEST = datetime(1970, 1, 2, tzinfo=timezone.utc)

LIMITS = (
    ("files", MOST_FILES),
    ("bytes in all", MOST_BYTES),
    ("ratio of unpacked to packed bytes", "1 (stored files only)"),
    ("characters of a name", LONGEST_NAME),
    ("bytes of a line", LONGEST_LINE),
    ("levels of nesting in JSON", DEEPEST),
    ("largest whole number in JSON", LARGEST_INTEGER),
    ("bytes of a document read at once", LARGEST_DOCUMENT),
    ("bytes of a note", LARGEST_NOTE),
    ("signatures of a note", MOST_SIGNATURES),
    ("checkpoints", MOST_CHECKPOINTS),
    ("neighbouring lines", MOST_NEIGHBOURS),
    ("seconds that an entry may lie after its seal, or a seal after its time stamp", 120),
)

# ------------------------------------------------------------------------------------- claims


class Fault(Exception):
    """A claim does not hold; the message says where and why."""


class Skip(Exception):
    """A claim was not checked; `partly` says that there was something to check."""

    def __init__(self, words: str, partly: bool = False) -> None:
        super().__init__(words)
        self.partly = partly


class Unreadable(Exception):
    """Wrong usage, or a file that the system does not let us read."""


# What a broken file may raise on its way through the parsers; each means that the claim fails.
MALFORMED = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    EOFError,
    struct.error,
    csv.Error,
)


class Claim(NamedTuple):
    """One claim, PASS, FAIL or SKIP, in plain words; `partly` marks a SKIP that leaves a gap."""

    claim: str
    result: str
    words: str
    partly: bool = False


class Report:
    """What was checked, in order."""

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self.drawn: list[Drawn] = []

    def add(self, claim: str, result: str, words: str, partly: bool = False) -> None:
        """Note the result of a claim."""
        self.claims.append(Claim(claim, result, printable(words), partly))

    def check(self, claim: str, function: Callable[[], str]) -> bool:
        """Run a check that returns words, or raises Fault or Skip; return whether it holds."""
        try:
            self.add(claim, "PASS", function())
        except Fault as fault:
            self.add(claim, "FAIL", str(fault))
        except Skip as skip:
            self.add(claim, "SKIP", str(skip), skip.partly)
        except MALFORMED as error:
            self.add(claim, "FAIL", f"malformed ({type(error).__name__}: {str(error)[:200]})")
        return self.claims[-1].result != "FAIL"

    @property
    def code(self) -> int:
        """The exit code: 1 for a failure, 3 for a gap, else 0."""
        if any(claim.result == "FAIL" for claim in self.claims):
            return 1
        return 3 if any(claim.partly for claim in self.claims) or not self.claims else 0


def printable(words: str) -> str:
    """Return words without anything that moves a terminal's cursor or hides text."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in words
    )


def some(count: int, thing: str, things: str = "") -> str:
    """Return a count with its noun: '1 line', '2 lines'."""
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"


# ------------------------------------------------------------------------- Ed25519 (RFC 8032)

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE_D = -121665 * pow(121666, FIELD - 2, FIELD) % FIELD
ROOT_OF_MINUS_ONE = pow(2, (FIELD - 1) // 4, FIELD)
WINDOW = 5

NEUTRAL = (0, 1, 1, 0)


def _add(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Add two points in extended coordinates; complete, so it doubles as well."""
    x1, y1, z1, t1 = left
    x2, y2, z2, t2 = right
    a = (y1 - x1) * (y2 - x2) % FIELD
    b = (y1 + x1) * (y2 + x2) % FIELD
    c = 2 * t1 * t2 * CURVE_D % FIELD
    d = 2 * z1 * z2 % FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


def _x_of(y: int, odd: int) -> int | None:
    """Return the even or odd x to a y of the curve, or None where there is none."""
    u, v = (y * y - 1) % FIELD, (CURVE_D * y * y + 1) % FIELD
    x = u * v**3 * pow(u * pow(v, 7, FIELD), (FIELD - 5) // 8, FIELD) % FIELD
    if v * x * x % FIELD == -u % FIELD:
        x = x * ROOT_OF_MINUS_ONE % FIELD
    if v * x * x % FIELD != u or (x == 0 and odd):
        return None
    return FIELD - x if x & 1 != odd else x


def decode_point(data: bytes) -> tuple[int, int, int, int] | None:
    """Return the point of a 32-byte encoding, or None unless it is canonical and on the curve."""
    number = int.from_bytes(data, "little")
    y, odd = number & (2**255 - 1), number >> 255
    if len(data) != 32 or y >= FIELD:
        return None
    x = _x_of(y, odd)
    return None if x is None else (x, y, 1, x * y % FIELD)


def encode_point(point: tuple[int, ...]) -> bytes:
    """Return the canonical 32 bytes of a point."""
    x, y, z, _ = point
    inverse = pow(z, FIELD - 2, FIELD)
    x, y = x * inverse % FIELD, y * inverse % FIELD
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _table(point: tuple[int, ...]) -> list[list[tuple[int, ...]]]:
    """Return the multiples d * 32**i of a point, in the form that `_times` adds quickest."""
    rows = []
    for _ in range(255 // WINDOW):
        row: list[tuple[int, ...]] = [NEUTRAL]
        for _ in range(2**WINDOW - 1):
            row.append(_add(row[-1], point))
        rows.append([_ready(item) for item in row])
        point = _add(row[-1], point)
    return rows


def _ready(point: tuple[int, ...]) -> tuple[int, ...]:
    x, y, z, t = point
    return (y - x) % FIELD, (y + x) % FIELD, 2 * z % FIELD, 2 * t * CURVE_D % FIELD


def _times(
    scalar: int, table: list[list[tuple[int, ...]]], point: tuple[int, ...]
) -> tuple[int, ...]:
    """Return `point` plus the scalar times the point of the table."""
    x, y, z, t = point
    for row in table:
        minus, plus, z2, t2 = row[scalar & 31]
        scalar >>= WINDOW
        a, b = (y - x) * minus % FIELD, (y + x) * plus % FIELD
        c, d = t * t2 % FIELD, z * z2 % FIELD
        e, f, g, h = b - a, d - c, d + c, b + a
        x, y, z, t = e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD
    return x, y, z, t


@lru_cache(maxsize=1)
def _base_table() -> list[list[tuple[int, ...]]]:
    y = 4 * pow(5, FIELD - 2, FIELD) % FIELD
    point = decode_point(y.to_bytes(32, "little"))
    assert point is not None
    return _table(point)


@lru_cache(maxsize=16)
def _key_table(public: bytes) -> list[list[tuple[int, ...]]] | None:
    """Return the table of the key's negative, or None for a key that nobody may use."""
    point = decode_point(public)
    if point is None:
        return None
    small = point
    for _ in range(3):
        small = _add(small, small)
    if small[0] == 0:
        return None
    return _table((FIELD - point[0], point[1], 1, FIELD - point[3]))


def is_usable_key(public: bytes) -> bool:
    """Whether 32 bytes are a canonical public key that is not of small order."""
    return len(public) == 32 and _key_table(public) is not None


def verify_ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature is right, strictly: s < L, canonical points, no small key."""
    if len(public) != 32 or len(signature) != 64:
        return False
    table = _key_table(public)
    scalar = int.from_bytes(signature[32:], "little")
    if table is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    point = _times(scalar, _base_table(), NEUTRAL)
    return encode_point(_times(challenge, table, point)) == signature[:32]


# ------------------------------------------- RSA (RFC 8017) and ECDSA (FIPS 186-5) for stamps

DIGEST_PREFIX = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


def verify_rsa(key: tuple[int, int], digest: str, signature: bytes, message: bytes) -> bool:
    """Whether an RSASSA-PKCS1-v1_5 signature is right."""
    modulus, exponent = key
    length = (modulus.bit_length() + 7) // 8
    if not _fair_rsa(key) or len(signature) != length:
        return False
    tail = DIGEST_PREFIX[digest] + hashlib.new(digest, message).digest()
    wanted = b"\x00\x01" + b"\xff" * (length - len(tail) - 3) + b"\x00" + tail
    number = int.from_bytes(signature, "big")
    return number < modulus and pow(number, exponent, modulus).to_bytes(length, "big") == wanted


def _fair_rsa(key: tuple[int, int]) -> bool:
    modulus, exponent = key
    return 2048 <= modulus.bit_length() <= 16384 and 3 <= exponent < 2**64 and exponent & 1 == 1


def verify_rsa_pss(
    key: tuple[int, int], digest: str, salt: int, signature: bytes, message: bytes
) -> bool:
    """Whether an RSASSA-PSS signature is right (MGF1 with the same digest)."""
    modulus, exponent = key
    bits = modulus.bit_length() - 1
    length, size = (bits + 7) // 8, hashlib.new(digest).digest_size
    number = int.from_bytes(signature, "big")
    if not _fair_rsa(key) or number >= modulus or length < size + salt + 2:
        return False
    message_number = pow(number, exponent, modulus)
    if message_number >> bits:
        return False
    encoded = message_number.to_bytes(length, "big")
    masked, seal = encoded[: length - size - 1], encoded[length - size - 1 : -1]
    mask = _mask(seal, len(masked), digest)
    block = (int.from_bytes(masked, "big") ^ int.from_bytes(mask, "big")) & (
        2 ** (bits - 8 * (size + 1)) - 1
    )
    clear = block.to_bytes(len(masked), "big")
    if encoded[-1] != 0xBC or clear[: -salt - 1].strip(b"\x00") or clear[-salt - 1] != 1:
        return False
    inner = bytes(8) + hashlib.new(digest, message).digest() + clear[len(clear) - salt :]
    return hashlib.new(digest, inner).digest() == seal


def _mask(seed: bytes, length: int, digest: str) -> bytes:
    pieces = [
        hashlib.new(digest, seed + struct.pack(">L", counter)).digest()
        for counter in range(length // hashlib.new(digest).digest_size + 1)
    ]
    return b"".join(pieces)[:length]


class Curve(NamedTuple):
    """A short Weierstrass curve with a = -3."""

    p: int
    b: int
    n: int
    x: int
    y: int


P256 = Curve(
    0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
    0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
P384 = Curve(
    2**384 - 2**128 - 2**96 + 2**32 - 1,
    0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
    0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
)


def _plus(
    curve: Curve, left: tuple[int, int] | None, right: tuple[int, int] | None
) -> tuple[int, int] | None:
    """Add two points; None is the point at infinity."""
    if left is None or right is None:
        return left or right
    (x1, y1), (x2, y2), p = left, right, curve.p
    if x1 == x2 and (y1 + y2) % p == 0:
        return None
    rise, run = (3 * x1 * x1 - 3, 2 * y1) if x1 == x2 else (y2 - y1, x2 - x1)
    slope = rise * pow(run % p, -1, p) % p
    x = (slope * slope - x1 - x2) % p
    return x, (slope * (x1 - x) - y1) % p


def verify_ecdsa(
    curve: Curve, public: tuple[int, int], digest: str, pair: tuple[int, int], message: bytes
) -> bool:
    """Whether an ECDSA signature (r, s) is right."""
    (x, y), (r, s), n = public, pair, curve.n
    on_curve = 0 <= x < curve.p and 0 <= y < curve.p
    on_curve = on_curve and (x * (x * x - 3) + curve.b - y * y) % curve.p == 0
    if not (on_curve and 0 < r < n and 0 < s < n):
        return False
    number = int.from_bytes(hashlib.new(digest, message).digest(), "big")
    number >>= max(0, 8 * hashlib.new(digest).digest_size - n.bit_length())
    inverse = pow(s, -1, n)
    point = _double_product(
        curve, (number * inverse % n, (curve.x, curve.y)), (r * inverse % n, public)
    )
    return point is not None and point[0] % n == r


def _double_product(
    curve: Curve, first: tuple[int, tuple[int, int]], second: tuple[int, tuple[int, int]]
) -> tuple[int, int] | None:
    """Return the sum of two multiples of points."""
    both = _plus(curve, first[1], second[1])
    choices = (None, first[1], second[1], both)
    point = None
    for bit in range(curve.n.bit_length() - 1, -1, -1):
        point = _plus(curve, point, point)
        choice = choices[(first[0] >> bit & 1) | (second[0] >> bit & 1) << 1]
        point = _plus(curve, point, choice)
    return point


# ------------------------------------------------------- notes, keys, checkpoints (c2sp.org)


class Key(NamedTuple):
    """A key of the log: its name (the origin), its 4-byte id, its 32 public bytes, its vkey."""

    name: str
    id: bytes
    public: bytes
    text: str


class Note(NamedTuple):
    """A signed note: exact bytes, the signed text, its signature lines (name, key id, rest)."""

    data: bytes
    text: str
    signatures: list[tuple[str, bytes, bytes]]


class Checkpoint(NamedTuple):
    """A checkpoint: which log, how many leaves, the root over them."""

    origin: str
    size: int
    root: bytes
    note: Note


def from_base64(text: str) -> bytes:
    """Decode standard Base 64, canonical spelling only."""
    data = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(data).decode() != text:
        raise Fault("Base 64 is not written canonically")
    return data


def parse_vkey(text: str) -> Key:
    """Parse `<name>+<8 hex>+<Base 64 of 0x01 and the key>`; raises Fault."""
    name, _, rest = text.partition("+")
    shown, _, encoded = rest.partition("+")
    try:
        data = from_base64(encoded)
    except (Fault, ValueError):
        raise Fault(f"this is no vkey: {text[:80]}") from None
    public = data[1:]
    identity = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    if data[:1] != b"\x01" or not name or re.search(r"\s", name) or identity.hex() != shown:
        raise Fault(f"this is no vkey of an Ed25519 key: {text[:80]}")
    if not is_usable_key(public):
        raise Fault(f"the public key of {name[:80]} is not one that may be used")
    return Key(name, identity, public, text)


def parse_note(data: bytes) -> Note:
    """Split a signed note into its text and its signature lines; raises Fault."""
    if len(data) > LARGEST_NOTE:
        raise Fault(f"a note is longer than {LARGEST_NOTE} bytes")
    text = data.decode("utf-8")
    if re.search(r"[\x00-\x09\x0b-\x1f]", text) or not text.endswith("\n"):
        raise Fault("a note holds control characters, or does not end with a line end")
    cut = text.rfind("\n\n")
    lines = text[cut + 2 : -1].split("\n")
    if cut < 1 or len(lines) > MOST_SIGNATURES:
        raise Fault("a note has no signatures, or too many")
    return Note(data, text[: cut + 1], [_signature_line(line) for line in lines])


def _signature_line(line: str) -> tuple[str, bytes, bytes]:
    match = re.match(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})\Z", line)
    if not match:
        raise Fault(f"a signature line is malformed: {line[:80]}")
    blob = from_base64(match.group(2))
    if len(blob) < 5:
        raise Fault(f"a signature line is too short: {line[:80]}")
    return match.group(1), blob[:4], blob[4:]


def parse_checkpoint(data: bytes) -> Checkpoint:
    """Parse a checkpoint of exactly three lines in a signed note; raises Fault."""
    note = parse_note(data)
    lines = note.text[:-1].split("\n")
    if len(lines) != 3 or not lines[0] or not re.match(r"(0|[1-9][0-9]{0,15})\Z", lines[1]):
        raise Fault("a checkpoint is not of three lines: origin, size, root")
    root = from_base64(lines[2])
    if len(root) != 32:
        raise Fault("the root of a checkpoint is not 32 bytes long")
    return Checkpoint(lines[0], int(lines[1]), root, note)


@lru_cache(maxsize=4096)
def _is_signed(text: str, signature: bytes, public: bytes) -> bool:
    return verify_ed25519(public, signature, text.encode())


def signers(note: Note, keys: Iterable[Key]) -> list[Key]:
    """Return which of the keys signed; raises Fault if a signature of one of them is false."""
    found = []
    for key in keys:
        for name, identity, signature in note.signatures:
            if (name, identity) != (key.name, key.id):
                continue
            if not _is_signed(note.text, signature, key.public):
                raise Fault(f"the signature by {key.text} is false")
            found.append(key)
    return found


# ------------------------------------------------------------------- Merkle tree (RFC 6962)


def leaf_hash(line: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree that keeps only its right edge, and the roots at the sizes asked for."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self.size = 0
        self.edge: list[bytes | None] = []
        self.roots: dict[int, bytes] = {}
        self._next = sorted(set(sizes), reverse=True)
        self.feed([])

    def feed(self, leaves: list[bytes]) -> None:
        """Append leaf hashes; note the root at each size asked for on the way."""
        while self._next and self._next[-1] <= self.size + len(leaves):
            cut = self._next.pop() - self.size
            self._grow(leaves[:cut])
            leaves = leaves[cut:]
            self.roots[self.size] = self.root()
        self._grow(leaves)

    def _grow(self, row: list[bytes]) -> None:
        self.size += len(row)
        sha256, level = hashlib.sha256, 0
        while row:
            if level == len(self.edge):
                self.edge.append(None)
            left = self.edge[level]
            if left is not None:
                row = [left, *row]
            self.edge[level] = row.pop() if len(row) & 1 else None
            pairs = zip(row[::2], row[1::2])
            row = [sha256(b"\x01" + one + two).digest() for one, two in pairs]
            level += 1

    def root(self) -> bytes:
        """Return the root at the present size."""
        found: bytes | None = None
        for left in self.edge:
            if left is not None:
                found = left if found is None else node_hash(left, found)
        return hashlib.sha256().digest() if found is None else found

    def frontier(self) -> list[str]:
        """Return the complete subtrees of the right edge as hex, the largest first."""
        return [left.hex() for left in reversed(self.edge) if left is not None]


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion path leads to (RFC 9162, 2.1.3.2); raises Fault."""
    if not 0 <= index < size:
        raise Fault(f"leaf {index} cannot be in a tree of {size}")
    place, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise Fault("the path is too long")
        if place & 1 or place == last:
            found = node_hash(step, found)
            place, last = _climbed(place, last)
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    if last:
        raise Fault("the path is too short")
    return found


def _climbed(place: int, last: int) -> tuple[int, int]:
    """Pass the levels at which the node at the right edge has no sibling."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


# ------------------------------------------------------------------------------- strict JSON


def _whole(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST_INTEGER:
        raise Fault(f"it holds a number beyond {LARGEST_INTEGER}")
    return int(text)


def _no_float(text: str) -> NoReturn:
    raise Fault(f"it holds {text[:40]}, which is no whole number")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Fault("it holds a key twice")
    return found


LINE_DECODER = json.JSONDecoder(
    parse_int=_whole, parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_distinct
)
ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


def check_nesting(data: bytes) -> None:
    """Raise Fault for JSON that is nested deeper than allowed, before anything parses it."""
    if data.count(b"{") + data.count(b"[") <= DEEPEST:
        return
    depth = 0
    for sign in re.sub(rb'"(?:[^"\\]|\\.)*"|[^\[\]{}"]+', b"", data, flags=re.S):
        depth += 1 if sign in b"[{" else -1
        if depth > DEEPEST:
            raise Fault(f"it is nested deeper than {DEEPEST} levels")


def parse_strict(data: bytes) -> Any:
    """Parse JSON without floats, doubled keys, huge numbers or a byte order mark."""
    check_nesting(data)
    if data.startswith(b"\xef\xbb\xbf"):
        raise Fault("it begins with a byte order mark")
    return LINE_DECODER.decode(data.decode("utf-8"))


def canonical(value: Any) -> bytes:
    """Return the one byte string of a JSON value (RFC 8785 for values without floats)."""
    return ENCODER.encode(value).encode("utf-8")


def parse_object(data: bytes, where: str) -> dict[str, Any]:
    """Parse a JSON object strictly; raises Fault that names the file."""
    try:
        value = parse_strict(data)
    except Fault as fault:
        raise Fault(f"{where}: {fault}") from None
    except (ValueError, RecursionError) as error:
        raise Fault(f"{where} is no JSON: {str(error)[:120]}") from None
    if not isinstance(value, dict):
        raise Fault(f"{where} holds no JSON object")
    return value


# ------------------------------------------------------- sealed lines: fields, form and shape

LINE_KEYS = {"entry", "number", "sealed", "seq", "stream", "stream_seq"}
# The fields that the checks need, in the order in which canonical JSON writes them.
FIELDS = (
    ("entry", "at"),
    ("entry", "incident"),
    ("entry", "object", "id"),
    ("entry", "system"),
    ("entry", "verb"),
    ("number",),
    ("sealed",),
    ("seq",),
    ("stream",),
    ("stream_seq",),
)
NUMBERS = (5, 7, 9)
OPTIONAL = {("entry", "incident"), ("entry", "system")}
DAY = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
AT = rb"(?:" + DAY + rb"(?:\.[0-9]{6})?[+-][0-9]{2}:[0-9]{2})"
SEALED = rb"(?:" + DAY + rb"\.[0-9]{6}Z)"
COUNT = rb"(?:0|[1-9][0-9]{0,14})"
WHOLE = rb"(?:0|-?[1-9][0-9]{0,14})"
PLAIN = rb'[^"\\\x00-\x1f]*'
FORMS = {("entry", "at"): AT, ("sealed",): SEALED}
FORMS.update({FIELDS[place]: COUNT for place in NUMBERS})
FORM_OF = {path: re.compile(form + rb"\Z") for path, form in FORMS.items()}
WORTH_A_PATTERN = 24
MOST_PATTERNS = 600
PATTERNS_OF_A_VERB = 6
MOST_LESSONS = 20_000
LONGEST_PATTERN = 4096
VERB = b'"verb":"'


def instant(text: bytes) -> datetime:
    """Return the instant of an entry's `at` or of a seal; raises ValueError."""
    words = text.decode("ascii")
    return datetime.fromisoformat(words[:-1] + "+00:00" if words.endswith("Z") else words)


def row_of(raw: bytes) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Parse a line and return it with its fields; raises Fault unless it is exactly right."""
    if len(raw) > LONGEST_LINE:
        raise Fault(f"is longer than {LONGEST_LINE} bytes")
    line = parse_strict(raw)
    if canonical(line) != raw:
        raise Fault("is not canonical: written anew it reads otherwise")
    if not isinstance(line, dict) or line.keys() != LINE_KEYS:
        raise Fault("is no sealed line: it has other keys")
    if not isinstance(line["entry"], dict):
        raise Fault("is no sealed line: its entry is no object")
    return line, _fields(line)


def _fields(line: dict[str, Any]) -> tuple[bytes, ...]:
    row = tuple(_field(line, path) for path in FIELDS)
    for path, text in zip(FIELDS, row):
        if path in FORM_OF and not FORM_OF[path].match(text):
            raise Fault(f"has no {'.'.join(path)} of the form that a sealed line has")
    instant(row[0])
    instant(row[6])
    return row


def _field(line: dict[str, Any], path: tuple[str, ...]) -> bytes:
    value: Any = line
    for step in path:
        if step not in value and path in OPTIONAL:
            return b""
        value = value[step]
    wanted = int if len(path) == 1 and path[0] in ("number", "seq", "stream_seq") else str
    if type(value) is not wanted:
        raise Fault(f"has a {'.'.join(path)} of another type")
    return str(value).encode()


def pattern_of(value: Any, path: tuple[str, ...] = ()) -> bytes:
    """Return a pattern for every canonical line of the same shape: same keys, other values.

    Keys stand literally and in their order, so a match has no other key, none twice, no space;
    strings without backslash and control character, and whole numbers without leading zero, have
    one spelling. So a match is canonical, and its groups are the FIELDS.
    """
    if isinstance(value, dict):
        return _pattern_of_object(value, path)
    if isinstance(value, list):
        return rb"\[" + b",".join(pattern_of(item, (*path, "")) for item in value) + rb"\]"
    if isinstance(value, bool) or value is None:
        return json.dumps(value).encode()
    is_text = isinstance(value, str)
    text = FORMS.get(path, PLAIN if is_text else WHOLE)
    text = b"(" + text + b")" if path in FIELDS else text
    return b'"' + text + b'"' if is_text else text


def _pattern_of_object(value: dict[str, Any], path: tuple[str, ...]) -> bytes:
    absent = {step[-1] for step in OPTIONAL if step[:-1] == path} - value.keys()
    parts, empty = [], b""
    for key in sorted(value.keys() | absent):
        if key in absent:
            empty += b"()"
            continue
        name = re.escape(canonical(key))
        parts.append(empty + name + b":" + pattern_of(value[key], (*path, key)))
        empty = b""
    return rb"\{" + b",".join(parts) + rb"\}"


class Shapes:
    """Reads sealed lines: by the pattern of a shape met often, else by parsing and rewriting."""

    def __init__(self) -> None:
        self._met: dict[bytes, int] = {}
        self._compiled: dict[bytes, re.Pattern[bytes]] = {}
        self._known: dict[bytes, list[re.Pattern[bytes]]] = {}
        self._lessons = 0

    def rows(self, data: bytes) -> list[tuple[bytes, ...]]:
        """Return the fields of each line of a piece of the log; raises Fault for a bad line."""
        rows, place, end = [], 0, len(data)
        known = self._known
        while place < end:
            mark = data.find(VERB, place) + 8
            for pattern in known.get(data[mark : data.find(b'"', mark)], ()):
                match = pattern.match(data, place)
                if match:
                    rows.append(match.groups())
                    place = match.end()
                    break
            else:
                stop = data.index(b"\n", place)
                rows.append(self.row(data[place:stop]))
                place = stop + 1
        return rows

    def row(self, raw: bytes) -> tuple[bytes, ...]:
        """Return the fields of a line by parsing it, and learn its shape."""
        line, row = row_of(raw)
        if self._lessons < MOST_LESSONS and len(raw) <= LONGEST_PATTERN and b"\\" not in raw:
            self._learn(line, row[4])
        return row

    def _learn(self, line: dict[str, Any], verb: bytes) -> None:
        self._lessons += 1
        pattern = pattern_of(line)
        met = self._met[pattern] = self._met.get(pattern, 0) + 1
        if met >= WORTH_A_PATTERN and len(self._compiled) < MOST_PATTERNS:
            if pattern not in self._compiled:
                self._compiled[pattern] = re.compile(pattern + b"\n")
            known = self._known.setdefault(verb, [])
            if len(known) < PATTERNS_OF_A_VERB:
                known.append(self._compiled[pattern])


class Block:
    """Some lines in order: their bytes, their fields column by column, which came from beside."""

    def __init__(
        self,
        raws: list[bytes],
        rows: list[tuple[bytes, ...]],
        beside: frozenset[int] = frozenset(),
    ) -> None:
        self.raws, self.rows, self.beside = raws, rows, beside
        columns = list(zip(*rows))
        self.at, self.incident, self.object, self.system, self.verb = columns[:5]
        self.number, self.seq, self.stream_seq = (
            list(map(int, columns[place])) for place in NUMBERS
        )
        self.sealed, self.stream = columns[6], columns[8]
        self.instant = list(map(instant, self.at))
        seals = {text: instant(text) for text in set(self.sealed)}
        self.seal = [seals[text] for text in self.sealed]

    def own(self, values: Sequence[Any]) -> Sequence[Any]:
        """Return those of a column whose lines stand in log.jsonl itself."""
        if not self.beside:
            return values
        return [value for value, seq in zip(values, self.seq) if seq not in self.beside]


# --------------------------------------------------------------- sources: a ZIP file, a folder

EPOCH_DATE = 1 << 5 | 1
REGULAR = 0o100644 << 16
SPLIT = 2**31 - 1
FULL = 0xFFFFFFFF


class Source:
    """The files below one top folder, by name relative to it."""

    kind = ""

    def __init__(self, top: str, sizes: dict[str, int]) -> None:
        self.top = top
        self.sizes = sizes
        self.digests: dict[str, str] = {}
        self.kept = contextlib.ExitStack()

    def keep(self, name: str) -> BinaryIO:
        """Open a file that stays open until `close`."""
        return self.kept.enter_context(self.open(name))

    def close(self) -> None:
        """Close what was kept open."""
        self.kept.close()

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading; raises Fault if it is missing."""
        raise NotImplementedError

    def read(self, name: str, most: int = LARGEST_DOCUMENT) -> bytes:
        """Return a file's bytes; raises Fault if it is missing or larger than `most`."""
        with self.open(name) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise Fault(f"{name} is larger than {most} bytes")
        return data

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file in hex."""
        if name not in self.digests:
            self.digests[name] = self.measure(name)[0]
        return self.digests[name]

    def measure(self, name: str) -> tuple[str, int]:
        """Read a file once; return its SHA-256 in hex and its CRC-32."""
        digest, crc = hashlib.sha256(), 0
        with self.open(name) as file:
            while True:
                piece = file.read(4 * BLOCK)
                if not piece:
                    return digest.hexdigest(), crc
                digest.update(piece)
                crc = zlib.crc32(piece, crc)

    def below(self, folder: str) -> list[str]:
        """Return the names of the files below a folder, sorted."""
        return sorted(name for name in self.sizes if name.startswith(folder))


class Region(io.RawIOBase):
    """A stretch of an open file, read as a file of its own."""

    def __init__(self, file: io.FileIO, start: int, size: int) -> None:
        super().__init__()
        self._file, self._start, self._size, self._place = file, start, size, 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be sought in."""
        return True

    def tell(self) -> int:
        """Return the place."""
        return self._place

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a place."""
        self._place = offset + (0, self._place, self._size)[whence]
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Read what fits, up to the end of the stretch."""
        view = memoryview(buffer)[: max(0, self._size - self._place)]
        self._file.seek(self._start + self._place)
        got = self._file.readinto(view) or 0
        self._place += got
        return got


class Stored(NamedTuple):
    """A file in a ZIP: its name as bytes, size, CRC-32, where its header and its data begin."""

    name: bytes
    size: int
    crc: int
    header: int
    data: int


class ZipSource(Source):
    """A ZIP of exactly the form that Countersign writes: stored, sorted, 1980, nothing else.

    The directory is read, the whole file's frame is built anew from it, and every byte that is
    not data must be equal. So there is no freedom: no comment, no gap, no other time or mode.
    """

    kind = "zip"

    def __init__(self, file: io.FileIO) -> None:
        self.file = file
        self.length = os.fstat(file.fileno()).st_size
        stored, start = self._directory()
        self._compare(stored, start)
        names = [entry.name.decode("utf-8") for entry in stored]
        check_names(names)
        if names != sorted(names):
            raise Fault("the names are not sorted")
        self.stored = {name.partition("/")[2]: item for name, item in zip(names, stored)}
        sizes = {name: entry.size for name, entry in self.stored.items()}
        super().__init__(names[0].partition("/")[0], sizes)
        self._check_sums()

    def open(self, name: str) -> BinaryIO:
        """Open a stored file."""
        if name not in self.stored:
            raise Fault(f"{name} is missing")
        entry = self.stored[name]
        return io.BufferedReader(Region(self.file, entry.data, entry.size), BLOCK)

    def _at(self, place: int, length: int) -> bytes:
        self.file.seek(place)
        return self.file.read(length) or b""

    def _directory(self) -> tuple[list[Stored], int]:
        """Return the entries of the central directory and where it begins."""
        start, stop = self._bounds()
        if stop - start > LARGEST_DOCUMENT:
            raise Fault("its directory is too large")
        data, place, offset, total = self._at(start, stop - start), 0, 0, 0
        stored: list[Stored] = []
        while place < len(data):
            entry, place = _central_entry(data, place, offset)
            stored.append(entry)
            offset, total = entry.data + entry.size, total + entry.size
            if len(stored) > MOST_FILES or total > MOST_BYTES:
                raise Fault(f"it holds more than {MOST_FILES} files or {MOST_BYTES} bytes")
        if offset != start or not stored:
            raise Fault("the files do not fill the archive, or there is none")
        return stored, start

    def _bounds(self) -> tuple[int, int]:
        """Return where the central directory begins and ends."""
        tail = self._at(max(0, self.length - 98), 98)
        end, wide = tail[-22:], tail[:56]
        if len(tail) < 22 or end[:4] != b"PK\x05\x06":
            near = self._at(max(0, self.length - 66_000), 66_000)
            if b"PK\x05\x06" in near:
                raise Fault("bytes stand after the end of the archive, or it has a comment")
            raise Fault("it is no ZIP file, or its end is missing")
        size, start = struct.unpack("<2L", end[12:20])
        stop = self.length - 22
        if len(tail) == 98 and tail[56:60] == b"PK\x06\x07":
            size, start = struct.unpack("<2Q", wide[40:56])
            stop -= 76
        if start + size != stop:
            raise Fault("bytes stand before the first file or after the last")
        return start, stop

    def _compare(self, stored: list[Stored], start: int) -> None:
        """Raise Fault unless every byte of the frame is the one that Countersign writes."""
        for entry in stored:
            header = _local_header(entry)
            if self._at(entry.header, len(header)) != header:
                raise Fault(f"{_shown(entry.name)}: its header is not of the exact form")
        frame = b"".join(_central_header(entry) for entry in stored)
        frame += _end_records(len(stored), len(frame), start)
        if self._at(start, len(frame) + 1) != frame:
            raise Fault("its directory is not of the exact form")

    def _check_sums(self) -> None:
        for name, entry in self.stored.items():
            self.digests[name], crc = self.measure(name)
            if crc != entry.crc:
                raise Fault(f"{name}: its CRC-32 is false")


def _central_entry(data: bytes, place: int, offset: int) -> tuple[Stored, int]:
    """Read one entry of the central directory whose file must begin at `offset`."""
    head = struct.unpack("<4s4B4HL2L5H2L", data[place : place + 46])
    (flags, method, time, date), crc, lengths = head[5:9], head[9], head[12:15]
    name = data[place + 46 : place + 46 + lengths[0]]
    if head[0] != b"PK\x01\x02" or len(name) != lengths[0]:
        raise Fault("its directory is broken")
    if len(name) > 4 * LONGEST_NAME:
        raise Fault(f"a name is longer than {LONGEST_NAME} characters")
    _refuse_frills(_shown(name), flags, method, (time, date), head)
    size = head[11]
    if size == FULL:
        size = struct.unpack("<Q", data[place + 50 + lengths[0] : place + 58 + lengths[0]])[0]
    entry = Stored(name, size, crc, offset, 0)
    entry = entry._replace(data=offset + len(_local_header(entry)))
    return entry, place + 46 + sum(lengths)


def _refuse_frills(
    name: str, flags: int, method: int, moment: tuple[int, int], head: tuple[Any, ...]
) -> None:
    """Say in words what the comparison of bytes would refuse without any."""
    if flags & 1:
        raise Fault(f"{name} is encrypted")
    if method != 0:
        raise Fault(f"{name} is compressed; only stored files are read")
    if moment != (0, EPOCH_DATE):
        raise Fault(f"{name} has another time than 1980-01-01")
    if head[17] != REGULAR:
        raise Fault(f"{name} is no regular file with mode 0644")
    if head[14] or head[15]:
        raise Fault(f"{name} has a comment, or lies on another disk")


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")[:LONGEST_NAME]


def _flags(name: bytes) -> int:
    return 0 if all(byte < 128 for byte in name) else 0x800


def _is_wide(entry: Stored) -> bool:
    return entry.size * 1.05 > SPLIT


def _local_header(entry: Stored) -> bytes:
    wide = _is_wide(entry)
    extra = struct.pack("<2H2Q", 1, 16, entry.size, entry.size) if wide else b""
    size, version = (FULL, 45) if wide else (entry.size, 20)
    head = struct.pack(
        "<4s2B4HL2L2H", b"PK\x03\x04", version, 0, _flags(entry.name), 0, 0, EPOCH_DATE,
        entry.crc, size, size, len(entry.name), len(extra),
    )  # fmt: skip
    return head + entry.name + extra


def _central_header(entry: Stored) -> bytes:
    large, far = entry.size > SPLIT, entry.header > SPLIT
    wide = [entry.size, entry.size] * large + [entry.header] * far
    extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    made = 45 if wide or _is_wide(entry) else 20
    size, header = FULL if large else entry.size, FULL if far else entry.header
    head = struct.pack(
        "<4s4B4HL2L5H2L", b"PK\x01\x02", made, 3, made, 0, _flags(entry.name), 0, 0, EPOCH_DATE,
        entry.crc, size, size, len(entry.name), len(extra), 0, 0, 0, REGULAR, header,
    )  # fmt: skip
    return head + entry.name + extra


def _end_records(count: int, size: int, start: int) -> bytes:
    wide = b""
    if count > 0xFFFF or max(size, start) > SPLIT:
        wide = struct.pack(
            "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start
        ) + struct.pack("<4sLQL", b"PK\x06\x07", 0, start + size, 1)
        count, size, start = min(count, 0xFFFF), min(size, FULL), min(start, FULL)
    return wide + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, start, 0)


def check_names(names: Sequence[str]) -> None:
    """Raise Fault unless the names are safe, in normal form, distinct and under one folder."""
    for name in names:
        _check_name(name)
    if len({name.partition("/")[0] for name in names}) != 1:
        raise Fault("there is more than one folder at the top")
    if len(set(names)) != len(names):
        raise Fault("a name stands there twice")
    _check_twins(names)


def _check_twins(names: Sequence[str]) -> None:
    files = set(names)
    folded: dict[str, str] = {}
    for name in names:
        steps = name.split("/")
        for count in range(1, len(steps) + 1):
            path = "/".join(steps[:count])
            key = unicodedata.normalize("NFC", path.casefold())
            if folded.setdefault(key, path) != path or (path in files and path != name):
                raise Fault(f"two names differ by case alone, or one is a folder too: {path}")


def _check_name(name: str) -> None:
    steps = name.split("/")
    if len(name) > LONGEST_NAME:
        raise Fault(f"a name is longer than {LONGEST_NAME} characters: {name[:80]}…")
    if len(steps) < 2 or any(step in ("", ".", "..") for step in steps):
        raise Fault(f"a name is absolute, no file's, or leaves the folder: {name}")
    if re.search(r"[\\:\x00-\x1f\x7f]|[. ](/|\Z)", name):
        raise Fault(f"a name holds a sign that not every system keeps: {name}")
    if unicodedata.normalize("NFC", name) != name:
        raise Fault(f"a name is not in its normal form (NFC): {name}")


class FolderSource(Source):
    """An unpacked folder: regular files only, no links."""

    kind = "folder"

    def __init__(self, path: str) -> None:
        self.path = self._top(path)
        found: dict[str, int] = {}
        self._gather(self.path, "", found)
        if not found:
            raise Fault("the folder is empty")
        check_names([f"top/{name}" for name in found])
        if len(found) > MOST_FILES or sum(found.values()) > MOST_BYTES:
            raise Fault(f"it holds more than {MOST_FILES} files or {MOST_BYTES} bytes")
        super().__init__(os.path.basename(os.path.abspath(self.path)), found)

    def open(self, name: str) -> BinaryIO:
        """Open a file of the folder."""
        if name not in self.sizes:
            raise Fault(f"{name} is missing")
        return open(os.path.join(self.path, *name.split("/")), "rb")

    @staticmethod
    def _top(path: str) -> str:
        """Return the folder itself, or the only folder in it."""
        inside = os.listdir(path)
        only = os.path.join(path, inside[0]) if len(inside) == 1 else ""
        is_folder = only and stat.S_ISDIR(os.lstat(only).st_mode)
        return only if is_folder and inside[0] != "data" else path

    def _gather(self, folder: str, prefix: str, found: dict[str, int], depth: int = 0) -> None:
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            facts = os.lstat(path)
            if stat.S_ISDIR(facts.st_mode) and depth < DEEPEST:
                self._gather(path, f"{prefix}{name}/", found, depth + 1)
            elif stat.S_ISREG(facts.st_mode):
                name.encode("utf-8")
                found[prefix + name] = facts.st_size
            else:
                raise Fault(f"{prefix}{name} is no regular file")


# --------------------------------------------------------------------------- the bag (BagIt)

TAG_FILES = ("VERIFY.txt", "bag-info.txt", "bagit.txt", "manifest-sha256.txt")
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
TAG_MANIFEST = "tagmanifest-sha256.txt"
PACK_NOTE = "tagmanifest-sha256.note"


def check_bag(source: Source) -> str:
    """Check that every file is listed, none is missing and each has its digest (RFC 8493)."""
    tags, payload = _manifest(source, TAG_MANIFEST), _manifest(source, "manifest-sha256.txt")
    listed = {**tags, **payload}
    _check_listing(tags, payload)
    _check_presence(set(source.sizes), set(listed))
    for name in sorted(listed):
        if source.digest(name) != listed[name]:
            raise Fault(f"{name} was changed: its SHA-256 is not the one in the manifest")
    _check_tags(source, payload)
    return f"{some(len(listed), 'file')} listed, none missing, none beside, each with its digest"


def _check_listing(tags: dict[str, str], payload: dict[str, str]) -> None:
    for name in sorted(set(TAG_FILES) - set(tags)):
        raise Fault(f"{name} is not listed in {TAG_MANIFEST}")
    for name in sorted(payload):
        if not name.startswith("data/"):
            raise Fault(f"manifest-sha256.txt lists {name}, which is no payload")
    for name in sorted(tags):
        if name.startswith("data/") or name in (TAG_MANIFEST, PACK_NOTE):
            raise Fault(f"{TAG_MANIFEST} lists {name}, which is no tag file under it")


def _check_presence(there: set[str], listed: set[str]) -> None:
    for name in sorted(there - listed - {TAG_MANIFEST, PACK_NOTE}):
        raise Fault(f"{name} is in no manifest")
    for name in sorted((listed | {TAG_MANIFEST, PACK_NOTE}) - there):
        raise Fault(f"{name} is listed or due, but missing")


def _check_tags(source: Source, payload: dict[str, str]) -> None:
    if source.read("bagit.txt") != DECLARATION:
        raise Fault("bagit.txt does not declare BagIt 1.0 in UTF-8")
    oxum = f"Payload-Oxum: {sum(source.sizes[name] for name in payload)}.{len(payload)}"
    if oxum not in source.read("bag-info.txt").decode("utf-8").split("\n"):
        raise Fault(f"bag-info.txt does not say {oxum}")


def _manifest(source: Source, name: str) -> dict[str, str]:
    text = source.read(name).decode("utf-8")
    found: dict[str, str] = {}
    for line in text[:-1].split("\n"):
        match = re.match(r"([0-9a-f]{64})  ([^\r\n]+)\Z", line)
        if not match or match.group(2) in found or not text.endswith("\n"):
            raise Fault(f"{name} is malformed at: {line[:120]}")
        found[match.group(2)] = match.group(1)
    return found


# ------------------------------------------------------------------ reading the log's lines


def pieces(source: Source, name: str) -> Iterator[bytes]:
    """Yield a file of lines in pieces that end with a line end; raises Fault for a torn end."""
    with source.open(name) as file:
        rest = b""
        while True:
            piece = file.read(BLOCK)
            if not piece:
                break
            piece = rest + piece
            cut = piece.rfind(b"\n") + 1
            if not cut and len(piece) > LONGEST_LINE:
                raise Fault(f"{name}: a line is longer than {LONGEST_LINE} bytes")
            rest = piece[cut:]
            if cut:
                yield piece[:cut]
        if rest:
            raise Fault(f"{name}: the last line has no line end")


def documents(source: Source, name: str, keys: set[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the JSON objects of a file of lines with the lines' places; raises Fault."""
    place = 0
    for piece in pieces(source, name):
        for raw in piece[:-1].split(b"\n"):
            place += 1
            value = parse_object(raw, f"{name}, line {place}")
            if not keys <= value.keys():
                raise Fault(f"{name}, line {place}: {', '.join(sorted(keys))} are not all there")
            yield place, value


class Naming:
    """Names an entry for people, opening the commitments that the file itself opens."""

    def __init__(self, source: Source, disclosures: str) -> None:
        self._source, self._disclosures = source, disclosures

    def of(self, raw: bytes) -> str:
        """Return 'seq 4, number 9, verb incident.opened, who …, at …' of a line."""
        try:
            line, row = row_of(raw)
        except (Fault, *MALFORMED):
            return f"the line that begins {raw[:60]!r}"
        who = line["entry"].get("who")
        name = str(who.get("name", "?")) if isinstance(who, dict) else "?"
        kind = str(who.get("kind", "?")) if isinstance(who, dict) else "?"
        return (
            f"seq {line['seq']}, number {line['number']}, verb {row[4].decode()}, "
            f"who {self._opened(name)} ({kind}), at {row[0].decode()}"
        )

    def _opened(self, name: str) -> str:
        if not name.startswith("commit:"):
            return name[:120]
        try:
            for _, value in documents(self._source, self._disclosures, {"commitment", "value"}):
                if str(value["commitment"]).replace("commit:", "") == name[7:]:
                    return str(value["value"])[:120]
        except (Fault, *MALFORMED):
            pass
        return f"{name[:13]}…"


class LineFile:
    """A file of sealed lines, read piece by piece; notes the first line that is not right."""

    def __init__(self, source: Source, name: str, shapes: Shapes) -> None:
        self._source, self._name, self._shapes = source, name, shapes
        self.count = 0
        self.fault: str | None = None

    def blocks(self) -> Iterator[tuple[list[bytes], Block | None]]:
        """Yield the lines' bytes with their block, or with None where a line is not right."""
        try:
            for data in pieces(self._source, self._name):
                raws = data[:-1].split(b"\n")
                yield raws, self._block(data, raws)
                self.count += len(raws)
        except Fault as fault:
            self.fault = self.fault or str(fault)

    def _block(self, data: bytes, raws: list[bytes]) -> Block | None:
        try:
            data.decode("utf-8")
            return Block(raws, self._shapes.rows(data))
        except (Fault, *MALFORMED):
            self.fault = self.fault or self._first_bad(raws)
            return None

    def _first_bad(self, raws: list[bytes]) -> str:
        for place, raw in enumerate(raws, start=self.count + 1):
            try:
                row_of(raw)
            except Fault as fault:
                return f"{self._name}, line {place} {fault}: {_clip(raw)}"
            except MALFORMED as error:
                return f"{self._name}, line {place} is no JSON ({str(error)[:80]}): {_clip(raw)}"
        return f"{self._name}: a line after line {self.count} is not right"


def _clip(raw: bytes) -> str:
    """Return the end of a bad line, where its number and seq stand, for people to find it."""
    return "…" + raw[-120:].decode("utf-8", "backslashreplace")


# --------------------------------------------------------------- checks of one line after another


class Checker:
    """Takes the log block by block; `fault` is the first thing that is wrong."""

    claim = ""

    def __init__(self, naming: Naming) -> None:
        self.naming = naming
        self.fault: str | None = None

    def take(self, block: Block) -> None:
        """Look at the next lines."""
        raise NotImplementedError

    def words(self) -> str:
        """Return what was found; raises Fault or Skip."""
        raise NotImplementedError

    def accuse(self, raw: bytes, words: str) -> None:
        """Note the first bad entry."""
        if self.fault is None:
            self.fault = f"{self.naming.of(raw)}: {words}"

    def finish(self) -> str:
        """Return the words of a claim that holds; raises Fault with the first bad entry."""
        if self.fault is not None:
            raise Fault(self.fault)
        return self.words()


class Order(Checker):
    """Leaves come by seq without doubles, and without a gap where all are there."""

    claim = "order"

    def __init__(self, naming: Naming, full: bool) -> None:
        super().__init__(naming)
        self.full, self.next, self.count = full, 0, 0
        self.numbers = array("Q")

    def take(self, block: Block) -> None:
        """Look at the next lines."""
        count = len(block.seq)
        if self.full:
            right = block.seq == list(range(self.next, self.next + count))
        else:
            right = block.seq[0] >= self.next and _ascends(block.seq)
        if not right:
            self._find(block)
        self.next, self.count = block.seq[-1] + 1, self.count + count
        self.numbers.extend(block.number)

    def _find(self, block: Block) -> None:
        wanted = self.next
        for raw, seq in zip(block.raws, block.seq):
            if seq != wanted if self.full else seq < wanted:
                about = f"seq {wanted}" if self.full else f"a seq of at least {wanted}"
                return self.accuse(raw, f"{about} was due here: a line was left out or moved")
            wanted = seq + 1
        return None

    def words(self) -> str:
        """Return what was found; raises Fault."""
        numbers = sorted(self.numbers)
        doubled = next(itertools.compress(numbers, map(operator.eq, numbers, numbers[1:])), None)
        if doubled is not None:
            raise Fault(f"entry number {doubled} is sealed twice")
        if self.full:
            return f"{some(self.count, 'line')}, seq 0 to {self.count - 1} without gap or double"
        return f"{some(self.count, 'line')} by seq, none twice"


def _ascends(values: Sequence[int]) -> bool:
    return all(map(operator.lt, values, values[1:]))


class Times(Checker):
    """Seals never run backwards, and no entry is later than its seal."""

    claim = "times"

    def __init__(self, naming: Naming) -> None:
        super().__init__(naming)
        self.last: datetime | None = None
        self.old, self.oldest, self.which = 0, timedelta(0), b""

    def take(self, block: Block) -> None:
        """Look at the next lines."""
        seals = block.seal
        if (self.last and seals[0] < self.last) or any(map(operator.gt, seals, seals[1:])):
            self._find_backwards(block)
        self.last = seals[-1]
        late = {seal: (seal + AHEAD, seal - OVERDUE) for seal in set(seals)}
        for place, (at, seal) in enumerate(zip(block.instant, seals)):
            ahead, overdue = late[seal]
            if at > ahead:
                self.accuse(block.raws[place], f"lies after its own seal of {seal.isoformat()}")
            elif at < overdue:
                self._count(block.raws[place], seal - at)

    def _find_backwards(self, block: Block) -> None:
        last = self.last or block.seal[0]
        for raw, seal in zip(block.raws, block.seal):
            if seal < last:
                words = f"sealed {seal.isoformat()}, before the line ahead of it: the clock"
                return self.accuse(raw, f"{words} was set back")
            last = seal
        return None

    def _count(self, raw: bytes, age: timedelta) -> None:
        self.old += 1
        if age > self.oldest:
            self.oldest, self.which = age, raw

    def words(self) -> str:
        """Return what was found."""
        words = "seals never run backwards, no entry lies after its seal"
        if not self.old:
            return words
        return (
            f"{words}; {some(self.old, 'entry', 'entries')} waited over "
            f"{OVERDUE.seconds // 60} minutes for the seal, the longest "
            f"{timedelta(seconds=int(self.oldest.total_seconds()))}: {self.naming.of(self.which)}"
        )


HEARTBEATS = (b"ledger.heartbeat", b"ledger.counted")


class Streams(Checker):
    """Each stream counts its own lines; heartbeats say the same where every line is there."""

    claim = "streams"

    def __init__(self, naming: Naming, full: bool) -> None:
        super().__init__(naming)
        self.full, self.beats = full, 0
        self.next: dict[bytes, int] = {}

    def take(self, block: Block) -> None:
        """Look at the next lines."""
        self._agree(block)
        beats = [place for place, verb in enumerate(block.verb) if verb in HEARTBEATS]
        start = 0
        for place in [*beats, len(block.raws)] if self.full else [len(block.raws)]:
            self._count(block, start, place)
            if place < len(block.raws):
                self._beat(block.raws[place])
            start = place

    def _agree(self, block: Block) -> None:
        for place, (system, stream) in enumerate(zip(block.system, block.stream)):
            if (system or b"organisation") != stream:
                self.accuse(block.raws[place], "stands in another stream than its system's")

    def _count(self, block: Block, start: int, stop: int) -> None:
        due, full = self.next, self.full
        numbered = zip(block.stream[start:stop], block.stream_seq[start:stop])
        for place, (stream, number) in enumerate(numbered, start):
            wanted = due.get(stream, 0)
            if number != wanted and (full or number < wanted):
                words = f"stream_seq {wanted} of its stream was due here"
                self.accuse(block.raws[place], f"{words}: a line was left out or moved")
            due[stream] = number + 1

    def _beat(self, raw: bytes) -> None:
        details = row_of(raw)[0]["entry"].get("details", {})
        counts = details.get("streams", {})
        for stream, count in sorted(counts.items()):
            if self.next.get(stream.encode(), 0) != count:
                there = self.next.get(stream.encode(), 0)
                self.accuse(raw, f"counts {count} lines of stream {stream}, {there} are there")
        if "others" in details:
            rest = [count for name, count in self.next.items() if name.decode() not in counts]
            if details["others"] != {"streams": len(rest), "lines": sum(rest)}:
                words = f"{sum(rest)} lines of {len(rest)} streams are there"
                self.accuse(raw, f"counts the lines of further streams otherwise: {words}")
        self.beats += 1

    def words(self) -> str:
        """Return what was found."""
        if not self.full:
            return f"{some(len(self.next), 'stream')}, each by its own numbers"
        return (
            f"{some(len(self.next), 'stream')} without a gap, as "
            f"{some(self.beats, 'count')} in the log itself say"
        )


class Commitments(Checker):
    """Personal data stand in lines as salted commitments; what is disclosed opens them."""

    claim = "disclosures"

    def __init__(self, naming: Naming, opened: dict[bytes, bool]) -> None:
        super().__init__(naming)
        self.opened, self.withheld, self.places = opened, 0, 0

    def take(self, block: Block) -> None:
        """Look at the next lines."""
        opened = self.opened
        found = b"\n".join(block.raws).split(b'"commit:')
        for piece in found[1:]:
            key = piece[:32]
            if piece[64:65] != b'"':
                continue
            if key in opened:
                opened[key] = True
                self.places += 1
            else:
                self.withheld += 1

    def words(self) -> str:
        """Return what was found."""
        used = sum(self.opened.values())
        words = (
            f"{some(used, 'commitment')} opened in {some(self.places, 'place')}, "
            f"{some(self.withheld, 'place')} withheld or erased"
        )
        spare = len(self.opened) - used
        return words + (f", {some(spare, 'disclosure')} of no line here" if spare else "")


class About(NamedTuple):
    """What pack.json says that the log must agree with.

    `everything` means that every line of the period belongs to the pack, whichever stream it
    stands in; else those of `systems`. `streams` are the bounds of each stream that is claimed to
    be whole: {name: {first, last, count}}.
    """

    number: str
    format: int
    subject: str
    systems: frozenset[bytes]
    everything: bool
    since: datetime
    until: datetime
    as_of: datetime
    incidents: frozenset[bytes]
    objects: frozenset[bytes]
    streams: dict[bytes, dict[str, Any]]
    ledger: dict[str, Any]

    def covers(self, system: bytes, at: datetime) -> bool:
        """Whether an entry is of the pack's systems and lies in the period."""
        return (self.everything or system in self.systems) and self.since <= at < self.until


KEY_VERBS = frozenset((b"ledger.opened", b"ledger.key_rotated", b"ledger.reopened"))


class Scope(Checker):
    """Lines of a pack lie in its scope; beside them stand only neighbours and the ledger's own."""

    claim = "scope"

    def __init__(self, naming: Naming, about: About, full: bool) -> None:
        super().__init__(naming)
        self.about, self.full, self.count = about, full, 0

    def take(self, block: Block) -> None:
        """Look at the next lines."""
        columns = zip(block.seq, block.system, block.instant, block.incident, block.object)
        for place, (seq, system, at, incident, thing) in enumerate(columns):
            inside = self.about.covers(system, at) or incident in self.about.incidents
            if seq in block.beside:
                self._check_neighbour(block, place)
            elif self._is_own(block, place):
                continue
            elif not inside and thing not in self.about.objects:
                self.accuse(block.raws[place], "lies outside the pack's system, period and matters")
            elif self.about.format > 2 and at > self.about.as_of:
                self.accuse(block.raws[place], "is later than the instant that the pack is as of")
        self.count += len(block.raws) - len(block.beside)

    def _is_own(self, block: Block, place: int) -> bool:
        return self.full and block.verb[place].startswith(b"ledger.")

    def _check_neighbour(self, block: Block, place: int) -> None:
        known = block.verb[place] in KEY_VERBS or block.verb[place] == b"ledger.counted"
        if not known and block.stream[place] not in self.about.streams:
            self.accuse(block.raws[place], "has no business in neighbours.jsonl")

    def words(self) -> str:
        """Return what was found."""
        about = self.about
        said = about.ledger.get("entries", self.count)
        if said != self.count:
            raise Fault(f"pack.json says {said} lines, log.jsonl holds {self.count}")
        return (
            f"pack {about.number} of {about.subject}, "
            f"{about.since.isoformat()} to {about.until.isoformat()}, as of "
            f"{about.as_of.isoformat()}; {some(self.count, 'line')}, all {self._whose()}of "
            f"{some(len(about.incidents), 'incident')} or of "
            f"{some(len(about.objects), 'further object')}"
        )

    def _whose(self) -> str:
        if self.about.everything:
            return "of the period, "
        count = len(self.about.systems)
        if not count:
            return ""
        return f"of the {'system' if count == 1 else f'{count} systems'} in the period, "


class Course:
    """What the lines say of one stream: where its lines of the period begin and end."""

    def __init__(self, stream: dict[str, Any]) -> None:
        self.first, self.last, self.count = (stream[name] for name in ("first", "last", "count"))
        self.low = 0 if self.first is None else max(self.first - 1, 0)
        self.high = self.count if self.last is None else self.last + (self.last + 1 < self.count)
        self.there = array("Q")
        self.found: list[int | None] = []
        self.near: tuple[int, datetime] = (-1, _EARLIEST)
        self.bounded = self.count == 0
        self.counted: tuple[bytes, int] | None = None
        self.before = 0

    def missing(self) -> int | None:
        """Return the first number that is not there, from just before to just after the period."""
        low, high = self.low, self.high
        for wanted, number in zip(range(low, high + 1), sorted(self.there)):
            if wanted != number:
                return wanted
        return low + len(self.there) if len(self.there) < high + 1 - low else None


class Stretch(Checker):
    """Nothing of a whole stream was left out between the period's first and last line."""

    claim = "complete"

    def __init__(self, naming: Naming, about: About) -> None:
        super().__init__(naming)
        self.about = about
        self.courses = {name: Course(stream) for name, stream in about.streams.items()}
        self.named: frozenset[bytes] = frozenset()

    def take(self, block: Block) -> None:
        """Look at the next lines."""
        courses = self.courses
        columns = zip(block.stream, block.stream_seq, block.instant, block.verb)
        for place, (stream, number, at, verb) in enumerate(columns):
            if verb == b"ledger.counted":
                self._count(block.raws[place])
            if stream in courses:
                self._note(courses[stream], block, place, number, at)
            elif self.about.everything and self.about.since <= at < self.about.until:
                name = stream.decode()
                self.accuse(block.raws[place], f"is of stream {name}, of which pack.json is silent")

    def _count(self, raw: bytes) -> None:
        counts = row_of(raw)[0]["entry"]["details"]["streams"]
        self.named = frozenset(name.encode() for name in counts)
        if all(name.decode() in counts for name in self.courses):
            for name, course in self.courses.items():
                course.counted = (raw, counts[name.decode()])

    def _note(self, course: Course, block: Block, place: int, number: int, at: datetime) -> None:
        raw, inside = block.raws[place], self.about.since <= at < self.about.until
        if inside and block.seq[place] in block.beside:
            self.accuse(raw, "is in the period, but was left out of log.jsonl")
        elif inside:
            course.found = [course.found[0] if course.found else number, number]
        if course.low <= number <= course.high:
            course.there.append(number)
        self._look_for_bounds(course, number, at)
        if course.counted and number < course.counted[1]:
            self.accuse(raw, "was counted in advance")
        course.before = number + 1 if course.counted is None else course.before

    def _look_for_bounds(self, course: Course, number: int, at: datetime) -> None:
        """Note whether two lines in a row, or the stream's end, lie around an empty period."""
        since, until = self.about.since, self.about.until
        last, before = course.near
        around = number == last + 1 and before < since and at >= until
        ends = number == course.count - 1 and at < since
        course.bounded = course.bounded or around or ends
        course.near = (number, at)

    def words(self) -> str:
        """Return what was found; raises Fault, or Skip where nothing bounds the period."""
        if not self.courses:
            raise Skip("no stream is claimed to be whole: this pack holds lines of named matters")
        if self.about.everything and not self.named <= self.courses.keys():
            lost = min(self.named - self.courses.keys()).decode()
            raise Fault(f"stream {lost} of the log is not in this pack of everything")
        if len(self.courses) == 1:
            (course,) = self.courses.values()
            return self._words_of(course, "the system's stream")
        self._check_each()
        held = sum(course.first is not None for course in self.courses.values())
        return (
            f"all lines of the period are here in each of {len(self.courses)} streams, with the "
            f"lines just before and after; {held} of them have lines in it. Not proved: that no "
            "entry sealed outside these stretches is dated inside the period"
        )

    def _check_each(self) -> None:
        """Check every stream; a fault comes before what could be checked in part only."""
        skipped: Skip | None = None
        for name, course in sorted(self.courses.items()):
            try:
                self._words_of(course, f"stream {name.decode()}")
            except Skip as skip:
                skipped = skipped or skip
        if skipped is not None:
            raise skipped

    def _words_of(self, course: Course, what: str) -> str:
        self._check_count(course, what)
        nothing: list[int | None] = [None, None]
        if (course.found or nothing) != [course.first, course.last]:
            raise Fault(
                f"pack.json says that the period runs from {course.first} to {course.last} in "
                f"{what}, the lines say {course.found or 'that nothing lies in it'}"
            )
        if course.first is None:
            return self._words_of_nothing(course, what)
        missing = course.missing()
        if missing is not None:
            raise Fault(f"stream_seq {missing} of {what} was left out of the pack")
        if course.last >= course.count:
            words = f"stream_seq {course.first} to {course.last} of {what} are all here, but it was"
            raise Skip(
                f"{words} counted before, at {course.count}: nothing says what followed",
                partly=True,
            )
        return (
            f"stream_seq {course.first} to {course.last} of {what} are all here, with "
            f"the lines just before and after; the stream counts {course.count}. Not proved: that "
            "no entry sealed outside this stretch is dated inside the period"
        )

    def _check_count(self, course: Course, what: str) -> None:
        if course.counted is None:
            raise Fault(f"no ledger.counted line says how long {what} is")
        if course.counted[1] != course.count or course.before > course.count:
            words = f"counts {course.counted[1]} lines of {what}, pack.json says {course.count}"
            raise Fault(f"{self.naming.of(course.counted[0])}: {words}")

    @staticmethod
    def _words_of_nothing(course: Course, what: str) -> str:
        if not course.bounded:
            words = f"no entry lies in the period in {what}, and no neighbours bound it"
            raise Skip(words, partly=True)
        return f"no entry lies in the period in {what}; the stream counts {course.count}"


class Table(Checker):
    """log.csv numbers the same lines as log.jsonl; its columns are found by their names."""

    claim = "table"

    def __init__(self, naming: Naming, source: Source, name: str) -> None:
        super().__init__(naming)
        self._file = io.TextIOWrapper(source.keep(name), "utf-8", newline="")
        source.kept.callback(self._file.detach)
        self._rows = csv.reader(self._file, strict=True)
        self.header = next(self._rows, [])
        self.count = 0
        known = ("number", "sha256_of_line", "seq", "sealed", "verb", "at")
        self.columns = [(column, self.header.index(column)) for column in known
                        if column in self.header]  # fmt: skip
        if not {"number", "sha256_of_line"} <= set(self.header):
            self.fault = "log.csv lacks the columns number and sha256_of_line"

    def take(self, block: Block) -> None:
        """Look at the next lines."""
        raws = block.own(block.raws)
        rows = list(itertools.islice(self._rows, len(raws)))
        self.count += len(rows)
        if len(rows) != len(raws):
            self.fault = self.fault or "log.csv has fewer lines than log.jsonl"
        elif any(len(row) != len(self.header) for row in rows):
            self.fault = self.fault or "log.csv has a line with more or fewer cells than columns"
        else:
            for column, place in self.columns:
                self._compare(raws, column, [row[place] for row in rows], _cells(block, column))

    def _compare(
        self, raws: Sequence[bytes], column: str, cells: list[str], wanted: list[str]
    ) -> None:
        if cells == wanted:
            return
        for raw, cell, due in zip(raws, cells, wanted):
            if cell != due:
                self.accuse(raw, f"log.csv says {cell[:80]} for its {column}, not {due[:80]}")

    def words(self) -> str:
        """Return what was found; raises Fault."""
        if next(self._rows, None) is not None:
            raise Fault("log.csv has more lines than log.jsonl")
        names = ", ".join(column for column, _ in self.columns)
        return f"log.csv says the same of {some(self.count, 'line')} in {names}"


def _cells(block: Block, column: str) -> list[str]:
    """Return what a column of log.csv must say of a block's own lines."""
    if column == "sha256_of_line":
        return [hashlib.sha256(raw).hexdigest() for raw in block.own(block.raws)]
    if column in ("number", "seq"):
        return list(map(str, block.own(getattr(block, column))))
    if column in ("verb", "sealed"):
        return [text.decode() for text in block.own(getattr(block, column))]
    return [_utc(text) for text in block.own(block.at)]


def _utc(text: bytes) -> str:
    """Return an instant as log.csv writes it: UTC, microseconds, Z."""
    words = text.decode("ascii")
    if words.endswith("+00:00"):
        return words[:19] + (words[19:26] if len(words) == 32 else ".000000") + "Z"
    return instant(text).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# ------------------------------------------------------------------- the sample that nobody chose

POPULATIONS = "data/populations/"
SAMPLE = f"{POPULATIONS}sample.csv"
DRAWN = 25
MOST_DRAWN = 10_000
# What a row's key is made of: columns of the list, joined by '/'.
SAMPLED = {
    "incidents": ("number",),
    "decisions": ("number",),
    "transitions": ("incident", "version"),
    "actions": ("incident", "cycle", "position"),
    "ballots": ("motion", "entry"),
    "versions": ("system", "label"),
    "acceptances": ("number",),
    "submissions": ("id",),
    "programmes": ("id",),
    "containments": ("id",),
    "conditions": ("decision", "number"),
}


class Drawn(NamedTuple):
    """One drawn row: its place in the draw, its key, the digest by which it was drawn."""

    place: int
    key: str
    sha256: str


def draw(source: Source, root: bytes, name: str, most: int) -> list[Drawn]:
    """Draw rows of a list: those with the smallest SHA-256 of root, list and key; raises Fault."""
    seed = base64.b64encode(root).decode()
    found = heapq.nsmallest(
        most,
        (
            (hashlib.sha256(f"{seed}\n{name}\n{key}".encode()).hexdigest(), key)
            for key in keys_of(source, name)
        ),
    )
    return [Drawn(place, key, digest) for place, (digest, key) in enumerate(found, start=1)]


def keys_of(source: Source, name: str) -> Iterator[str]:
    """Yield the keys of a list's rows, cells as they stand in the file; raises Fault."""
    path = f"{POPULATIONS}{name}.csv"
    if name not in SAMPLED or path not in source.sizes:
        known = ", ".join(SAMPLED)
        raise Fault(f"there is no list {printable(name)!r} to draw from; there are: {known}")
    for row in table_of(source, path, SAMPLED[name]):
        yield "/".join(row)


def table_of(source: Source, path: str, columns: Sequence[str]) -> Iterator[list[str]]:
    """Yield some columns of a CSV file, by their names; raises Fault."""
    with io.TextIOWrapper(source.open(path), "utf-8", newline="") as file:
        rows = csv.reader(file, strict=True)
        header = next(rows, [])
        if not set(columns) <= set(header):
            raise Fault(f"{path} lacks one of the columns {', '.join(columns)}")
        places = [header.index(column) for column in columns]
        for row in rows:
            if len(row) != len(header):
                raise Fault(f"{path} has a row with more or fewer cells than columns")
            yield [row[place] for place in places]


def check_sample(source: Source, root: bytes) -> str:
    """Draw the sample again and compare it with the pack's; raises Fault."""
    if SAMPLE not in source.sizes:
        raise Fault(f"{SAMPLE} is missing")
    said: dict[str, list[tuple[str, str]]] = {name: [] for name in SAMPLED}
    for name, _, key, digest in table_of(source, SAMPLE, ("list", "place", "key", "sha256")):
        if name not in said:
            raise Fault(f"{SAMPLE} draws from {printable(name)!r}, which is no list to draw from")
        said[name].append((key, digest))
    for name, rows in said.items():
        drawn = [(item.key, item.sha256) for item in draw(source, root, name, DRAWN)]
        if rows != drawn:
            raise Fault(f"{SAMPLE} holds another sample of {name} than the checkpoint's root draws")
    count = sum(map(len, said.values()))
    return f"{some(count, 'row')} of {len(said)} lists, as the checkpoint's root draws them"


# -------------------------------------------------------------- the walk over the whole log


class Walk:
    """One pass over the log: checkers, the tree, and what later claims need to remember."""

    def __init__(
        self, source: Source, audit: str, full: bool, sizes: set[int], leaves: set[int]
    ) -> None:
        self.source, self.audit, self.full = source, audit, full
        self.tree = Tree(sizes)
        self._before = {size - 1 for size in sizes}
        self._leaves = leaves
        self.sealed: dict[int, datetime] = {}
        self.leaf: dict[int, bytes] = {}
        self.events: list[tuple[int, bytes]] = []
        self.lines_fault: str | None = None
        self.leaf_fault: str | None = None
        self.broken = False
        self.lines = 0

    def run(self, checkers: Sequence[Checker], naming: Naming) -> None:
        """Walk over log.jsonl with its neighbours by seq, then over leaf-hashes.bin."""
        shapes = Shapes()
        log = LineFile(self.source, f"{self.audit}log.jsonl", shapes)
        beside, hashes = self._neighbours(shapes), self._hashes()
        for raws, block in merged(log.blocks(), beside):
            own = [leaf_hash(raw) for raw in raws]
            if self.full:
                self.tree.feed(own)
            self.broken = self.broken or block is None
            if block is not None and not self.broken:
                self._compare(block, own, hashes, naming)
                self._remember(block, own)
                self._let_check(checkers, block)
        self.broken = self.broken or log.fault is not None
        self.lines, self.lines_fault = log.count, log.fault or self.lines_fault
        if not self.full:
            self._feed_hashes()

    @staticmethod
    def _let_check(checkers: Sequence[Checker], block: Block) -> None:
        for checker in checkers:
            try:
                checker.take(block)
            except (Fault, *MALFORMED) as error:
                checker.fault = checker.fault or f"malformed ({type(error).__name__}: {error})"

    def _neighbours(self, shapes: Shapes) -> list[tuple[int, bytes, tuple[bytes, ...]]]:
        name = f"{self.audit}neighbours.jsonl"
        if name not in self.source.sizes:
            return []
        file = LineFile(self.source, name, shapes)
        found: list[tuple[int, bytes, tuple[bytes, ...]]] = []
        for _, block in file.blocks():
            if block is not None:
                found.extend(zip(block.seq, block.raws, block.rows))
            if len(found) > MOST_NEIGHBOURS:
                raise Fault(f"{name} has more than {MOST_NEIGHBOURS} lines")
        self.lines_fault, self.broken = file.fault, file.fault is not None
        if not _ascends([item[0] for item in found]):
            self.lines_fault = self.lines_fault or f"{name} is not by seq"
        return found

    def _hashes(self) -> BinaryIO | None:
        name = f"{self.audit}leaf-hashes.bin"
        return self.source.keep(name) if name in self.source.sizes else None

    def _compare(
        self, block: Block, own: list[bytes], hashes: BinaryIO | None, naming: Naming
    ) -> None:
        """Compare the lines' hashes with leaf-hashes.bin, which names the exact bad entry."""
        if hashes is None or self.leaf_fault:
            return
        for raw, seq, digest in zip(block.raws, block.seq, own):
            hashes.seek(32 * seq)
            if hashes.read(32) != digest:
                words = "is not the line that was sealed: its hash is not the leaf's"
                self.leaf_fault = f"{naming.of(raw)}: {words}"
                return

    def _remember(self, block: Block, own: list[bytes]) -> None:
        places = {seq: place for place, seq in enumerate(block.seq)}
        for seq in self._before.intersection(places):
            self.sealed[seq + 1] = block.seal[places[seq]]
        for seq in self._leaves.intersection(places):
            self.leaf[seq] = own[places[seq]]
        for place, verb in enumerate(block.verb):
            if verb in KEY_VERBS:
                self.events.append((block.seq[place], block.raws[place]))

    def _feed_hashes(self) -> None:
        hashes = self._hashes()
        if hashes is None:
            return
        wanted = sorted(self._leaves - self.leaf.keys())
        for seq in wanted:
            hashes.seek(32 * seq)
            self.leaf[seq] = hashes.read(32)
        hashes.seek(0)
        while True:
            piece = hashes.read(32 * 8192)
            if not piece:
                return
            self.tree.feed([piece[place : place + 32] for place in range(0, len(piece), 32)])

    def line_at(self, place: int) -> bytes | None:
        """Return a line of log.jsonl by its place, counted from 0."""
        for piece in pieces(self.source, f"{self.audit}log.jsonl"):
            raws = piece[:-1].split(b"\n")
            if place < len(raws):
                return raws[place]
            place -= len(raws)
        return None


def merged(
    blocks: Iterable[tuple[list[bytes], Block | None]],
    beside: list[tuple[int, bytes, tuple[bytes, ...]]],
) -> Iterator[tuple[list[bytes], Block | None]]:
    """Yield the log's blocks with the neighbouring lines put in by seq."""
    seqs, taken = [item[0] for item in beside], 0
    for raws, block in blocks:
        upto = bisect.bisect_right(seqs, block.seq[-1]) if block is not None else taken
        if block is None or upto == taken:
            yield raws, block
            continue
        both = _spliced(list(zip(block.seq, block.raws, block.rows)), beside[taken:upto])
        yield both.raws, both
        taken = upto
    if taken < len(beside):
        rest = _spliced([], beside[taken:])
        yield rest.raws, rest


def _spliced(
    own: list[tuple[int, bytes, tuple[bytes, ...]]],
    beside: list[tuple[int, bytes, tuple[bytes, ...]]],
) -> Block:
    every = sorted(own + beside, key=operator.itemgetter(0))
    seqs = frozenset(item[0] for item in beside)
    return Block([item[1] for item in every], [item[2] for item in every], seqs)


# ------------------------------------------------------------------------ the log's keys


class Epoch(NamedTuple):
    """A key in force for checkpoints larger than `seq`; `linked`: the key before signed it."""

    seq: int
    key: Key
    how: str
    linked: bool


class Reopening(NamedTuple):
    """A ledger.reopened leaf: where, the checkpoint that it quotes, and why."""

    seq: int
    origin: str
    previous: Checkpoint
    reason: str


ROTATION = "countersign key rotation v1\n{}\n{}\n"
REOPENING = "countersign reopening v1\n{}\n{}\n{}"


class Chain:
    """The keys of the log in the order in which its own leaves bring them."""

    def __init__(self, naming: Naming) -> None:
        self.naming = naming
        self.epochs: list[Epoch] = []
        self.reopenings: list[Reopening] = []

    def add(self, seq: int, raw: bytes) -> None:
        """Take a leaf of the ledger itself; raises Fault if it does not continue the chain."""
        entry = row_of(raw)[0]["entry"]
        handlers = {
            "ledger.opened": self._open,
            "ledger.key_rotated": self._rotate,
            "ledger.reopened": self._reopen,
        }
        handler = handlers.get(entry["verb"])
        if handler is None:
            return
        try:
            handler(seq, entry)
        except Fault as fault:
            raise Fault(f"{self.naming.of(raw)}: {fault}") from None
        except MALFORMED as error:
            raise Fault(f"{self.naming.of(raw)}: malformed ({error})") from None

    def assume(self, key: Key) -> None:
        """Begin with a key that no leaf at hand brings."""
        self.epochs.append(Epoch(-1, key, "assumed", False))

    def _open(self, seq: int, entry: dict[str, Any]) -> None:
        key = parse_vkey(entry["details"]["key"])
        if seq != 0 or self.epochs or key.name != entry["details"]["origin"]:
            raise Fault("a ledger is opened once, by its first leaf, under the key's own name")
        self.epochs.append(Epoch(-1, key, "opened", False))

    def _rotate(self, seq: int, entry: dict[str, Any]) -> None:
        details = entry["details"]
        old, new = parse_vkey(details["old"]), parse_vkey(details["new"])
        if not self.epochs:
            self.assume(old)
        present = self.epochs[-1].key
        if old != present or new.name != present.name:
            raise Fault(f"it replaces {old.text}, but {present.text} was in force")
        message = ROTATION.format(old.text, new.text).encode()
        if not verify_ed25519(old.public, from_base64(details["signature"]), message):
            raise Fault("the old key did not sign the rotation")
        self.epochs.append(Epoch(seq, new, "rotated", True))

    def _reopen(self, seq: int, entry: dict[str, Any]) -> None:
        details, quoted = entry["details"], entry["details"]["previous"]
        key, previous = parse_vkey(details["key"]), parse_checkpoint(quoted["note"].encode())
        said = (quoted["origin"], quoted["size"], from_base64(quoted["root"]))
        if said != previous[:3]:
            raise Fault("it quotes a checkpoint otherwise than the note says")
        if self.epochs and previous.origin != self.epochs[-1].key.name:
            raise Fault(f"it quotes a checkpoint of {previous.origin}, which is another log")
        if key.name != details["origin"] or key.name == previous.origin:
            raise Fault("a reopened ledger needs a new origin, which is the name of its key")
        signers(previous.note, self.keys)
        linked = self._is_linked(key, previous, details.get("signature"))
        self.epochs.append(Epoch(seq, key, "reopened", linked))
        reason = str(entry.get("reason", "no reason given"))
        self.reopenings.append(Reopening(seq, key.name, previous, reason))

    def _is_linked(self, key: Key, previous: Checkpoint, signature: str | None) -> bool:
        if not signature or not self.epochs:
            return False
        old = self.epochs[-1].key
        message = REOPENING.format(old.text, key.text, previous.note.text).encode()
        if not verify_ed25519(old.public, from_base64(signature), message):
            raise Fault("the signature by the old key over the reopening is false")
        return True

    @property
    def keys(self) -> list[Key]:
        """All keys, the oldest first."""
        return [epoch.key for epoch in self.epochs]

    def at(self, size: int) -> Epoch:
        """Return the epoch in force for a checkpoint of a size."""
        fitting = [epoch for epoch in self.epochs if epoch.seq < size]
        if not fitting:
            raise Fault("no key is known that could have signed")
        return fitting[-1]

    def check_signed(self, checkpoint: Checkpoint) -> Key:
        """Return the key in force that signed a checkpoint; raises Fault."""
        key = self.at(checkpoint.size).key
        if checkpoint.origin != key.name:
            raise Fault(
                f"the checkpoint of size {checkpoint.size} is of {checkpoint.origin}, "
                f"the log at that size is {key.name}"
            )
        try:
            valid = key in signers(checkpoint.note, self.keys)
        except Fault as fault:
            raise Fault(f"the checkpoint of size {checkpoint.size}: {fault}") from None
        if not valid:
            raise Fault(
                f"the checkpoint of size {checkpoint.size} is not signed by {key.text}, the key in "
                "force at that size; if it was replaced, the leaf of the rotation is missing"
            )
        return key


# ----------------------------------------------------------------- DER, X.509, RFC 3161

OID_TST = "1.2.840.113549.1.9.16.1.4"
OID_SIGNED = "1.2.840.113549.1.7.2"
OID_CONTENT_TYPE = "1.2.840.113549.1.9.3"
OID_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
OID_CERT = "1.2.840.113549.1.9.16.2.12"
OID_CERT_V2 = "1.2.840.113549.1.9.16.2.47"
OID_STAMPING = "1.3.6.1.5.5.7.3.8"
OID_RSA = "1.2.840.113549.1.1.1"
OID_PSS = "1.2.840.113549.1.1.10"
OID_EC = "1.2.840.10045.2.1"
OID_ED25519 = "1.3.101.112"
EXTENSION_KEY_ID = "2.5.29.14"
EXTENSION_USAGE = "2.5.29.15"
EXTENSION_BASIC = "2.5.29.19"
EXTENSION_PURPOSE = "2.5.29.37"
UNDERSTOOD = {EXTENSION_KEY_ID, EXTENSION_USAGE, EXTENSION_BASIC, EXTENSION_PURPOSE,
              "2.5.29.35", "2.5.29.17", "2.5.29.31", "2.5.29.32"}  # fmt: skip
DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
RSA_DIGESTS = {
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
ECDSA_DIGESTS = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
CURVES = {"1.2.840.10045.3.1.7": P256, "1.3.132.0.34": P384}


class Der(NamedTuple):
    """A DER value: its tag, its content, all its bytes."""

    tag: int
    body: bytes
    raw: bytes

    def parts(self, tag: int = 0x30) -> list[Der]:
        """Return the values that a SEQUENCE, or a value of another tag, holds."""
        found, rest = [], self.need(tag).body
        while rest:
            item = der_first(rest)
            found.append(item)
            rest = rest[len(item.raw) :]
        return found

    def whole(self) -> int:
        """Return an INTEGER."""
        self.need(0x02)
        return int.from_bytes(self.body, "big", signed=True)

    def oid(self) -> str:
        """Return an OBJECT IDENTIFIER as dotted numbers."""
        self.need(0x06)
        arcs, value = [], 0
        for byte in self.body[:64]:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))

    def need(self, tag: int) -> Der:
        """Return itself; raises Fault for another tag."""
        if self.tag != tag:
            raise Fault(f"DER of tag {self.tag:#x} stands where {tag:#x} belongs")
        return self


def der_first(data: bytes) -> Der:
    """Read the first DER value of some bytes; raises Fault unless its length is canonical."""
    if len(data) < 2 or data[0] & 0x1F == 0x1F:
        raise Fault("DER is cut off, or has a long tag")
    length, start = data[1], 2
    if length & 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
        if not 1 <= count <= 4 or length < 128 or length >> 8 * (count - 1) == 0:
            raise Fault("a DER length is not canonical")
    if start + length > len(data):
        raise Fault("DER is cut off")
    return Der(data[0], data[start : start + length], data[: start + length])


def der_only(data: bytes) -> Der:
    """Read bytes that are one DER value and nothing else."""
    value = der_first(data)
    if len(value.raw) != len(data):
        raise Fault("bytes stand after the end of a DER value")
    return value


def der_time(value: Der) -> datetime:
    """Return a UTCTime or GeneralizedTime in UTC."""
    text = value.body.decode("ascii")
    match = re.match(r"([0-9]{12}|[0-9]{14})(\.[0-9]{1,6})?Z\Z", text)
    if not match or len(match.group(1)) != {0x17: 12, 0x18: 14}[value.tag]:
        raise Fault(f"a time is malformed: {text[:40]}")
    digits = match.group(1)
    if value.tag == 0x17:
        digits = ("19" if digits[0] >= "5" else "20") + digits
    moment = datetime.strptime(digits + "+0000", "%Y%m%d%H%M%S%z")
    return moment + timedelta(seconds=float("0" + (match.group(2) or "")))


class Certificate(NamedTuple):
    """What of an X.509 certificate matters here."""

    raw: bytes
    signed: bytes
    algorithm: Der
    signature: bytes
    serial: int
    issuer: bytes
    subject: bytes
    since: datetime
    until: datetime
    key: Der
    extensions: dict[str, tuple[bool, bytes]]


def parse_certificate(raw: bytes) -> Certificate:
    """Parse a certificate; raises Fault."""
    signed, algorithm, signature = der_only(raw).parts()
    fields = signed.parts()
    if fields[0].tag == 0xA0:
        fields = fields[1:]
    serial, inner, issuer, validity, subject, key = fields[:6]
    if inner.raw != algorithm.raw:
        raise Fault("a certificate names two algorithms")
    extensions = [item for item in fields[6:] if item.tag == 0xA3]
    since, until = validity.parts()
    return Certificate(
        raw, signed.raw, algorithm, _bits(signature), serial.whole(), issuer.raw, subject.raw,
        der_time(since), der_time(until), key, _extensions(extensions),
    )  # fmt: skip


def _bits(value: Der) -> bytes:
    if value.need(0x03).body[:1] != b"\x00":
        raise Fault("a bit string has loose bits")
    return value.body[1:]


def _extensions(found: list[Der]) -> dict[str, tuple[bool, bytes]]:
    extensions: dict[str, tuple[bool, bytes]] = {}
    for item in found[0].parts(0xA3)[0].parts() if found else []:
        name, *flag, value = item.parts()
        critical = bool(flag) and flag[0].need(0x01).body == b"\xff"
        if name.oid() in extensions:
            raise Fault("a certificate has an extension twice")
        extensions[name.oid()] = (critical, value.need(0x04).body)
    return extensions


def is_signed_by(
    key: Der, algorithm: Der, signature: bytes, message: bytes, digest: str = ""
) -> bool:
    """Whether a signature by a SubjectPublicKeyInfo is right; raises Skip if we cannot tell.

    `digest` serves where the algorithm names none (plain rsaEncryption in CMS).
    """
    kind, bits = key.parts()
    method, name = algorithm.parts()[0].oid(), kind.parts()[0].oid()
    if name == OID_RSA and (method == OID_RSA and digest or method in RSA_DIGESTS):
        return verify_rsa(_rsa_key(bits), RSA_DIGESTS.get(method, digest), signature, message)
    if method == OID_PSS and name in (OID_RSA, OID_PSS):
        digest, salt = _pss(algorithm)
        return verify_rsa_pss(_rsa_key(bits), digest, salt, signature, message)
    if name == OID_EC and method in ECDSA_DIGESTS:
        return _is_ecdsa(kind, bits, ECDSA_DIGESTS[method], signature, message)
    if name == method == OID_ED25519:
        return verify_ed25519(_bits(bits), signature, message)
    raise Skip(f"this verifier does not know the signature algorithm {method}", partly=True)


def _rsa_key(bits: Der) -> tuple[int, int]:
    modulus, exponent = der_only(_bits(bits)).parts()
    return modulus.whole(), exponent.whole()


def _pss(algorithm: Der) -> tuple[str, int]:
    """Return digest and salt length of RSASSA-PSS; raises Skip for the SHA-1 defaults."""
    given = {item.tag: item.parts(item.tag)[0] for item in algorithm.parts()[1].parts()}
    digest = DIGESTS.get(given[0xA0].parts()[0].oid(), "") if 0xA0 in given else ""
    mask = given[0xA1].parts()[1].parts()[0].oid() if 0xA1 in given else ""
    if not digest or DIGESTS.get(mask) != digest:
        raise Skip("this verifier does not know these parameters of RSASSA-PSS", partly=True)
    return digest, given[0xA2].whole() if 0xA2 in given else 20


def _is_ecdsa(kind: Der, bits: Der, digest: str, signature: bytes, message: bytes) -> bool:
    curve = CURVES.get(kind.parts()[1].oid())
    if curve is None:
        raise Skip("this verifier does not know the elliptic curve", partly=True)
    point, (r, s) = _bits(bits), der_only(signature).parts()
    half = (curve.p.bit_length() + 7) // 8
    if point[:1] != b"\x04" or len(point) != 2 * half + 1:
        raise Fault("a public key is not an uncompressed point")
    x, y = int.from_bytes(point[1 : half + 1], "big"), int.from_bytes(point[half + 1 :], "big")
    return verify_ecdsa(curve, (x, y), digest, (r.whole(), s.whole()), message)


class Stamp(NamedTuple):
    """A verified time stamp: when, by which certificate, with which others beside it."""

    at: datetime
    certificate: Certificate
    others: list[Certificate]


def parse_stamp(data: bytes, digest: bytes, spare: list[Certificate]) -> Stamp:
    """Check an RFC 3161 response over a SHA-256 digest, down to its signature; raises Fault."""
    status, *token = der_only(data).parts()
    if status.parts()[0].whole() not in (0, 1) or len(token) != 1:
        raise Fault("the time stamp was not granted")
    kind, wrapped = token[0].parts()
    if kind.oid() != OID_SIGNED:
        raise Fault("the time stamp is no signed data")
    version, digests, content, *rest = wrapped.parts(0xA0)[0].parts()
    if version.whole() != 3:
        raise Fault("the signed data are of another version")
    name, inner = content.parts()
    if name.oid() != OID_TST:
        raise Fault("the signed data are no time stamp")
    info = inner.parts(0xA0)[0].need(0x04).body
    held = [item for item in rest if item.tag == 0xA0]
    found = [parse_certificate(item.raw) for item in (held[0].parts(0xA0) if held else [])
             if item.tag == 0x30][:MOST_CERTIFICATES]  # fmt: skip
    signer_info = _signer_info(rest[-1], digests)
    signer = _check_signer(signer_info, info, found + spare)
    return Stamp(_stamped_at(info, digest), signer, found)


def _signer_info(infos: Der, digests: Der) -> list[Der]:
    """Return the fields of the one signer, whose digest must be among the announced ones."""
    signers_there = infos.parts(0x31)
    if len(signers_there) != 1:
        raise Fault("the time stamp has not exactly one signer")
    fields = signers_there[0].parts()
    if fields[2].raw not in [item.raw for item in digests.parts(0x31)]:
        raise Fault("the signer's digest is not among the announced ones")
    return fields


def _stamped_at(info: bytes, digest: bytes) -> datetime:
    """Return the time in a TSTInfo whose imprint must be the digest."""
    version, _, imprint, _, moment = der_only(info).parts()[:5]
    algorithm, value = imprint.parts()
    if version.whole() != 1 or DIGESTS.get(algorithm.parts()[0].oid()) != "sha256":
        raise Fault("the time stamp is of another version, or not over SHA-256")
    if value.need(0x04).body != digest:
        raise Fault("the time stamp is over something else than this checkpoint")
    return der_time(moment.need(0x18))


def _check_signer(parts: list[Der], info: bytes, certificates: list[Certificate]) -> Certificate:
    """Check the signature over a token's content; return the certificate that made it."""
    version, who, algorithm, attributes, method, signature = parts[:6]
    if version.whole() != (1 if who.tag == 0x30 else 3):
        raise Fault("the signer is of another version")
    digest = DIGESTS.get(algorithm.parts()[0].oid())
    if digest is None:
        raise Fault("the signer uses a digest that is none of SHA-256, SHA-384, SHA-512")
    certificate = _signer_of(who, certificates)
    given = _attributes(attributes)
    if given.get(OID_CONTENT_TYPE, _NOTHING).oid() != OID_TST:
        raise Fault("the signed attributes are of another content type")
    if given[OID_MESSAGE_DIGEST].need(0x04).body != hashlib.new(digest, info).digest():
        raise Fault("the signed attributes are over another time stamp")
    _check_certificate_id(given, certificate)
    message = b"\x31" + attributes.raw[1:]
    if not is_signed_by(certificate.key, method, signature.need(0x04).body, message, digest):
        raise Fault("the signature of the time stamp is false")
    return certificate


_NOTHING = Der(0x06, b"\x00", b"")


def _signer_of(who: Der, certificates: list[Certificate]) -> Certificate:
    for certificate in certificates:
        if who.tag == 0x30:
            issuer, serial = who.parts()
            if (certificate.issuer, certificate.serial) == (issuer.raw, serial.whole()):
                return certificate
        identity = certificate.extensions.get(EXTENSION_KEY_ID, (False, b""))[1]
        if who.tag == 0x80 and identity and der_only(identity).body == who.body:
            return certificate
    raise Fault("the certificate of the signer is not there")


def _attributes(attributes: Der) -> dict[str, Der]:
    found: dict[str, Der] = {}
    for item in attributes.parts(0xA0):
        name, values = item.parts()
        if name.oid() in found or len(values.parts(0x31)) != 1:
            raise Fault("a signed attribute is there twice")
        found[name.oid()] = values.parts(0x31)[0]
    return found


def _check_certificate_id(given: dict[str, Der], certificate: Certificate) -> None:
    """Raise Fault unless the signed attributes name the signer's certificate (RFC 5816)."""
    if OID_CERT_V2 in given:
        fields = given[OID_CERT_V2].parts()[0].parts()[0].parts()
        named = fields[0].tag == 0x30
        digest = DIGESTS[fields[0].parts()[0].oid()] if named else "sha256"
        value = fields[1 if named else 0]
    else:
        value = given[OID_CERT].parts()[0].parts()[0].parts()[0]
        digest = "sha1"
    if hashlib.new(digest, certificate.raw).digest() != value.need(0x04).body:
        raise Fault("the time stamp names another certificate than the one that signed it")


def check_authority(stamp: Stamp, trusted: list[Certificate]) -> None:
    """Raise Fault unless a path leads from the stamp's certificate to a trusted one."""
    critical, value = stamp.certificate.extensions.get(EXTENSION_PURPOSE, (False, b""))
    purposes = [item.oid() for item in der_only(value).parts()] if value else []
    if not critical or purposes != [OID_STAMPING]:
        raise Fault("its certificate is not for time stamping alone")
    if not _leads_to(stamp.certificate, stamp, trusted, 0):
        raise Fault("no valid chain leads from its certificate to the authority given")


def _leads_to(
    certificate: Certificate, stamp: Stamp, trusted: list[Certificate], depth: int
) -> bool:
    """Whether the certificate, valid at the stamp's time, is trusted or issued by a trusted one."""
    if depth > 6 or not certificate.since <= stamp.at <= certificate.until:
        return False
    unknown = [name for name, (critical, _) in certificate.extensions.items()
               if critical and name not in UNDERSTOOD]  # fmt: skip
    if unknown or (depth and not _may_issue(certificate, depth - 1)):
        return False
    if any(certificate.raw == anchor.raw for anchor in trusted):
        return True
    return any(
        _is_issued_by(certificate, issuer) and _leads_to(issuer, stamp, trusted, depth + 1)
        for issuer in trusted + stamp.others
    )


def _is_issued_by(certificate: Certificate, issuer: Certificate) -> bool:
    if issuer.subject != certificate.issuer or issuer.raw == certificate.raw:
        return False
    return is_signed_by(
        issuer.key, certificate.algorithm, certificate.signature, certificate.signed
    )


def _may_issue(certificate: Certificate, below: int) -> bool:
    """Whether a certificate may issue others with that many authorities below it."""
    value = certificate.extensions.get(EXTENSION_BASIC, (False, b"0\x00"))[1]
    limits = der_only(value).parts()
    is_authority = bool(limits) and limits[0].tag == 0x01 and limits[0].body == b"\xff"
    if not is_authority or (len(limits) > 1 and limits[1].whole() < below):
        return False
    usage = certificate.extensions.get(EXTENSION_USAGE, (False, b""))[1]
    return not usage or bool(der_only(usage).need(0x03).body[1] & 0x04)


def parse_pem(text: str) -> list[Certificate]:
    """Return the certificates of a PEM file; raises Fault if there is none."""
    found = re.findall(
        r"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----", text
    )
    if not found:
        raise Fault("there is no certificate in it")
    return [parse_certificate(base64.b64decode(item)) for item in found[:MOST_CERTIFICATES]]


# ------------------------------------------------------------ proofs, disclosures, checkpoints

PROOF_HEAD = "c2sp.org/tlog-proof@v1"
COMMITMENT = b"countersign commitment v1\n"


class Proof(NamedTuple):
    """An inclusion proof: which leaf, its path, the checkpoint that it leads to."""

    seq: int
    path: list[bytes]
    checkpoint: Checkpoint


def parse_proof(data: bytes) -> Proof:
    """Parse a c2sp.org/tlog-proof@v1 file; raises Fault."""
    head, gap, note = data.partition(b"\n\n")
    lines = head.decode("ascii").split("\n")
    if not gap or lines[0] != PROOF_HEAD:
        raise Fault(f"it does not begin with {PROOF_HEAD}")
    if lines[1].startswith("extra "):
        from_base64(lines.pop(1)[6:])
    match = re.match(r"index (0|[1-9][0-9]{0,15})\Z", lines[1])
    if not match or len(lines) > 66:
        raise Fault("it has no index, or a path longer than any tree is high")
    path = [from_base64(line) for line in lines[2:]]
    if any(len(step) != 32 for step in path):
        raise Fault("a step of its path is not 32 bytes long")
    return Proof(int(match.group(1)), path, parse_checkpoint(note))


def load_disclosures(source: Source, name: str) -> dict[bytes, bool]:
    """Check that each disclosure opens its commitment; return their first 32 hex digits."""
    opened: dict[bytes, bool] = {}
    if name not in source.sizes:
        return opened
    last = ""
    keys = {"commitment", "kind", "salt", "subject", "value"}
    for place, item in documents(source, name, keys):
        text = item["commitment"]
        text = text[7:] if text.startswith("commit:") else text
        if item.keys() != keys or not re.match(r"[0-9a-f]{64}\Z", item["salt"]):
            raise Fault(f"{name}, line {place} has other keys, or a salt of another length")
        made = COMMITMENT + bytes.fromhex(item["salt"]) + item["value"].encode()
        if hashlib.sha256(made).hexdigest() != text:
            raise Fault(f"{name}, line {place} does not open its commitment {text[:12]}…")
        if text <= last:
            raise Fault(f"{name}, line {place} is not sorted, or there twice")
        last = text
        opened[text[:32].encode()] = False
    return opened


class Listed(NamedTuple):
    """A line of checkpoints.jsonl."""

    place: int
    checkpoint: Checkpoint
    sealed: datetime
    frontier: list[str] | None


def listed_checkpoints(source: Source, name: str) -> Iterator[Listed]:
    """Yield the checkpoints of checkpoints.jsonl; raises Fault for a malformed line."""
    for place, item in documents(source, name, {"note", "sealed"}):
        if place > MOST_CHECKPOINTS or not item.keys() <= {"note", "sealed", "frontier"}:
            raise Fault(f"{name}, line {place} is one too many, or has other keys")
        if not FORM_OF[("sealed",)].match(item["sealed"].encode()):
            raise Fault(f"{name}, line {place} has a sealed time of another form")
        try:
            checkpoint = parse_checkpoint(item["note"].encode())
        except (Fault, *MALFORMED) as error:
            raise Fault(f"{name}, line {place}: {error}") from None
        yield Listed(place, checkpoint, instant(item["sealed"].encode()), item.get("frontier"))


# ---------------------------------------------------------------------------- the verification

ANCHOR = re.compile(r"([1-9][0-9]{0,15})-[A-Za-z0-9._-]+\.tsr\Z")
PROOF = re.compile(r"(0|[1-9][0-9]{0,15})\.tlog-proof\Z")
EXPORT_FILES = re.compile(
    r"(log\.jsonl|checkpoint|checkpoints\.jsonl|keys\.json|disclosures\.jsonl|leaf-hashes\.bin"
    r"|anchors/[^/]+|proofs/[^/]+)\Z"
)


class Asked(NamedTuple):
    """What the person at the keyboard asked for and pinned."""

    key: Key | None = None
    previous: Checkpoint | None = None
    authorities: list[Certificate] | None = None
    least: int | None = None
    sample: tuple[str, int] | None = None


class Verification:
    """All checks of one pack or export, claim by claim."""

    def __init__(self, source: Source, asked: Asked, report: Report) -> None:
        self.source, self.asked, self.report = source, asked, report
        self.is_pack = any(
            name in source.sizes for name in ("bagit.txt", "data/pack.json", TAG_MANIFEST)
        )
        self.audit = "data/audit/" if self.is_pack else ""
        self.naming = Naming(source, f"{self.audit}disclosures.jsonl")
        self.chain = Chain(self.naming)
        self.about: About | None = None
        self.opened: dict[bytes, bool] = {}
        self.sizes: list[int] = []
        self.proofs: dict[str, Proof] = {}
        self.stamped: dict[int, tuple[bytes, datetime]] = {}
        self.stamps: list[tuple[str, Stamp]] = []
        self.anchors = source.below(f"{self.audit}anchors/")
        found = [ANCHOR.match(name.rpartition("/")[2]) for name in self.anchors]
        self.anchored = {int(match.group(1)) for match in found if match}
        self.faults: dict[str, str] = {}

    def run(self) -> None:
        """Check everything; results go to the report."""
        check = self.report.check
        if not check("layout", self._check_layout):
            return
        if self.is_pack:
            check("bag", lambda: check_bag(self.source))
            check("pack", self._check_about)
            if self.about is None:
                return
        self._try("checkpoint", self._load_checkpoint)
        self._try("proofs", self._load_proofs)
        self._try("disclosures", self._load_disclosures)
        self._try("checkpoints", self._load_sizes)
        if "checkpoint" in self.faults:
            self.report.add("checkpoint", "FAIL", self.faults["checkpoint"])
            return
        self._walk()
        self._judge()
        if self.asked.sample:
            self._draw(*self.asked.sample)

    def _draw(self, name: str, most: int) -> None:
        """Draw a sample for who asked; a list that cannot be drawn from fails the claim 'drawn'."""

        def drawn() -> str:
            if not self.is_pack or self.about is None:
                raise Fault("an export of the ledger has no lists to draw from")
            self.report.drawn = draw(self.source, self.checkpoint.root, name, most)
            return f"{some(len(self.report.drawn), 'row')} of {name}"

        self.report.check("drawn", drawn)

    def _try(self, claim: str, function: Callable[[], None]) -> None:
        """Prepare something for a later claim; what goes wrong fails that claim."""
        try:
            function()
        except Fault as fault:
            self.faults.setdefault(claim, str(fault))
        except MALFORMED as error:
            self.faults.setdefault(claim, f"malformed ({type(error).__name__}: {error})"[:300])

    def _guarded(self, claim: str, function: Callable[[], str]) -> bool:
        def guarded() -> str:
            if claim in self.faults:
                raise Fault(self.faults[claim])
            return function()

        return self.report.check(claim, guarded)

    # what is there

    def _check_layout(self) -> str:
        needed = ["log.jsonl", "checkpoint", "checkpoints.jsonl"]
        if self.is_pack:
            needed += ["keys.json", "neighbours.jsonl", "log.csv", "disclosures.jsonl"]
        missing = [name for name in needed if self.audit + name not in self.source.sizes]
        if missing:
            raise Fault(f"{self.audit}{missing[0]} is missing: this is no pack and no export")
        if self.is_pack:
            return "an evidence pack"
        for name in sorted(self.source.sizes):
            if not EXPORT_FILES.match(name):
                raise Fault(f"{name} does not belong to a ledger export")
        return "a ledger export with every leaf"

    def _check_about(self) -> str:
        about = parse_about(parse_object(self.source.read("data/pack.json"), "data/pack.json"))
        self.about = about
        if self.source.kind == "zip" and about.number != self.source.top:
            raise Fault(f"pack.json is of {about.number}, the folder of {self.source.top}")
        if about.ledger.get("sha256") != self.source.digest("data/audit/log.jsonl"):
            raise Fault("the SHA-256 of log.jsonl is not the one in pack.json")
        return f"pack.json is of {about.number} and of this log.jsonl, sealed and signed"

    def _load_checkpoint(self) -> None:
        data = self.source.read(f"{self.audit}checkpoint", LARGEST_NOTE)
        self.checkpoint = parse_checkpoint(data)
        self.sizes.append(self.checkpoint.size)

    def _load_proofs(self) -> None:
        folder = f"{self.audit}proofs/"
        for name in self.source.below(folder):
            match = PROOF.match(name[len(folder) :])
            try:
                proof = parse_proof(self.source.read(name, LARGEST_NOTE))
            except (Fault, *MALFORMED) as error:
                raise Fault(f"{name}: {error}") from None
            if not match or int(match.group(1)) != proof.seq:
                raise Fault(f"{name} is of leaf {proof.seq}")
            self.proofs[name] = proof
            self.sizes.append(proof.checkpoint.size)

    def _load_disclosures(self) -> None:
        self.opened = load_disclosures(self.source, f"{self.audit}disclosures.jsonl")

    def _load_sizes(self) -> None:
        for item in listed_checkpoints(self.source, f"{self.audit}checkpoints.jsonl"):
            self.sizes.append(item.checkpoint.size)

    # the walk

    def _walk(self) -> None:
        sizes = set(self.sizes)
        if self.asked.previous:
            sizes.add(self.asked.previous.size)
        leaves = {proof.seq for proof in self.proofs.values()}
        full = not self.is_pack or f"{self.audit}leaf-hashes.bin" not in self.source.sizes
        self.walk = Walk(self.source, self.audit, full, sizes, leaves)
        self.checkers: list[Checker] = [
            Order(self.naming, full),
            Times(self.naming),
            Streams(self.naming, full),
            Commitments(self.naming, self.opened),
        ]
        if self.about:
            self.checkers += [Scope(self.naming, self.about, full)]
            self._try("complete", self._add_stretch)
            self._try("table", self._add_table)
        self._try("lines", lambda: self.walk.run(self.checkers, self.naming))

    def _add_stretch(self) -> None:
        assert self.about is not None
        self.checkers.append(Stretch(self.naming, self.about))

    def _add_table(self) -> None:
        name = f"{self.audit}log.csv"
        self.checkers.append(Table(self.naming, self.source, name))

    # the claims in order

    def _judge(self) -> None:
        check = self._guarded
        check("keys", self._check_keys)
        check("checkpoint", self._check_checkpoint)
        if self.is_pack:
            check("note", self._check_note)
        check("lines", self._check_lines)
        check("tree", self._check_tree)
        for checker in self.checkers:
            check(checker.claim, partial(self._finish, checker))
        for claim in ("complete", "table"):
            if claim in self.faults and all(item.claim != claim for item in self.checkers):
                self.report.add(claim, "FAIL", self.faults[claim])
        check("checkpoints", self._check_checkpoints)
        check("previous", self._check_previous)
        check("size", self._check_size)
        check("proofs", self._check_proofs)
        check("anchors", self._check_anchors)
        check("authority", self._check_authority)
        if self.about and self.about.format > 2:
            check("sample", lambda: check_sample(self.source, self.checkpoint.root))

    def _finish(self, checker: Checker) -> str:
        if self.walk.broken and checker.fault is None:
            raise Skip("not checked to the end, since a line is not right (see lines)", True)
        return checker.finish()

    def _check_lines(self) -> str:
        if self.walk.lines_fault:
            raise Fault(self.walk.lines_fault)
        return f"{some(self.walk.lines, 'line')} in canonical JSON, each with one reading"

    def _check_keys(self) -> str:
        """Check the chain of keys and that the pinned key is in it."""
        self._begin_chain()
        for seq, raw in sorted(self.walk.events):
            self.chain.add(seq, raw)
        self._check_quotes()
        self._check_key_list()
        pinned = self.asked.key
        shown = self.chain.epochs[-1].key.text
        if pinned is None:
            raise Skip(
                f"unpinned: the pack says that its key is {shown}, but only you can know; "
                "give --key with the key that you got another way",
                True,
            )
        return self._words_of_pinned(pinned)

    def _begin_chain(self) -> None:
        """Start with a key at hand where the pack brings no leaf that opens the ledger."""
        verbs = [row_of(raw)[1][4] for _, raw in sorted(self.walk.events)]
        if verbs and verbs[0] == b"ledger.opened":
            return
        if self.walk.full:
            raise Fault("the first leaf does not open the ledger (ledger.opened with its key)")
        if not verbs or verbs[0] == b"ledger.reopened":
            at_hand = ([self.asked.key] if self.asked.key else []) + self._listed_keys()
            origin = self._first_origin()
            fitting = [key for key in at_hand if key.name == origin]
            if not fitting:
                raise Fault(f"no key of {origin} is given or in the pack")
            self.chain.assume(fitting[0])

    def _first_origin(self) -> str:
        """Return the origin under which the log began, as far as the pack tells."""
        if not self.walk.events:
            return self.checkpoint.origin
        entry = row_of(min(self.walk.events)[1])[0]["entry"]
        return str(entry["details"]["previous"]["origin"])

    def _check_quotes(self) -> None:
        """Raise Fault if a reopening quotes a checkpoint that the restored leaves contradict."""
        for reopening in self.chain.reopenings:
            quoted = reopening.previous
            root = self.walk.tree.roots.get(quoted.size)
            if quoted.size <= reopening.seq and root not in (None, quoted.root):
                raise Fault(f"the reopening at seq {reopening.seq} quotes another history")

    def _listed_keys(self) -> list[Key]:
        data = self.source.read(f"{self.audit}keys.json")
        return [parse_vkey(item["vkey"]) for item in parse_strict(data)]

    def _check_key_list(self) -> None:
        """Raise Fault if keys.json, which has no authority, says otherwise than the leaves."""
        if f"{self.audit}keys.json" not in self.source.sizes:
            return
        if self._listed_keys() != self.chain.keys and self.chain.epochs[0].how != "assumed":
            raise Fault("keys.json lists other keys than the leaves of the log bring")

    def _words_of_pinned(self, pinned: Key) -> str:
        epochs = self.chain.epochs
        places = [place for place, epoch in enumerate(epochs) if epoch.key == pinned]
        if not places:
            raise Fault(
                f"the pinned key {pinned.text} is none of this log's: it brings "
                f"{', '.join(key.text for key in self.chain.keys)}. Another log, a key swapped, "
                "a pack from before the rotation, or the rotation's leaf is missing"
            )
        later = epochs[places[-1] + 1 :]
        unlinked = [epoch for epoch in later if not epoch.linked]
        if unlinked:
            raise Skip(
                f"the ledger was reopened after the pinned key, at seq {unlinked[0].seq}, under "
                f"{unlinked[0].key.text}, which the pinned key did not sign: get that key "
                "another way and pin it",
                True,
            )
        words = f"pinned {pinned.text}"
        if len(epochs) == 1:
            return f"{words}, the only key of the log"
        return f"{words}, key {places[-1] + 1} of {len(epochs)} in an unbroken chain"

    def _check_checkpoint(self) -> str:
        key = self.chain.check_signed(self.checkpoint)
        return (
            f"{self.checkpoint.origin}, {some(self.checkpoint.size, 'leaf', 'leaves')}, root "
            f"{base64.b64encode(self.checkpoint.root).decode()}, signed by {key.text}"
        )

    def _check_note(self) -> str:
        assert self.about is not None
        note = parse_note(self.source.read(PACK_NOTE, LARGEST_NOTE))
        key = self.chain.at(self.checkpoint.size).key
        root = base64.b64encode(self.checkpoint.root).decode()
        digest = self.source.digest(TAG_MANIFEST)
        lines = note.text.split("\n")
        wanted = ["countersign pack v1", self.about.number, f"tagmanifest-sha256 {digest}",
                  f"checkpoint {self.checkpoint.size} {root}", ""]  # fmt: skip
        if key not in signers(note, self.chain.keys):
            raise Fault(f"{PACK_NOTE} is not signed by {key.text}, the key in force")
        for due, line in itertools.zip_longest(wanted, lines):
            if due != line:
                raise Fault(f"{PACK_NOTE} says {line!r}, this pack is {due!r}")
        return f"signed by {key.text} over this pack's number, manifest and checkpoint"

    def _check_tree(self) -> str:
        walk, size = self.walk, self.checkpoint.size
        if walk.leaf_fault:
            raise Fault(walk.leaf_fault)
        self._check_held(walk.tree.size, size)
        if walk.tree.roots[size] != self.checkpoint.root:
            raise Fault(f"the root is another than the checkpoint's. {self._first_wrong()}")
        if not walk.full and walk.broken:
            raise Skip("lines were not compared to the end, since one is not right", True)
        if not walk.full:
            return f"every line is a leaf of the tree of {size:,}, whose root is the checkpoint's"
        return f"all {size:,} lines give the checkpoint's root"

    def _check_held(self, held: int, size: int) -> None:
        if self.source.sizes.get(f"{self.audit}leaf-hashes.bin", 32 * size) != 32 * size:
            raise Fault(f"leaf-hashes.bin has not {size} hashes of 32 bytes")
        if held != size:
            words = "the log was cut" if held < size else "lines were added after it"
            raise Fault(f"{held} leaves are there, the checkpoint is over {size}: {words}")

    def _first_wrong(self) -> str:
        """Say between which checkpoints the first wrong entry lies."""
        good, bad = 0, self.checkpoint.size
        try:
            for item in listed_checkpoints(self.source, f"{self.audit}checkpoints.jsonl"):
                root = self.walk.tree.roots.get(item.checkpoint.size)
                if root != item.checkpoint.root:
                    bad = item.checkpoint.size
                    break
                good = item.checkpoint.size
        except (Fault, *MALFORMED):
            pass
        raw = self.walk.line_at(good) if self.walk.full else None
        if raw is None:
            return f"The first wrong leaf is one of {good} to {bad - 1}"
        return (
            f"The first wrong entry is one of seq {good} to {bad - 1}, the first of them "
            f"{self.naming.of(raw)}"
        )

    # checkpoints

    def _check_checkpoints(self) -> str:
        last: Listed | None = None
        count = 0
        for item in listed_checkpoints(self.source, f"{self.audit}checkpoints.jsonl"):
            self._check_listed(item, last)
            self._check_handover(item, last)
            self._note_anchored(item.checkpoint, item.sealed)
            last, count = item, count + 1
        if last is None:
            raise Fault("checkpoints.jsonl is empty")
        words = f"{some(count, 'checkpoint')} up to {last.checkpoint.size:,} leaves, each signed"
        return f"{words} by the key in force and extended by the next"

    def _check_listed(self, item: Listed, last: Listed | None) -> None:
        checkpoint, where = item.checkpoint, f"checkpoints.jsonl, line {item.place}"
        if checkpoint.size > self.checkpoint.size:
            raise Fault(f"{where} is over more leaves than the checkpoint: the log was cut")
        if last and (checkpoint.size <= last.checkpoint.size or item.sealed < last.sealed):
            raise Fault(f"{where} is not after the line before it")
        if self.walk.tree.roots.get(checkpoint.size) != checkpoint.root:
            raise Fault(f"{where}: this log does not extend the checkpoint of {checkpoint.size}")
        sealed = self.walk.sealed.get(checkpoint.size)
        if sealed is not None and sealed != item.sealed:
            raise Fault(f"{where} says sealed {item.sealed.isoformat()}, its last leaf "
                        f"{sealed.isoformat()}")  # fmt: skip
        self.chain.check_signed(checkpoint)

    def _note_anchored(self, checkpoint: Checkpoint, sealed: datetime) -> None:
        """Remember what a time stamp over this checkpoint must be over, and not before."""
        if checkpoint.size in self.anchored:
            digest = hashlib.sha256(checkpoint.note.data).digest()
            self.stamped[checkpoint.size] = (digest, sealed)

    def _check_handover(self, item: Listed, last: Listed | None) -> None:
        """The first checkpoint over a rotation carries the old key's signature too."""
        before = last.checkpoint.size if last else 0
        epochs = self.chain.epochs
        for old, new in zip(epochs, epochs[1:]):
            if new.how != "rotated" or not before <= new.seq < item.checkpoint.size:
                continue
            if old.key not in signers(item.checkpoint.note, [old.key]):
                raise Fault(
                    f"the checkpoint of {item.checkpoint.size} is the first over the rotation at "
                    f"seq {new.seq}, but the old key did not sign it"
                )

    def _check_previous(self) -> str:
        previous = self.asked.previous
        if previous is None:
            raise Skip("no earlier checkpoint was given (--prev)")
        if not self._is_ours(previous):
            raise Fault("the earlier checkpoint is not signed by any key of this log: the key "
                        "was swapped, or it is of another log")  # fmt: skip
        epoch = self.chain.at(min(previous.size, self.checkpoint.size))
        if previous.origin != epoch.key.name:
            return self._words_of_lost(previous)
        if previous.size > self.checkpoint.size:
            raise Fault(
                f"the earlier checkpoint is over {previous.size} leaves, this one over "
                f"{self.checkpoint.size} only: the log was cut, or this file is the older one"
            )
        if self.walk.tree.roots.get(previous.size) != previous.root:
            raise Fault(
                f"this log does not extend the earlier checkpoint: its first {previous.size} "
                "leaves give another root. The history was rewritten"
            )
        return f"this log extends the earlier checkpoint of {previous.size:,} leaves"

    def _is_ours(self, previous: Checkpoint) -> bool:
        try:
            return bool(signers(previous.note, self.chain.keys))
        except Fault as fault:
            raise Fault(f"the earlier checkpoint: {fault}") from None

    def _words_of_lost(self, previous: Checkpoint) -> str:
        """Accept a checkpoint of an earlier origin only where a reopening quotes it exactly."""
        for reopening in self.chain.reopenings:
            if reopening.previous[:3] == previous[:3]:
                lost = previous.size - reopening.seq
                return (
                    f"{some(lost, 'leaf', 'leaves')} of {previous.origin} (seq {reopening.seq} to "
                    f"{previous.size - 1}) were lost; the ledger says so itself: reopened as "
                    f"{reopening.origin} at seq {reopening.seq}, because {reopening.reason}"
                )
        raise Fault(
            f"the earlier checkpoint of {previous.origin} with {previous.size} leaves is not "
            "extended, and no reopening quotes it: leaves were lost in silence"
        )

    def _check_size(self) -> str:
        least = self.asked.least
        if least is None:
            raise Skip("no least number of leaves was given (--min-size)")
        if self.checkpoint.size < least:
            raise Fault(f"the log has {self.checkpoint.size} leaves, at least {least} were due")
        return f"the log has {self.checkpoint.size:,} leaves, at least {least:,} were due"

    # proofs and time stamps

    def _check_proofs(self) -> str:
        if not self.proofs:
            raise Skip("there are no inclusion proofs")
        for name, proof in self.proofs.items():
            leaf, checkpoint = self.walk.leaf.get(proof.seq), proof.checkpoint
            if not leaf:
                raise Fault(f"{name}: leaf {proof.seq} is not here")
            if root_of_path(leaf, proof.seq, checkpoint.size, proof.path) != checkpoint.root:
                raise Fault(f"{name}: its path does not lead to the root of its checkpoint")
            if self.walk.tree.roots.get(checkpoint.size) != checkpoint.root:
                raise Fault(f"{name}: its checkpoint is not one of this log")
            self.chain.check_signed(checkpoint)
        return f"{some(len(self.proofs), 'inclusion proof')}, each leads to a signed root"

    def _check_anchors(self) -> str:
        if not self.anchors:
            raise Skip("there are no time stamps: a stolen key could have re-signed the past")
        for name in self.anchors:
            self._check_anchor(name, name[len(f"{self.audit}anchors/") :])
        times = sorted(stamp.at for _, stamp in self.stamps)
        return (
            f"{some(len(times), 'time stamp')} over checkpoints, {times[0].isoformat()} to "
            f"{times[-1].isoformat()}, rightly signed"
        )

    def _check_anchor(self, name: str, short: str) -> None:
        match = ANCHOR.match(short)
        size = int(match.group(1)) if match else -1
        if size == self.checkpoint.size and size not in self.stamped:
            self._note_anchored(self.checkpoint, self.walk.sealed.get(size, _EARLIEST))
        if size not in self.stamped:
            raise Fault(f"{name}: no checkpoint of that size is listed")
        digest, sealed = self.stamped[size]
        try:
            stamp = parse_stamp(
                self.source.read(name, LARGEST_NOTE), digest, self.asked.authorities or []
            )
        except (Fault, *MALFORMED) as error:
            raise Fault(f"{name}: {error}") from None
        if stamp.at < sealed - AHEAD:
            raise Fault(
                f"{name}: stamped {stamp.at.isoformat()}, before the seal of "
                f"{sealed.isoformat()}: the ledger's clock was wrong"
            )
        self.stamps.append((name, stamp))

    def _check_authority(self) -> str:
        if not self.anchors:
            raise Skip("there are no time stamps")
        if not self.asked.authorities:
            raise Skip("whose time stamps these are was not checked: give --tsa-ca", True)
        for name, stamp in self.stamps:
            try:
                check_authority(stamp, self.asked.authorities)
            except Fault as fault:
                raise Fault(f"{name}: {fault}") from None
        if not self.stamps:
            raise Skip("no time stamp could be read", True)
        return f"{some(len(self.stamps), 'time stamp')}, each by the authority given"


def parse_about(data: dict[str, Any]) -> About:
    """Read what pack.json says of its scope; raises Fault."""
    number = data.get("format")
    if type(number) is not int or number not in FORMATS:
        raise Fault(
            f"pack.json is of format {number}, this verifier reads 2 and 3 (format 1 was "
            "neither sealed nor signed; later ones come with a later verifier)"
        )
    if data.get("sealed") is not True or data.get("signed") is not True:
        raise Fault("pack.json does not say that the pack is sealed and signed")
    scope, log = data["scope"], data["log_scope"]
    subject, systems, streams = _of_two(data) if number == 2 else _of_three(data)
    for stream in streams:
        _check_bounds(stream)
    return About(
        str(data["pack"]),
        number,
        subject,
        frozenset(item.encode() for item in systems),
        number > 2 and log["everything"] is True,
        _moment(scope["since"]),
        _moment(scope["until"]),
        _moment(scope["as_of"]),
        frozenset(item.encode() for item in log["incidents"] if item),
        frozenset(item.encode() for item in log["objects"] if item),
        {str(item["id"]).encode(): item for item in streams},
        data["ledger"],
    )


def _of_two(data: dict[str, Any]) -> tuple[str, list[str], list[dict[str, Any]]]:
    """Read format 2: one system, whose stream is claimed to be whole."""
    scope, stream = data["scope"], data["stream"]
    if not scope["system_id"] == data["log_scope"]["system"] == stream["id"]:
        raise Fault("pack.json names more than one system")
    subject = f"{scope.get('system', 'the system')} ({scope['system_id']})"
    return subject, [scope["system_id"]], [stream]


def _of_three(data: dict[str, Any]) -> tuple[str, list[str], list[dict[str, Any]]]:
    """Read format 3: any number of systems, or everything; what is claimed whole must fit."""
    scope, log, streams = data["scope"], data["log_scope"], data["streams"]
    whole = [item["id"] for item in scope["systems"] if not item["incidents"]]
    if log["systems"] != whole:
        raise Fault("pack.json names other systems in its scope than for its log")
    names = [item["id"] for item in streams]
    if len(set(names)) != len(names):
        raise Fault("pack.json names a stream twice")
    if log["everything"] is True and scope["breadth"] != "organisation":
        raise Fault("pack.json takes everything into the log, but is not of the organisation")
    if log["everything"] is not True and sorted(names) != sorted(whole):
        raise Fault("pack.json says of other streams than its systems' where they begin and end")
    what = f"{scope['kind']} for {scope['recipient']}: {scope['subject']}"
    if len(scope["systems"]) == 1:
        what += f" ({scope['systems'][0]['id']})"
    return what, whole, streams


def _check_bounds(stream: dict[str, Any]) -> None:
    count, first, last = stream["count"], stream["first"], stream["last"]
    if type(count) is not int or count < 0 or (first is None) != (last is None):
        raise Fault("pack.json has a stream without whole bounds")
    if first is not None and not (type(first) is type(last) is int and 0 <= first <= last):
        raise Fault("pack.json has a stream whose bounds are crossed")


def _moment(text: str) -> datetime:
    if not re.match(AT.decode() + r"\Z|" + DAY.decode() + r"(\.[0-9]{6})?Z\Z", text):
        raise Fault(f"{text[:40]} is no instant")
    return instant(text.encode())


# ------------------------------------------------------------------------------ command line


def verify(path: str, asked: Asked) -> Report:
    """Check a pack or an export; return the report. Raises OSError if it cannot be read."""
    report = Report()
    held: list[Source] = []
    if os.path.isdir(path):
        report.check("container", lambda: _take_folder(path, held))
        _verify_held(held, asked, report)
    else:
        with open(path, "rb", buffering=0) as file:
            report.check("container", lambda: _take_zip(file, held))
            _verify_held(held, asked, report)
    return report


def _verify_held(held: list[Source], asked: Asked, report: Report) -> None:
    for source in held:
        with contextlib.closing(source):
            Verification(source, asked, report).run()


def _take_folder(path: str, held: list[Source]) -> str:
    held.append(FolderSource(path))
    return f"a folder of {some(len(held[0].sizes), 'regular file')} with safe names (no ZIP form)"


def _take_zip(file: io.FileIO, held: list[Source]) -> str:
    source = ZipSource(file)
    held.append(source)
    return (
        f"a ZIP of exact form: {some(len(source.sizes), 'stored file')} with safe names, "
        f"{source.length:,} bytes, nothing before, between or after"
    )


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser, with the limits in its help."""
    limits = "\n".join(f"  {name}: {value}" for name, value in LIMITS)
    made = argparse.ArgumentParser(
        prog="countersign_verify.py",
        description="Check a Countersign evidence pack or ledger export, offline.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 every claim holds under the pinned key, 1 a claim fails, 2 wrong "
        "usage or unreadable,\n3 nothing fails, but unpinned or only partly checked\n\n"
        f"limits:\n{limits}",
    )
    made.add_argument("path", metavar="PACK", help="a pack or export, as ZIP file or folder")
    made.add_argument("--key", help="the log's public key (vkey), or a file that holds it")
    made.add_argument("--prev", help="a checkpoint that you kept from earlier")
    made.add_argument("--tsa-ca", help="certificates of the time stamp authority (PEM)")
    made.add_argument("--min-size", type=int, help="the least number of leaves that you expect")
    made.add_argument(
        "--sample", nargs=2, metavar=("LIST", "N"),
        help="draw N rows of a list of the pack by the checkpoint's root: "
        + ", ".join(SAMPLED),
    )  # fmt: skip
    made.add_argument("--json", action="store_true", help="print one JSON object")
    made.add_argument("--version", action="version", version=f"countersign_verify {VERSION}")
    return made


def _asked(given: argparse.Namespace) -> Asked:
    return Asked(
        _argument("--key", given.key, _read_key),
        _argument("--prev", given.prev, lambda path: parse_checkpoint(_small(path))),
        _argument("--tsa-ca", given.tsa_ca, lambda path: parse_pem(_small(path).decode("ascii"))),
        given.min_size,
        _sample(given.sample),
    )


def _sample(given: list[str] | None) -> tuple[str, int] | None:
    if given is None:
        return None
    name, count = given
    if name not in SAMPLED:
        raise Unreadable(f"--sample: {printable(name)[:40]} is none of {', '.join(SAMPLED)}")
    if not re.match(r"[1-9][0-9]{0,4}\Z", count) or int(count) > MOST_DRAWN:
        raise Unreadable(f"--sample: how many is a whole number from 1 to {MOST_DRAWN}")
    return name, int(count)


def _argument(name: str, value: str | None, read: Callable[[str], Any]) -> Any:
    if value is None:
        return None
    try:
        return read(value)
    except (Fault, OSError, *MALFORMED) as error:
        raise Unreadable(f"{name}: {error}") from None


def _small(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(16 * LARGEST_NOTE)


def _read_key(value: str) -> Key:
    text = _small(value).decode("utf-8") if os.path.isfile(value) else value
    return parse_vkey(text.strip().partition("\n")[0])


VERDICTS = {
    0: "every claim holds under the pinned key",
    1: "at least one claim fails: do not rely on this file",
    3: "nothing fails, but it was not pinned or only partly checked (see SKIP)",
}


def _print(report: Report, path: str, as_json: bool) -> None:
    code = report.code
    if as_json:
        claims = [claim._asdict() for claim in report.claims]
        about = {"verifier": VERSION, "file": os.path.basename(path), "exit": code}
        drawn = [item._asdict() for item in report.drawn]
        said = {**about, "verdict": VERDICTS[code], "claims": claims}
        print(json.dumps({**said, "drawn": drawn} if drawn else said, indent=1))
        return
    for claim in report.claims:
        print(f"{claim.result}  {claim.claim}: {claim.words}")
    for item in report.drawn:
        print(f"DRAWN  {item.place}. {printable(item.key)}  {item.sha256}")
    print(f"EXIT {code}  {VERDICTS[code]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code. Never ends in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    given = parser().parse_args(arguments)
    try:
        return _run(given)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (Unreadable, OSError) as error:
        print(f"cannot read: {printable(str(error))}", file=sys.stderr)
    except (KeyboardInterrupt, MemoryError) as error:
        print(f"stopped: {type(error).__name__}", file=sys.stderr)
    return 2


def _run(given: argparse.Namespace) -> int:
    asked = _asked(given)
    try:
        report = verify(given.path, asked)
    except (KeyboardInterrupt, MemoryError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a hostile file provokes, it did not pass
        report = Report()
        words = f"could not finish ({type(error).__name__}: {str(error)[:200]})"
        report.add("verifier", "FAIL", words)
    _print(report, given.path, given.json)
    sys.stdout.flush()
    return report.code


if __name__ == "__main__":
    sys.exit(main())
