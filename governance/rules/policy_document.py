"""The policy document: how an organisation deals with incidents, as data that two persons agree on.

Durations are written as in outbox.rules.durations ('4bh', '2bd', '48h'); '' means that there is
no deadline.
"""

from typing import Any, Literal

from governance.rules.policy_parts.acceptance import Acceptance
from governance.rules.policy_parts.carrying import Carrying
from governance.rules.policy_parts.containment import Containment
from governance.rules.policy_parts.levels import Levels
from governance.rules.policy_parts.meetings import Meetings
from governance.rules.policy_parts.notices import Notices
from governance.rules.policy_parts.on_call import OnCall
from governance.rules.policy_parts.pauses import Pauses
from governance.rules.policy_parts.struct import Struct
from governance.rules.severity import SeverityMatrix


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
    `stages`, `severities` or risk `tiers` mean all; `repeats` of its own replace the common
    reminders.
    """

    level: int
    offset: str
    recipients: list[str]
    obligation: str = "act"
    repeats: list[str] | None = None
    stages: list[str] = []
    severities: list[str] = []
    tiers: list[str] = []


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

    @property
    def extra_pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of parts that are kept apart here beyond the fixed ones."""
        pairs = {
            ("validator", "verifier"): self.validator_may_verify,
            ("owner", "executor"): self.owner_may_execute,
        }
        return tuple(pair for pair, allowed in pairs.items() if not allowed)


class CommitteeRules(Struct, frozen=True, kw_only=True):
    """The charter that a committee decides by.

    `electorate` is 'seats', or 'role:executive' and the like where everybody who holds a role for
    the unit has a seat. `required_high` are functions that must vote at high tier;
    'risk|compliance' is met by either. Where a risk is accepted, `minimum_acceptance` and
    `majority_acceptance` hold too if they ask for more.
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
    minimum_acceptance: int = 1
    majority_acceptance: str = "absolute"


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


class TrendDefaults(Struct, frozen=True, kw_only=True):
    """How slides are told where a threshold has no trend rule of its own (KPI-5).

    The forecast reaches the warning limit within `horizon`; '' judges no slides.
    """

    method: str = "slope"
    horizon: str = "28d"
    least_windows: int = 8


class BurnDefaults(Struct, frozen=True, kw_only=True):
    """Fires when both windows burn `burn` times too fast, or when `spent` of the budget is gone.

    Numbers are written as text: '14.4', '0.75'.
    """

    long: str
    short: str
    burn: str
    spent: str


class BudgetDefaults(Struct, frozen=True, kw_only=True):
    """What an error budget fires at where its author says nothing else (KPI-7)."""

    period_days: int = 30
    warning: BurnDefaults = BurnDefaults(long="6h", short="30min", burn="6", spent="0.75")
    critical: BurnDefaults = BurnDefaults(long="1h", short="5min", burn="14.4", spent="1")


class GuardrailDefaults(Struct, frozen=True, kw_only=True):
    """A gain that must not cost its guardrail more than this (KPI-3).

    Limits are in points of the guardrail's unit, or by `mode` a share of what it was before. Judged
    for every system that has both series by windows of this length, unless a pair of its own says
    otherwise. `fires` is 'k:n' windows; limits are written as text: '0.03'.
    """

    gain: str
    guardrail: str
    warning: str
    critical: str
    mode: Literal["points", "share"] = "points"
    window: str = "7d"
    reference_windows: int = 6
    fires: str = "2:3"
    least_n: int = 100


class Measured(Struct, frozen=True, kw_only=True):
    """What is judged over many readings, by default."""

    trends: TrendDefaults = TrendDefaults()
    budgets: BudgetDefaults = BudgetDefaults()
    guardrails: list[GuardrailDefaults] = []


class PolicyDocument(Struct, frozen=True, kw_only=True):
    """One whole policy. What was agreed before slides and budgets were judged has the defaults."""

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
    measured: Measured = Measured()
    pauses: Pauses = Pauses()
    containment: Containment = Containment()
    carrying: Carrying = Carrying()
    acceptance: Acceptance = Acceptance()
    levels: Levels = Levels()
    meetings: Meetings = Meetings()
    on_call: OnCall = OnCall()
    notices: Notices = Notices()

    @property
    def matrix(self) -> SeverityMatrix:
        """The severity matrix."""
        return SeverityMatrix.from_data(self.severity)
