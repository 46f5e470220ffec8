"""Durations as policies write them."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outbox.rules.durations import UNITS, BadDuration, Duration, scale


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("15min", 900),
        ("4h", 14400),
        ("10d", 864000),
        ("0h", 0),
        ("0.5h", 1800),
        ("1/3d", 28800),
        ("48 h", 172800),
        ("3d", 259200),
    ],
)
def test_an_elapsed_duration_is_so_many_seconds(text: str, seconds: int) -> None:
    duration = Duration.parse(text)

    length = duration.seconds()

    assert int(length) == seconds
    assert not duration.is_business


@pytest.mark.parametrize(("text", "seconds"), [("90bmin", 5400), ("4bh", 14400), ("2bd", 57600)])
def test_a_business_duration_counts_standard_days_of_the_calendar(text: str, seconds: int) -> None:
    duration = Duration.parse(text)

    length = duration.seconds(standard_day=28800)

    assert int(length) == seconds
    assert duration.is_business


@pytest.mark.parametrize(
    "text", ["", "4", "h", "-4h", "4 weeks", "4H", "1e3h", "4h4", "٤h", "1/0h", "4h 5min"]
)
def test_a_text_that_is_no_duration_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(BadDuration) as refusal:
        Duration.parse(text)

    assert repr(text) in str(refusal.value)


def test_a_business_day_without_a_calendar_is_refused() -> None:
    duration = Duration.parse("1bd")

    with pytest.raises(BadDuration):
        duration.seconds()


def test_a_negative_share_is_refused() -> None:
    duration = Duration.parse("4h")

    with pytest.raises(BadDuration):
        scale(duration, -1)


def test_half_of_a_business_day_is_half_a_standard_day() -> None:
    half = scale(Duration.parse("1bd"), Fraction(1, 2))

    assert half.seconds(standard_day=28800) == 14400


@settings(max_examples=50)
@given(
    st.fractions(min_value=0, max_value=1000, max_denominator=1000), st.sampled_from(sorted(UNITS))
)
def test_what_is_written_reads_back_the_same(amount: Fraction, unit: str) -> None:
    duration = Duration(amount, UNITS[unit])

    again = Duration.parse(str(duration))

    assert again == duration
