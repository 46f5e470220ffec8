"""What is said of triggers that are not what they were."""

import pytest

from ledger.rules.net import Mesh, compare, parse

ON = Mesh("A", "10/20", "abc").text()


@pytest.mark.parametrize(
    ("before", "now", "new", "worse"),
    [
        ({"t.a": ON}, {"t.a": ON}, (), {}),
        ({}, {"t.a": ON}, ("t.a",), {}),
        ({"t.a": ON}, {}, (), {"t.a": "is gone"}),
        ({"t.a": ON}, {"t.a": "D 11/20 abc"}, (), {"t.a": "is off"}),
        ({"t.a": ON}, {"t.a": "O 11/20 abc"}, (), {"t.a": "is off"}),
        ({"t.a": "D 11/20 abc"}, {"t.a": "A 12/20 abc"}, (), {"t.a": "is on again"}),
        ({"t.a": ON}, {"t.a": "A 12/20 abc"}, (),
         {"t.a": "was switched off and on, or made anew"}),
        ({"t.a": ON}, {"t.a": "A 10/21 abd"}, (), {"t.a": "does something else"}),
        ({}, {"t.a": "O 10/20 abc"}, (), {"t.a": "is off"}),
    ],
)  # fmt: skip
def test_a_trigger_is_told_by_what_became_of_it(before, now, new, worse):
    found = compare(before, now)

    assert (found.new, dict(found.worse)) == (new, worse)


def test_a_mesh_reads_what_it_wrote():
    assert parse(ON) == Mesh("A", "10/20", "abc")
