"""The quick reading of lines accepts exactly what parsing and rewriting accepts."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign_verify import (
    MALFORMED,
    WORTH_A_PATTERN,
    Fault,
    Shapes,
    instant,
    pattern_of,
    row_of,
)
from tests.verifier import making

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text('abcé.+*\\"', max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
PIECES = st.binary(max_size=3) | st.sampled_from([b'"', b"\\", b",", b'","', b"0", b" "])


def line(details, reason="as before"):
    body = {
        "at": "2026-03-02T08:00:07+00:00", "details": details, "verb": "thing.changed",
        "object": {"id": "t-1"}, "reason": reason, "who": {"name": "sweep", "kind": "system"},
    }  # fmt: skip
    return {"entry": body, "number": 3, "sealed": "2026-03-02T08:00:27.000000Z", "seq": 1,
            "stream": "organisation", "stream_seq": 1}  # fmt: skip


def taught(*raws):
    """A reader that has met each line often enough to know its shape."""
    shapes = Shapes()
    for raw in raws:
        for _ in range(WORTH_A_PATTERN + 1):
            shapes.rows(raw + b"\n")
    return shapes


def slowly(raw):
    try:
        return row_of(raw)[1]
    except (Fault, *MALFORMED):
        return None


def quickly(shapes, raw):
    try:
        raw.decode("utf-8")
        (row,) = shapes.rows(raw + b"\n")
        # What a pattern lets through is read as an instant before anything rests on it.
        instant(row[0])
        instant(row[6])
    except (Fault, *MALFORMED):
        return None
    return row


@settings(deadline=None)
@given(details=VALUES)
def test_a_pattern_matches_the_line_that_it_was_made_from(details):
    import re

    raw = making.canonical(line(details))
    match = re.compile(pattern_of(json.loads(raw)) + rb"\Z").match(raw)

    plain = b"\\" not in raw and not re.search(rb"[1-9][0-9]{15}", raw)
    assert (match is not None) or not plain
    if match:
        assert match.groups() == slowly(raw)


@settings(deadline=None)
@given(details=VALUES, data=st.data())
def test_a_changed_line_is_read_alike_quickly_and_slowly(details, data):
    raw = making.canonical(line(details))
    shapes = taught(raw)
    place = data.draw(st.integers(0, len(raw) - 1))
    cut = data.draw(st.integers(0, 3))
    piece = data.draw(PIECES)
    changed = (raw[:place] + piece + raw[place + cut :]).replace(b"\n", b" ")

    assert quickly(shapes, changed) == slowly(changed)


@settings(deadline=None)
@given(reason=st.text(max_size=30), number=st.integers(-(2**60), 2**60))
def test_other_values_of_a_known_shape_are_read_alike(reason, number):
    shapes = taught(making.canonical(line({"count": 5})))
    raw = making.canonical(line({"count": number}, reason))

    assert quickly(shapes, raw) == slowly(raw)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"reason":"as before",', b""),
        (b'"reason":"as before"', b'"reason":"as before","reason":"as before"'),
        (b'"count":5', b'"count":05'),
        (b'"count":5', b'"count":-0'),
        (b'"count":5', b'"count":5.0'),
        (b'"count":5', b'"count":5e0'),
        (b'"count":5', b'"count": 5'),
        (b'"count":5', b'"count":"5"'),
        (b"as before", b"as\x7fbefore"),
        (b"as before", b"as\x1fbefore"),
        (b"as before", b"as \\u0062efore"),
        (b'"seq":1', b'"seq":01'),
        (b'"seq":1', b'"seq":-1'),
        (b"08:00:07+00:00", b"08:00:07Z"),
        (b"08:00:07+00:00", b"24:00:07+00:00"),
        (b"27.000000Z", b"27Z"),
    ],
)
def test_forms_at_the_edge_are_read_alike(old, new):
    raw = making.canonical(line({"count": 5}))
    assert old in raw
    shapes, changed = taught(raw), raw.replace(old, new)

    assert quickly(shapes, changed) == slowly(changed) or b"24:00" in changed


def test_a_month_that_does_not_exist_is_refused_either_way():
    raw = making.canonical(line(None))
    shapes = taught(raw)
    changed = raw.replace(b'"sealed":"2026-03-', b'"sealed":"2026-00-')

    assert changed != raw
    assert quickly(shapes, changed) is None
    assert slowly(changed) is None
