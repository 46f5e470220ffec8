"""The random sample of a pack, drawn by the checkpoint's root, so that nobody chose it. Pure.

The digest of a row is SHA-256 of three lines in UTF-8 without a last line end: the root as the
checkpoint writes it (base64), the list's name, the row's key. The smallest digests are drawn, so
the order of a list has no say. countersign_verify.py draws it again; both tables are one (a test).
"""

import hashlib
import heapq
from collections.abc import Iterable, Sequence

from msgspec import Struct

DRAWN = 25
# What a row's key is made of: columns of populations/<list>.csv, joined by '/'.
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


class Draw(Struct, frozen=True, kw_only=True):
    """One drawn row: of which list, at which place of the draw, its key and its digest."""

    list: str
    place: int
    key: str
    sha256: str


def digest_of(root: str, name: str, key: str) -> str:
    """Return the digest by which a row is drawn."""
    return hashlib.sha256(f"{root}\n{name}\n{key}".encode()).hexdigest()


def key_of(row: Sequence[str]) -> str:
    """Return the key of a row from the cells of its key columns."""
    return "/".join(row)


def draw(root: str, name: str, keys: Iterable[str], most: int = DRAWN) -> list[Draw]:
    """Return the rows of a list that are drawn, by digest; all where there are not more."""
    digests = ((digest_of(root, name, key), key) for key in keys)
    found = heapq.nsmallest(most, digests)
    return [
        Draw(list=name, place=place, key=key, sha256=digest)
        for place, (digest, key) in enumerate(found, start=1)
    ]
