"""Which lines a view shows and why it leaves others out; never a critical one (REP-2)."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.scorecards import (
    ALL,
    ENGINEERING,
    LEADERSHIP,
    OPERATIONS,
    RANKS,
    STATES,
    VIEWS,
    Fact,
    Tally,
    Wanted,
    narrowed,
    split,
)

ONE, OWNER = UUID(int=1), UUID(int=2)
CATEGORIES = ("technical", "generative", "agentic", "operational", "support", "sales", "business",
              "trust_compliance")  # fmt: skip


def fact(**changes):
    """A technical, lagging line in its band, measured as a whole in production."""
    given_ = {
        "series": 7, "system": ONE, "kpi": "accuracy", "name": "Accuracy",
        "category": "technical", "timing": "lagging", "perspective": "quality",
        "owner_role": "owner", "environment": "production", "segment": "", "state": "ok",
        "chosen": False, "owner": OWNER, "owner_name": "Jonas", "retired": False, "off": False,
    }  # fmt: skip
    return Fact(**(given_ | changes))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({}, {ALL, ENGINEERING}),
        ({"chosen": True}, {ALL, ENGINEERING, LEADERSHIP}),
        ({"category": "business"}, {ALL, LEADERSHIP}),
        ({"category": "business", "timing": "leading"}, {ALL}),
        ({"category": "support"}, {ALL, LEADERSHIP, OPERATIONS}),
        ({"category": "operational", "timing": "leading"}, {ALL, OPERATIONS}),
        ({"category": "business", "perspective": "speed"}, {ALL, LEADERSHIP, OPERATIONS}),
        ({"category": "operational", "owner_role": "engineer"}, {ALL, OPERATIONS, ENGINEERING}),
        ({"category": "sales", "environment": "staging"}, {ALL}),
        ({"category": "sales", "segment": "channel=phone"}, {ALL, LEADERSHIP, OPERATIONS}),
        ({"retired": True}, set()),
        ({"off": True}, set()),
        ({"category": "sales", "state": "critical", "retired": True}, set(VIEWS)),
    ],
)
def test_a_line_stands_in_the_views_of_its_kind(changes, where):
    one = fact(**changes)

    shown = {view for view in VIEWS if split([one], view)[0]}

    assert shown == where


def test_a_segment_is_left_out_where_the_whole_is_shown():
    whole, part = fact(category="sales"), fact(category="sales", segment="channel=phone")

    shown, out = split([whole, part], OPERATIONS)

    assert shown == [whole]
    assert out == {"segment": 1}


@given(
    st.builds(
        fact,
        category=st.sampled_from(CATEGORIES),
        timing=st.sampled_from(("leading", "lagging")),
        environment=st.sampled_from(("production", "staging")),
        segment=st.sampled_from(("", "a=b")),
        state=st.sampled_from(STATES),
        chosen=st.booleans(),
        retired=st.booleans(),
        off=st.booleans(),
    ),
    st.sampled_from(VIEWS),
)
def test_a_line_is_shown_or_counted_and_a_critical_one_is_shown(one, view):
    shown, out = split([one], view)

    assert len(shown) + out.total() == 1
    assert shown or one.state != "critical"


def test_what_is_not_known_never_stands_behind_what_is_in_its_band():
    assert max(RANKS, key=RANKS.__getitem__) == "ok"
    assert RANKS["critical"] < RANKS["warning"] < RANKS["unknown"] < RANKS["unjudged"]


def test_a_sum_names_the_worst_and_counts_each():
    tally = Tally()

    for state in ("ok", "unknown", "ok"):
        tally.add(fact(state=state))

    assert (tally.total, tally.state, tally.states["ok"]) == (3, "unknown", 2)


def test_a_filter_keeps_what_fits_every_part_of_it():
    mine, other = fact(state="warning"), fact(state="warning", timing="leading")

    found = narrowed([mine, other, fact()], Wanted(state="warning", timing="lagging"))

    assert found == [mine]
