"""Votes: every small committee against an oracle that counts voter by voter."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import get_args

import pytest

from governance.rules.votes import (
    Ballots,
    Charter,
    Choice,
    EarlyClose,
    Majority,
    Outcome,
    Seat,
    SeatState,
    can_close_early,
    casting_seat,
    outcome,
    quorum_needed,
    tally,
)

MAJORITIES: tuple[Majority, ...] = get_args(Majority)
CHOICES: tuple[Choice, ...] = get_args(Choice)
HALF_OF_TWO = Charter(minimum=2)
FULL = 9


def seats(count: int) -> list[Seat]:
    return [Seat(no, f"f{no}", f"p{no}") for no in range(1, count + 1)]


def committee(letters: str) -> tuple[list[Seat], Ballots]:
    """One letter a seat: + for, - against, 0 abstains, . has not voted, R recused and empty."""
    choices: dict[str, Choice] = {"+": "for", "-": "against", "0": "abstain"}
    states = {"R": SeatState.EMPTY}
    found = [
        Seat(no, f"f{no}", f"p{no}", state=states.get(letter, SeatState.HOLDER))
        for no, letter in enumerate(letters, start=1)
    ]
    return found, {
        no: choices[letter] for no, letter in enumerate(letters, start=1) if letter in choices
    }


def oracle(charter: Charter, letters: str) -> Outcome:
    """Decide as one would on paper: shares as fractions, people in a list."""
    electorate = [letter for letter in letters if letter != "R"]
    here = [letter for letter in electorate if letter in "+-0"]
    share = Fraction(len(here), len(electorate)) if electorate else Fraction(0)
    if share <= Fraction(charter.quorum_num, charter.quorum_den) or len(here) < charter.minimum:
        return Outcome.INQUORATE
    effective = [letter for letter in here if letter != "0"]
    if Fraction(len(effective), len(here)) < Fraction(1, 2):
        return Outcome.INCONCLUSIVE
    in_favour = Fraction(effective.count("+"), len(effective))
    bars = {
        "simple": in_favour > Fraction(1, 2),
        "absolute": Fraction(effective.count("+"), len(electorate)) > Fraction(1, 2),
        "two_thirds": in_favour >= Fraction(2, 3),
        "unanimous": in_favour == 1,
    }
    if bars[charter.majority]:
        return Outcome.ADOPTED
    return Outcome.TIE if in_favour == Fraction(1, 2) else Outcome.REJECTED


def every_count(most: int) -> Iterator[str]:
    """Every E <= most with R, Y, N, B and those who did not vote."""
    for recused, yes, no, abstained, out in product(range(most + 1), repeat=5):
        if 0 < recused + yes + no + abstained + out <= most:
            yield "R" * recused + "+" * yes + "-" * no + "0" * abstained + "." * out


@pytest.mark.parametrize("majority", MAJORITIES)
@pytest.mark.parametrize(("num", "den", "minimum"), [(1, 2, 3), (1, 2, 2), (2, 3, 1), (3, 7, 4)])
def test_f29_every_count_comes_to_what_the_oracle_says(
    majority: Majority, num: int, den: int, minimum: int
) -> None:
    charter = Charter(quorum_num=num, quorum_den=den, minimum=minimum, majority=majority)

    wrong = [
        letters
        for letters in every_count(FULL)
        if outcome(charter, tally(charter, *committee(letters))) is not oracle(charter, letters)
    ]

    assert wrong == []


@pytest.mark.parametrize("majority", MAJORITIES)
@pytest.mark.parametrize("minimum", [2, 3])
def test_f29_a_round_closed_early_ends_as_it_would_have_ended(
    majority: Majority, minimum: int
) -> None:
    charter = Charter(minimum=minimum, majority=majority)

    wrong = []
    for letters in every_count(5):
        early = can_close_early(charter, *committee(letters))
        given, out = letters.replace(".", ""), letters.count(".")
        ends = {oracle(charter, given + "".join(rest)) for rest in product("+-0.", repeat=out)}
        if early.allowed != (len(ends) == 1) or early.outcome is not oracle(charter, letters):
            wrong.append(letters)

    assert wrong == []


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("+++++", EarlyClose(True, Outcome.ADOPTED, True)),
        ("+++..", EarlyClose(True, Outcome.ADOPTED, False)),
        ("++...", EarlyClose(False, Outcome.INQUORATE, False)),
        ("+++-.", EarlyClose(True, Outcome.ADOPTED, False)),
        ("++--.", EarlyClose(False, Outcome.TIE, False)),
        ("---..", EarlyClose(True, Outcome.REJECTED, False)),
    ],
)
def test_kom_17_a_round_may_close_early_when_open_ballots_change_nothing(
    letters: str, expected: EarlyClose
) -> None:
    found = can_close_early(Charter(majority="absolute"), *committee(letters))

    assert found == expected


def test_a_required_function_that_is_still_out_keeps_the_round_open() -> None:
    charter = Charter(required=("f5",), majority="simple")
    present, ballots = committee("++++.")

    found = can_close_early(charter, present, ballots)

    assert not found.allowed


def test_a_required_function_that_has_voted_does_not_keep_the_round_open() -> None:
    charter = Charter(required=("f1",), majority="absolute")

    found = can_close_early(charter, *committee("+++.."))

    assert found == EarlyClose(True, Outcome.ADOPTED, False)


def test_the_void_ballot_of_a_recused_seat_does_not_stand_for_its_function() -> None:
    charter = Charter(required=("f1",))
    present, ballots = committee("R+++.")

    found = can_close_early(charter, present, {**ballots, 1: "for"})

    assert found == EarlyClose(True, Outcome.INQUORATE, False)


def test_a_seat_whose_holder_is_away_keeps_the_round_open() -> None:
    charter = Charter(minimum=3)
    present, ballots = committee("++.")
    present[2] = Seat(3, "f3", "p3", state=SeatState.ABSENT)

    found = can_close_early(charter, present, ballots)

    assert not found.allowed


def test_a_seat_whose_holder_left_for_good_does_not_keep_the_round_open() -> None:
    present, ballots = committee("++.")
    present[2] = Seat(3, "f3", "p3", state=SeatState.LOST)

    found = can_close_early(HALF_OF_TWO, present, ballots)

    assert found == EarlyClose(True, Outcome.ADOPTED, False)


@pytest.mark.parametrize(
    ("electorate", "num", "den", "minimum", "needed"),
    [
        (3, 1, 2, 2, 2),
        (4, 1, 2, 3, 3),
        (5, 1, 2, 3, 3),
        (7, 1, 2, 4, 4),
        (2, 1, 2, 3, 3),
        (6, 2, 3, 3, 5),
    ],
)
def test_a_quorum_is_strictly_more_than_its_share(
    electorate: int, num: int, den: int, minimum: int, needed: int
) -> None:
    charter = Charter(quorum_num=num, quorum_den=den, minimum=minimum)

    assert quorum_needed(charter, electorate) == needed


@pytest.mark.parametrize(
    ("letters", "outcomes"),
    [
        # simple, absolute, two thirds, unanimous
        ("+++", "AAAA"),
        ("++-", "AAAR"),
        ("+--", "RRRR"),
        ("++0", "AAAA"),
        ("+00", "IIII"),
        ("000", "IIII"),
        ("++.", "AAAA"),
        ("+-.", "TTTT"),
        ("+..", "QQQQ"),
        ("++-0.", "ARAR"),
        ("+0R", "ARAA"),
    ],
)
def test_small_committees_by_majority(letters: str, outcomes: str) -> None:
    names = {"A": "adopted", "R": "rejected", "I": "inconclusive", "T": "tie", "Q": "inquorate"}
    found = [
        outcome(charter, tally(charter, *committee(letters))).value
        for charter in (Charter(minimum=2, majority=majority) for majority in MAJORITIES)
    ]

    assert found == [names[letter] for letter in outcomes]


def test_a_recused_seat_leaves_the_electorate_and_its_ballot_is_void() -> None:
    present, _ = committee("+++R")

    count = tally(HALF_OF_TWO, present, {1: "for", 4: "against"})

    assert (count.seats, count.empty, count.electorate) == (4, 1, 3)
    assert (count.present, count.against) == (1, 0)


def test_kom_04_a_substitute_keeps_the_seat_in_the_electorate() -> None:
    present = seats(2)
    present.append(Seat(3, "f3", "p3", substitute="s3", state=SeatState.SUBSTITUTE))

    count = tally(HALF_OF_TWO, present, {3: "for"})

    assert (count.electorate, count.empty, present[2].voter) == (3, 0, "s3")


def test_a_ballot_stands_when_the_role_was_lost_after_voting() -> None:
    present, ballots = committee("++-")
    present[0] = Seat(1, "f1", "p1", state=SeatState.LOST)

    count = tally(HALF_OF_TWO, present, ballots)

    assert (count.electorate, count.votes_for) == (3, 2)


@pytest.mark.parametrize(
    ("voted", "expected"),
    [
        ({1: "for", 2: "for", 3: "for"}, Outcome.ADOPTED),
        ({2: "for", 3: "for", 4: "for"}, Outcome.INQUORATE),
        ({1: "for", 3: "for", 4: "for"}, Outcome.INQUORATE),
        ({1: "abstain", 2: "for", 4: "for"}, Outcome.ADOPTED),
    ],
)
def test_kom_20_required_functions_must_be_present_and_an_abstention_is(
    voted: Ballots, expected: Outcome
) -> None:
    charter = Charter(required=("legal", "risk|compliance"))
    functions = ("legal", "compliance", "business", "risk")
    present = [Seat(no, name, f"p{no}") for no, name in enumerate(functions, start=1)]
    if 2 not in voted:
        present[3] = Seat(4, "security", "p4")

    found = outcome(charter, tally(charter, present, voted))

    assert found is expected


def test_a_required_seat_that_has_not_voted_is_named_by_its_function() -> None:
    present = [*seats(3), Seat(4, "legal", "p4", required=True)]

    count = tally(Charter(), present, {1: "for", 2: "for", 3: "for"})

    assert count.missing == ("legal",)


@pytest.mark.parametrize(
    ("majority", "casting", "expected"),
    [
        ("simple", "for", Outcome.ADOPTED),
        ("simple", "against", Outcome.REJECTED),
        ("simple", None, Outcome.TIE),
        ("simple", "abstain", Outcome.TIE),
        ("absolute", "for", Outcome.TIE),
        ("two_thirds", "for", Outcome.TIE),
        ("unanimous", "for", Outcome.TIE),
    ],
)
def test_kom_13_a_casting_vote_breaks_a_tie_under_simple_majority_only(
    majority: Majority, casting: Choice | None, expected: Outcome
) -> None:
    charter = Charter(majority=majority, casting_vote=True)

    found = outcome(charter, tally(charter, *committee("++--")), casting)

    assert found is expected


def test_a_casting_vote_that_the_charter_does_not_know_changes_nothing() -> None:
    found = outcome(Charter(), tally(Charter(), *committee("++--")), "for")

    assert found is Outcome.TIE


def test_a_casting_vote_changes_nothing_where_there_is_no_tie() -> None:
    charter = Charter(casting_vote=True)

    found = outcome(charter, tally(charter, *committee("+---")), "for")

    assert found is Outcome.REJECTED


@pytest.mark.parametrize(
    ("chair", "voted", "acting"),
    [
        (SeatState.HOLDER, {1: "for", 2: "for"}, 1),
        (SeatState.HOLDER, {2: "for"}, None),
        (SeatState.EMPTY, {1: "for", 2: "for"}, 2),
        (SeatState.SUBSTITUTE, {1: "for", 2: "for"}, 2),
        (SeatState.EMPTY, {3: "for"}, None),
    ],
)
def test_kom_12_the_chair_casts_or_the_vice_chair_who_has_voted(
    chair: SeatState, voted: Ballots, acting: int | None
) -> None:
    present = [
        Seat(1, "risk", "p1", substitute="s1", chair=True, state=chair),
        Seat(2, "legal", "p2", vice_chair=True),
        Seat(3, "business", "p3"),
    ]

    found = casting_seat(Charter(casting_vote=True), present, voted)

    assert found == acting


def test_nobody_casts_where_the_charter_has_no_casting_vote() -> None:
    present = [Seat(1, "risk", "p1", chair=True)]

    assert casting_seat(Charter(), present, {1: "for"}) is None


def test_choices_are_the_three_that_a_ballot_offers() -> None:
    assert CHOICES == ("for", "against", "abstain")
