"""The frozen plan: everything of policy and calendar that an open incident stays bound to.

Governance builds it when a case is opened; a later edit of the policy leaves it as it is
(workflow section 3, 'Snapshot'). Durations are texts (`4bh`, `2bd`, `48h`), so that the plan reads
as the policy was written.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec

from ledger.rules.canonical import canonical
from outbox.rules.business_time import due, worked_between
from outbox.rules.calendars import Calendar, calendar_from
from outbox.rules.durations import Duration, Unit, scale

STAGES = (
    "acknowledge",
    "first_assessment",
    "findings",
    "validation",
    "decision",
    "execution",
    "verification",
)
ELAPSED: dict[Unit, Unit] = {"bmin": "min", "bh": "h", "bd": "d"}
SEVERITIES = ("minor", "moderate", "major", "severe")


class BadPlan(ValueError):
    """A plan that cannot be followed; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One step of the escalation of a stage.

    `offset` is a share of the stage ('0%' its entry, '50%', '100%' its deadline) or a duration
    after the deadline ('+1bd'). `recipients` are expressions that governance resolves when the
    step fires. `repeats` are the waits before each reminder; after them 1, 2, 4, 8 days without
    end. Empty `stages` or `severities` mean all.
    """

    step: int
    offset: str
    recipients: tuple[str, ...]
    level: int = 0
    obligation: str = "act"
    repeats: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SegregationProfile:
    """How strictly persons are kept apart beyond the fixed pairs.

    `extra_pairs` are pairs of parts such as ('validator', 'verifier'). `both_lines_at` are the
    risk tiers that need compliance and risk. `dismiss_persons` is 1 or 2 (SEG-11).
    """

    name: str = "small"
    extra_pairs: tuple[tuple[str, str], ...] = ()
    both_lines_at: tuple[str, ...] = ("high",)
    dismiss_persons: int = 2


@dataclass(frozen=True, slots=True)
class SmallCases:
    """Which cases go the short way, as pairs (severity, risk tier).

    Their findings are a cause, one sentence and an action. `recovered_for` is how long a cause must
    have been over before a validator closes such a case without a committee (T25).
    """

    pairs: tuple[tuple[str, str], ...] = (
        ("minor", "low"),
        ("minor", "medium"),
        ("moderate", "low"),
    )
    recovered_for: str = "1d"

    def covers(self, severity: str, tier: str) -> bool:
        """Whether a severity at a risk tier is a small case."""
        return (severity, tier) in self.pairs


@dataclass(frozen=True, slots=True)
class FrozenPlan:
    """Policy, calendar and segregation as they were when the cycle began.

    `times` maps severity → stage → duration ('' is no deadline; `stop` and `roll_back` stand beside
    the stages); `elapsed_at` are severities at which business time
    becomes elapsed time (severe always; major for agents). `calendar` is plain data as
    `outbox.rules.calendars.calendar_from` reads it; `calendar_name` says which version it was.
    `verification` holds the defaults of a proof's rule, opaque here but for governance. `limits`
    holds durations and counts by name, for this system's tier, as governance.services.plan_limits
    writes them.
    """

    policy_id: str
    policy_sha256: str
    profile: str
    times: Mapping[str, Mapping[str, str]]
    calendar: Mapping[str, Any]
    calendar_name: str = ""
    policy_number: int = 1
    example: bool = True
    elapsed_at: tuple[str, ...] = ("severe",)
    ladder: tuple[LadderStep, ...] = ()
    segregation: SegregationProfile = SegregationProfile()
    small: SmallCases = SmallCases()
    returns_raise_at: int = 3
    reopen_days: int = 30
    max_cycles: int = 3
    signature_fresh_seconds: int = 300
    verification: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = [severity for severity in SEVERITIES if severity not in self.times]
        if missing:
            raise BadPlan(f"the plan has no times for severity {', '.join(missing)}")
        for stages in self.times.values():
            for text in filter(None, stages.values()):
                Duration.parse(text)
        for step in self.ladder:
            share_of(step.offset)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A due instant with what it was computed from, so that it can be explained."""

    stage: str
    starts_at: datetime
    due_at: datetime
    duration: Duration
    pauses: tuple[tuple[datetime, datetime], ...] = ()

    def inputs(self, plan: FrozenPlan) -> dict[str, Any]:
        """What explains the instant: duration, start, pauses, calendar, zone, policy."""
        pauses = [[begin.isoformat(), end.isoformat()] for begin, end in self.pauses]
        return {
            **({"pauses": pauses} if pauses else {}),
            "duration": str(self.duration),
            "from": self.starts_at.isoformat(),
            "calendar": plan.calendar_name if self.duration.is_business else "",
            "zone": plan.calendar["zone"] if self.duration.is_business else "UTC",
            "policy": plan.policy_id,
            "policy_sha256": plan.policy_sha256,
        }


def to_text(plan: FrozenPlan) -> str:
    """Return the plan as canonical JSON text; equal plans have equal text."""
    return canonical(msgspec.to_builtins(plan)).decode()


def from_text(text: str) -> FrozenPlan:
    """Read a plan that `to_text` wrote. Raises BadPlan."""
    try:
        return msgspec.json.decode(text, type=FrozenPlan)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadPlan(str(error)) from error


def digest(plan: FrozenPlan) -> str:
    """Return the SHA-256 of the plan's canonical text, as hex."""
    return hashlib.sha256(to_text(plan).encode()).hexdigest()


def calendar_of(plan: FrozenPlan) -> Calendar:
    """Return the frozen calendar. Raises BadCalendar."""
    return calendar_from(plan.calendar)


def stage_time(plan: FrozenPlan, *, severity: str, stage: str) -> Duration | None:
    """Return the time that a stage has, None where the policy sets none."""
    text = plan.times[severity].get(stage)
    if not text:
        return None
    duration = Duration.parse(text)
    if duration.is_business and severity in plan.elapsed_at:
        return Duration(duration.amount, ELAPSED[duration.unit])
    return duration


def deadline(
    plan: FrozenPlan, *, severity: str, stage: str, starts_at: datetime
) -> Deadline | None:
    """Return the deadline of a stage that begins at `starts_at`, None where none is set."""
    duration = stage_time(plan, severity=severity, stage=stage)
    return None if duration is None else deadline_after(plan, stage, starts_at, duration)


def deadline_after(
    plan: FrozenPlan, stage: str, starts_at: datetime, duration: Duration
) -> Deadline:
    """Return the deadline that lies a given duration after `starts_at`."""
    return Deadline(stage, starts_at, due(starts_at, duration, calendar_of(plan)), duration)


def time_left(plan: FrozenPlan, *, duration: Duration, due_at: datetime, at: datetime) -> Duration:
    """Return what is left of a stage at `at`, in the kind of time that it runs on; never negative.

    Business time is returned in `bmin`, elapsed time in `s`.
    """
    if at >= due_at:
        return Duration(Fraction(0), "bmin" if duration.is_business else "s")
    if not duration.is_business:
        return Duration(_seconds(due_at - at), "s")
    return Duration(_seconds(worked_between(at, due_at, calendar_of(plan))) / 60, "bmin")


def with_pauses(
    plan: FrozenPlan, deadline: Deadline, pauses: Sequence[tuple[datetime, datetime]]
) -> Deadline:
    """Return a deadline moved on by the time in which its stage stood still."""
    due_at = deadline.due_at
    for begin, end in pauses:
        due_at = after_pause(plan, deadline.duration, instant=due_at, begin=begin, end=end)
    return replace(deadline, due_at=due_at, pauses=tuple(pauses))


def after_pause(
    plan: FrozenPlan, duration: Duration, *, instant: datetime, begin: datetime, end: datetime
) -> datetime:
    """Return where an instant of a stage lies that stood still from `begin` until `end`.

    What was left to it at the beginning is left to it at the end, in its kind of time.
    """
    left = time_left(plan, duration=duration, due_at=instant, at=begin)
    return due(end, left, calendar_of(plan))


def time_after_return(plan: FrozenPlan, *, severity: str, left: Duration) -> Duration:
    """Return the time of an owner to whom findings came back: what was left, but not under a floor.

    The floor is the smaller of one business day and a quarter of the stage (T05 with INC-A).
    """
    stage = stage_time(plan, severity=severity, stage="findings")
    if stage is None:
        return left
    day = calendar_of(plan).standard_day
    business_day = Duration(Fraction(1), "bd")
    quarter = scale(stage, Fraction(1, 4))
    floor = min(quarter, business_day, key=lambda one: one.seconds(day))
    if not stage.is_business:
        floor = Duration(floor.seconds(day), "s")
    return max(left, floor, key=lambda one: one.seconds(day))


def steps_for(plan: FrozenPlan, *, severity: str, stage: str) -> tuple[LadderStep, ...]:
    """Return the steps of the ladder that a stage has at a severity, in order."""
    return tuple(
        step
        for step in plan.ladder
        if (not step.stages or stage in step.stages)
        and (not step.severities or severity in step.severities)
    )


def step_due(plan: FrozenPlan, step: LadderStep, deadline: Deadline) -> datetime:
    """Return when a step of a stage fires."""
    share = share_of(step.offset)
    calendar = calendar_of(plan)
    if share is None:
        return due(deadline.due_at, Duration.parse(step.offset.removeprefix("+")), calendar)
    if share == 1:
        return deadline.due_at
    return due(deadline.starts_at, scale(deadline.duration, share), calendar)


def share_of(offset: str) -> Fraction | None:
    """Return the share of the stage that an offset names, None for one after the deadline.

    Raises BadPlan, BadDuration.
    """
    if offset.startswith("+"):
        Duration.parse(offset.removeprefix("+"))
        return None
    number = offset.removesuffix("%")
    if number == offset or not number.isdecimal() or int(number) > 100:
        raise BadPlan(f"{offset!r} is no offset; write 50% or +1bd")
    return Fraction(int(number), 100)


def _seconds(span: timedelta) -> Fraction:
    return Fraction(span // timedelta(microseconds=1), 1_000_000)
