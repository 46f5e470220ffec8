"""Rounds as somebody sees them: seats, what is hidden until they have voted, what they may do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from governance.models import Ballot, Decision, ElectorSeat, Recusal
from governance.rules.charters import earliest_close, notice_before_early_close
from governance.selectors.committees import may_lead
from governance.selectors.electorates import (
    Round,
    conflicts_of,
    has_lost_seat,
    recusal_of,
    round_of,
    seat_of,
    voters_of,
)
from governance.selectors.motions import no_such_motion
from incidents.models import Incident
from incidents.rules.plan import calendar_of, from_text
from ledger.rules.refusals import Conflict, Forbidden, Refused
from ledger.rules.worded import worded
from registry.models import User
from registry.selectors.instants import said_here

RUNNING = (Decision.State.DRAFT, Decision.State.OPEN)


@dataclass(frozen=True, slots=True)
class SeatView:
    """A seat as frozen: who sits, whether they have voted, and how if that may be seen yet."""

    number: int
    function: str
    holder: User
    seated: User | None
    state: str
    note: str
    required: bool
    chair: bool
    substitute: User | None
    voted_at: datetime | None
    vote: str
    reason: str
    is_you: bool


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round for one reader. `votes_shown` is False until they have voted or it has closed.

    `vote_refusal` says why they cannot vote (None: they can); `closes_from` when it may be closed.
    """

    decision: Decision
    round: Round
    seats: tuple[SeatView, ...]
    recusals: tuple[Recusal, ...]
    votes_shown: bool
    your_ballot: Ballot | None
    vote_refusal: Refused | None
    reader: User | None
    leads: bool
    closes_from: datetime | None

    @property
    def votes_in(self) -> int:
        """How many seats have voted."""
        return self.round.tally.present

    @property
    def waits_for_casting(self) -> bool:
        """Whether who chairs may break a tie now; told only to who may see the votes."""
        return self.votes_shown and self.round.waits_for_casting

    @property
    def quorum(self) -> int:
        """How many must vote."""
        return self.round.tally.needed

    @property
    def feasibility(self) -> list[str]:
        """What stands in the way and the ways out, or what to note, in sentences."""
        return self.decision.feasibility.splitlines()


def docket(*, visible: QuerySet[Incident]) -> QuerySet[Decision]:
    """Return the motions on the incidents that a reader may see: running ones first, then new."""
    running = Case(
        When(state=Decision.State.OPEN, then=Value(0)),
        When(state=Decision.State.DRAFT, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return _visible_motions(visible).order_by(running, "-created_at", "-id")


def docket_page(
    *, visible: QuerySet[Incident], state: str = "", after: str = "", limit: int = 50
) -> tuple[list[Decision], str]:
    """Return one page of motions, the newest first, and the number that the next one is after."""
    rows = _visible_motions(visible)
    if state:
        rows = rows.filter(state=state)
    if after:
        last = motion_by_number(number=after, visible=visible)
        # The bound by itself is what the index is entered by: of an 'or' it serves neither side.
        earlier = Q(created_at__lt=last.created_at) | Q(id__lt=last.pk)
        rows = rows.filter(earlier, created_at__lte=last.created_at)
    found = list(rows.order_by("-created_at", "-id")[: limit + 1])
    return found[:limit], found[limit - 1].number if len(found) > limit else ""


def motion_by_number(*, number: str, visible: QuerySet[Incident]) -> Decision:
    """Return a motion of those that the caller may see. Raises Missing."""
    rows = Decision.objects.filter(number=number, incident__in=visible.values("pk"))
    found = rows.select_related(
        "incident__system", "committee__unit", "proposed_by", "convened_by", "resolution"
    ).first()
    if found is None:
        raise no_such_motion()
    return found


def _visible_motions(visible: QuerySet[Incident]) -> QuerySet[Decision]:
    rows = Decision.objects.filter(incident__in=visible.values("pk"))
    return rows.select_related("incident__system", "committee")


def read_round(
    *, decision: Decision, user: User | None, at: datetime, may_act: bool = True
) -> RoundView:
    """Return a round as a reader may see it; without a reader nothing is shown that is hidden.

    Without `may_act`, as for a past instant, the reader neither votes nor leads.
    """
    reader, asker = user.pk if user else None, user if may_act else None
    found = round_of(decision=decision, at=at)
    newest = _newest_ballots(decision)
    own = next((one for one in newest.values() if one.person_id == reader), None)
    shown = own is not None or decision.state not in RUNNING
    electors = decision.electors.select_related("holder", "seated", "substitute")
    return RoundView(
        decision=decision,
        round=found,
        seats=tuple(
            _seat(row, newest.get(row.number), reader, shown) for row in electors.order_by("number")
        ),
        recusals=tuple(decision.recusals.select_related("person").order_by("pk")),
        votes_shown=shown,
        your_ballot=own,
        vote_refusal=vote_refusal(decision=decision, user=asker, at=at) if asker else None,
        reader=asker,
        leads=asker is not None and leads(decision=decision, user=asker, at=at),
        closes_from=may_close_from(decision=decision, found=found, at=at),
    )


def vote_refusal(*, decision: Decision, user: User, at: datetime) -> Refused | None:
    """Return why somebody cannot vote on a motion now, None if they can.

    The same checks as casting makes, but for the ballot itself.
    """
    return _not_open(decision, at) or _no_seat(decision, user, at) or _final(decision, user)


def leads(*, decision: Decision, user: User, at: datetime) -> bool:
    """Whether somebody leads the body of a round: chair, vice chair or secretary, not recused."""
    if recusal_of(decision=decision, person_id=user.pk) is not None:
        return False
    people = may_lead(committee=decision.committee, at=at)
    return user.pk in {person.pk for person in people}


def may_close_from(
    *, decision: Decision, found: Round, at: datetime, newest: datetime | None = None
) -> datetime | None:
    """Return from when the round may close: early if nothing can change, else at closes_at.

    None before it has opened. Everybody's vote closes at once; else min_open and the notice count.
    `newest` is when the newest ballot was cast, where the caller has read them.
    """
    if decision.opens_at is None or decision.closes_at is None:
        return None
    early = found.early
    if not early.allowed or found.waits_for_casting:
        return decision.closes_at
    if newest is None:
        newest = decision.ballots.order_by("-pk").values_list("at", flat=True).first() or at
    if early.everybody_voted:
        return max(decision.opens_at, newest)
    earliest = earliest_close(
        found.rules,
        opens=decision.opens_at,
        urgent=decision.urgent,
        calendar=calendar_of(from_text(decision.incident.plan)),
    )
    told = notice_before_early_close(found.rules, at=newest)
    return min(max(earliest, told), decision.closes_at)


def subject_of(decision: Decision) -> tuple[str, str, str]:
    """Return what a refusal about a motion is about."""
    return ("decision", str(decision.pk), f"motion {decision.number}")


def present(decision: Decision) -> dict[str, Any]:
    """Return where a motion stands, for a caller who is late."""
    return {
        "number": decision.number,
        "state": decision.state,
        "version": decision.version,
        "motion_sha256": decision.motion_sha256,
    }


def _newest_ballots(decision: Decision) -> dict[int, Ballot]:
    rows = decision.ballots.filter(motion_sha256=decision.motion_sha256, casting=False)
    return {row.seat_number: row for row in rows.order_by("pk")}


def _seat(row: ElectorSeat, newest: Ballot | None, reader: UUID | None, shown: bool) -> SeatView:
    ballot = newest if newest is not None and newest.person_id == row.seated_id else None
    return SeatView(
        number=row.number,
        function=row.function,
        holder=row.holder,
        seated=row.seated,
        state=row.state,
        note=row.note,
        required=row.required,
        chair=row.chair,
        substitute=row.substitute,
        voted_at=ballot.at if ballot else None,
        vote=ballot.vote if ballot and shown else "",
        reason=ballot.reason if ballot and shown else "",
        is_you=row.seated_id == reader and reader is not None,
    )


def _not_open(decision: Decision, at: datetime) -> Refused | None:
    """Ballots count in [opens_at, closes_at), even before the close job has run (KOM-19)."""
    if decision.state == Decision.State.DRAFT:
        words = worded(
            "Motion {number} is a draft; the chair has not convened on it yet.",
            number=decision.number,
        )
        return Conflict("round_closed", words, extra={"present": present(decision)})
    if decision.state != Decision.State.OPEN or (decision.closes_at or at) <= at:
        words = worded(
            "You cannot vote on motion {number}: it is not open for votes any more.",
            number=decision.number,
        )
        return Conflict("round_closed", words, extra={"present": present(decision)})
    if decision.opens_at is not None and at < decision.opens_at:
        words = worded("Voting opens on {said_here}.", said_here=said_here(decision.opens_at))
        return Conflict("not_open_yet", words, extra={"present": present(decision)})
    return None


def _no_seat(decision: Decision, user: User, at: datetime) -> Refused | None:
    seat = seat_of(decision=decision, person_id=user.pk)
    against = conflicts_of(decision=decision, at=at).reason(user, second_person=True)
    if seat is not None and not against:
        return _lost(decision, seat, at)
    recusal = recusal_of(decision=decision, person_id=user.pk)
    if against:
        words = worded("You cannot vote on this: {against}.", against=against)
    elif recusal is not None:
        words = worded(
            "You cannot vote on this: you recused yourself ({reason}).", reason=recusal.reason
        )
    else:
        words = worded(
            "You cannot vote on motion {number}: you have no seat in this round.",
            number=decision.number,
        )
    return Forbidden(
        "not_separate" if against else "not_in_electorate",
        words,
        who_can=[name for name in voters_of(decision) if name != user.name],
        recorded=True,
        subject=subject_of(decision),
    )


def _lost(decision: Decision, seat: ElectorSeat, at: datetime) -> Refused | None:
    """Who lost the role before voting cannot vote; the seat stays in the electorate."""
    if not has_lost_seat(decision=decision, elector=seat, at=at):
        return None
    substitute = seat.substitute
    may = [substitute.name] if substitute is not None and seat.seated_id != substitute.pk else []
    return Forbidden(
        "seat_lost",
        "You cannot vote on this: you no longer hold the seat. It stays in the electorate; its "
        "named substitute can be seated.",
        who_can=may,
        recorded=True,
        subject=subject_of(decision),
    )


def _final(decision: Decision, user: User) -> Refused | None:
    seat = seat_of(decision=decision, person_id=user.pk)
    finals = Ballot.objects.filter(decision=decision, person_id=user.pk, final=True)
    if seat is None or not finals.filter(void__isnull=True, seat_number=seat.number).exists():
        return None
    return Conflict(
        "final_ballot_cast",
        "Your ballot was cast as final; it stands and cannot be changed.",
        recorded=True,
        subject=subject_of(decision),
    )
