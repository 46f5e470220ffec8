"""Electorates: who may vote on a motion and why not, and how a round stands."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import Q

from governance.models import Ballot, Decision, DeclaredInterest, ElectorSeat, Recusal
from governance.rules.charters import rules_from, voting_charter
from governance.rules.feasibility import Feasibility, feasibility
from governance.rules.motions import motion_hash
from governance.rules.policy_document import CommitteeRules
from governance.rules.votes import (
    Charter,
    Choice,
    EarlyClose,
    Seat,
    Tally,
    can_close_early,
    may_be_cast,
    tally,
)
from governance.selectors.ballot_records import is_intact_ballot
from governance.selectors.round_seats import entitled_to, seats_now
from incidents.models import Incident
from incidents.rules.acceptances import acts_of_motion
from incidents.rules.plan import from_text
from incidents.rules.segregation import PastAct, clash
from incidents.selectors.cast import Cast, began
from ledger.rules.worded import worded
from registry.models import SystemVersion, User

ACT = "voted"
COUNTED_WITH = ("void", "countersignature", "signature__listed__signing_list")
"""What a ballot is read with, so that it can be told whether it counts."""


@dataclass(frozen=True, slots=True)
class Round:
    """A round as the rules see it: charter, seats, and the ballot of each seat that counts.

    `casting` is the casting ballot, where one was cast.
    """

    rules: CommitteeRules
    charter: Charter
    seats: tuple[Seat, ...]
    ballots: Mapping[int, Choice]
    casting: Choice | None = None

    @property
    def tally(self) -> Tally:
        """The count as it is."""
        return tally(self.charter, self.seats, self.ballots)

    @property
    def early(self) -> EarlyClose:
        """Whether the outcome can still change."""
        return can_close_early(self.charter, self.seats, self.ballots, self.casting)

    @property
    def waits_for_casting(self) -> bool:
        """Whether the votes are tied and who chairs may still break the tie (KOM-13)."""
        return self.casting is None and may_be_cast(self.charter, self.seats, self.ballots)

    def feasibility(self, *, in_meeting: bool) -> Feasibility:
        """Whether quorum and majority can still be reached, and the ways out."""
        return feasibility(self.charter, self.seats, self.ballots, in_meeting=in_meeting)


class Conflicts:
    """Who may not vote on a motion of an incident, by the whole history and by the motion.

    Authors of the versions that it targets, of any that was live since the onset, in the course of
    the case too, and those who carry it out count (SEG-05).
    """

    def __init__(
        self,
        *,
        incident: Incident,
        actions: Sequence[Mapping[str, Any]],
        at: datetime,
        proposed_by: UUID | None = None,
    ) -> None:
        self.cast = Cast(incident, at)
        self.pairs = from_text(incident.plan).segregation.extra_pairs
        self.history = [*self.cast.history, *_acts_of_motion(incident, actions)]
        self.history += [PastAct(person, "executes") for person in self.cast.executors]
        self.history += acts_of_motion(actions, proposed_by)
        self.interests = _interests(incident, at)

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
            return _declared(self.interests.get(person.pk, ""), second_person=second_person)
        whose = "" if found.himself else User.objects.only("name").get(pk=found.whose).name
        return found.reason(second_person=second_person, name=whose)


def _declared(interest: str, *, second_person: bool) -> str:
    """Say which interest somebody has declared; '' for none."""
    if not interest:
        return ""
    if second_person:
        return worded("you declared an interest: {interest}", interest=interest)
    return worded("declared an interest: {interest}", interest=interest)


def _interests(incident: Incident, at: datetime) -> dict[UUID, str]:
    """Who has declared an interest in the system, or in every system, and which."""
    rows = DeclaredInterest.objects.filter(
        Q(system_id=incident.system_id) | Q(system__isnull=True),
        Q(until_at__isnull=True) | Q(until_at__gt=at),
        from_at__lte=at,
    )
    return dict(rows.order_by("from_at").values_list("person_id", "words"))


def _acts_of_motion(incident: Incident, actions: Sequence[Mapping[str, Any]]) -> list[PastAct]:
    targets = [action["target_version_id"] for action in actions if action["target_version_id"]]
    versions = SystemVersion.objects.filter(
        Q(pk__in=targets) | _live_since(began(incident), incident.environment),
        system_id=incident.system_id,
    )
    authors = versions.values_list("author_id", flat=True)
    executors = [action["executor_id"] for action in actions]
    return [PastAct(person, "authored") for person in authors.distinct()] + [
        PastAct(person, "executes") for person in executors
    ]


def _live_since(since: datetime, environment: str) -> Q:
    """The condition that a version was live in an environment at an instant or later."""
    runs_on = Q(deployments__until_at__isnull=True) | Q(deployments__until_at__gt=since)
    return Q(deployments__environment=environment) & runs_on


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
    return Conflicts(
        incident=decision.incident,
        actions=actions_of(decision),
        at=at,
        proposed_by=decision.proposed_by_id,
    )


def rules_of(decision: Decision) -> CommitteeRules:
    """Return the charter of a round: the frozen copy, before convening the committee's."""
    frozen = json.loads(decision.charter) if decision.charter else decision.committee.charter
    return rules_from(frozen)


def round_of(*, decision: Decision, at: datetime) -> Round:
    """Return a round as the rules see it, from what was frozen at convening."""
    rules = rules_of(decision)
    electors = list(decision.electors.select_related("holder", "substitute").order_by("number"))
    entitled = entitled_to(decision, rules, min(at, decision.closed_at or at))
    return Round(
        rules=rules,
        charter=charter_of(decision),
        seats=seats_now(electors, decision, entitled, at),
        ballots=counting_ballots(decision=decision, electors=electors),
        casting=casting_of(decision),
    )


def charter_of(decision: Decision, *, kinds: Collection[str] | None = None) -> Charter:
    """Return how votes on a motion are counted, by what was frozen (F13).

    `kinds` are those of its actions, where the caller has read them.
    """
    if kinds is None:
        kinds = set(decision.motion_actions.values_list("type", flat=True))
    return voting_charter(
        rules_of(decision),
        risk_tier=decision.risk_tier or decision.incident.risk_tier,
        acceptance="accept_risk" in set(kinds),
        least_majority=decision.least_majority,
    )


def is_intact(decision: Decision) -> bool:
    """Whether the motion reads as it was hashed; a changed one has no valid ballots (F31)."""
    return not decision.motion or motion_hash(decision.motion) == decision.motion_sha256


def casting_of(decision: Decision, *, rows: Iterable[Ballot] | None = None) -> Choice | None:
    """Return the casting ballot of a round, None without one.

    `rows` are its ballots with COUNTED_WITH, where the caller has read them.
    """
    row = next((one for one in _on_motion(decision, rows) if one.casting), None)
    if row is None or not is_intact(decision) or not is_intact_ballot(row):
        return None
    return cast(Choice, row.vote)


def counting_ballots(
    *, decision: Decision, electors: Sequence[ElectorSeat], rows: Iterable[Ballot] | None = None
) -> dict[int, Choice]:
    """Return the last ballot of each seat, by who sits there now, on the motion as it stands.

    One that no longer reads as it was signed counts as none (workflow section 8). `rows` are the
    round's ballots, oldest first, with COUNTED_WITH, where the caller has read them.
    """
    if not is_intact(decision):
        return {}
    seated = {elector.number: elector.seated_id for elector in electors}
    newest = {
        row.seat_number: row
        for row in _on_motion(decision, rows)
        if not row.casting and seated.get(row.seat_number) == row.person_id
    }
    return {
        number: cast(Choice, row.vote)
        for number, row in newest.items()
        if getattr(row, "void", None) is None and is_intact_ballot(row)
    }


def _on_motion(decision: Decision, rows: Iterable[Ballot] | None) -> list[Ballot]:
    """The ballots that were cast on the motion as it stands, the oldest first."""
    if rows is None:
        rows = Ballot.objects.filter(decision=decision).select_related(*COUNTED_WITH).order_by("pk")
    return [row for row in rows if row.motion_sha256 == decision.motion_sha256]


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


def has_lost_seat(*, decision: Decision, elector: ElectorSeat, at: datetime) -> bool:
    """Whether who sits there has lost the role by which they sit; the seat stays in A."""
    rules = rules_of(decision)
    entitled = entitled_to(decision, rules, at)
    return elector.seated_id not in entitled.get(elector.number, frozenset())
