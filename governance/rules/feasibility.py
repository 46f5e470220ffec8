"""Feasibility: whether a round can still reach its quorum and its majority, and the ways out.

Workflow section 5 with KOM-03, KOM-04 and KOM-20. Told at convene and after every change, so that
nobody waits for a lapse that is certain.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from governance.rules.votes import (
    Ballots,
    Charter,
    Choice,
    Outcome,
    Seat,
    SeatState,
    outcome,
    tally,
)
from ledger.rules.worded import joined, small, term, word, worded

WayKind = Literal["activate_substitute", "move_closes_at", "written_procedure", "next_level"]

FEW = (
    "After recusals the electorate has {count} seats, and the charter asks for at least "
    "{minimum}: the matter goes up a level."
)
FEW_ONE = (
    "After recusals the electorate has 1 seat, and the charter asks for at least {minimum}: the "
    "matter goes up a level."
)
NO_QUORUM = (
    "The quorum cannot be reached: {needed} of {count} seats must vote, and at most {present} can."
)
NO_QUORUM_ONE = (
    "The quorum cannot be reached: {needed} of 1 seat must vote, and at most {present} can."
)
NO_MAJORITY = (
    "The majority ({what}) cannot be reached: at most {votes_for} can vote in favour, of {count} "
    "seats."
)
NO_MAJORITY_ONE = (
    "The majority ({what}) cannot be reached: at most {votes_for} can vote in favour, of 1 seat."
)
MAJORITIES = {
    "simple": word("simple"),
    "absolute": word("absolute"),
    "two_thirds": word("two thirds"),
    "unanimous": word("unanimous"),
}
ACTIVATE = (
    "Activate the named substitute of seat {number} ({function}).",
    "Activate the named substitute of seat {number} ({function}) and seat {other} ({beside}).",
    "Activate the named substitute of {seats}.",
)
MOVE = (
    "Move the closing time until seat {number} ({function}) can vote again.",
    "Move the closing time until seat {number} ({function}) and seat {other} ({beside}) can vote "
    "again.",
    "Move the closing time until {seats} can vote again.",
)
WRITTEN = (
    "Change to the written procedure, so that seat {number} ({function}) can vote from afar.",
    "Change to the written procedure, so that seat {number} ({function}) and seat {other} "
    "({beside}) can vote from afar.",
    "Change to the written procedure, so that {seats} can vote from afar.",
)
"""Ways out, of one seat, of two, of more. Rounds keep them: few parts, so that they are found."""
LOST_OR_AWAY = frozenset({SeatState.ABSENT, SeatState.LOST, SeatState.EMPTY})


@dataclass(frozen=True, slots=True)
class WayOut:
    """Something that can be done: its kind, the seats concerned, and the sentence for the page.

    `suffices` says that this alone makes the round feasible.
    """

    kind: WayKind
    text: str
    seats: tuple[int, ...] = ()
    suffices: bool = True


@dataclass(frozen=True, slots=True)
class Feasibility:
    """The largest P and Y that can be reached, against what is needed, and why not if not.

    `notes` are no obstacle: for instance that every vote must be in favour (KOM-03).
    """

    feasible: bool
    largest_present: int
    largest_for: int
    needed: int
    electorate: int
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    ways_out: tuple[WayOut, ...] = ()


def feasibility(
    charter: Charter,
    seats: Sequence[Seat],
    ballots: Ballots | None = None,
    *,
    in_meeting: bool = False,
) -> Feasibility:
    """Say whether quorum and majority can be reached before the round closes.

    Whoever sits may still vote, or change the ballot, in favour; the ballot of a seat that can vote
    no more stays as it is. `in_meeting`: the written procedure is a way out.
    """
    best = _best_ballots(seats, ballots or {})
    count = tally(charter, seats, best)
    reasons = tuple(_reasons(charter, seats, best))
    return Feasibility(
        feasible=not reasons,
        largest_present=count.present,
        largest_for=count.votes_for,
        needed=count.needed,
        electorate=count.electorate,
        reasons=reasons,
        notes=() if reasons else tuple(_notes(charter, seats, best)),
        ways_out=tuple(_ways_out(charter, seats, ballots or {}, in_meeting)) if reasons else (),
    )


def activation_refusals(
    charter: Charter, seats: Sequence[Seat], normally_recused: frozenset[str]
) -> tuple[str, ...]:
    """Say why a committee cannot be activated, with the persons that the normal chain recuses.

    A committee whose required seats would all be recused is refused (KOM-20), and so is one that
    could not decide anything even if everybody else were there.
    """
    seated = [_seated(seat, normally_recused) for seat in seats]
    found = feasibility(charter, seated)
    if found.feasible:
        return ()
    return tuple(
        worded(
            "With the owner's side and the validators recused, as in every ordinary case: {why}",
            why=small(reason),
        )
        for reason in found.reasons
    )


def _seated(seat: Seat, recused: frozenset[str]) -> Seat:
    """Who would sit: the holder, else the substitute, else nobody."""
    if seat.person not in recused:
        return replace(seat, state=SeatState.HOLDER)
    if seat.substitute is not None and seat.substitute not in recused:
        return replace(seat, state=SeatState.SUBSTITUTE)
    return replace(seat, state=SeatState.EMPTY)


def _best_ballots(seats: Sequence[Seat], ballots: Ballots) -> dict[int, Choice]:
    best: dict[int, Choice] = dict(ballots)
    best.update({seat.no: "for" for seat in seats if seat.can_vote})
    return best


def _reasons(charter: Charter, seats: Sequence[Seat], best: Ballots) -> Iterator[str]:
    count = tally(charter, seats, best)
    if count.electorate < charter.minimum:
        few = FEW_ONE if count.electorate == 1 else FEW
        yield worded(few, count=count.electorate, minimum=charter.minimum)
    elif count.present < count.needed:
        out_of_reach = NO_QUORUM_ONE if count.electorate == 1 else NO_QUORUM
        yield worded(
            out_of_reach, needed=count.needed, count=count.electorate, present=count.present
        )
    for function in count.missing:
        yield worded(
            "Nobody can vote for the required function {function}.",
            function=function.replace("|", " or "),
        )
    if outcome(charter, replace(count, missing=(), needed=0)) is not Outcome.ADOPTED:
        yield worded(
            NO_MAJORITY_ONE if count.electorate == 1 else NO_MAJORITY,
            what=term(MAJORITIES[charter.majority]),
            votes_for=count.votes_for,
            count=count.electorate,
        )


def _notes(charter: Charter, seats: Sequence[Seat], best: Ballots) -> Iterator[str]:
    count = tally(charter, seats, best)
    if count.present == count.needed:
        yield worded(
            "The quorum is reached only if all {present} who can vote do so.", present=count.present
        )
    if charter.majority == "unanimous":
        yield "One vote against is enough to reject (no dissent)."
    elif count.votes_for and not _carried_with_one_less(charter, seats, best):
        yield worded(
            "The motion is adopted only if all {votes_for} who can vote are in favour.",
            votes_for=count.votes_for,
        )


def _carried_with_one_less(charter: Charter, seats: Sequence[Seat], best: Ballots) -> bool:
    """Whether the motion survives that one voter is against."""
    one = next((seat.no for seat in seats if seat.can_vote), 0)
    against: dict[int, Choice] = {**best, one: "against"}
    return outcome(charter, tally(charter, seats, against)) is Outcome.ADOPTED


def _ways_out(
    charter: Charter, seats: Sequence[Seat], ballots: Ballots, in_meeting: bool
) -> Iterator[WayOut]:
    substitutes = [s for s in seats if s.state in LOST_OR_AWAY and s.substitute is not None]
    if substitutes:
        helped = _feasible_when(charter, seats, ballots, substitutes, SeatState.SUBSTITUTE)
        text = _of_seats(ACTIVATE, substitutes)
        yield WayOut("activate_substitute", text, tuple(s.no for s in substitutes), helped)
    away = [seat for seat in seats if seat.state is SeatState.ABSENT]
    if away:
        helped = _feasible_when(charter, seats, ballots, away, SeatState.HOLDER)
        text = _of_seats(MOVE, away)
        yield WayOut("move_closes_at", text, tuple(s.no for s in away), helped)
        if in_meeting:
            text = _of_seats(WRITTEN, away)
            yield WayOut("written_procedure", text, tuple(s.no for s in away), helped)
    yield WayOut("next_level", "Send it to the next level now.")


def _feasible_when(
    charter: Charter,
    seats: Sequence[Seat],
    ballots: Ballots,
    changed: Sequence[Seat],
    state: SeatState,
) -> bool:
    numbers = {seat.no for seat in changed}
    after = [replace(seat, state=state) if seat.no in numbers else seat for seat in seats]
    return not list(_reasons(charter, after, _best_ballots(after, ballots)))


def _of_seats(messages: tuple[str, str, str], seats: Sequence[Seat]) -> str:
    one, two, more = messages
    first, *_, last = seats if len(seats) > 1 else (*seats, *seats)
    if len(seats) > 2:
        named = [
            worded("seat {number} ({function})", number=seat.no, function=seat.function)
            for seat in seats
        ]
        said = worded("{first} and {last}", first=joined(", ", named[:-1]), last=named[-1])
        return worded(more, seats=said)
    places = {"number": first.no, "function": first.function}
    return worded(one if first is last else two, **places, other=last.no, beside=last.function)
