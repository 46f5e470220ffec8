"""The stored tree: leaf hashes in order, and proofs from a few hundred stored hashes."""

from collections.abc import Iterator

from django.db import connection

from ledger.models import Leaf, Node
from ledger.rules.lines import node_hash
from ledger.rules.merkle import (
    STORED_LEVELS,
    Frontier,
    consistency_path,
    frontier_at,
    inclusion_path,
    verify_inclusion,
)
from ledger.rules.notes import proof
from ledger.rules.worded import worded
from ledger.selectors.checkpoints import Seal

TILE = 1 << STORED_LEVELS
CHUNK = 10_000
HASHES = "SELECT seq, hash FROM ledger_leaf WHERE seq >= %s AND seq < %s ORDER BY seq"


class TreeBroken(Exception):
    """The stored hashes do not make the tree that was signed: rows are gone or were changed."""


class StoredTree:
    """Roots of complete subtrees, read tile by tile: 256 leaves, or 256 nodes of a row above."""

    def __init__(self) -> None:
        self._tiles: dict[tuple[int, int], dict[int, bytes]] = {}

    def hash_of(self, level: int, index: int) -> bytes:
        """Return the root over 2**level leaves. Raises TreeBroken where a hash is missing."""
        row, within = divmod(level, STORED_LEVELS)
        first = index << within
        tile = self._tile(row, first // TILE)
        try:
            hashes = [tile[place] for place in range(first, first + (1 << within))]
        except KeyError as missing:
            raise TreeBroken(_not_stored(row, str(missing))) from None
        while len(hashes) > 1:
            pairs = zip(hashes[::2], hashes[1::2], strict=True)
            hashes = [node_hash(left, right) for left, right in pairs]
        return hashes[0]

    def _tile(self, row: int, number: int) -> dict[int, bytes]:
        key = (row, number)
        if key not in self._tiles:
            self._tiles[key] = _stored(row, number * TILE, (number + 1) * TILE)
        return self._tiles[key]


def _not_stored(row: int, place: str) -> str:
    if row == 0:
        return worded("the hash of leaf {place} is not stored", place=place)
    return worded("the hash of node of row {row} {place} is not stored", row=row, place=place)


def leaf_hashes(*, size: int, start: int = 0) -> Iterator[bytes]:
    """Yield the hashes of the leaves [start, size), read by ranges: it may be left half-way.

    Raises TreeBroken where a leaf is missing.
    """
    for first in range(start, size, CHUNK):
        last = min(first + CHUNK, size)
        with connection.cursor() as cursor:
            cursor.execute(HASHES, [first, last])
            rows = cursor.fetchall()
        for due, (seq, digest) in zip(range(first, last), rows, strict=False):
            if seq != due:
                raise TreeBroken(worded("leaf {leaf} is missing", leaf=due))
            yield bytes(digest)
        if len(rows) < last - first:
            raise TreeBroken(worded("leaf {leaf} is missing", leaf=first + len(rows)))


def leaf_count() -> int:
    """Return the number of leaves, by the last one's place."""
    last = Leaf.objects.order_by("-seq").values_list("seq", flat=True).first()
    return 0 if last is None else int(last) + 1


def stored_frontier(*, size: int) -> Frontier:
    """Return the frontier of the first `size` leaves as the stored hashes make it."""
    return frontier_at(size, StoredTree().hash_of)


def inclusion_proof(*, seq: int, size: int) -> list[bytes]:
    """Return the audit path of leaf `seq` in the tree of `size`; a handful of queries."""
    return inclusion_path(seq, size, StoredTree().hash_of)


def consistency_proof(*, first: int, size: int) -> list[bytes]:
    """Return the proof that the tree of `size` extends that of `first`."""
    return consistency_path(first, size, StoredTree().hash_of)


def proof_text(*, seq: int, seal: Seal) -> str:
    """Return the C2SP tlog-proof@v1 of leaf `seq` under a checkpoint.

    Raises TreeBroken if what is stored does not lead to the signed root.
    """
    tree = StoredTree()
    path = inclusion_path(seq, seal.size, tree.hash_of)
    if not verify_inclusion(tree.hash_of(0, seq), seq, seal.size, path, seal.root):
        raise TreeBroken(
            worded(
                "leaf {seq} does not lead to the root of the checkpoint of {size}",
                seq=seq,
                size=seal.size,
            )
        )
    return proof(seq, path, seal.note)


def _stored(row: int, start: int, end: int) -> dict[int, bytes]:
    if row == 0:
        leaves = Leaf.objects.filter(seq__gte=start, seq__lt=end)
        return {seq: bytes(digest) for seq, digest in leaves.values_list("seq", "hash")}
    nodes = Node.objects.filter(level=row, index__gte=start, index__lt=end)
    return {index: bytes(digest) for index, digest in nodes.values_list("index", "hash")}
