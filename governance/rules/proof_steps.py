"""An inclusion proof step by step, as a person follows it: which neighbour, what both make."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.rules.lines import node_hash


@dataclass(frozen=True, slots=True)
class Step:
    """One step up the tree: on which side the neighbour stands, its hash, both together; hex."""

    side: str
    neighbour: str
    both: str


def steps_of(*, leaf: bytes, seq: int, size: int, path: Sequence[bytes]) -> list[Step]:
    """Return the steps from a leaf hash to the root of a tree of `size` (RFC 9162, 2.1.3.2).

    The last step's `both` is the root. Raises ValueError for a path that is too long.
    """
    here, last, known = seq, size - 1, leaf
    found: list[Step] = []
    for neighbour in path:
        if last == 0:
            raise ValueError("the path is longer than the tree is high")
        left = bool(here & 1) or here == last
        known = node_hash(neighbour, known) if left else node_hash(known, neighbour)
        found.append(Step("left" if left else "right", neighbour.hex(), known.hex()))
        here, last = _up(here, last, left=left)
    return found


def root_of(leaf: bytes, steps: Sequence[Step]) -> str:
    """Return the root to which the steps lead, in hex; of a tree of one leaf it is the leaf."""
    return steps[-1].both if steps else leaf.hex()


def _up(here: int, last: int, *, left: bool) -> tuple[int, int]:
    """Climb a level; a node without a right neighbour climbs on to where it is one itself."""
    while left and here and not here & 1:
        here, last = here >> 1, last >> 1
    return here >> 1, last >> 1
