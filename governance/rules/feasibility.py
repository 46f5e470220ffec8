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
from ledger.rules.worded import worded

WayKind = Literal["activate_substitute", "move_closes_at", "written_procedure", "next_level"]

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
    who = "With the owner's side and the validators recused, as in every ordinary case: "
    return tuple(who + reason[0].lower() + reason[1:] for reason in found.reasons)


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
        yield (
            worded(
                "After recusals the electorate has {seats}, and the charter asks "
                "for at least {minimum}: the matter goes up a level.",
                seats=_seats(count.electorate),
                minimum=charter.minimum,
            )
        )
    elif count.present < count.needed:
        yield (
            worded(
                "The quorum cannot be reached: {needed} of {seats} must vote, "
                "and at most {present} can.",
                needed=count.needed,
                seats=_seats(count.electorate),
                present=count.present,
            )
        )
    for function in count.missing:
        yield worded(
            "Nobody can vote for the required function {function}.",
            function=function.replace("|", " or "),
        )
    if outcome(charter, replace(count, missing=(), needed=0)) is not Outcome.ADOPTED:
        yield (
            worded(
                "The majority ({majority}) cannot be reached: at most "
                "{votes_for} can vote in favour, of {seats}.",
                majority=charter.majority.replace("_", " "),
                votes_for=count.votes_for,
                seats=_seats(count.electorate),
            )
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
        text = f"Activate the named substitute of {_numbers(substitutes)}."
        yield WayOut("activate_substitute", text, tuple(s.no for s in substitutes), helped)
    away = [seat for seat in seats if seat.state is SeatState.ABSENT]
    if away:
        helped = _feasible_when(charter, seats, ballots, away, SeatState.HOLDER)
        text = f"Move the closing time until {_numbers(away)} can vote again."
        yield WayOut("move_closes_at", text, tuple(s.no for s in away), helped)
        if in_meeting:
            text = f"Change to the written procedure, so that {_numbers(away)} can vote from afar."
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


def _seats(number: int) -> str:
    return f"{number} seat" if number == 1 else f"{number} seats"


def _numbers(seats: Sequence[Seat]) -> str:
    names = [f"seat {seat.no} ({seat.function})" for seat in seats]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
