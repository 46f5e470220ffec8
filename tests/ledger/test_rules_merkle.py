"""The tree is RFC 6962's: known vectors, and properties against the definition itself."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.rules.lines import leaf_hash, node_hash
from ledger.rules.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_path,
    frontier_at,
    inclusion_path,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The eight leaves that implementations of RFC 6962 agree on, and the roots over the first n.
INPUTS = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
LEAVES = [leaf_hash(bytes.fromhex(data)) for data in INPUTS]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAF_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
NODE_23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
NODE_47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
LEAF_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
NODE_45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
NODE_67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"


def tree_of(leaves):
    """How to read a tree that is held in a list."""

    def hash_of(level, index):
        start, end = index << level, (index + 1) << level
        assert end <= len(leaves), "only complete subtrees are asked for"
        return naive(leaves[start:end])

    return hash_of


def naive(leaves):
    """MTH as RFC 6962 defines it, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return node_hash(naive(leaves[:middle]), naive(leaves[middle:]))


def some(count):
    return [leaf_hash(b"%d" % number) for number in range(count)]


def hexed(path):
    return [step.hex() for step in path]


def test_the_empty_tree_has_the_hash_of_nothing():
    assert root_of([]) == EMPTY_ROOT == sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_known_vectors(size):
    assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(
    ("seq", "size", "path"),
    [
        (0, 1, []),
        (0, 8, [LEAF_1, NODE_23, NODE_47]),
        (5, 8, [LEAF_4, NODE_67, ROOTS[3]]),
        (2, 3, [ROOTS[1]]),
        (1, 5, [ROOTS[0], NODE_23, LEAF_4]),
    ],
)
def test_the_audit_paths_are_those_of_the_known_vectors(seq, size, path):
    assert hexed(inclusion_path(seq, size, tree_of(LEAVES))) == path


@pytest.mark.parametrize(
    ("first", "size", "path"),
    [
        (1, 1, []),
        (1, 8, [LEAF_1, NODE_23, NODE_47]),
        (6, 8, [NODE_45, NODE_67, ROOTS[3]]),
        (2, 5, [NODE_23, LEAF_4]),
    ],
)
def test_the_consistency_proofs_are_those_of_the_known_vectors(first, size, path):
    assert hexed(consistency_path(first, size, tree_of(LEAVES))) == path


@given(st.integers(0, 300))
def test_a_frontier_makes_the_root_of_the_definition(size):
    leaves = some(size)

    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)

    assert frontier.root() == naive(leaves)
    assert frontier.size == size


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_frontier_goes_on_from_its_bytes(size, more):
    leaves = some(size + more)
    begun = Frontier()
    begun.extend(leaves[:size])

    again = Frontier.from_bytes(size, begun.to_bytes())
    again.extend(leaves[size:])

    assert again.root() == naive(leaves)
    assert begun.size == size


@given(st.integers(0, 300))
def test_a_frontier_is_read_from_stored_subtrees(size):
    leaves = some(300)

    found = frontier_at(size, tree_of(leaves))

    assert found.root() == naive(leaves[:size])


@given(st.integers(1, 200), st.data())
def test_every_leaf_is_shown_to_be_in_the_tree_and_no_other(size, data):
    seq = data.draw(st.integers(0, size - 1))
    leaves = some(size)
    root = naive(leaves)

    path = inclusion_path(seq, size, tree_of(leaves))

    assert verify_inclusion(leaves[seq], seq, size, path, root)
    assert not verify_inclusion(leaf_hash(b"other"), seq, size, path, root)
    assert not verify_inclusion(leaves[seq], seq, size, [*path, root], root)
    assert size == 1 or not verify_inclusion(leaves[seq], seq, size, path[:-1], root)
    assert not verify_inclusion(leaves[seq], size, size, path, root)


@given(st.integers(2, 200), st.data())
def test_a_path_does_not_prove_another_place(size, data):
    seq, other = data.draw(st.permutations(range(size)).map(lambda order: order[:2]))
    leaves = some(size)

    path = inclusion_path(seq, size, tree_of(leaves))

    assert not verify_inclusion(leaves[seq], other, size, path, naive(leaves))


@given(st.integers(1, 200), st.data())
def test_a_tree_is_shown_to_extend_each_earlier_one(size, data):
    first = data.draw(st.integers(1, size))
    leaves = some(size)
    old, new = naive(leaves[:first]), naive(leaves)

    path = consistency_path(first, size, tree_of(leaves))

    assert verify_consistency(first, size, old, new, path)


@given(st.integers(2, 200), st.data())
def test_a_rewritten_tree_is_not_shown_to_extend(size, data):
    first = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, first - 1))
    leaves = some(size)
    old = naive(leaves[:first])
    leaves[changed] = leaf_hash(b"rewritten")

    path = consistency_path(first, size, tree_of(leaves))

    assert not verify_consistency(first, size, old, naive(leaves), path)
    assert not verify_consistency(first, size, old, naive(leaves), path[:-1])


def test_subtrees_of_256_and_65536_leaves_are_told_as_they_are_completed():
    leaves = some(65_536 + 256)

    frontier = Frontier()
    told = frontier.extend(leaves[:255]) + frontier.extend(leaves[255:])

    rows = [(row, index) for row, index, _ in told]
    assert rows == [(1, i) for i in range(256)] + [(2, 0), (1, 256)]
    assert told[0][2] == naive(leaves[:256])
    assert told[256][2] == root_of(leaves[:65_536])


@pytest.mark.parametrize(("size", "roots"), [(3, [b"\0" * 32]), (1, [b"\0" * 31]), (-1, [])])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size, roots):
    with pytest.raises(ValueError):
        Frontier(size, roots)


@pytest.mark.parametrize(("seq", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_a_leaf_outside_has_no_path(seq, size):
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_path(seq, size, tree_of(LEAVES))


@pytest.mark.parametrize(("first", "size"), [(0, 3), (4, 3)])
def test_a_tree_cannot_extend_nothing_or_a_larger_one(first, size):
    with pytest.raises(ValueError, match="cannot be shown"):
        consistency_path(first, size, tree_of(LEAVES))
