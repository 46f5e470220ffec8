"""Open rounds of many cases at once: who has voted, and whether the result may be certified now.

What `round_of` reads for one round is read here with the rounds, so that a desk takes the same few
queries for any number of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Coalesce, JSONObject

from governance.models import Ballot, Decision, ElectorSeat, MotionAction, Recusal, Seat
from governance.rules.votes import CAN_VOTE, Choice, SeatState, casting_seat
from governance.selectors.electorates import (
    COUNTED_WITH,
    Round,
    casting_of,
    charter_of,
    counting_ballots,
    rules_of,
)
from governance.selectors.round_seats import seat_in, state_of
from governance.selectors.rounds import RUNNING, may_close_from
from incidents.selectors.instances import instances_of
from registry.models import Leave
from registry.selectors.people import in_force

BY_SEATS = "seats"
AWAY = "is_away"
ELECTOR = {
    "": ("number", "function", "required", "chair", "vice_chair", "holder_id", "substitute_id",
         "seated_id", "state"),
    "seated": ("id", "is_active"),
}  # fmt: skip
"""What is read of a seat of a round, and of who sits there."""


@dataclass(frozen=True, slots=True)
class OpenRound:
    """How an open round stands: who sits and whether their vote counts, who has the next step.

    `leaders` may certify, as the secretary may, but for those `recused`; `casts` may break a tie
    now, `certifiable` says that the result may be certified now. `chairs` are the body's, who are
    asked to convene.
    """

    chairs: frozenset[UUID] = frozenset()
    voted: Mapping[UUID, bool] = field(default_factory=dict)
    leaders: frozenset[UUID] = frozenset()
    recused: frozenset[UUID] = frozenset()
    casts: UUID | None = None
    certifiable: bool = False


@dataclass(frozen=True, slots=True)
class _Sitting:
    """A seat of the body as it is now."""

    number: int
    people: frozenset[UUID]
    person: UUID
    chair: bool
    vice_chair: bool


def rounds_under_way(*, at: datetime) -> QuerySet[Decision]:
    """Return drafts and open rounds with what `open_round_of` asks for, to be prefetched."""
    kinds = MotionAction.objects.filter(decision=OuterRef("pk")).values("type")
    recused = Recusal.objects.filter(decision=OuterRef("pk")).values("person_id")
    seats = Seat.objects.filter(in_force(at), committee=OuterRef("committee"))
    told = JSONObject(
        number="number", person="person_id", substitute="substitute_id", chair="chair",
        vice_chair="vice_chair",
    )  # fmt: skip
    rows = Decision.objects.filter(state__in=RUNNING).select_related("committee")
    return rows.annotate(
        kinds=ArraySubquery(kinds),
        recused_ids=ArraySubquery(recused),
        sitting=ArraySubquery(seats.values(told=told)),
        frozen=ArraySubquery(_electors(at)),
    ).prefetch_related(
        Prefetch("ballots", Ballot.objects.select_related(*COUNTED_WITH).order_by("pk")),
    )


def open_round_of(*, decision: Decision, at: datetime) -> OpenRound:
    """Return how one of `rounds_under_way` stands, without a query; of a draft who convenes it.

    A role that was lost in a body by role, and who bars a substitute, are not looked up: such a
    seat counts as one that may still vote, so that nothing is said to be over too early.
    """
    seats = _seats(decision)
    chairs = frozenset(one.person for one in seats if one.chair)
    if decision.state != Decision.State.OPEN or decision.closes_at is None:
        return OpenRound(chairs)
    recused = frozenset(_annotated(decision, "recused_ids"))
    electors = _electors_of(decision)
    leaders = _leaders(decision, seats, electors) - recused
    if at >= decision.closes_at:
        return OpenRound(chairs, leaders=leaders, recused=recused, certifiable=True)
    rows = list(decision.ballots.all())
    counting = counting_ballots(decision=decision, electors=electors, rows=rows)
    voted = {one.seated_id: one.number in counting for one in electors if one.seated_id is not None}
    if not counting:
        return OpenRound(chairs, voted, leaders, recused)
    found = _round(decision, electors, rows, counting)
    casts = casting_seat(found.charter, found.seats, found.ballots)
    opens = may_close_from(decision=decision, found=found, newest=rows[-1].at, at=at)
    return OpenRound(
        chairs,
        voted,
        leaders,
        recused,
        casts=_seated(electors, casts) if found.waits_for_casting else None,
        certifiable=opens is not None and opens <= at,
    )


def _electors(at: datetime) -> QuerySet[ElectorSeat, Any]:
    """The seats, each with who sits there and whether they are away now and still at the close."""
    rows = ElectorSeat.objects.filter(decision=OuterRef("pk")).order_by("number")
    away = Leave.objects.filter(user=OuterRef("seated"))
    closes = OuterRef("decision__closes_at")
    told = JSONObject(
        **{name: name for name in (*ELECTOR[""], "seated__id")},
        seated__is_active=Coalesce("seated__is_active", Value(value=False)),
        is_away=Q(Exists(away.filter(from_at__lte=at, until_at__gt=at)))
        & Q(Exists(away.filter(from_at__lte=closes, until_at__gt=closes))),
    )
    return rows.values(told=told)


def _electors_of(decision: Decision) -> list[ElectorSeat]:
    """The seats that `rounds_under_way` read, in their order."""
    told = _annotated(decision, "frozen")
    names = (*ELECTOR[""], "seated__id", "seated__is_active")
    found = instances_of(ElectorSeat, ELECTOR, [[one[name] for name in names] for one in told])
    for seat, one in zip(found, told, strict=True):
        setattr(seat, AWAY, one["is_away"])
    return found


def _round(
    decision: Decision,
    electors: Sequence[ElectorSeat],
    rows: Sequence[Ballot],
    counting: Mapping[int, Choice],
) -> Round:
    rules = rules_of(decision)
    seats = {one.number: one for one in _seats(decision)}
    by_role = rules.electorate != BY_SEATS
    return Round(
        rules=rules,
        charter=charter_of(decision, kinds=_annotated(decision, "kinds")),
        seats=tuple(seat_in(one, _state(one, seats.get(one.number), by_role)) for one in electors),
        ballots=counting,
        casting=casting_of(decision, rows=rows),
    )


def _state(elector: ElectorSeat, seat: _Sitting | None, by_role: bool) -> SeatState:
    may_sit = by_role or (seat is not None and elector.seated_id in seat.people)
    found = state_of(elector.seated, elector, is_entitled=may_sit)
    return SeatState.ABSENT if found in CAN_VOTE and _annotated(elector, AWAY) else found


def _seats(decision: Decision) -> list[_Sitting]:
    return [
        _Sitting(
            one["number"],
            frozenset(UUID(who) for who in (one["person"], one["substitute"]) if who),
            UUID(one["person"]),
            one["chair"],
            one["vice_chair"],
        )
        for one in _annotated(decision, "sitting")
    ]


def _leaders(
    decision: Decision, seats: Sequence[_Sitting], electors: Sequence[ElectorSeat]
) -> frozenset[UUID]:
    """Who leads the body: chair and vice chair, everybody of a body without, or by role."""
    if decision.committee.charter.get("electorate", BY_SEATS) != BY_SEATS:
        seated = (one.seated_id for one in electors)
        return frozenset(one for one in seated if one is not None)
    leading = frozenset(one.person for one in seats if one.chair or one.vice_chair)
    return leading or frozenset(one.person for one in seats)


def _seated(electors: Sequence[ElectorSeat], number: int | None) -> UUID | None:
    return next((one.seated_id for one in electors if one.number == number), None)


def _annotated(row: Decision | ElectorSeat, name: str) -> Any:
    """What the query of `rounds_under_way` put beside a row."""
    return getattr(row, name)
