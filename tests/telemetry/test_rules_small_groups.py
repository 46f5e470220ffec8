"""Which figure tells of a group of fewer than ten."""

import pytest

from telemetry.rules.small_groups import is_small

GROUP = "shop=1"


@pytest.mark.parametrize(
    ("segment", "n", "sensitive", "expected"),
    [
        ("", 3, True, False),
        ("", None, True, False),
        (GROUP, 9, False, True),
        (GROUP, 10, True, False),
        (GROUP, 0, False, True),
        (GROUP, None, False, False),
        (GROUP, None, True, True),
    ],
)
def test_a_group_is_small_below_ten_and_where_a_sensitive_one_says_no_number(
    segment, n, sensitive, expected
):
    assert is_small(segment=segment, n=n, sensitive=sensitive) is expected
