"""The policy document: how an organisation deals with incidents, as data that two persons agree on.

Durations are written as in outbox.rules.durations ('4bh', '2bd', '48h'); '' means that there is
no deadline.
"""

from typing import Any

import msgspec

from governance.rules.severity import SeverityMatrix


class Struct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every part of a policy is: immutable, named fields only."""


class StageTimes(Struct, frozen=True, kw_only=True):
    """How long each stage may take at one severity, and how soon a decision is carried out."""

    acknowledge: str
    first_assessment: str
    findings: str
    validation: str
    decision: str
    stop: str
    roll_back: str


class Step(Struct, frozen=True, kw_only=True):
    """One step of the escalation ladder.

    `offset` is a share of the stage's time ('0%' its beginning, '100%' its deadline) or a duration
    after the deadline ('+1bd'). `recipients` are expressions resolved when the step fires. Empty
    `stages` or `severities` mean all; `repeats` of its own replace the common reminders.
    """

    level: int
    offset: str
    recipients: list[str]
    obligation: str = "act"
    repeats: list[str] | None = None
    stages: list[str] = []
    severities: list[str] = []


class Escalation(Struct, frozen=True, kw_only=True):
    """The ladder, the waits before each reminder, and the mailbox of last resort.

    After the listed reminders they go on after 1, 2, 4 and then every 8 days without end.
    """

    ladder: list[Step]
    repeats: list[str]
    shortest_gap: str
    mailbox: str = ""


class SmallCases(Struct, frozen=True, kw_only=True):
    """What is lighter: for which 'severity/tier', who decides and dismisses, how one signs."""

    cases: list[str]
    recovered_for: str
    delegate_decides: bool
    dismiss_persons: int
    signature_fresh: str

    def covers(self, severity: str, risk_tier: str) -> bool:
        """Whether a case takes the lighter form."""
        return f"{severity}/{risk_tier}" in self.cases


class Segregation(Struct, frozen=True, kw_only=True):
    """Where profiles differ; every other pair of roles is fixed (SEG-07).

    `both_lines_at` are the risk tiers at which compliance and risk both validate.
    """

    both_lines_at: list[str]
    validator_may_verify: bool
    owner_may_execute: bool


class CommitteeRules(Struct, frozen=True, kw_only=True):
    """The charter that a committee decides by.

    `electorate` is 'seats', or 'role:executive' and the like where everybody who holds a role for
    the unit has a seat. `required_high` are functions that must vote at high tier;
    'risk|compliance' is met by either.
    """

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
    electorate: str = "seats"


class ActionTimes(Struct, frozen=True, kw_only=True):
    """When an ordered action is due if the motion does not say."""

    retrain: str
    compensate: str
    inform: str
    supplier_fix: str


class Verification(Struct, frozen=True, kw_only=True):
    """What proofs ask for: good windows, bad ones that fail it, time to settle, durations.

    `counts_from` is 'window' (a reading counts whose window begins after the action) or
    'received' (one that arrives after it; for demonstrations on past data only).
    """

    windows: int
    fail_windows: int
    settle: str
    stopped_for: str
    document_within: str
    counts_from: str = "window"


class WatchRules(Struct, frozen=True, kw_only=True):
    """When a watch becomes an incident."""

    after: str
    third_within: str
    returns: int = 3


class Limits(Struct, frozen=True, kw_only=True):
    """Cycles, returns, how long a closed incident reopens or holds its cause."""

    reopen: str
    cycles: int
    returns: int
    hold: dict[str, str]
    first_silence: str


class PolicyDocument(Struct, frozen=True, kw_only=True):
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
