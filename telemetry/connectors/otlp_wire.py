"""Protobuf on the wire: how many messages a body holds, before anything of it is decoded.

By the encoding (https://protobuf.dev/programming-guides/encoding/): a field is a tag and, by its
wire type, a varint, eight bytes, a length with so many bytes, or four bytes.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from ledger.rules.worded import word, worded

VARINT, EIGHT, LENGTH, FOUR = 0, 1, 2, 5
LONGEST_VARINT = 10
DEEPEST = 100


class Malformed(Exception):
    """Bytes that are no protobuf; the reason in words."""


Shape = dict[int, Any]
"""By the number of a field that holds messages: the shape of these."""

Place = tuple[int, int, Shape, int]
"""Where a message begins and ends, its shape, how deep it lies."""


def count_messages(body: bytes, descriptor: Any, *, most: int) -> int:
    """Return how many messages a body holds, at all depths; stops soon past `most`.

    A message takes two bytes at least, so a small body needs no counting. Raises Malformed.
    """
    if len(body) // 2 <= most:
        return 0
    found = 1
    waiting: list[Place] = [(0, len(body), shape_of(descriptor), 0)]
    while waiting and found <= most:
        place = waiting.pop()
        if place[3] > DEEPEST:
            raise Malformed(word("it is nested too deeply"))
        for inner in islice(_messages(body, place), most + 1 - found):
            found += 1
            if inner[1] > inner[0]:
                waiting.append(inner)
    return found


def _messages(body: bytes, place: Place) -> Iterator[Place]:
    """Yield where the messages stand that a message holds, without going into them."""
    at, end, shape, depth = place
    while at < end:
        tag, at = _varint(body, at, end)
        at, start = _past(body, at, end, tag & 7)
        inner = shape.get(tag >> 3)
        if inner is not None and tag & 7 == LENGTH:
            yield start, at, inner, depth + 1


@lru_cache(maxsize=64)
def shape_of(descriptor: Any) -> Shape:
    """Return which fields of a message hold messages; one that holds its own kind is a circle."""
    return _shape(descriptor, {})


def _shape(descriptor: Any, known: dict[str, Shape]) -> Shape:
    if descriptor.full_name not in known:
        shape: Shape = {}
        known[descriptor.full_name] = shape
        for field in descriptor.fields:
            if field.message_type is not None:
                shape[field.number] = _shape(field.message_type, known)
    return known[descriptor.full_name]


def _past(body: bytes, at: int, end: int, wire: int) -> tuple[int, int]:
    """Return where a field ends and where its content begins."""
    if wire == LENGTH:
        length, start = _varint(body, at, end)
        at = start + length
    elif wire == VARINT:
        start = at
        _, at = _varint(body, at, end)
    elif wire in (EIGHT, FOUR):
        start, at = at, at + (8 if wire == EIGHT else 4)
    else:
        raise Malformed(worded("there is no wire type {wire}, at byte {byte}", wire=wire, byte=at))
    if at > end:
        raise Malformed(worded("it ends too early, at byte {byte}", byte=end))
    return at, start


def _varint(body: bytes, at: int, end: int) -> tuple[int, int]:
    found = shift = 0
    for place in range(at, min(end, at + LONGEST_VARINT)):
        byte = body[place]
        found |= (byte & 0x7F) << shift
        if byte < 0x80:
            return found, place + 1
        shift += 7
    raise Malformed(worded("a number is too long or cut off, at byte {byte}", byte=at))
