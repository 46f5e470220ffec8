"""Who sits in a round: seats with their standing, recusals, quorum, the reader's own part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance.models import (
    Ballot,
    Decision,
    ElectorSeat,
    Recusal,
)
from governance.rules.outcomes import MAJORITY_WORDS
from governance.rules.votes import SeatState, casting_seat
from governance.selectors.committees import may_lead, seats_in_force
from governance.selectors.electorates import Round, round_of
from governance.selectors.round_chairs import chairs_of
from ledger.rules.worded import joined, of_machine, term, word, worded, worded_number
from registry.models import User

DRAFT = "draft"
OPEN = "open"
VOTES = {"for": word("For"), "against": word("Against"), "abstain": word("Abstained")}
VOTED = ("ok", word("Voted"))


@dataclass(frozen=True, slots=True)
class Seats:
    """Who sits, who is out, and the ballot of each seat that counts."""

    electors: Sequence[ElectorSeat]
    recusals: Sequence[Recusal]
    ballots: Sequence[Ballot]

    def of(self, person_id: Any) -> ElectorSeat | None:
        """The seat on which a person sits."""
        return next((one for one in self.electors if one.seated_id == person_id), None)

    def ballot_of(self, elector: ElectorSeat) -> Ballot | None:
        """The ballot of a seat by who sits there now."""
        found = [
            one
            for one in self.ballots
            if one.seat_number == elector.number and one.person_id == elector.seated_id
        ]
        return found[-1] if found else None


class Hearing:
    """One round as one reader sees it at an instant."""

    def __init__(self, *, decision: Decision, reader: User, at: datetime) -> None:
        self.decision = decision
        self.reader = reader
        self.at = at
        self.seats = _seats(decision)
        self.round: Round | None = None if decision.state == DRAFT else round_of(
            decision=decision, at=at
        )  # fmt: skip
        self.leaders = _leaders(decision, self.seats, at)

    @property
    def leads(self) -> bool:
        """Whether the reader leads the round: chair, vice chair, secretary."""
        return self.reader.pk in {person.pk for person in self.leaders}

    @property
    def seat(self) -> ElectorSeat | None:
        """The reader's own seat."""
        return self.seats.of(self.reader.pk)

    @property
    def ballot(self) -> Ballot | None:
        """The reader's own ballot, as it counts now."""
        return self.seats.ballot_of(self.seat) if self.seat else None

    @property
    def is_open(self) -> bool:
        """Whether votes are taken at this instant."""
        closes = self.decision.closes_at
        return self.decision.state == OPEN and closes is not None and self.at < closes

    @property
    def may_vote(self) -> bool:
        """Whether the reader may cast or change a ballot now."""
        return self.is_open and self.seat is not None and not (self.ballot and self.ballot.final)

    @property
    def may_ask_recusal(self) -> bool:
        """Whether the reader has voted and may ask the chair to be recused (KOM-06)."""
        asked = self.decision.recusal_requests.filter(person=self.reader, state="asked")
        return self.is_open and self.ballot is not None and not asked.exists()

    @property
    def chairs(self) -> bool:
        """Whether the reader chairs the round: chair, or vice chair for the chair."""
        return self.is_open and self.reader.pk in {one.pk for one in chairs_of(self.decision)}

    @property
    def may_cast(self) -> bool:
        """Whether the votes are tied and the reader may break the tie (KOM-13)."""
        found = self.round
        if not self.is_open or found is None or not found.waits_for_casting or self.seat is None:
            return False
        return casting_seat(found.charter, found.seats, found.ballots) == self.seat.number

    @property
    def may_return(self) -> list[ElectorSeat]:
        """Seats whose holder sits no more and that the reader may give back (KOM-05)."""
        rows = [
            one
            for one in self.seats.electors
            if one.state == ElectorSeat.State.SUBSTITUTED and self.seats.ballot_of(one) is None
        ]
        return rows if self.leads else [one for one in rows if one.holder_id == self.reader.pk]

    @property
    def lost_with_ballot(self) -> list[ElectorSeat]:
        """Seats whose voter has lost the role since: their ballot is void only for cause."""
        sitting = self.round.seats if self.round else ()
        lost = {one.no for one in sitting if one.state == SeatState.LOST}
        rows = [one for one in self.seats.electors if one.number in lost]
        return [one for one in rows if self.seats.ballot_of(one) is not None]

    @property
    def sees_votes(self) -> bool:
        """Whether the votes of others may be shown: one's own is in, or the round has closed."""
        return self.decision.state not in (DRAFT, OPEN) or self.ballot is not None

    @property
    def empty_seats(self) -> list[ElectorSeat]:
        """Seats that could pass to their named substitute."""
        return [
            one
            for one in self.seats.electors
            if one.substitute_id
            and one.seated_id != one.substitute_id
            and self.seats.ballot_of(one) is None
        ]


def _seats(decision: Decision) -> Seats:
    return Seats(
        electors=list(
            decision.electors.select_related("holder", "substitute", "seated").order_by("number")
        ),
        recusals=list(decision.recusals.select_related("person").order_by("pk")),
        ballots=list(
            Ballot.objects.filter(
                decision=decision, motion_sha256=decision.motion_sha256, casting=False
            )
            .select_related("person", "signature")
            .order_by("pk")
        ),
    )


def _leaders(decision: Decision, seats: Seats, at: datetime) -> list[User]:
    recused = {one.person_id for one in seats.recusals}
    people = may_lead(committee=decision.committee, at=at)
    return [person for person in people if person.pk not in recused]


def seat_rows(hearing: Hearing) -> list[dict[str, Any]]:
    """Return the seats as the page shows them; before convening those of the body."""
    decision = hearing.decision
    if decision.state == DRAFT:
        return [
            {"seat": one.function, "name": one.person.name, "state": "pending",
             "said": word("Not convened yet"),
             "note": worded("substitute {name}", name=one.substitute.name)
             if one.substitute else ""}
            for one in seats_in_force(committee=decision.committee, at=hearing.at)
        ]  # fmt: skip
    return [_seat_row(hearing, one) for one in hearing.seats.electors]


def _seat_row(hearing: Hearing, elector: ElectorSeat) -> dict[str, Any]:
    mine = elector.seated_id == hearing.reader.pk
    ballot = hearing.seats.ballot_of(elector)
    state, said = _standing(hearing, elector, ballot)
    name = elector.seated.name if elector.seated else elector.holder.name
    return {
        "seat": elector.function,
        "name": term(word("You")) if mine else name,
        "note": _note(elector),
        "state": state,
        "said": said,
        "at": ballot.at if ballot else None,
        "vote": VOTES[ballot.vote] if ballot and (mine or hearing.sees_votes) else "",
        "reason": ballot.reason if ballot and (mine or hearing.sees_votes) else "",
        "number": ballot.entry_number if ballot else None,
        "mine": mine,
    }


def _standing(hearing: Hearing, elector: ElectorSeat, ballot: Ballot | None) -> tuple[str, str]:
    if elector.seated_id is None:
        return "none", word("Empty: recused")
    if ballot is not None:
        return VOTED
    if hearing.decision.state == OPEN:
        return "current", "Open"
    return "none", word("Did not vote")


def _note(elector: ElectorSeat) -> str:
    """Say for whom a substitute sits, and why."""
    if elector.state != ElectorSeat.State.SUBSTITUTED:
        return of_machine(elector.note)
    holder = elector.holder.name
    _, is_about_holder, why = elector.note.partition(f"{holder} ")
    if is_about_holder:
        return worded("substitute for {holder}, who {why}", holder=holder, why=_why(why))
    told = worded("substitute for {holder}", holder=holder)
    return joined(": ", [told, of_machine(elector.note)]) if elector.note else told


def _why(why: str) -> str:
    return term(why) if why == "is away" else of_machine(why)


def seats_note(hearing: Hearing) -> str:
    """Say why votes are hidden, where they are."""
    if hearing.decision.state == OPEN and not hearing.sees_votes:
        return term("The votes of others are shown once you have voted or the round has closed.")
    return ""


def recusal_rows(hearing: Hearing) -> list[dict[str, Any]]:
    """Return who does not vote, and why."""
    return [
        {
            "name": one.person.name,
            "how": term("by rule" if one.by_rule else "declared"),
            "reason": of_machine(one.reason) if one.by_rule else one.reason,
            "at": one.at,
        }
        for one in hearing.seats.recusals
    ]


def quorum_of(hearing: Hearing) -> dict[str, Any] | None:
    """Return how many votes are in and needed, and whether that can be; None for a draft."""
    found = hearing.round
    if found is None:
        return None
    count = found.tally
    feasible = found.feasibility(in_meeting=hearing.decision.procedure == "meeting")
    still = count.electorate - count.present
    if hearing.decision.state != OPEN:
        note = ""
    elif not feasible.feasible:
        note = feasible.reasons[0]
    elif not still:
        note = term("Everybody has voted.")
    elif still == 1 and hearing.may_vote and hearing.ballot is None:
        note = term("It can be reached: only yours is missing.")
    else:
        note = worded("It can be reached: {still} still to vote.", still=still)
    return {
        "seats": [index < count.present for index in range(count.electorate)],
        "text": worded_number(
            "{number} of {electorate} votes is in, {needed} are needed.",
            "{number} of {electorate} votes are in, {needed} are needed.",
            count.present,
            electorate=count.electorate,
            needed=count.needed,
        ),
        "note": note,
        "feasible": feasible,
    }


def facts_of(hearing: Hearing) -> list[dict[str, Any]]:
    """Return the majority, what counts, what follows from a lapse, and the count where it shows."""
    found, decision = hearing.round, hearing.decision
    if found is None:
        return []
    rounds = found.rules.rounds
    lapse = (
        word("another round opens")
        if decision.round < rounds
        else word("it goes to the next level")
    )
    facts = [
        {"label": term("Majority"), "value": term(MAJORITY_WORDS[found.charter.majority])},
        {"label": term("Effective"), "value": term("at least half of the ballots for or against")},
        {
            "label": term("If it lapses"),
            "value": worded("{lapse}. Lapsed is not approved", lapse=term(lapse)),
        },
    ]
    if hearing.sees_votes:
        count = found.tally
        told = worded(
            "{votes_for} for, {against} against, {abstained} abstained",
            votes_for=count.votes_for,
            against=count.against,
            abstained=count.abstained,
        )
        facts.insert(0, {"label": term("So far" if decision.state == OPEN else "Counted"),
                         "value": told})  # fmt: skip
    return facts
