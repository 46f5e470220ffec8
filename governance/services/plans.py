"""The frozen plan of a case: policy, calendar and segregation as they are at its opening."""

from datetime import datetime
from typing import Any

import msgspec

from governance.models import Policy
from governance.rules.policy_document import PolicyDocument, Step
from governance.selectors.policies import document_of, policy_in_force
from governance.services.plan_limits import limits_of
from incidents.rules.plan import FrozenPlan, LadderStep, SegregationProfile, SmallCases
from outbox.rules.calendars import calendar_data
from outbox.rules.durations import Duration
from registry.models import System, Unit
from registry.selectors.units import calendar_of

RULE = "stage"
AGENTS = frozenset({System.Kind.AGENT, System.Kind.MULTI_AGENT})


def freeze_plan(*, unit: Unit, system: System, severity: str, at: datetime) -> FrozenPlan:
    """Return what an incident opened now stays bound to, whatever is edited later.

    `severity` is the proposed one; the plan holds the times of all, so that raising it needs no
    other plan. Without an active policy the shipped small profile serves: no case waits for one.
    """
    policy = policy_in_force(unit_id=unit.pk, at=at)
    return plan_under(policy, unit=unit, system=system, severity=severity)


def plan_under(policy: Policy | None, *, unit: Unit, system: System, severity: str) -> FrozenPlan:
    """Return the plan under a policy that the caller has read: the one in force for the unit."""
    document = document_of(policy)
    return FrozenPlan(
        **_identity(policy),
        profile=document.profile,
        times={name: _times(document, name) for name in document.times},
        calendar=calendar_data(calendar_of(unit=unit)),
        calendar_name=str(unit.calendar),
        elapsed_at=("major", "severe") if system.kind in AGENTS else ("severe",),
        ladder=tuple(
            _step(number, step, document)
            for number, step in enumerate(document.escalation.ladder)
            if not step.tiers or system.risk_tier in step.tiers
        ),
        segregation=_segregation(document),
        small=_small(document),
        returns_raise_at=document.limits.returns + 1,
        reopen_days=_days(document.limits.reopen),
        max_cycles=document.limits.cycles,
        signature_fresh_seconds=seconds(document.small_cases.signature_fresh),
        verification=verification_defaults(document),
        limits=limits_of(document, risk_tier=system.risk_tier),
    )


def verification_defaults(document: PolicyDocument) -> dict[str, Any]:
    """Return what proofs ask for, in seconds and counts."""
    rules = document.verification
    return {
        "windows": rules.windows,
        "fail_windows": rules.fail_windows,
        "settle_seconds": seconds(rules.settle),
        "stopped_seconds": seconds(rules.stopped_for),
        "document_seconds": seconds(rules.document_within),
        "counts_from": rules.counts_from,
    }


def seconds(duration: str) -> int:
    """Return an elapsed duration in seconds; a business day counts as a day."""
    written = Duration.parse(duration)
    return int(written.seconds(standard_day=86400))


def _identity(policy: Policy | None) -> dict[str, Any]:
    if policy is None:
        return {"policy_id": "", "policy_sha256": "", "policy_number": 0, "example": True}
    return {
        "policy_id": str(policy.pk),
        "policy_sha256": policy.sha256,
        "policy_number": policy.number,
        "example": policy.example,
    }


def _times(document: PolicyDocument, severity: str) -> dict[str, str]:
    times: dict[str, str] = msgspec.to_builtins(document.times[severity])
    times["execution"] = times.pop("roll_back")
    return {stage: duration for stage, duration in times.items() if duration}


def _step(number: int, step: Step, document: PolicyDocument) -> LadderStep:
    common = document.escalation.repeats
    return LadderStep(
        step=number,
        offset=step.offset,
        recipients=tuple(step.recipients),
        level=step.level,
        obligation=step.obligation,
        repeats=tuple(common if step.repeats is None else step.repeats),
        stages=tuple(step.stages),
        severities=tuple(step.severities),
    )


def _segregation(document: PolicyDocument) -> SegregationProfile:
    rules = document.segregation
    return SegregationProfile(
        name=document.profile,
        extra_pairs=rules.extra_pairs,
        both_lines_at=tuple(rules.both_lines_at),
        dismiss_persons=document.small_cases.dismiss_persons,
    )


def _small(document: PolicyDocument) -> SmallCases:
    pairs = tuple(
        (severity, tier)
        for severity, _, tier in (case.partition("/") for case in document.small_cases.cases)
    )
    return SmallCases(pairs=pairs, recovered_for=document.small_cases.recovered_for)


def _days(duration: str) -> int:
    return -(-seconds(duration) // 86400)
