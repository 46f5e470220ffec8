"""Feasibility: said at once, with the ways out."""

from dataclasses import replace
from itertools import product
from typing import Any, get_args

import pytest

from governance.rules.feasibility import activation_refusals, feasibility
from governance.rules.votes import (
    Charter,
    Choice,
    Majority,
    Outcome,
    Seat,
    SeatState,
    outcome,
    tally,
)

MAJORITIES: tuple[Majority, ...] = get_args(Majority)
CHOICES: tuple[Choice | None, ...] = (*get_args(Choice), None)


def seat(no: int, function: str = "", **changes: Any) -> Seat:
    return Seat(no, function or f"f{no}", f"p{no}", **changes)


SMALL = Charter(minimum=2)
THREE = [seat(1, "risk", chair=True), seat(2, "legal"), seat(3, "business")]


def away(state: SeatState, *numbers: int) -> list[Seat]:
    return [replace(one, state=state) if one.no in numbers else one for one in THREE]


def test_a_full_committee_can_decide() -> None:
    found = feasibility(SMALL, THREE)

    assert found.feasible
    assert (found.largest_present, found.largest_for, found.needed) == (3, 3, 2)
    assert (found.reasons, found.ways_out) == ((), ())


def test_f29_feasible_is_exactly_that_some_ballots_adopt() -> None:
    wrong = []

    for majority, minimum, states in product(MAJORITIES, (1, 2, 3), product(SeatState, repeat=4)):
        charter = Charter(minimum=minimum, majority=majority, required=("f1",))
        present = [seat(no, state=state) for no, state in enumerate(states, start=1)]
        able = [one.no for one in present if one.can_vote]
        ends = [
            outcome(
                charter,
                tally(charter, present, {n: c for n, c in zip(able, given, strict=True) if c}),
            )
            for given in product(CHOICES, repeat=len(able))
        ]
        if feasibility(charter, present).feasible != (Outcome.ADOPTED in ends):
            wrong.append((majority, minimum, states))

    assert wrong == []


def test_a_quorum_out_of_reach_is_said_in_words() -> None:
    found = feasibility(SMALL, away(SeatState.ABSENT, 2, 3))

    assert found.reasons[0] == (
        "The quorum cannot be reached: 2 of 3 seats must vote, and at most 1 can."
    )


def test_too_small_an_electorate_goes_up_a_level() -> None:
    found = feasibility(SMALL, away(SeatState.EMPTY, 2, 3))

    assert "the electorate has 1 seat" in found.reasons[0]
    assert found.ways_out[-1].kind == "next_level"


def test_a_required_function_that_nobody_can_fill_is_named() -> None:
    charter = replace(SMALL, required=("risk|compliance", "legal"))

    found = feasibility(charter, away(SeatState.EMPTY, 1))

    assert found.reasons == ("Nobody can vote for the required function risk or compliance.",)


def test_a_majority_out_of_reach_is_said_apart_from_the_quorum() -> None:
    charter = replace(SMALL, majority="absolute")
    present = [*away(SeatState.LOST, 2, 3), seat(4)]

    found = feasibility(charter, present, {2: "against"})

    assert found.reasons == (
        "The majority (absolute) cannot be reached: at most 2 can vote in favour, of 4 seats.",
    )


def test_a_ballot_can_change_but_not_one_of_a_seat_that_votes_no_more() -> None:
    charter = replace(SMALL, majority="unanimous")

    changeable = feasibility(charter, THREE, {2: "against"})
    fixed = feasibility(charter, away(SeatState.LOST, 2), {2: "against"})

    assert (changeable.feasible, fixed.feasible) == (True, False)


def test_the_ways_out_name_the_substitute_and_the_time() -> None:
    present = away(SeatState.ABSENT, 2, 3)
    present[2] = replace(present[2], substitute="s3")

    found = feasibility(SMALL, present, in_meeting=True)

    assert [(way.kind, way.seats, way.suffices) for way in found.ways_out] == [
        ("activate_substitute", (3,), True),
        ("move_closes_at", (2, 3), True),
        ("written_procedure", (2, 3), True),
        ("next_level", (), True),
    ]
    assert found.ways_out[1].text == (
        "Move the closing time until seat 2 (legal) and seat 3 (business) can vote again."
    )


def test_a_way_out_that_does_not_suffice_alone_says_so() -> None:
    present = away(SeatState.EMPTY, 1, 2, 3)
    present[2] = replace(present[2], substitute="s3")

    found = feasibility(SMALL, present)

    assert [(way.kind, way.suffices) for way in found.ways_out] == [
        ("activate_substitute", False),
        ("next_level", True),
    ]


@pytest.mark.parametrize(
    ("majority", "present", "note"),
    [
        ("absolute", away(SeatState.ABSENT, 3), "only if all 2 who can vote are in favour"),
        ("simple", away(SeatState.ABSENT, 3), "only if all 2 who can vote do so"),
        ("unanimous", THREE, "no dissent"),
    ],
)
def test_kom_03_that_every_vote_is_needed_is_a_note_and_no_refusal(
    majority: Majority, present: list[Seat], note: str
) -> None:
    found = feasibility(replace(SMALL, majority=majority), present)

    assert found.feasible
    assert note in " ".join(found.notes)


def test_votes_to_spare_need_no_note() -> None:
    assert feasibility(SMALL, THREE).notes == ()


def test_kom_20_a_committee_whose_required_seats_are_always_recused_is_not_activated() -> None:
    charter = replace(SMALL, required=("risk",))

    found = activation_refusals(charter, THREE, frozenset({"p1"}))

    assert len(found) == 1
    assert "nobody can vote for the required function risk" in found[0]


def test_kom_20_a_named_substitute_mends_it() -> None:
    charter = replace(SMALL, required=("risk",))
    mended = [replace(THREE[0], substitute="s1"), *THREE[1:]]

    found = activation_refusals(charter, mended, frozenset({"p1"}))

    assert found == ()


def test_a_substitute_who_is_recused_as_well_mends_nothing() -> None:
    charter = replace(SMALL, required=("risk",))
    mended = [replace(THREE[0], substitute="p2"), *THREE[1:]]

    found = activation_refusals(charter, mended, frozenset({"p1", "p2"}))

    assert found
