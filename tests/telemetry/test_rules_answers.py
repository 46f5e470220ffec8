"""Addresses of events, masks, and which slice is worst (TEL-8)."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.rules.answers import SliceCounts, event_of, key_of, words_in, worst_slices

WHEN = dt.datetime(2026, 11, 20, 16, 41, 7, 123456, tzinfo=dt.UTC)
IDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1
).filter(lambda text: len(text) <= 80)


@settings(deadline=None)
@given(st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2200, 1, 1)), IDS)
def test_an_address_leads_back_to_its_event(naive, ident):
    at = naive.replace(tzinfo=dt.UTC)

    key = key_of(at, ident)

    assert event_of(key) == (at, ident)
    assert "/" not in key
    assert "%" not in key


@pytest.mark.parametrize(
    "key",
    ["", "1", "1.", ".ZQ", "x.ZQ", "1.Z", "1.ZQ==", "1.ZR", "999999999999999999.ZQ", "1.gA", "1.AA"]
    + ["-1.ZQ", "1.ZQ\n", "٣.ZQ", f"1.{'A' * 440}", "1.ZQ.ZQ", "01.ZQ"],
)
def test_what_is_no_address_is_refused(key):
    with pytest.raises(ValueError, match="names no event"):
        event_of(key)


def test_a_mask_shows_how_many_words_there_are():
    assert [words_in(text) for text in (None, "", "yes", " two  words\n")] == [0, 0, 1, 2]


def counts(of="topic", part="a", events=100, **changes):
    return SliceCounts(of=of, part=part, events=events, **changes)


def test_the_worst_slice_is_the_one_that_is_surely_worst():
    whole = counts("", "", 1200, reviewed=1200, overridden=150)
    small = counts(part="small", events=12, reviewed=12, overridden=4)
    large = counts(part="large", events=400, reviewed=400, overridden=100)

    found = worst_slices([small, large], whole)

    assert [(one.measure, one.slice.part) for one in found] == [("overridden", "large")]
    assert found[0].whole is not None
    assert found[0].whole.value == 0.125
    assert found[0].sure
    assert found[0].figure.low < 0.25 < found[0].figure.high


@pytest.mark.parametrize(
    "slices",
    [
        [],
        [counts(events=9, reviewed=9, overridden=9)],
        [counts(events=50, reviewed=9, overridden=9)],
        [counts(events=50, reviewed=50, overridden=0)],
        [counts(events=100, reviewed=100, overridden=50)],
    ],
)
def test_a_slice_that_is_small_good_or_everything_is_no_worst_one(slices):
    whole = counts("", "", 100, reviewed=100, overridden=50)

    assert worst_slices(slices, whole) == []


def test_a_slice_that_is_worse_by_no_more_than_chance_is_said_to_be_so():
    whole = counts("", "", 100, ended=100, failed=20)

    found = worst_slices([counts(events=20, ended=20, failed=6)], whole)

    assert [one.sure for one in found] == [False]


def test_each_measure_has_its_own_worst_slice():
    one = counts(part="one", ended=50, failed=20, reacted=50, disliked=1)
    other = counts(part="other", ended=50, failed=2, reacted=50, disliked=25)

    found = worst_slices([one, other], None)

    worst = {each.measure: each.slice.part for each in found}
    assert worst == {"disliked": "other", "failed": "one"}


def test_a_segment_is_named_as_a_filter_takes_it():
    assert counts("segment:region", "north=east").segment == "region=north=east"
    assert counts("topic", "north").segment == ""
