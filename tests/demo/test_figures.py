"""The figures by hand, on tables small enough to count."""

import pytest

from demo import figures


def test_accuracy_counts_labelled_events_only() -> None:
    events = [
        {"answer": "7", "truth": "7"},
        {"answer": "7", "truth": "1"},
        {"answer": "7", "truth": None},
    ]

    assert figures.accuracy(events) == figures.Figure(0.5, 2)


def test_groundedness_leaves_out_what_was_handed_over() -> None:
    events = [{"grounded": True}, {"grounded": True}, {"grounded": False}, {"grounded": None}]

    assert figures.groundedness(events).value == pytest.approx(2 / 3)


def test_the_gap_is_the_reference_rate_minus_the_other_with_its_interval() -> None:
    older = [answer("older", "approve")] * 80 + [answer("older", "refuse")] * 20
    young = [answer("young", "approve")] * 60 + [answer("young", "refuse")] * 40
    gap = figures.parity_gap("age", reference="older", positive="approve")

    found = gap(older + young)

    # sqrt(0.8 * 0.2 / 100 + 0.6 * 0.4 / 100) = 0.0632456; times 1.959964 = 0.1239590
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == (pytest.approx(0.0760410), pytest.approx(0.3239590))
    assert found.n == 200


def test_the_95th_percentile_lies_between_its_neighbours() -> None:
    events = [{"latency_ms": float(each)} for each in range(1, 12)]

    assert figures.latency_p95(events).value == pytest.approx(10.5)


def test_spend_is_a_share_of_the_limit() -> None:
    events = [{"spend": 3000.0}, {"spend": None}, {"spend": 1000.0}]

    assert figures.spend_of(5000)(events).value == pytest.approx(0.8)


def test_a_blocked_violation_was_not_executed() -> None:
    events = [
        {"boundary_violation": True, "blocked": True},
        {"boundary_violation": True, "blocked": False},
        {"boundary_violation": False, "blocked": False},
    ]

    assert figures.executed_violations(events).value == 1


def answer(age: str, said: str) -> figures.Event:
    return {"answer": said, "segment": {"age": age}}
