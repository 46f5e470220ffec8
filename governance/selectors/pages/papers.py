"""The papers of an incident: everything that was written, signed, decided and measured on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.db.models import OuterRef, Prefetch, Q, QuerySet

from governance.models import Ballot, BreachCause, Decision, ElectorSeat, MotionAction
from incidents.models import (
    Action,
    Comment,
    Evidence,
    Findings,
    FirstAssessment,
    Incident,
    IncidentLink,
    PrivilegedNote,
    Questions,
    RegulatoryClock,
    RiskAcceptance,
    Transition,
    Validation,
    VerificationWindow,
)
from incidents.rules.plan import FrozenPlan
from incidents.rules.records import findings_record
from incidents.selectors.files import File, file_of, read_files
from incidents.selectors.proofs import UNSETTLED
from incidents.selectors.reviews import answers_of
from ledger.rules.worded import worded
from outbox.models import Ticket
from registry.services.signatures import is_valid

CLOSING = ("close", "close_small", "dismiss")
LINES = ("compliance", "risk")
WITNESSED = (Action.Proof.DOCUMENT, Action.Proof.PROGRAMME)


class _InCycle(Protocol):
    @property
    def cycle(self) -> int: ...


OfCycle = TypeVar("OfCycle", bound=_InCycle)


@dataclass(frozen=True, slots=True)
class Papers:
    """What stands in one incident's file; lists are in the order of their making.

    `due` is the deadline that each state had when it was left, by state. `lines` are the reviews
    that are still to be signed on the newest findings. `has` names what else there is, unread.
    """

    questions: Questions | None
    assessments: Sequence[FirstAssessment]
    findings_revisions: Sequence[Findings]
    evidence: Sequence[Evidence]
    validations: Sequence[Validation]
    decisions: Sequence[Decision]
    actions: Sequence[Action]
    windows: Sequence[VerificationWindow]
    clocks: Sequence[RegulatoryClock]
    causes: Sequence[BreachCause]
    transitions: Sequence[Transition]
    due: Mapping[str, datetime]
    needs_both: bool
    has: frozenset[str] = frozenset()

    @property
    def findings(self) -> Findings | None:
        """The findings that were submitted last."""
        return self.findings_revisions[-1] if self.findings_revisions else None

    @property
    def assessment(self) -> FirstAssessment | None:
        """The first assessment that counts."""
        return self.assessments[-1] if self.assessments else None

    @property
    def reviews(self) -> list[Validation]:
        """The reviews that bind the newest findings; changed findings void the others."""
        digest = self.findings.record_sha256 if self.findings else None
        return [one for one in self.validations if one.findings_sha256 == digest]

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that are still to sign."""
        signed = {review.line for review in self.reviews}
        if self.needs_both:
            return tuple(line for line in LINES if line not in signed)
        return () if signed else LINES

    @property
    def unconfirmed(self) -> list[Action]:
        """The actions that a second person may confirm; programmes have their own signatures."""
        return [one for one in self.unsettled if one.proof != Action.Proof.PROGRAMME]

    @property
    def unsettled(self) -> list[Action]:
        """The actions that are still to be carried out or confirmed."""
        return [one for one in self.actions if one.state in UNSETTLED]

    @property
    def unbound(self) -> list[Action]:
        """The retrainings that wait for the version that meets their criteria."""
        return [
            one
            for one in self.unsettled
            if one.type == Action.Type.RETRAIN and one.target_version_id is None
        ]

    @property
    def unwitnessed(self) -> list[VerificationWindow]:
        """The running proofs that a second person confirms with evidence."""
        return [one for one in self.windows if one.outcome == "RUNNING" and one.proof in WITNESSED]

    @property
    def unproven(self) -> bool:
        """Whether a proof has not passed, so that nobody may close."""
        return any(one.outcome != "PASSED" for one in self.windows)

    @property
    def decision(self) -> Decision | None:
        """The newest round."""
        return self.decisions[-1] if self.decisions else None

    @property
    def counted(self) -> str:
        """How the newest round was counted, in words."""
        decision = self.decision
        found = getattr(decision, "resolution", None) if decision is not None else None
        if found is None:
            return ""
        return worded(
            "{votes_for} for, {against} against, {abstained} abstained",
            votes_for=found.votes_for,
            against=found.votes_against,
            abstained=found.abstentions,
        )

    @property
    def closer(self) -> str:
        """Who closed the incident."""
        ended = [one for one in self.transitions if one.command in CLOSING]
        return ended[-1].person_name if ended else ""

    @property
    def acknowledged(self) -> Transition | None:
        """The acknowledgement of this cycle."""
        found = [one for one in self.transitions if one.command == "acknowledge"]
        return found[-1] if found else None

    def is_intact(self, number: str) -> bool:
        """Whether the newest findings are still what was signed."""
        findings = self.findings
        if findings is None:
            return True
        return is_valid(findings.signature, findings_record(number, findings))


def papers_of(*, incident: Incident, plan: FrozenPlan) -> Papers:
    """Return the papers of the present cycle; at most twenty queries, however long the file is.

    The incident keeps what was read: whatever asks this very object afterwards finds it there.
    """
    read_files([incident], beside=_beside())
    file = file_of(incident) or File()
    transitions = of_cycle(file.transitions, incident)
    return Papers(
        questions=answers_of(incident),
        assessments=of_cycle(file.assessments, incident),
        findings_revisions=of_cycle(file.findings, incident),
        evidence=of_cycle(file.evidence, incident),
        validations=of_cycle(file.validations, incident),
        decisions=decisions_of(incident) if "decisions" in file.has else [],
        actions=of_cycle(file.actions, incident),
        windows=[row for row in of_cycle(file.windows, incident) if row.superseded_at is None],
        clocks=file.clocks,
        causes=causes_of(incident) if "causes" in file.has else [],
        transitions=transitions,
        due=_due(transitions),
        needs_both=incident.risk_tier in plan.segregation.both_lines_at,
        has=file.has,
    )


def of_cycle(rows: Sequence[OfCycle], incident: Incident) -> list[OfCycle]:
    """Return the rows of a file that belong to the present cycle."""
    return [row for row in rows if row.cycle == incident.cycle]


def _beside() -> dict[str, QuerySet[Any]]:
    """What a page asks beside the file: whether there is any, before it is read."""
    incident = OuterRef("pk")
    linked = Q(incident_id=incident) | Q(other_id=incident)
    returned = Q(recurs_from_id=incident) | Q(duplicate_of_id=incident)
    return {
        "decisions": Decision.objects.filter(incident_id=incident),
        "causes": BreachCause.objects.filter(incident_id=incident),
        "acceptances": RiskAcceptance.objects.filter(incident_id=incident),
        "links": IncidentLink.objects.filter(linked),
        "returned": Incident.objects.filter(returned),
        "notes": PrivilegedNote.objects.filter(incident_id=incident),
        "comments": Comment.objects.filter(incident_id=incident),
        "tickets": Ticket.objects.filter(subject_id=incident),
    }


def causes_of(incident: Incident) -> list[BreachCause]:
    """Return the breaches that an incident comes from, in the order in which they joined."""
    rows = BreachCause.objects.filter(incident_id=incident.pk).select_related(
        "standing__series__kpi",
        "standing__series__system",
        "threshold_version__threshold__kpi",
    )
    return list(rows.order_by("joined_at", "pk"))


def decisions_of(incident: Incident) -> list[Decision]:
    """Return the rounds of this cycle with actions, ballots, seats and outcome, in order."""
    actions = MotionAction.objects.select_related("target_version", "executor").order_by("position")
    ballots = Ballot.objects.select_related("person", "signature").order_by("pk")
    seats = ElectorSeat.objects.select_related("seated").order_by("number")
    rows = Decision.objects.filter(incident_id=incident.pk, cycle=incident.cycle)
    return list(
        rows.select_related("committee", "resolution__certified_by", "proposed_by", "convened_by")
        .prefetch_related(
            Prefetch("motion_actions", queryset=actions),
            Prefetch("ballots", queryset=ballots),
            Prefetch("electors", queryset=seats),
        )
        .order_by("created_at", "round")
    )


def _due(transitions: Sequence[Transition]) -> dict[str, datetime]:
    """The deadline of each state as it was when the state was left for the last time."""
    return {
        row.from_state: datetime.fromisoformat(row.payload["stage_due_at"])
        for row in transitions
        if row.from_state != row.to_state and row.payload.get("stage_due_at")
    }
