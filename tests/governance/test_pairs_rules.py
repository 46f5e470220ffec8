"""A gain that costs its guardrail: pure rules (KPI-3)."""

import random

import pytest

from governance.rules.measured import Point
from governance.rules.pairs import PairTerms, judge_both, matched, pair_words

WEEK = 604800.0


def terms(**changes):
    """Reopen rate beside deflection, as the small profile says."""
    told = {
        "gain_better": "higher",
        "guard_better": "lower",
        "mode": "points",
        "warning": 0.03,
        "critical": 0.06,
        "reference": 6,
        "k": 2,
        "n": 3,
        "least_n": 100,
        "window": WEEK,
    }
    return PairTerms(**told | changes)


def points(values, *, n=400, first=1):
    """One reading a week."""
    return [Point((first + place) * WEEK, value, n) for place, value in enumerate(values)]


def last(gains, guards, **changes):
    """The verdict of the newest window."""
    told = terms(**changes)
    return judge_both(told, matched(told, points(gains), points(guards)))[-1][1]


GAINED = [0.40] * 6 + [0.55] * 3
USUAL = [0.10] * 6


@pytest.mark.parametrize(
    ("guards", "state"),
    [
        ([0.10, 0.11, 0.10], "OK"),
        ([0.14, 0.10, 0.10], "OK"),
        ([0.14, 0.10, 0.14], "WARNING"),
        ([0.17, 0.17, 0.10], "CRITICAL"),
        ([0.05, 0.05, 0.05], "OK"),
    ],
)
def test_two_of_three_windows_beyond_the_margin_fire(guards, state):
    assert last(GAINED, USUAL + guards).state == state


def test_a_guardrail_that_gets_worse_without_a_gain_is_its_own_band_s_business():
    assert last([0.40] * 9, USUAL + [0.20] * 3).state == "OK"


def test_a_loss_of_the_gain_is_no_gain():
    assert last([0.40] * 6 + [0.20] * 3, USUAL + [0.20] * 3).state == "OK"


def test_a_gain_that_noise_explains_is_none():
    assert last([0.40] * 6 + [0.41] * 3, USUAL + [0.20] * 3).state == "OK"


def test_a_guardrail_that_is_better_high_is_costed_downwards():
    verdict = last(
        GAINED, [0.90] * 6 + [0.80] * 3, guard_better="higher", warning=0.05, critical=None
    )

    assert verdict.state == "WARNING"


def test_a_margin_may_be_a_share_of_what_was_before():
    told = {"mode": "share", "warning": 0.2, "critical": 0.5}

    assert last(GAINED, USUAL + [0.13] * 3, **told).state == "WARNING"


def test_means_are_compared_where_a_kpi_is_no_share():
    gains = [10.0, 11.0, 10.5, 10.2, 10.8, 10.1, 5.0, 5.2, 4.9]

    verdict = last(gains, USUAL + [0.15] * 3, gain_better="lower", gain_is_share=False)

    assert verdict.state == "WARNING"


@pytest.mark.parametrize(
    ("gains", "guards"),
    [([0.4] * 5, [0.1] * 5), ([], []), ([0.4] * 2 + [0.6] * 3, [0.1] * 2 + [0.2] * 3)],
)
def test_too_few_windows_are_unknown(gains, guards):
    told = terms()
    verdicts = judge_both(told, matched(told, points(gains), points(guards)))

    assert {verdict.state for _, verdict in verdicts} <= {"NO_DATA"}


def test_windows_of_too_few_cases_do_not_count():
    told = terms()

    assert matched(told, points(GAINED, n=99), points([0.1] * 9)) == []


def test_windows_are_judged_together_or_not_at_all():
    told = terms()

    both = matched(told, points(GAINED), points([0.1] * 4, first=3))

    assert [one.end / WEEK for one in both] == [3, 4, 5, 6]


def test_last_windows_that_lie_too_far_apart_are_unknown():
    told = terms()
    gains, guards = points([0.4] * 8), points([0.1] * 8)
    gap = [Point(40 * WEEK, 0.6, 400)]

    verdict = judge_both(told, matched(told, gains + gap, guards + gap))[-1][1]

    assert verdict.state == "NO_DATA"


def test_a_price_that_is_paid_for_long_does_not_become_what_is_usual():
    assert last([0.40] * 6 + [0.55] * 20, USUAL + [0.15] * 20).state == "WARNING"


def test_noise_alone_seldom_fires():
    chance = random.Random(4)
    told, fired = terms(), 0
    for _ in range(100):
        gains = [chance.gauss(0.40, 0.025) for _ in range(26)]
        guards = [max(0.0, chance.gauss(0.10, 0.015)) for _ in range(26)]
        verdicts = judge_both(told, matched(told, points(gains), points(guards)))
        fired += sum(verdict.state != "OK" for _, verdict in verdicts[8:])

    assert fired / (100 * 18) < 0.005


def test_numbers_at_the_ends_of_what_a_machine_holds_stop_nothing():
    huge = [1e308, -1e308, 1e308] * 4

    verdict = last(huge, huge, gain_is_share=False, least_n=0)

    assert verdict.state in ("NO_DATA", "OK")


def test_the_words_say_what_was_gained_and_what_it_cost():
    verdict = last(GAINED, USUAL + [0.14] * 3)

    words = pair_words(
        verdict, gain="Deflection rate", guardrail="Reopen rate", unit="ratio", gain_unit="ratio"
    )

    assert words == (
        "Deflection rate went from 40 % to 55 %, and Reopen rate, its guardrail, from 10 % to "
        "14 %: the gain costs more than was agreed. 3 of the last 3 windows are beyond the limit."
    )
