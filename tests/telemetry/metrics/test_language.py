"""Rates of answers in words, agreement and consistency (TEL-2, TEL-7, TEL-9)."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.rules.computations import Figure
from telemetry.rules.metrics.language import (
    agreement,
    claim_groundedness,
    consistency,
    format_compliance,
    hallucination_rate,
    refusal_against_override,
    refusal_rate,
    token_f1,
    toxicity_rate,
)
from telemetry.rules.statistics import wilson

TEXTS = st.lists(st.sampled_from(["the", "loan", "is", "9.5", "per", "cent"]), max_size=8)
RATES: list[Callable[[int, int], Figure | None]] = [
    lambda part, n: claim_groundedness(supported=part, claims=n),
    lambda part, n: hallucination_rate(hallucinated=part, judged=n),
    lambda part, n: toxicity_rate(toxic=part, judged=n),
    lambda part, n: format_compliance(valid=part, answers=n),
    lambda part, n: refusal_rate(refused=part, requests=n),
]


@pytest.mark.parametrize("rate", RATES)
def test_a_rate_has_its_interval_from_ten_cases_on(
    rate: Callable[[int, int], Figure | None],
) -> None:
    found = rate(3, 40)

    bounds = wilson(3, 40)
    assert found == Figure(bounds.value, 40, bounds.low, bounds.high)
    assert rate(3, 9) is None
    assert rate(0, 0) is None
    with pytest.raises(ValueError):
        rate(41, 40)


def test_answers_agree_apart_from_case_spaces_and_punctuation() -> None:
    given_ = ["Yes.", "No", "  Ring  the bank! ", "maybe"] * 3
    expected = ["yes", "yes", "ring the bank", "Maybe?"] * 3

    found = agreement(given_, expected)

    assert found is not None
    assert (found.value, found.n) == (0.75, 12)


def test_a_small_canary_set_may_lower_the_least_number() -> None:
    assert agreement(["a"] * 5, ["a"] * 5) is None
    assert agreement(["a"] * 5, ["a"] * 5, least=5) is not None
    with pytest.raises(ValueError, match="belong"):
        agreement(["a"], [])


def test_consistency_is_the_mean_share_of_pairs_that_say_the_same() -> None:
    found = consistency([["yes", "Yes.", "no"], ["9 %", "9 %"], ["asked once"]])

    assert found == pytest.approx((1 / 3 + 1) / 2)
    assert consistency([["once"], []]) is None


@given(TEXTS, TEXTS)
def test_the_overlap_of_words_is_symmetric_and_full_for_the_same_words(
    one: list[str], other: list[str]
) -> None:
    found = token_f1(" ".join(one), " ".join(other))

    assert found == pytest.approx(token_f1(" ".join(other), " ".join(one)))
    assert 0 <= found <= 1
    assert (found == 1) == (sorted(one) == sorted(other))


def test_refusals_that_humans_overturn_more_often_than_answers_are_too_many() -> None:
    found = refusal_against_override(
        refused_overridden=40, refused=100, answered_overridden=20, answered=400
    )

    assert found is not None
    assert found.value == pytest.approx(0.35)
    assert found.verdict("lower") == "worse"
    few = refusal_against_override(
        refused_overridden=4, refused=9, answered_overridden=20, answered=400
    )
    assert few is None
