"""What a pack says of incidents: value types, as they are written to JSON."""

from datetime import datetime
from typing import Any

from msgspec import Struct, field


class CauseRecord(Struct, frozen=True, kw_only=True):
    """A breach that belongs to the incident, and the threshold version that it broke."""

    series_id: int
    kpi: str
    segment: str
    window_end: datetime
    value: float | None
    threshold_number: int
    joined_at: datetime


class TransitionRecord(Struct, frozen=True, kw_only=True):
    """One change of state: who, in which role, when, why, with which ledger number."""

    version: int
    cycle: int
    code: str
    command: str
    from_state: str
    to_state: str
    person: str
    role: str
    on_behalf_of: str
    at: datetime
    reason: str
    payload: dict[str, Any]
    entry: int


class QuestionsRecord(Struct, frozen=True, kw_only=True):
    """The four questions of the acknowledgement and their answers."""

    cycle: int
    person_harmed: str
    rights_affected: str
    personal_data: str
    critical_service: str
    answered_by: str
    answered_at: datetime
    entry: int


class AssessmentRecord(Struct, frozen=True, kw_only=True):
    """A first assessment."""

    cycle: int
    seen: str
    since: datetime | None
    affected: int | None
    affected_note: str
    contained: bool
    next_step: str
    next_step_at: datetime | None
    written_by: str
    written_at: datetime
    entry: int


class FindingsRecord(Struct, frozen=True, kw_only=True):
    """The owner's findings of one revision, signed."""

    cycle: int
    revision: int
    cause: str
    narrative: str
    version: str
    affected: int | None
    affected_note: str
    affected_from: datetime | None
    affected_until: datetime | None
    harm: str
    proposed_severity: str
    proposed_action: str
    containment: str
    record_sha256: str
    submitted_by: str
    submitted_at: datetime
    signature: str
    entry: int


class EvidenceRecord(Struct, frozen=True, kw_only=True):
    """A piece of evidence: its title, where it stands, its hash."""

    cycle: int
    title: str
    reference: str
    sha256: str
    purpose: str
    added_by: str
    added_at: datetime
    entry: int


class ValidationRecord(Struct, frozen=True, kw_only=True):
    """A validator's signed review; `same_record` says whether it reviewed the newest findings."""

    cycle: int
    line: str
    findings_sha256: str
    same_record: bool
    severity: str
    severity_reason: str
    implication: str
    implication_reason: str
    clocks: Any
    harm: str
    validator: str
    validated_at: datetime
    signature: str
    entry: int


class ClockRecord(Struct, frozen=True, kw_only=True):
    """A regulatory clock: its rule and source, awareness, due instant, how it ended."""

    rule: str
    regime: str
    basis: str
    hours: int
    rule_status: str
    source: str
    aware_at: datetime
    aware_person: str
    due_at: datetime
    armed_by: str
    state: str
    ended_reason: str
    ended_at: datetime | None
    entry: int


class ReceiptRecord(Struct, frozen=True, kw_only=True):
    """What came back about an action, and whether it equals what was decided."""

    how: str
    observed: Any
    matches: bool
    person: str
    at: datetime
    entry: int


class WindowRecord(Struct, frozen=True, kw_only=True):
    """The proof of an effect: its rule, its figures, its outcome."""

    cycle: int
    proof: str
    rule: dict[str, Any]
    series_id: int | None
    starts_at: datetime
    ends_at: datetime
    extended: bool
    outcome: str
    judged_at: datetime | None
    superseded_at: datetime | None
    figures: dict[str, Any]
    forecast: str


class ActionRecord(Struct, frozen=True, kw_only=True):
    """An ordered action, its receipts and the windows that verify its effect."""

    id: str
    cycle: int
    decision: str
    position: int
    type: str
    words: str
    target_version: str
    environment: str
    parameters: dict[str, Any]
    executor: str
    due_at: datetime
    proof: str
    stopping: bool
    state: str
    ordered_at: datetime
    dispatched_at: datetime | None
    confirmed_at: datetime | None
    confirmed_by: str
    confirmed_how: str
    receipts: list[ReceiptRecord]
    windows: list[WindowRecord]


class ParticipationRecord(Struct, frozen=True, kw_only=True):
    """Who did what in which cycle: what segregation of duties reads."""

    cycle: int
    person: str
    act: str
    as_delegate_of: str
    at: datetime


class FiringRecord(Struct, frozen=True, kw_only=True):
    """A step of the escalation that fired, and whom it found."""

    cycle: int
    rule: str
    step: int
    repeat: int
    level: int
    recipients: Any
    unroutable: bool
    due_at: datetime
    fired_at: datetime
    entry: int


class CommentPaperRecord(Struct, frozen=True, kw_only=True):
    """What came with a comment: a file ('file', its name) or a record of the product (its kind)."""

    kind: str
    reference: str
    path: str
    sha256: str


class CommentRecord(Struct, frozen=True, kw_only=True):
    """What somebody said on the case; `corrects` is the entry of the comment that it sets right.

    One that was withdrawn by the pack's instant says by whom, when and why.
    """

    author: str
    made_at: datetime
    text: str
    told: list[str]
    papers: list[CommentPaperRecord]
    corrects: int | None
    withdrawn_by: str
    withdrawn_at: datetime | None
    withdrawn_reason: str
    entry: int


class IncidentRecord(Struct, frozen=True, kw_only=True):
    """An incident and its whole file. `state` is that of its newest transition in scope."""

    id: str
    number: str
    kind: str
    title: str
    summary: str
    category: str
    environment: str
    live_version: str
    owner: str
    deputy: str
    risk_tier: str
    proposed_severity: str
    severity: str
    severity_validated: bool
    state: str
    cycle: int
    level: int
    contained: bool
    suppressed: bool
    drill: bool
    onset_at: datetime | None
    onset_method: str
    aware_at: datetime | None
    aware_by: str
    recovered_at: datetime | None
    detected_at: datetime
    opened_at: datetime
    stage_due_at: datetime | None
    closed_at: datetime | None
    resolution: str
    lessons: str
    detection_gap: str
    plan_sha256: str
    plan: Any
    causes: list[CauseRecord]
    transitions: list[TransitionRecord]
    questions: list[QuestionsRecord]
    assessments: list[AssessmentRecord]
    findings: list[FindingsRecord]
    evidence: list[EvidenceRecord]
    validations: list[ValidationRecord]
    clocks: list[ClockRecord]
    actions: list[ActionRecord]
    windows: list[WindowRecord]
    participations: list[ParticipationRecord]
    firings: list[FiringRecord]
    comments: list[CommentRecord] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether it still asks for an answer."""
        return self.state not in ("CLOSED", "CANCELLED")


class WatchRecord(Struct, frozen=True, kw_only=True):
    """A breach too small for an incident, and the owner's one line."""

    title: str
    kpi: str
    segment: str
    state: str
    onset_at: datetime
    detected_at: datetime
    due_at: datetime
    line: str
    answered_by: str
    answered_at: datetime | None
    ended_at: datetime | None
    incident: str
