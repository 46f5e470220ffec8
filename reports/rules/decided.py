"""What a pack says of decisions and signatures: value types, as they are written to JSON."""

from datetime import datetime
from typing import Any

from msgspec import Struct


class ElectorRecord(Struct, frozen=True, kw_only=True):
    """A seat as frozen at convening, and who sat in it."""

    number: int
    function: str
    required: bool
    chair: bool
    vice_chair: bool
    holder: str
    substitute: str
    seated: str
    state: str
    note: str


class RecusalRecord(Struct, frozen=True, kw_only=True):
    """Who may not or would not vote, and why."""

    person: str
    by_rule: bool
    reason: str
    at: datetime


class BallotRecord(Struct, frozen=True, kw_only=True):
    """A named, signed vote; `counts` marks the seat's last one."""

    seat: int
    person: str
    vote: str
    reason: str
    motion_sha256: str
    final: bool
    counts: bool
    signature: str
    at: datetime
    entry: int


class MotionActionRecord(Struct, frozen=True, kw_only=True):
    """An action that the motion orders."""

    position: int
    type: str
    words: str
    target_version: str
    executor: str
    due: str
    proof: str
    parameters: dict[str, Any]


class ResolutionRecord(Struct, frozen=True, kw_only=True):
    """How the round ended."""

    outcome: str
    eligible: int
    present: int
    votes_for: int
    votes_against: int
    abstentions: int
    early: bool
    words: str
    certified_by: str
    signature: str
    at: datetime
    entry: int


class DecisionRecord(Struct, frozen=True, kw_only=True):
    """One round of a committee on one motion."""

    id: str
    number: str
    incident: str
    cycle: int
    round: int
    committee: str
    level: str
    title: str
    reason: str
    conditions: Any
    procedure: str
    charter: Any
    motion: Any
    motion_sha256: str
    findings_sha256: str
    state: str
    feasible: bool | None
    feasibility: str
    proposed_by: str
    convened_by: str
    convened_at: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    closed_at: datetime | None
    actions: list[MotionActionRecord]
    electors: list[ElectorRecord]
    recusals: list[RecusalRecord]
    ballots: list[BallotRecord]
    resolution: ResolutionRecord | None


class SignatureRecord(Struct, frozen=True, kw_only=True):
    """Who signed what, meaning what, how it was proved to be them."""

    id: str
    signer: str
    role: str
    on_behalf_of: str
    meaning: str
    reason: str
    subject_type: str
    subject_id: str
    subject: str
    payload_sha256: str
    method: str
    authenticated_at: datetime
    signed_at: datetime
    zone: str


class ExceptionRecord(Struct, frozen=True, kw_only=True):
    """Something that an auditor lists apart: a refusal, a recusal, a lapse, a changed severity.

    `system` is the short name of the system that it is about, '' for none.
    """

    kind: str
    system: str
    at: datetime
    who: str
    what: str
    why: str
    incident: str
    entry: int | None
