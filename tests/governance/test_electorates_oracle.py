"""F29: every electorate of up to nine seats comes to what an independent count by hand says.

The oracle below knows nothing of the product: it walks over ballots on paper, with fractions.
"""

from fractions import Fraction
from itertools import product

import pytest

from governance.rules.votes import Charter, Seat, SeatState, can_close_early, outcome, tally

CHOICES = {"+": "for", "-": "against", "0": "abstain"}
MAJORITIES = ("simple", "absolute", "two_thirds", "unanimous")
QUICK, FULL = 5, 9
QUORA = ((1, 2, 2), (1, 2, 3), (2, 3, 1), (1, 1, 1))


def electorates(most):
    """Every number of recused, for, against, abstained and silent seats, up to so many."""
    for counts in product(range(most + 1), repeat=5):
        if 0 < sum(counts) <= most:
            yield "".join(letter * n for letter, n in zip("R+-0.", counts, strict=True))


def by_hand(letters, majority, quorum, casting=""):
    """What a secretary would say with the ballots on the table."""
    share, least = Fraction(quorum[0], quorum[1]), quorum[2]
    entitled = [one for one in letters if one != "R"]
    here = [one for one in entitled if one in "+-0"]
    if not entitled or len(here) < least or not Fraction(len(here), len(entitled)) > share:
        return "inquorate"
    yes, no = here.count("+"), here.count("-")
    if Fraction(yes + no, len(here)) < Fraction(1, 2):
        return "inconclusive"
    if majority == "simple":
        carried = yes > no
    elif majority == "absolute":
        carried = Fraction(yes, len(entitled)) > Fraction(1, 2)
    elif majority == "two_thirds":
        carried = yes + no > 0 and Fraction(yes, yes + no) >= Fraction(2, 3)
    else:
        carried = no == 0 and yes >= 1
    if carried:
        return "adopted"
    if yes != no:
        return "rejected"
    if majority == "simple" and casting:
        return "adopted" if casting == "for" else "rejected"
    return "tie"


def seated(letters):
    """The seats and ballots of a row of letters."""
    seats = [
        Seat(
            number, f"f{number}", f"p{number}",
            chair=number == letters.find("+") + 1,
            state=SeatState.EMPTY if letter == "R" else SeatState.HOLDER,
        )
        for number, letter in enumerate(letters, start=1)
    ]  # fmt: skip
    ballots = {n: CHOICES[one] for n, one in enumerate(letters, start=1) if one in CHOICES}
    return seats, ballots


def differences(most, majority, quorum):
    """Where the product and the count by hand differ."""
    charter = Charter(quorum_num=quorum[0], quorum_den=quorum[1], minimum=quorum[2],
                      majority=majority, casting_vote=True)  # fmt: skip
    found = []
    for letters in electorates(most):
        seats, ballots = seated(letters)
        count = tally(charter, seats, ballots)
        for casting in ("", "for", "against"):
            said = str(outcome(charter, count, casting or None))
            if said != by_hand(letters, majority, quorum, casting):
                found.append((letters, casting, said))
    return found


@pytest.mark.parametrize("majority", MAJORITIES)
@pytest.mark.parametrize("quorum", QUORA)
def test_f29_small_electorates_are_counted_as_by_hand(majority, quorum):
    assert differences(QUICK, majority, quorum) == []


@pytest.mark.full
@pytest.mark.parametrize("majority", MAJORITIES)
@pytest.mark.parametrize("quorum", QUORA)
def test_f29_every_electorate_up_to_nine_seats_is_counted_as_by_hand(majority, quorum):
    assert differences(FULL, majority, quorum) == []


def endings(letters):
    """Every way in which the silent seats may still vote, or not."""
    places = [place for place, letter in enumerate(letters) if letter == "."]
    for choice in product("+-0.", repeat=len(places)):
        made = list(letters)
        for place, letter in zip(places, choice, strict=True):
            made[place] = letter
        yield "".join(made)


@pytest.mark.parametrize("majority", MAJORITIES)
def test_f29_kom_17_what_closes_early_ends_as_every_full_close_would(majority):
    charter = Charter(minimum=2, majority=majority)

    for letters in electorates(QUICK):
        early = can_close_early(charter, *seated(letters))
        if early.allowed:
            ends = {by_hand(one, majority, (1, 2, 2)) for one in endings(letters)}
            assert ends == {str(early.outcome)}, letters


@pytest.mark.parametrize("quorum", QUORA)
def test_f29_kom_13_a_tie_that_may_be_broken_never_closes_early(quorum):
    charter = Charter(quorum_num=quorum[0], quorum_den=quorum[1], minimum=quorum[2],
                      casting_vote=True)  # fmt: skip

    for letters in electorates(QUICK):
        seats, ballots = seated(letters)
        chaired = any(seat.chair and seat.no in ballots for seat in seats)
        early = can_close_early(charter, seats, ballots)
        if chaired and str(early.outcome) == "tie":
            assert not early.allowed, letters
