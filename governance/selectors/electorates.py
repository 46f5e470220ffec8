"""Electorates: who may vote on a motion and why not, and how a round stands."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from governance.models import Ballot, Decision, ElectorSeat, Recusal
from governance.rules.charters import rules_from, voting_charter
from governance.rules.feasibility import Feasibility, feasibility
from governance.rules.policy_document import CommitteeRules
from governance.rules.votes import (
    Charter,
    Choice,
    EarlyClose,
    Seat,
    SeatState,
    Tally,
    can_close_early,
    tally,
)
from governance.selectors.committees import absent_until
from incidents.models import Incident
from incidents.rules.plan import from_text
from incidents.rules.segregation import PastAct, clash
from incidents.selectors.cast import Cast
from registry.models import SystemVersion, User

ACT = "voted"


@dataclass(frozen=True, slots=True)
class Round:
    """A round as the rules see it: charter, seats, and the ballot of each seat that counts."""

    rules: CommitteeRules
    charter: Charter
    seats: tuple[Seat, ...]
    ballots: Mapping[int, Choice]

    @property
    def tally(self) -> Tally:
        """The count as it is."""
        return tally(self.charter, self.seats, self.ballots)

    @property
    def early(self) -> EarlyClose:
        """Whether the outcome can still change."""
        return can_close_early(self.charter, self.seats, self.ballots)

    def feasibility(self, *, in_meeting: bool) -> Feasibility:
        """Whether quorum and majority can still be reached, and the ways out."""
        return feasibility(self.charter, self.seats, self.ballots, in_meeting=in_meeting)


class Conflicts:
    """Who may not vote on a motion of an incident, by the whole history and by the motion.

    Authors of the versions that it targets and those who carry it out count too (SEG-05).
    """

    def __init__(
        self, *, incident: Incident, actions: Sequence[Mapping[str, Any]], at: datetime
    ) -> None:
        self.cast = Cast(incident, at)
        self.pairs = from_text(incident.plan).segregation.extra_pairs
        self.history = [*self.cast.history, *_acts_of_motion(actions)]
        self.history += [PastAct(person, "executes") for person in self.cast.executors]

    def reason(self, person: User, *, second_person: bool = False) -> str:
        """Return why somebody may not vote, as a clause; '' if they may."""
        found = clash(
            act=ACT,
            history=self.history,
            person=person.pk,
            delegate_of=self.cast.owners_side_of(person.pk),
            extra_pairs=self.pairs,
        )
        if found is None:
            return ""
        whose = "" if found.himself else User.objects.only("name").get(pk=found.whose).name
        return found.reason(second_person=second_person, name=whose)


def _acts_of_motion(actions: Sequence[Mapping[str, Any]]) -> list[PastAct]:
    targets = [action["target_version_id"] for action in actions if action["target_version_id"]]
    authors = SystemVersion.objects.filter(pk__in=targets).values_list("author_id", flat=True)
    executors = [action["executor_id"] for action in actions]
    return [PastAct(person, "authored") for person in authors] + [
        PastAct(person, "executes") for person in executors
    ]


def actions_of(decision: Decision) -> list[dict[str, Any]]:
    """Return the actions of a motion as plain rows, in order."""
    fields = (
        "position",
        "type",
        "words",
        "target_version_id",
        "executor_id",
        "due",
        "proof",
        "parameters",
    )
    return list(decision.motion_actions.order_by("position").values(*fields))


def conflicts_of(*, decision: Decision, at: datetime) -> Conflicts:
    """Return who may not vote on a motion."""
    return Conflicts(incident=decision.incident, actions=actions_of(decision), at=at)


def rules_of(decision: Decision) -> CommitteeRules:
    """Return the charter of a round: the frozen copy, before convening the committee's."""
    frozen = json.loads(decision.charter) if decision.charter else decision.committee.charter
    return rules_from(frozen)


def round_of(*, decision: Decision, at: datetime) -> Round:
    """Return a round as the rules see it, from what was frozen at convening."""
    rules = rules_of(decision)
    electors = list(decision.electors.select_related("holder", "substitute").order_by("number"))
    return Round(
        rules=rules,
        charter=voting_charter(rules, risk_tier=decision.incident.risk_tier),
        seats=tuple(_seat(elector, decision, at) for elector in electors),
        ballots=counting_ballots(decision=decision, electors=electors),
    )


def counting_ballots(*, decision: Decision, electors: Sequence[ElectorSeat]) -> dict[int, Choice]:
    """Return the last ballot of each seat, by who sits there now, on the motion as it stands."""
    seated = {elector.number: elector.seated_id for elector in electors}
    rows = Ballot.objects.filter(decision=decision, motion_sha256=decision.motion_sha256)
    return {
        row.seat_number: cast(Choice, row.vote)
        for row in rows.order_by("pk")
        if seated.get(row.seat_number) == row.person_id
    }


def seat_of(*, decision: Decision, person_id: UUID) -> ElectorSeat | None:
    """Return the seat on which a person sits in a round, None for a stranger to it."""
    return decision.electors.filter(seated_id=person_id).first()


def recusal_of(*, decision: Decision, person_id: UUID) -> Recusal | None:
    """Return why a person is out of a round, None if they are not."""
    return decision.recusals.filter(person_id=person_id).first()


def voters_of(decision: Decision) -> list[str]:
    """Return the names of those who vote in a round."""
    rows = decision.electors.filter(seated__isnull=False).order_by("number")
    return list(rows.values_list("seated__name", flat=True))


def _seat(elector: ElectorSeat, decision: Decision, at: datetime) -> Seat:
    return Seat(
        no=elector.number,
        function=elector.function,
        person=str(elector.holder_id),
        substitute=str(elector.substitute_id) if elector.substitute_id else None,
        required=elector.required,
        chair=elector.chair,
        vice_chair=elector.vice_chair,
        state=_state(elector, decision, at),
    )


def _state(elector: ElectorSeat, decision: Decision, at: datetime) -> SeatState:
    if elector.seated_id is None:
        return SeatState.EMPTY
    sitting = elector.holder if elector.seated_id == elector.holder_id else elector.substitute
    if sitting is None or not sitting.is_active:
        return SeatState.LOST
    closes = decision.closes_at or at
    if at < closes and absent_until(user_id=sitting.pk, closes_at=closes, at=at):
        return SeatState.ABSENT
    if elector.state == ElectorSeat.State.SUBSTITUTED:
        return SeatState.SUBSTITUTE
    return SeatState.HOLDER
