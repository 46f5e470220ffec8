"""A block of sealed lines whose columns come whole: found plainly right at once, or left aside.

What is right here is right by the same rules as `ledger.rules.batches`; whatever is not, or takes
more than a look at columns, is left to the walk row by row, which names what is wrong.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import chain

import msgspec

from ledger.rules.batches import COUNTING, PREFIX, Body, Plain
from ledger.rules.lines import ORGANISATION, instant
from ledger.rules.log_keys import VERBS as KEY_VERBS

# Between bodies, which escape it, and between texts; a value that holds it makes parts too many.
BETWEEN_BODIES, BETWEEN_TEXTS = b"\n", "\x1f"
# As PostgreSQL sends an instant: microseconds since then.
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
HEAD = b'\x00{"entry":'
TAIL = b',"number":%d,"sealed":"%b","seq":%d,"stream":"%b","stream_seq":%d}\n'
# Leaves that change what later ones are judged by.
NOTED = COUNTING | KEY_VERBS
VERB = 2
# NULL as it comes, and what an empty text counts as where a column would be NULL or a uuid.
NULL, NEVER = "", BETWEEN_TEXTS
_body = msgspec.json.Decoder(Body)


@dataclass(frozen=True, slots=True)
class Block:
    """Columns of the leaves [first, past), by seq; None where there is no such row.

    Numbers and instants are 8 bytes each, texts one string a column in the order of COLUMN_NAMES
    without `at`; a column that is NULL holds '' if it may be, else one part too many.
    """

    first: int
    past: int
    bodies: bytes | None
    hashes: bytes | None
    seqs: bytes | None
    numbers: bytes | None
    places: bytes | None
    sealed: bytes | None
    written: bytes | None
    texts: tuple[str | None, ...]


def plain(block: Block) -> Plain | None:
    """Return the block if every line hashes to its leaf and every column says what its body says.

    None as well if a leaf is missing, or if one names a key or counts streams.
    """
    if not (block.bodies and block.hashes and block.sealed and block.written and block.numbers):
        return None
    count = block.past - block.first
    numbers, places = _integers(block.numbers, count), _integers(block.places, count)
    seqs = _integers(block.seqs, count)
    if not numbers or not places or seqs != tuple(range(block.first, block.past)):
        return None
    sealed, streams = _instants(block.sealed, count), (block.texts[0] or "").split(BETWEEN_TEXTS)
    hashes = _hashes(block.bodies, seqs, numbers, places, sealed, streams)
    if b"".join(hashes) != block.hashes:
        return None
    if not _repeats(block.bodies, block.texts, _instants(block.written, count)):
        return None
    return Plain(block.first, hashes, sealed, streams, places)


def _integers(data: bytes | None, count: int) -> tuple[int, ...]:
    if data is None or len(data) != 8 * count:
        return ()
    return struct.unpack(f">{count}q", data)


def _instants(data: bytes, count: int) -> list[datetime]:
    """The instants; none if there are too few, or one that Python cannot hold."""
    numbers = _integers(data, count)
    try:
        known = {number: EPOCH + timedelta(0, 0, number) for number in set(numbers)}
    except OverflowError:
        return []
    return [known[number] for number in numbers]


def _hashes(
    bodies: bytes,
    seqs: Sequence[int],
    numbers: Sequence[int],
    places: Sequence[int],
    sealed: Sequence[datetime],
    streams: Sequence[str],
) -> list[bytes]:
    """The hashes of the lines; none if the columns are not equally long."""
    parts = bodies.split(BETWEEN_BODIES)
    if not len(parts) == len(seqs) == len(sealed) == len(streams):
        return []
    texts = {at: instant(at).encode() for at in set(sealed)}
    names = map(str.encode, streams)
    values = zip(numbers, map(texts.__getitem__, sealed), seqs, names, places, strict=True)
    tails = (TAIL * len(parts) % tuple(chain.from_iterable(values))).split(BETWEEN_BODIES)
    if len(tails) != len(parts) + 1:
        return []
    pairs = zip(parts, tails[:-1], strict=True)
    return [sha256(HEAD + body + tail).digest() for body, tail in pairs]


def _repeats(bodies: bytes, texts: Sequence[str | None], written: list[datetime]) -> bool:
    """Whether the columns repeat the bodies, and nothing among them is to be noted."""
    try:
        known = _body.decode_lines(bodies)
    except msgspec.DecodeError:
        return False
    expected = _expected(known)
    if len(known) != len(written) or not NOTED.isdisjoint(expected[VERB]):
        return False
    if [body.at for body in known] != written:
        return False
    return all(map(_holds, texts, expected))


def _expected(known: Sequence[Body]) -> tuple[list[str], ...]:
    """What each text column should hold, in their order."""
    things, people = [body.object for body in known], [body.who for body in known]
    systems = [body.system for body in known]
    return (
        [system or ORGANISATION for system in systems],
        [NULL if system is None else system or NEVER for system in systems],
        [body.verb for body in known],
        [thing.type for thing in things],
        [thing.id for thing in things],
        [thing.label for thing in things],
        [NULL if body.incident is None else body.incident or NEVER for body in known],
        [who.kind for who in people],
        [who.id for who in people],
        ["" if who.name.startswith(PREFIX) else who.name for who in people],
    )


def _holds(text: str | None, expected: list[str]) -> bool:
    """Whether a column holds just these values, none of which holds what stands between."""
    if text is None or text.count(BETWEEN_TEXTS) != len(expected) - 1:
        return False
    return text == BETWEEN_TEXTS.join(expected)
