"""Standing orders as rules: when one fires, how its vote ends (INC-12)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.orders import (
    Seen,
    When,
    fires,
    fires_on_case,
    is_beyond,
    is_proven,
    order_faults,
    outcome,
    who_votes,
)

AT = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
ACCURACY = When("instant", "accuracy", None, higher_is_worse=False)
ANY = When("instant", "", None, higher_is_worse=True)
SPEND = When("limit", "budget_consumption", 1.1, higher_is_worse=True)
FLOOR = When("limit", "accuracy", 0.7, higher_is_worse=False)
BOUNDARY = When("boundary", "", None, higher_is_worse=True)


@pytest.mark.parametrize(
    ("when", "seen", "expected"),
    [
        (ACCURACY, Seen("breach", "accuracy", 0.5, instant=True), True),
        (ACCURACY, Seen("breach", "accuracy", 0.5, instant=False), False),
        (ACCURACY, Seen("breach", "recall", 0.5, instant=True), False),
        (ANY, Seen("breach", "recall", 0.5, instant=True), True),
        (SPEND, Seen("boundary", "budget_consumption", 1.1, instant=True), True),
        (SPEND, Seen("boundary", "budget_consumption", 1.09, instant=True), False),
        (SPEND, Seen("boundary", "budget_consumption", None, instant=False), False),
        (SPEND, Seen("trend", "budget_consumption", 5.0, instant=False), False),
        (SPEND, Seen("silence", "budget_consumption", None, instant=False), False),
        (FLOOR, Seen("breach", "accuracy", 0.7, instant=False), True),
        (FLOOR, Seen("breach", "accuracy", 0.71, instant=False), False),
        (BOUNDARY, Seen("boundary", "policy_violations", 1.0, instant=True), True),
        (BOUNDARY, Seen("boundary", "policy_violations", 1.0, instant=False), False),
        (BOUNDARY, Seen("boundary", "budget_consumption", 1.2, instant=True), False),
        (BOUNDARY, Seen("breach", "accuracy", 0.2, instant=True), False),
    ],
)
def test_an_order_fires_on_what_it_waits_for_alone(when, seen, expected):
    assert fires(when, seen) is expected


@pytest.mark.parametrize(
    ("seats", "yes", "no", "expected"),
    [
        (3, 1, 0, ""),
        (3, 2, 0, "adopted"),
        (3, 0, 2, "rejected"),
        (3, 1, 1, ""),
        (4, 2, 1, ""),
        (4, 2, 2, "rejected"),
        (1, 1, 0, "adopted"),
        (1, 0, 1, "rejected"),
    ],
)
def test_more_than_half_of_all_seats_decide(seats, yes, no, expected):
    assert outcome(seats=seats, in_favour=yes, against=no) == expected


@given(seats=st.integers(1, 9), votes=st.lists(st.booleans(), max_size=9))
def test_once_decided_no_further_vote_changes_the_outcome(seats, votes):
    votes = votes[:seats]
    found = [
        outcome(seats=seats, in_favour=sum(votes[:n]), against=n - sum(votes[:n]))
        for n in range(len(votes) + 1)
    ]

    decided = [one for one in found if one]

    assert len(set(decided)) <= 1
    assert not decided or found[-1] == decided[0]


def test_a_seat_on_which_nobody_may_vote_is_left_out():
    seats = [
        {"number": 1, "person": "owner", "substitute": ""},
        {"number": 2, "person": "owner", "substitute": "second"},
        {"number": 3, "person": "member", "substitute": ""},
    ]

    assert who_votes(seats, frozenset({"owner"})) == [(2, ["second"]), (3, ["member"])]


@pytest.mark.parametrize(("days", "expected"), [(90, True), (91, False)])
def test_a_drill_proves_an_order_for_ninety_days(days, expected):
    within = dt.timedelta(days=90)

    at = AT + dt.timedelta(days=days)

    assert is_proven(drilled_at=AT, at=at, within=within) is expected
    assert not is_proven(drilled_at=None, at=at, within=within)


@pytest.mark.parametrize(
    ("value", "limit", "below", "expected"),
    [
        (1.0, 1.0, False, True),
        (0.9, 1.0, False, False),
        (0.9, 1.0, True, True),
        (1, None, True, False),
    ],
)
def test_the_limit_itself_is_beyond(value, limit, below, expected):
    assert is_beyond(value, limit, below=below) is expected


SILENT = When("silence", "", None, higher_is_worse=True)
SILENT_ACCURACY = When("silence", "accuracy", None, higher_is_worse=False)
CASE = When("case", "", None, True, frozenset({"reported", "supplier"}), "major")


@pytest.mark.parametrize(
    ("when", "seen", "expected"),
    [
        (SILENT, Seen("silence", "accuracy", None, instant=False), True),
        (SILENT, Seen("fault", "accuracy", None, instant=False), True),
        (SILENT, Seen("breach", "accuracy", 0.1, instant=True), False),
        (SILENT_ACCURACY, Seen("silence", "accuracy", None, instant=False), True),
        (SILENT_ACCURACY, Seen("silence", "recall", None, instant=False), False),
        (CASE, Seen("breach", "accuracy", 0.1, instant=True), False),
    ],
)
def test_an_order_of_a_silence_fires_when_readings_do_not_come(when, seen, expected):
    assert fires(when, seen) is expected


@pytest.mark.parametrize(
    ("kind", "severity", "expected"),
    [
        ("reported", "major", True),
        ("supplier", "severe", True),
        ("reported", "moderate", False),
        ("concern", "severe", False),
    ],
)
def test_an_order_of_cases_fires_on_its_kinds_from_its_severity_on(kind, severity, expected):
    assert fires_on_case(CASE, kind=kind, severity=severity) is expected
    assert not fires_on_case(ANY, kind=kind, severity=severity)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, {"case_kinds", "least_severity"}),
        ({"case_kinds": ["breach"], "least_severity": "major"}, {"case_kinds"}),
        ({"case_kinds": ["reported"], "least_severity": "watch"}, {"least_severity"}),
        ({"case_kinds": ["reported"], "least_severity": "major", "kpi_id": "recall"}, {"kpi"}),
        ({"rule": "silence", "case_kinds": ["reported"]}, {"case_kinds"}),
        ({"rule": "silence", "least_severity": "major"}, {"least_severity"}),
        ({"rule": "silence"}, set()),
    ],
)
def test_what_an_order_of_cases_lacks_is_told_by_field(changes, wrong):
    given = {"rule": "case", "kpi_id": "", "limit_value": None} | changes

    found = order_faults(valid_from=AT, valid_until=AT + dt.timedelta(days=9), at=AT, **given)

    assert set(found) == wrong
