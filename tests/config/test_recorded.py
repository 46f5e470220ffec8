"""Recorded sentences name instants in UTC; a reader meets them in their own zone. INC-14."""

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from config.recorded import zoned


@pytest.mark.parametrize(
    "text",
    [
        "Nothing valid has come from it since 20 November 2026 14:00 UTC.",
        "Accuracy, the window that ended 2026-11-20 14:00 UTC",
    ],
)
def test_an_instant_of_the_record_is_shown_in_the_reader_s_zone_with_its_utc(text):
    with timezone.override("Asia/Tokyo"):
        shown = zoned(text)

    assert "Fri 20 Nov 2026 23:00" in shown
    assert 'title="2026-11-20 14:00:00 UTC"' in shown
    assert "14:00 UTC<" not in shown.split("</time>")[1]


def test_every_instant_of_a_text_is_shown_and_lines_stay_lines():
    shown = zoned("2026-11-20 14:00 UTC; 2026-11-21 14:00 UTC\nand on")

    assert shown.count("<time") == 2
    assert shown.endswith("<br>and on")


@pytest.mark.parametrize("text", ["2026-02-30 14:00 UTC", "2026-11-20 25:00 UTC", "14:00 UTC", ""])
def test_what_is_no_instant_stays_as_it_stands(text):
    assert zoned(text) == text


@given(st.text())
def test_markup_of_a_text_is_never_markup_of_the_page(text):
    shown = zoned(text)

    assert "<" not in shown.replace("<br>", "")
