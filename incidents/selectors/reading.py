"""Everything about one incident, as its page and its endpoint show it."""

from dataclasses import dataclass
from datetime import datetime

from incidents.models import (
    Action,
    Evidence,
    Findings,
    FirstAssessment,
    Incident,
    Questions,
    RegulatoryClock,
    Transition,
    Validation,
    VerificationWindow,
)
from incidents.selectors.gates import GateRow, Possible, possible_commands, who_may_act
from incidents.selectors.tracker import Stage, stage_tracker
from registry.models import User


@dataclass(frozen=True, slots=True)
class Read:
    """The parts of one incident, oldest first; actions and proofs of all cycles."""

    stages: list[Stage]
    gate: list[GateRow]
    commands: list[Possible]
    questions: list[Questions]
    assessments: list[FirstAssessment]
    findings: list[Findings]
    validations: list[Validation]
    evidence: list[Evidence]
    clocks: list[RegulatoryClock]
    actions: list[Action]
    windows: list[VerificationWindow]
    transitions: list[Transition]


def read_incident(
    *, incident: Incident, user: User | None, at: datetime, may_act: bool = True
) -> Read:
    """Return the parts of an incident; `commands` are those of the reader, none for a machine.

    Without `may_act`, as for a past instant, there are none, and nobody is told who may act.
    """
    is_person = user is not None and user.kind == User.Kind.PERSON
    person = user if is_person and may_act else None
    return Read(
        stages=stage_tracker(incident, at),
        gate=who_may_act(incident=incident, at=at) if may_act else [],
        commands=possible_commands(incident=incident, user=person, at=at) if person else [],
        questions=list(incident.questions.select_related("answered_by").order_by("cycle")),
        assessments=list(incident.assessments.select_related("written_by").order_by("written_at")),
        findings=list(
            incident.findings.select_related("submitted_by", "signature").order_by(
                "cycle", "revision"
            )
        ),
        validations=list(
            incident.validations.select_related("validator", "signature").order_by("validated_at")
        ),
        evidence=list(incident.evidence.select_related("added_by").order_by("added_at")),
        clocks=list(incident.clocks.select_related("rule").order_by("due_at")),
        actions=list(
            incident.actions.select_related("executor", "target_version", "confirmed_by").order_by(
                "ordered_at", "position"
            )
        ),
        windows=list(incident.windows.order_by("starts_at")),
        transitions=list(incident.transitions.order_by("version")),
    )
