"""The steps of an inclusion proof lead where the tree's own rule says."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.proof_steps import root_of, steps_of
from ledger.rules.lines import node_hash
from ledger.rules.merkle import Frontier, inclusion_path, verify_inclusion


def leaves(size):
    return [hashlib.sha256(bytes([place % 256, place // 256])).digest() for place in range(size)]


def tree(size):
    known = leaves(size)

    def hash_of(level, index):
        if level == 0:
            return known[index]
        return node_hash(hash_of(level - 1, 2 * index), hash_of(level - 1, 2 * index + 1))

    return known, hash_of


@given(st.integers(1, 130), st.data())
def test_the_last_step_of_every_leaf_is_the_root(size, data):
    seq = data.draw(st.integers(0, size - 1))
    known, hash_of = tree(size)
    path = inclusion_path(seq, size, hash_of)
    frontier = Frontier()
    frontier.extend(known)

    steps = steps_of(leaf=known[seq], seq=seq, size=size, path=path)

    assert root_of(known[seq], steps) == frontier.root().hex()
    assert verify_inclusion(known[seq], seq, size, path, frontier.root())
    assert [step.neighbour for step in steps] == [one.hex() for one in path]


def test_another_leaf_leads_to_another_root():
    known, hash_of = tree(7)
    path = inclusion_path(3, 7, hash_of)

    right = root_of(known[3], steps_of(leaf=known[3], seq=3, size=7, path=path))
    wrong = root_of(known[4], steps_of(leaf=known[4], seq=3, size=7, path=path))

    assert right != wrong


def test_a_path_that_is_longer_than_the_tree_is_high_is_refused():
    known, hash_of = tree(4)
    path = [*inclusion_path(1, 4, hash_of), known[0]]

    with pytest.raises(ValueError, match="longer"):
        steps_of(leaf=known[1], seq=1, size=4, path=path)
