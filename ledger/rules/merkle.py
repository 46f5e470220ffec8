"""The Merkle tree of RFC 6962: roots, frontiers, proofs of inclusion and of consistency.

Proofs read the tree through `hash_of(level, index)`: the root of the complete subtree over the
leaves [index * 2**level, (index + 1) * 2**level). Nobody needs all leaves at hand.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

from ledger.rules.lines import node_hash

HashOf = Callable[[int, int], bytes]
HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
# Every eighth level is stored: a complete subtree of 256, 65,536, … leaves.
STORED_LEVELS = 8
Stored = tuple[int, int, bytes]


class Frontier:
    """The roots of the complete subtrees of a tree, left to right: all that is needed to grow it.

    A tree of 13 leaves (1101 in binary) has three: over 8, 4 and 1 leaves.
    """

    __slots__ = ("_roots", "size")

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self._roots = list(roots)
        if size < 0 or len(self._roots) != size.bit_count():
            raise ValueError(f"a frontier of {size} leaves has {size.bit_count()} roots")
        if any(len(root) != HASH_BYTES for root in self._roots):
            raise ValueError(f"each root has {HASH_BYTES} bytes")

    @property
    def roots(self) -> tuple[bytes, ...]:
        """The roots, left to right."""
        return tuple(self._roots)

    def add(self, leaf: bytes) -> None:
        """Grow by one leaf hash."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> list[Stored]:
        """Grow by leaf hashes; return the stored subtrees that this completed.

        Each is (row, index, root) of the subtree over 256**row leaves, row from 1.
        """
        completed: list[Stored] = []
        roots = self._roots
        for leaf in leaves:
            known, position, level = leaf, self.size, 0
            while position & 1:
                known = sha256(b"\x01" + roots.pop() + known).digest()
                position >>= 1
                level += 1
                if not level % STORED_LEVELS:
                    completed.append((level // STORED_LEVELS, position, known))
            roots.append(known)
            self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the root of the tree."""
        return _folded(self._roots) if self._roots else EMPTY_ROOT

    def copy(self) -> "Frontier":
        """Return one that grows apart from this one."""
        return Frontier(self.size, self._roots)

    def to_bytes(self) -> bytes:
        """Return the roots, 32 bytes each."""
        return b"".join(self._roots)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """Return the frontier that `to_bytes` wrote. Raises ValueError if it does not fit."""
        if len(data) % HASH_BYTES:
            raise ValueError("a frontier is a row of 32-byte hashes")
        return cls(size, (data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)))


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes (MTH of RFC 6962, section 2.1)."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def frontier_at(size: int, hash_of: HashOf) -> Frontier:
    """Return the frontier of the first `size` leaves of a stored tree."""
    return Frontier(size, _parts(0, size, hash_of))


def inclusion_path(seq: int, size: int, hash_of: HashOf) -> list[bytes]:
    """Return the audit path of leaf `seq` in the tree of `size` (RFC 6962, section 2.1.1).

    From the leaf's sibling up to the root's child. Raises ValueError for a leaf outside.
    """
    if not 0 <= seq < size:
        raise ValueError(f"leaf {seq} is not in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if seq < middle:
            path.append(_range_root(middle, end, hash_of))
            end = middle
        else:
            path.append(_range_root(start, middle, hash_of))
            start = middle
    return path[::-1]


def consistency_path(first: int, size: int, hash_of: HashOf) -> list[bytes]:
    """Return the proof that the tree of `size` extends that of `first` (RFC 6962, 2.1.2).

    Empty for equal sizes. Raises ValueError unless 0 < first <= size.
    """
    if not 0 < first <= size:
        raise ValueError(f"a tree of {size} cannot be shown to extend one of {first}")
    path: list[bytes] = []
    start, end, moved = 0, size, False
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_range_root(middle, end, hash_of))
            end = middle
        else:
            path.append(_range_root(start, middle, hash_of))
            start, moved = middle, True
    if moved:
        path.append(_range_root(start, end, hash_of))
    return path[::-1]


def verify_inclusion(leaf: bytes, seq: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether `path` leads from a leaf hash to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= seq < size:
        return False
    here, last, known = seq, size - 1, leaf
    for sibling in path:
        if not last:
            return False
        if here & 1 or here == last:
            known = node_hash(sibling, known)
            here, last = _up_to_right_child(here, last)
        else:
            known = node_hash(known, sibling)
        here, last = here >> 1, last >> 1
    return not last and known == root


def verify_consistency(
    first: int, size: int, first_root: bytes, root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether `path` shows that one tree extends the other (RFC 9162, section 2.1.4.2)."""
    if first == size:
        return not path and first_root == root
    if not 0 < first < size or not path:
        return False
    steps = list(path) if first & (first - 1) else [first_root, *path]
    here, last = first - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    return _climb(here, last, steps) == (first_root, root)


def _climb(here: int, last: int, steps: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    old = new = steps[0]
    for sibling in steps[1:]:
        if not last:
            return None
        if here & 1 or here == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            here, last = _up_to_right_child(here, last)
        else:
            new = node_hash(new, sibling)
        here, last = here >> 1, last >> 1
    return None if last else (old, new)


def _up_to_right_child(here: int, last: int) -> tuple[int, int]:
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last


def _split(count: int) -> int:
    """Return the largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _parts(start: int, end: int, hash_of: HashOf) -> Iterator[bytes]:
    while start < end:
        level = (end - start).bit_length() - 1
        yield hash_of(level, start >> level)
        start += 1 << level


def _range_root(start: int, end: int, hash_of: HashOf) -> bytes:
    return _folded(list(_parts(start, end, hash_of)))


def _folded(roots: Sequence[bytes]) -> bytes:
    known = roots[-1]
    for root in reversed(roots[:-1]):
        known = node_hash(root, known)
    return known
