"""INC-9: percentiles against an oracle, and what no further case may do to them."""

from math import ceil

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from incidents.rules.figures import LEAST, Duration, Rate
from incidents.selectors.figure_queries import PERCENTILES

pytestmark = pytest.mark.django_db
times = st.lists(st.integers(0, 1000), min_size=1, max_size=20)


def spread(seconds):
    """The percentiles as the database gives them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {PERCENTILES} FROM unnest(%s::float8[]) one(seconds)", [seconds])  # noqa: S608
        return cursor.fetchone()[0]


def oracle(seconds, share):
    """The nearest rank: the smallest time that so many did not exceed."""
    return sorted(seconds)[max(1, ceil(share * len(seconds) - 1e-9)) - 1]


def duration(done, running):
    """A duration over cases that got there and cases that still run."""
    median, ninth = spread([*done, *running])
    ends = (min(running), max(running)) if running else (None, None)
    return Duration(len(done) + len(running), len(done) + len(running), len(running), *ends,
                    median, ninth)  # fmt: skip


@given(times)
def test_percentiles_are_those_of_the_nearest_rank(seconds):
    assert spread(seconds) == [oracle(seconds, 0.5), oracle(seconds, 0.9)]


@given(times, st.data())
def test_a_case_that_was_faster_than_the_median_never_raises_it(seconds, data):
    median, ninth = spread(seconds)
    fast = data.draw(st.integers(0, int(median)))

    after = spread([*seconds, fast])

    assert after[0] <= median
    assert after[1] <= ninth


@given(times, st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), max_size=10))
def test_a_figure_that_is_not_at_least_stays_whatever_becomes_of_what_runs(done, running):
    now = duration(done, [so_far for so_far, _more in running])

    end = spread([*done, *(so_far + more for so_far, more in running)])

    assert end[0] == now.median if not now.median_is_least else end[0] >= now.median
    assert end[1] == now.ninth if not now.ninth_is_least else end[1] >= now.ninth


@given(st.integers(0, 20), st.integers(0, 20))
def test_a_share_is_told_of_five_and_more_only(numerator, more):
    rate = Rate(numerator, numerator + more)

    assert (rate.share is None) == (numerator + more < LEAST)
    assert rate.share is None or 0 <= rate.share <= 1


def test_percentiles_are_told_of_five_cases_and_more_only():
    few, enough = Duration(4, 4, 0, None, None, 1.0, 2.0), Duration(5, 5, 0, None, None, 1.0, 2.0)

    assert (few.median_told, few.ninth_told) == (None, None)
    assert (enough.median_told, enough.ninth_told) == (1.0, 2.0)
