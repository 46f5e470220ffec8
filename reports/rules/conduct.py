"""How what went wrong was lived with: acceptances, reports, programmes, stops, orders, drills.

Value types, as they are written to JSON; instants are UTC, money is said in words of the record.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct


class AcceptanceRecord(Struct, frozen=True, kw_only=True):
    """An accepted risk with its terms and its end. `state` is that of the pack's instant."""

    number: str
    incident: str
    cycle: int
    decision: str
    motion_sha256: str
    title: str
    treatment: str
    residual_risk: str
    controls: str
    environment: str
    versions: Any
    kpi: str
    segment: str
    limit_value: float | None
    limit_words: str
    severity: str
    risk_tier: str
    owner: str
    from_at: datetime
    until_at: datetime
    original_from: datetime
    original_until: datetime
    renewal_of: str
    renewals: int
    review_at: datetime
    reviewed_at: datetime | None
    reviewed_by: str
    review_words: str
    state: str
    ground: str
    ended_at: datetime | None
    ended_words: str


class ProposalRecord(Struct, frozen=True, kw_only=True):
    """What was proposed to be accepted, by whom or from where, and what came of it."""

    number: str
    incident: str
    terms: Any
    source: str
    reference: str
    proposed_by: str
    proposed_at: datetime
    state: str
    decided_by: str
    decided_at: datetime | None
    decided_because: str
    acceptance: str


class DraftRecord(Struct, frozen=True, kw_only=True):
    """One version of a report to an authority."""

    id: str
    incident: str
    regime: str
    template: str
    kind: str
    version: int
    values: Any
    record_sha256: str
    made_by: str
    made_at: datetime
    entry: int


class SubmissionRecord(Struct, frozen=True, kw_only=True):
    """A report that was sent: to whom, when, under which number, its receipt."""

    id: str
    incident: str
    draft_regime: str
    draft_version: int | None
    kind: str
    authority: str
    submitted_at: datetime
    reference: str
    receipt: str
    receipt_sha256: str
    late_reason: str
    submitted_by: str
    recorded_at: datetime
    entry: int


class DutyRecord(Struct, frozen=True, kw_only=True):
    """A duty to report, from awareness to its report or to why nothing was to be reported."""

    incident: str
    rule: str
    regime: str
    basis: str
    rule_status: str
    counted_as: str
    binding: str
    aware_at: datetime
    aware_person: str
    due_at: datetime
    armed_by: str
    state: str
    not_reportable_because: str
    ended_at: datetime | None
    submission: str
    entry: int


class BatchOfPeople(Struct, frozen=True, kw_only=True):
    """One batch of a programme: people written to, and what came of it since the last."""

    number: int
    sent: int
    answered: int
    settled: int
    unreachable: int
    refused: int
    amount: str
    letter_version: str
    evidence: str
    evidence_sha256: str
    note: str
    recorded_by: str
    recorded_at: datetime
    entry: int


class ReconciliationRecord(Struct, frozen=True, kw_only=True):
    """One side's signature under the figures of a programme."""

    side: str
    figures: Any
    record_sha256: str
    signature: str
    signed_by: str
    signed_at: datetime
    entry: int


class ProgrammeRecord(Struct, frozen=True, kw_only=True):
    """How the people harmed are put right, for one action."""

    id: str
    incident: str
    action: int
    harm: str
    population_rule: str
    population_source: str
    population_sha256: str
    population: int
    affected_from: datetime
    affected_until: datetime | None
    method: str
    formula: str
    estimate: str
    approved_amount: str
    currency: str
    letter_version: str
    rest: str
    state: str
    planned_by: str
    planned_at: datetime
    batches: list[BatchOfPeople]
    reconciliations: list[ReconciliationRecord]


class ContainmentRecord(Struct, frozen=True, kw_only=True):
    """A system stopped or restricted at once, its confirmation, ratification and lifting."""

    id: str
    incident: str
    cycle: int
    kind: str
    scope: str
    environment: str
    person: str
    by_rule: str
    standing_order: str
    reason: str
    reason_at: datetime | None
    at: datetime
    confirmed_at: datetime | None
    confirmed_how: str
    ratify_by: datetime
    overdue_at: datetime | None
    ratified_by: str
    ratified_at: datetime | None
    lifted_by: str
    lifted_at: datetime | None
    state: str
    entry: int


class InterimRecord(Struct, frozen=True, kw_only=True):
    """A measure of the operating controls that the owner took until an instant."""

    incident: str
    cycle: int
    measure: str
    reason: str
    environment: str
    taken_by: str
    at: datetime
    until_at: datetime
    state: str
    ended_at: datetime | None
    ended_reason: str
    entry: int


class OrderVoteRecord(Struct, frozen=True, kw_only=True):
    """One signed vote on a standing order."""

    seat: int
    person: str
    in_favour: bool
    reason: str
    signature: str
    at: datetime
    entry: int


class OrderDrillRecord(Struct, frozen=True, kw_only=True):
    """A trial of a standing order without harm."""

    person: str
    passed: bool
    seconds: int
    found: str
    evidence: str
    at: datetime
    entry: int


class OrderRecord(Struct, frozen=True, kw_only=True):
    """A stop decided in advance: its rule, its votes, its trials."""

    id: str
    number: str
    committee: str
    environment: str
    rule: str
    kpi: str
    limit_value: float | None
    action: str
    scope: str
    reason: str
    text: str
    text_sha256: str
    put_by: str
    put_at: datetime
    valid_from: datetime
    valid_until: datetime
    decided_at: datetime | None
    state: str
    withdrawn_by: str
    withdrawn_at: datetime | None
    withdrawn_reason: str
    votes: list[OrderVoteRecord]
    drills: list[OrderDrillRecord]


class DrillRecord(Struct, frozen=True, kw_only=True):
    """A fire drill: an incident rehearsed end to end, and what it showed."""

    id: str
    incident: str
    purpose: str
    severity: str
    factor: int
    started_by: str
    started_at: datetime
    state: str
    ended_by: str
    ended_at: datetime | None
    lessons: str
    report: Any


class ConditionRecord(Struct, frozen=True, kw_only=True):
    """A condition of an adopted decision: what, who answers, until when, how it was settled."""

    decision: str
    number: int
    text: str
    owner: str
    verifier: str
    evidence: str
    due_at: datetime | None
    on_overdue: str
    state: str
    reference: str
    shown_by: str
    shown_at: datetime | None
    settled_by: str
    settled_at: datetime | None
    settled_reason: str


class MuteRecord(Struct, frozen=True, kw_only=True):
    """A silence: over what, from when to when, who asked and who agreed, what opened in it."""

    kpi: str
    environment: str
    segment: str
    reason: str
    from_at: datetime
    until_at: datetime
    asked_by: str
    asked_at: datetime
    approved_by: str
    approved_at: datetime | None
    ended_by: str
    ended_at: datetime | None
    ended_reason: str
    incidents: list[str]


class RecordedVoteRecord(Struct, frozen=True, kw_only=True):
    """A vote called in a meeting as the secretary recorded it; it counts once countersigned."""

    meeting: str
    decision: str
    seat: int
    person: str
    vote: str
    reason: str
    recorded_by: str
    at: datetime
    countersigned_at: datetime | None
    entry: int


class SetupRecord(Struct, frozen=True, kw_only=True):
    """A first version that its own author approved while nobody else could."""

    kind: str
    label: str
    person: str
    at: datetime
    confirmed_by: str
    confirmed_at: datetime | None


class Conduct(Struct, frozen=True, kw_only=True):
    """All of it of one system."""

    acceptances: list[AcceptanceRecord] = []
    proposals: list[ProposalRecord] = []
    duties: list[DutyRecord] = []
    drafts: list[DraftRecord] = []
    submissions: list[SubmissionRecord] = []
    programmes: list[ProgrammeRecord] = []
    containments: list[ContainmentRecord] = []
    interims: list[InterimRecord] = []
    orders: list[OrderRecord] = []
    drills: list[DrillRecord] = []
    conditions: list[ConditionRecord] = []
    mutes: list[MuteRecord] = []
    votes: list[RecordedVoteRecord] = []
    setups: list[SetupRecord] = []
