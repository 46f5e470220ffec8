"""Votes: tally, outcome and early close of one round. Integers only.

Workflow section 5 with KOM-04, KOM-13, KOM-17, KOM-20 and KOM-26.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from typing import Literal

Majority = Literal["simple", "absolute", "two_thirds", "unanimous"]
MAJORITY_ORDER: tuple[Majority, ...] = ("simple", "absolute", "two_thirds", "unanimous")
"""From what asks for least to what asks for most, for decisions that take another's place."""
Choice = Literal["for", "against", "abstain"]
Ballots = Mapping[int, Choice]
"""The last valid ballot of each seat, by the seat's number."""


class SeatState(StrEnum):
    """Who sits. HOLDER and SUBSTITUTE can vote; ABSENT (known to be away until the close) and LOST
    (the role ended in the round) cannot vote any more but stay in the electorate; EMPTY (recused,
    and no substitute sits) leaves it.
    """

    HOLDER = "holder"
    SUBSTITUTE = "substitute"
    ABSENT = "absent"
    LOST = "lost"
    EMPTY = "empty"


CAN_VOTE = frozenset({SeatState.HOLDER, SeatState.SUBSTITUTE})


class Outcome(StrEnum):
    """What a round comes to. Only ADOPTED carries the motion."""

    ADOPTED = "adopted"
    REJECTED = "rejected"
    TIE = "tie"
    INQUORATE = "inquorate"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Charter:
    """How a committee decides.

    Quorum is strictly more than quorum_num / quorum_den of the electorate. The `required`
    functions must each be present in some seat; "risk|compliance" is met by either of them.
    `casting_vote` breaks a tie under the simple majority only (KOM-13).
    """

    quorum_num: int = 1
    quorum_den: int = 2
    minimum: int = 3
    majority: Majority = "simple"
    casting_vote: bool = False
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat as frozen at convene, and who sits on it now. Persons are opaque ids."""

    no: int
    function: str
    person: str
    substitute: str | None = None
    required: bool = False
    chair: bool = False
    vice_chair: bool = False
    state: SeatState = SeatState.HOLDER

    @property
    def can_vote(self) -> bool:
        """Whether somebody sits who can still vote."""
        return self.state in CAN_VOTE

    @property
    def may_vote(self) -> bool:
        """Whether somebody may still sit who can vote, as long as the electorate stays as it is."""
        if self.state is SeatState.LOST:
            return self.substitute is not None
        return self.state is not SeatState.EMPTY

    @property
    def voter(self) -> str | None:
        """The person who votes on the seat now, or None."""
        if not self.can_vote:
            return None
        return self.person if self.state is SeatState.HOLDER else self.substitute


@dataclass(frozen=True, slots=True)
class Tally:
    """The count: E seats, R empty ones, A electorate, P present, and the votes."""

    seats: int
    empty: int
    electorate: int
    present: int
    votes_for: int
    against: int
    abstained: int
    needed: int
    missing: tuple[str, ...]

    @property
    def everybody_voted(self) -> bool:
        """Whether the whole electorate has voted."""
        return self.present == self.electorate


@dataclass(frozen=True, slots=True)
class EarlyClose:
    """Whether a round may close before closes_at. Notice is due unless everybody has voted."""

    allowed: bool
    outcome: Outcome
    everybody_voted: bool


def quorum_needed(charter: Charter, electorate: int) -> int:
    """Return how many must be present: floor(A x q) + 1, and the minimum at least."""
    return max(electorate * charter.quorum_num // charter.quorum_den + 1, charter.minimum)


def tally(charter: Charter, seats: Sequence[Seat], ballots: Ballots) -> Tally:
    """Count the ballots of seats that are not empty; what a recused seat cast is void."""
    counting = [seat for seat in seats if seat.state is not SeatState.EMPTY]
    cast = [ballots[seat.no] for seat in counting if seat.no in ballots]
    return Tally(
        seats=len(seats),
        empty=len(seats) - len(counting),
        electorate=len(counting),
        present=len(cast),
        votes_for=cast.count("for"),
        against=cast.count("against"),
        abstained=cast.count("abstain"),
        needed=quorum_needed(charter, len(counting)),
        missing=missing_functions(charter, seats, [s for s in counting if s.no in ballots]),
    )


def missing_functions(
    charter: Charter, seats: Sequence[Seat], present: Sequence[Seat]
) -> tuple[str, ...]:
    """Return the required functions, and functions of required seats, that are not present."""
    functions = {seat.function for seat in present}
    numbers = {seat.no for seat in present}
    groups = [group for group in charter.required if functions.isdisjoint(group.split("|"))]
    groups += [seat.function for seat in seats if seat.required and seat.no not in numbers]
    return tuple(dict.fromkeys(groups))


def outcome(charter: Charter, count: Tally, casting: Choice | None = None) -> Outcome:
    """Return what the count comes to. `casting` is the separate ballot of the chair, if any.

    Quorum first, then enough effective votes (Y + N >= ceil(P / 2)), then the majority.
    """
    if count.present < count.needed or count.missing:
        return Outcome.INQUORATE
    if 2 * (count.votes_for + count.against) < count.present:
        return Outcome.INCONCLUSIVE
    if is_carried(charter, count):
        return Outcome.ADOPTED
    if count.votes_for == count.against:
        return _tie(charter, casting)
    return Outcome.REJECTED


def is_carried(charter: Charter, count: Tally) -> bool:
    """Whether the votes for reach the majority. Unanimous is 'no dissent' of those who vote."""
    yes, no = count.votes_for, count.against
    carried = {
        "simple": yes > no,
        "absolute": 2 * yes > count.electorate,
        "two_thirds": yes > 0 and 3 * yes >= 2 * (yes + no),
        "unanimous": yes > 0 and no == 0,
    }
    return carried[charter.majority]


def casting_seat(charter: Charter, seats: Sequence[Seat], ballots: Ballots) -> int | None:
    """Return the seat that may cast in a tie: the chair in person, else the vice chair (KOM-12).

    None where the charter has no casting vote, or the one who acts has not voted yet.
    """
    if not charter.casting_vote or charter.majority != "simple":
        return None
    here = [seat for seat in seats if seat.state is SeatState.HOLDER]
    acting = [seat for seat in here if seat.chair] or [seat for seat in here if seat.vice_chair]
    return acting[0].no if acting and acting[0].no in ballots else None


def can_close_early(
    charter: Charter, seats: Sequence[Seat], ballots: Ballots, casting: Choice | None = None
) -> EarlyClose:
    """Whether no ballot that is still out can change the outcome; given ballots count as final.

    Somebody who is away may come back or be substituted, so such a seat is still out. A tie that
    the chair may still break is open.
    """
    now = tally(charter, seats, ballots)
    decided = outcome(charter, now, casting)
    out = [seat for seat in seats if seat.may_vote and seat.no not in ballots]
    ends = {
        outcome(charter, end, casting) for end in _completions(charter, seats, ballots, now, out)
    }
    allowed = ends <= {decided}
    if decided is Outcome.TIE and casting is None and may_be_cast(charter, seats, ballots):
        allowed = False
    return EarlyClose(allowed, decided, now.everybody_voted)


def may_be_cast(charter: Charter, seats: Sequence[Seat], ballots: Ballots) -> bool:
    """Whether the votes are tied now and somebody may break the tie by a casting ballot."""
    if outcome(charter, tally(charter, seats, ballots)) is not Outcome.TIE:
        return False
    return casting_seat(charter, seats, ballots) is not None


def is_at_least(majority: Majority, floor: Majority) -> bool:
    """Whether a majority asks for as much as another: what was carried by more needs more."""
    return MAJORITY_ORDER.index(majority) >= MAJORITY_ORDER.index(floor)


def _tie(charter: Charter, casting: Choice | None) -> Outcome:
    if not charter.casting_vote or charter.majority != "simple":
        return Outcome.TIE
    if casting == "for":
        return Outcome.ADOPTED
    return Outcome.REJECTED if casting == "against" else Outcome.TIE


def _completions(
    charter: Charter, seats: Sequence[Seat], ballots: Ballots, now: Tally, out: Sequence[Seat]
) -> Iterator[Tally]:
    """Yield every count that may still come, with the required functions present as far as can be.

    Counts of fewer voters than the missing functions need stay inquorate, as now.
    """
    present = [seat for seat in seats if seat.no in ballots and seat.state is not SeatState.EMPTY]
    for coming in range(1, len(out) + 1):
        missing = min(
            (
                missing_functions(charter, seats, [*present, *some])
                for some in combinations(out, coming)
            ),
            key=len,
        )
        for yes in range(coming + 1):
            for no in range(coming - yes + 1):
                yield replace(
                    now,
                    present=now.present + coming,
                    votes_for=now.votes_for + yes,
                    against=now.against + no,
                    abstained=now.abstained + coming - yes - no,
                    missing=missing,
                )
