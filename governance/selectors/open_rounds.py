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
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

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
from registry.models import Leave
from registry.selectors.people import in_force

BY_SEATS = "seats"


@dataclass(frozen=True, slots=True)
class OpenRound:
    """How an open round stands: who sits and whether their vote counts, who has the next step.

    `leaders` may certify, as the secretary may, but for those `recused`; `casts` may break a tie
    now, `certifiable` says that the result may be certified now.
    """

    voted: Mapping[UUID, bool] = field(default_factory=dict)
    leaders: frozenset[UUID] = frozenset()
    recused: frozenset[UUID] = frozenset()
    casts: UUID | None = None
    certifiable: bool = False


def rounds_under_way(*, at: datetime) -> QuerySet[Decision]:
    """Return drafts and open rounds with what `open_round_of` asks for, to be prefetched."""
    kinds = MotionAction.objects.filter(decision=OuterRef("pk")).values("type")
    recused = Recusal.objects.filter(decision=OuterRef("pk")).values("person_id")
    rows = Decision.objects.filter(state__in=RUNNING).select_related("committee")
    return rows.annotate(
        kinds=ArraySubquery(kinds), recused_ids=ArraySubquery(recused)
    ).prefetch_related(
        Prefetch("electors", _electors(at)),
        Prefetch("ballots", Ballot.objects.select_related(*COUNTED_WITH).order_by("pk")),
        Prefetch("committee__seats", Seat.objects.filter(in_force(at))),
    )


def open_round_of(*, decision: Decision, at: datetime) -> OpenRound:
    """Return how one of `rounds_under_way` stands, without a query; of a draft nothing.

    A role that was lost in a body by role, and who bars a substitute, are not looked up: such a
    seat counts as one that may still vote, so that nothing is said to be over too early.
    """
    if decision.state != Decision.State.OPEN or decision.closes_at is None:
        return OpenRound()
    recused = frozenset(_annotated(decision, "recused_ids"))
    leaders = _leaders(decision) - recused
    if at >= decision.closes_at:
        return OpenRound(leaders=leaders, recused=recused, certifiable=True)
    electors = sorted(decision.electors.all(), key=lambda one: one.number)
    rows = list(decision.ballots.all())
    counting = counting_ballots(decision=decision, electors=electors, rows=rows)
    voted = {one.seated_id: one.number in counting for one in electors if one.seated_id is not None}
    if not counting:
        return OpenRound(voted, leaders, recused)
    found = _round(decision, electors, rows, counting)
    casts = casting_seat(found.charter, found.seats, found.ballots)
    opens = may_close_from(decision=decision, found=found, newest=rows[-1].at, at=at)
    return OpenRound(
        voted,
        leaders,
        recused,
        casts=_seated(electors, casts) if found.waits_for_casting else None,
        certifiable=opens is not None and opens <= at,
    )


def _electors(at: datetime) -> QuerySet[ElectorSeat]:
    """The seats, each with who sits there and whether they are away now and still at the close."""
    away = Leave.objects.filter(user=OuterRef("seated"))
    closes = OuterRef("decision__closes_at")
    return ElectorSeat.objects.select_related("seated").annotate(
        is_away_now=Exists(away.filter(from_at__lte=at, until_at__gt=at)),
        is_away_then=Exists(away.filter(from_at__lte=closes, until_at__gt=closes)),
    )


def _round(
    decision: Decision,
    electors: Sequence[ElectorSeat],
    rows: Sequence[Ballot],
    counting: Mapping[int, Choice],
) -> Round:
    rules = rules_of(decision)
    seats = {one.number: one for one in decision.committee.seats.all()}
    by_role = rules.electorate != BY_SEATS
    return Round(
        rules=rules,
        charter=charter_of(decision, kinds=_annotated(decision, "kinds")),
        seats=tuple(seat_in(one, _state(one, seats.get(one.number), by_role)) for one in electors),
        ballots=counting,
        casting=casting_of(decision, rows=rows),
    )


def _state(elector: ElectorSeat, seat: Seat | None, by_role: bool) -> SeatState:
    entitled = {seat.person_id, seat.substitute_id} if seat is not None else set()
    may_sit = by_role or elector.seated_id in entitled
    found = state_of(elector.seated, elector, is_entitled=may_sit)
    away = _annotated(elector, "is_away_now") and _annotated(elector, "is_away_then")
    return SeatState.ABSENT if found in CAN_VOTE and away else found


def _leaders(decision: Decision) -> frozenset[UUID]:
    """Who leads the body: chair and vice chair, everybody of a body without, or by role."""
    if decision.committee.charter.get("electorate", BY_SEATS) != BY_SEATS:
        seated = (one.seated_id for one in decision.electors.all())
        return frozenset(one for one in seated if one is not None)
    seats = decision.committee.seats.all()
    leading = frozenset(one.person_id for one in seats if one.chair or one.vice_chair)
    return leading or frozenset(one.person_id for one in seats)


def _seated(electors: Sequence[ElectorSeat], number: int | None) -> UUID | None:
    return next((one.seated_id for one in electors if one.number == number), None)


def _annotated(row: Decision | ElectorSeat, name: str) -> Any:
    """What the query of `rounds_under_way` put beside a row."""
    return getattr(row, name)
