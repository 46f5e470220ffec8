"""The page of a motion: what is decided, the papers, the seats, the reader's vote, the quorum."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance.models import (
    Ballot,
    BreachCause,
    Decision,
    ElectorSeat,
    MotionAction,
    Recusal,
)
from governance.rules.act_words import clause
from governance.rules.figures import joined, measure_of
from governance.rules.outcomes import MAJORITY_WORDS
from governance.selectors.committees import may_lead, next_body, seats_in_force
from governance.selectors.electorates import Round, round_of
from governance.selectors.motions import causes_of
from governance.selectors.pages.record import entries_of, told
from governance.selectors.pages.sections import ROUND_STATES, signature
from governance.selectors.rounds import vote_refusal
from incidents.models import Evidence, Findings, Validation
from incidents.rules.plan import from_text
from incidents.rules.words import in_words
from ledger.selectors import lines_of_object
from outbox.rules.durations import Duration
from registry.models import User

DRAFT, OPEN = "draft", "open"
VOTES = {"for": "For", "against": "Against", "abstain": "Abstained"}
VOTED = ("ok", "Voted")
MEASURED = "measured"
PROOFS = {
    MEASURED: "measured",
    "proven_stopped": "stopped: no decision while the gateway's heartbeat is alive",
    "programme": "programme: 95 % contacted, 90 % settled",
    "document": "a document, seen by a second person",
}


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


def hearing_page(hearing: Hearing) -> dict[str, Any]:
    """Return what templates/governance/ballot.html shows, but for the forms."""
    decision, incident = hearing.decision, hearing.decision.incident
    state, word = ROUND_STATES[decision.state]
    lines = lines_of_object(object_type="decision", object_id=str(decision.pk))
    resolution = getattr(decision, "resolution", None)
    measured = _measured(decision)
    return {
        "at": hearing.at,
        "decision": decision,
        "incident": incident,
        "system": incident.system,
        "state": state,
        "word": word,
        "actions": [_action(one, measured) for one in _motion_actions(decision)],
        "conditions": [_condition(one) for one in decision.conditions],
        **_papers(decision),
        "seats": _seat_rows(hearing),
        "seats_note": _seats_note(hearing),
        "recusals": _recusal_rows(hearing),
        "quorum": _quorum(hearing),
        "facts": _facts(hearing),
        "resolution": resolution,
        "certificate": _certificate(resolution),
        "hearing": hearing,
        "feasibility": (decision.feasibility or "").splitlines(),
        "entries": entries_of(told(lines), about=f"motion {decision.number}"),
        "entry_count": len(lines),
        "cannot": _cannot(hearing),
        "leaders": joined([person.name for person in hearing.leaders], "or"),
        "has_higher": next_body(unit_id=incident.unit_id, level=decision.committee.level)
        is not None,
    }


def _seats(decision: Decision) -> Seats:
    return Seats(
        electors=list(
            decision.electors.select_related("holder", "substitute", "seated").order_by("number")
        ),
        recusals=list(decision.recusals.select_related("person").order_by("pk")),
        ballots=list(
            Ballot.objects.filter(decision=decision, motion_sha256=decision.motion_sha256)
            .select_related("person", "signature")
            .order_by("pk")
        ),
    )


def _leaders(decision: Decision, seats: Seats, at: datetime) -> list[User]:
    recused = {one.person_id for one in seats.recusals}
    people = may_lead(committee=decision.committee, at=at)
    return [person for person in people if person.pk not in recused]


def _motion_actions(decision: Decision) -> list[MotionAction]:
    rows = decision.motion_actions.select_related("target_version", "executor")
    return list(rows.order_by("position"))


def _action(action: MotionAction, measured: str) -> dict[str, Any]:
    target = action.target_version
    proof = PROOFS[action.proof]
    facts: list[dict[str, Any]] = [
        {"label": "Carried out by", "value": action.executor.name},
        {"label": "Within", "value": f"{in_words(Duration.parse(action.due))} of adoption"},
        {"label": "Proof", "value": f"{proof}: {measured}" if action.proof == MEASURED else proof},
    ]
    facts += [
        {"label": name.replace("_", " ").capitalize(), "value": value}
        for name, value in action.parameters.items()
    ]
    digest = target.digest.removeprefix("sha256:") if target else ""
    lead, stop, rest = action.words.partition(". ")
    return {
        "action": action,
        "lead": f"{lead}{stop.strip()}",
        "rest": rest,
        "kind": action.get_type_display(),
        "facts": facts,
        "target": target,
        "digest": digest,
    }


def _measured(decision: Decision) -> str:
    """Say what a measured proof asks for: each breached series back past its recovery limit."""
    windows = from_text(decision.incident.plan).verification.get("windows", 3)
    told = [_limit(cause) for cause in causes_of(decision.incident)]
    return f"{joined(told)} in {windows} readings" if told else "nothing is measured here"


def _limit(cause: BreachCause) -> str:
    kpi, limits = cause.standing.series.kpi, cause.threshold_version
    known = (limits.recover_warning, limits.warning, limits.critical)
    limit = next((one for one in known if one is not None), None)
    measure = measure_of(unit=kpi.unit, neutral=kpi.neutral, size=limit)
    side = "above" if limits.direction == "below" else "below"
    return f"{kpi.name.lower()} {side} {measure.say(limit)}"


def _condition(data: dict[str, Any]) -> dict[str, str]:
    return {name: str(data.get(name) or "") for name in ("text", "owner", "due")}


def _papers(decision: Decision) -> dict[str, Any]:
    """The findings and reviews that the motion was put on, and the evidence."""
    incident = decision.incident
    findings = (
        Findings.objects.filter(incident=incident, record_sha256=decision.findings_sha256)
        .select_related("submitted_by")
        .first()
    )
    reviews = list(
        Validation.objects.filter(incident=incident, findings_sha256=decision.findings_sha256)
        .select_related("validator")
        .order_by("validated_at")
    )
    evidence = Evidence.objects.filter(incident=incident, cycle=decision.cycle)
    return {
        "findings": findings,
        "reviews": reviews,
        "reviewers": joined([one.validator.name for one in reviews]),
        "evidence": list(evidence.select_related("added_by").order_by("added_at")),
    }


def _seat_rows(hearing: Hearing) -> list[dict[str, Any]]:
    decision = hearing.decision
    if decision.state == DRAFT:
        return [
            {"seat": one.function, "name": one.person.name, "state": "pending",
             "said": "Not convened yet",
             "note": f"substitute {one.substitute.name}" if one.substitute else ""}
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
        "name": "You" if mine else name,
        "note": _note(elector),
        "state": state,
        "said": said,
        "at": ballot.at if ballot else None,
        "vote": VOTES[ballot.vote] if ballot and (mine or hearing.sees_votes) else "",
        "reason": ballot.reason if ballot and (mine or hearing.sees_votes) else "",
        "number": ballot.entry_number if ballot else None,
        "mine": mine,
    }


def _standing(
    hearing: Hearing, elector: ElectorSeat, ballot: Ballot | None
) -> tuple[str, str]:
    if elector.seated_id is None:
        return "none", "Empty: recused"
    if ballot is not None:
        return VOTED
    if hearing.decision.state == OPEN:
        return "current", "Open"
    return "none", "Did not vote"


def _note(elector: ElectorSeat) -> str:
    """Say for whom a substitute sits, and why."""
    if elector.state != ElectorSeat.State.SUBSTITUTED:
        return elector.note
    holder = elector.holder.name
    _, is_about_holder, why = elector.note.partition(f"{holder} ")
    if is_about_holder:
        return f"substitute for {holder}, who {why}"
    told = f"substitute for {holder}"
    return f"{told}: {elector.note}" if elector.note else told


def _seats_note(hearing: Hearing) -> str:
    if hearing.decision.state == OPEN and not hearing.sees_votes:
        return "The votes of others are shown once you have voted or the round has closed."
    return ""


def _recusal_rows(hearing: Hearing) -> list[dict[str, Any]]:
    return [
        {
            "name": one.person.name,
            "how": "by rule" if one.by_rule else "declared",
            "reason": one.reason,
            "at": one.at,
        }
        for one in hearing.seats.recusals
    ]


def _quorum(hearing: Hearing) -> dict[str, Any] | None:
    found = hearing.round
    if found is None:
        return None
    count = found.tally
    votes = "votes is" if count.present == 1 else "votes are"
    feasible = found.feasibility(in_meeting=hearing.decision.procedure == "meeting")
    still = count.electorate - count.present
    if hearing.decision.state != OPEN:
        note = ""
    elif not feasible.feasible:
        note = feasible.reasons[0]
    elif not still:
        note = "Everybody has voted."
    elif still == 1 and hearing.may_vote and hearing.ballot is None:
        note = "It can be reached: only yours is missing."
    else:
        note = f"It can be reached: {still} still to vote."
    return {
        "seats": [index < count.present for index in range(count.electorate)],
        "text": f"{count.present} of {count.electorate} {votes} in, {count.needed} are needed.",
        "note": note,
        "feasible": feasible,
    }


def _facts(hearing: Hearing) -> list[dict[str, Any]]:
    found, decision = hearing.round, hearing.decision
    if found is None:
        return []
    rounds = found.rules.rounds
    lapse = "another round opens" if decision.round < rounds else "it goes to the next level"
    facts = [
        {"label": "Majority", "value": MAJORITY_WORDS[found.charter.majority]},
        {"label": "Effective", "value": "at least half of the ballots for or against"},
        {"label": "If it lapses", "value": f"{lapse}. Lapsed is not approved"},
    ]
    if hearing.sees_votes:
        count = found.tally
        told = f"{count.votes_for} for, {count.against} against, {count.abstained} abstained"
        facts.insert(0, {"label": "So far" if decision.state == OPEN else "Counted",
                         "value": told})  # fmt: skip
    return facts


def _certificate(resolution: Any) -> dict[str, Any] | None:
    if resolution is None or resolution.signature is None:
        return None
    row = resolution.signature
    return signature(row, "Certification", row.payload_sha256, resolution.entry_number)


def _cannot(hearing: Hearing) -> list[dict[str, Any]]:
    """Why the reader does not vote, where the round is open and they have no seat in it."""
    if hearing.decision.state != OPEN or hearing.seat is not None:
        return []
    refusal = vote_refusal(decision=hearing.decision, user=hearing.reader, at=hearing.at)
    if refusal is None:
        return []
    who = f". {joined(list(refusal.who_can))} vote" if refusal.who_can else ""
    return [{"state": "not", "name": "Vote", "why": f"{clause(refusal.reason)}{who}"}]
