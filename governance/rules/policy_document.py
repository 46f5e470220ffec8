"""The policy document: how an organisation deals with incidents, as data that two persons agree on.

Durations are written as in outbox.rules.durations ('4bh', '2bd', '48h'); '' means that there is
no deadline.
"""

from typing import Any

import msgspec

from governance.rules.severity import SeverityMatrix


class Struct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every part of a policy is: immutable, named fields only."""


class StageTimes(Struct):
    """How long each stage may take at one severity, and how soon a decision is carried out."""

    acknowledge: str
    first_assessment: str
    findings: str
    validation: str
    decision: str
    stop: str
    roll_back: str
    verification: str = ""


class Step(Struct):
    """One step of an escalation ladder.

    `recipients` are expressions joined by '|', resolved when the step fires. Exactly one of
    `entry` (a duration after the stage began), `share` (of the stage's time) and `after` (a
    duration after the deadline) says when.
    """

    level: int
    recipients: str
    entry: str | None = None
    share: str | None = None
    after: str | None = None
    repeats: list[str] | None = None


class Escalation(Struct):
    """Ladders by severity ('default' serves those not named), reminders, and the last mailbox."""

    ladders: dict[str, list[Step]]
    repeats: list[str]
    repeats_then: list[str]
    shortest_gap: str
    mailbox: str = ""


class SmallCases(Struct):
    """What is lighter when the severity is minor, or moderate at low tier."""

    delegate_decides: bool
    dismiss_persons: int
    signature_fresh: str


class Segregation(Struct):
    """Where the profiles differ; every other pair is fixed by the matrix of roles (SEG-07)."""

    validator_may_verify: bool
    owner_may_execute: bool


class CommitteeRules(Struct):
    """The charter that committees of this organisation decide by."""

    seats: int
    quorum: str
    minimum: int
    minimum_high: int
    majority: str
    majority_high: str
    casting_vote: bool
    required_high: list[str]
    notice: str
    notice_urgent: str
    min_open: str
    min_open_urgent: str
    open_for: str
    early_notice: str
    rounds: int


class ActionTimes(Struct):
    """When an ordered action is due if the motion does not say."""

    retrain: str
    compensate: str
    inform: str
    supplier_fix: str


class Verification(Struct):
    """What a measured proof asks for: good windows, bad ones that fail it, time to settle."""

    windows: int
    fail_windows: int
    settle: str
    stopped_for: str
    document_within: str


class WatchRules(Struct):
    """When a watch becomes an incident."""

    after: str
    third_within: str
    returns: int = 3


class Limits(Struct):
    """Cycles, returns, how long a closed incident reopens or holds its cause."""

    reopen: str
    cycles: int
    returns: int
    hold: dict[str, str]
    first_silence: str


class PolicyDocument(Struct):
    """One whole policy."""

    profile: str
    title: str
    severity: dict[str, Any]
    times: dict[str, StageTimes]
    escalation: Escalation
    small_cases: SmallCases
    segregation: Segregation
    committee: CommitteeRules
    actions: ActionTimes
    verification: Verification
    watch: WatchRules
    limits: Limits

    @property
    def matrix(self) -> SeverityMatrix:
        """The severity matrix."""
        return SeverityMatrix.from_data(self.severity)

    def ladder(self, severity: str) -> list[Step]:
        """The escalation ladder of a severity."""
        return self.escalation.ladders.get(severity) or self.escalation.ladders["default"]
