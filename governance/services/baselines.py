"""A baseline agreed to or withdrawn, with what its thresholds make of it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import ThresholdVersion
from governance.services.threshold_baselines import (
    relative_versions,
    stands_in_breach,
    stop_judging,
    words_of,
)
from governance.services.thresholds import follow_baseline
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid
from telemetry.models import Baseline
from telemetry.services import baselines


@retried
@transaction.atomic
def agree_to_baseline(
    *,
    baseline_id: UUID,
    actor: Actor,
    at: datetime,
    reason: str = "",
    approver_id: UUID | None = None,
) -> Baseline:
    """Agree to a drafted baseline; thresholds relative to the former one follow.

    Limits that become as strict or stricter are in force at once; looser ones become a draft that
    a second person approves with its back-test, and the old ones judge until then. Where a breach
    stands nothing is judged until somebody approves limits over the new one (EVA-23). Raises as
    `telemetry.services.baselines.approve_baseline`.
    """
    baseline, former = baselines.approve_baseline(
        baseline_id=baseline_id, actor=actor, at=at, reason=reason, approver_id=approver_id
    )
    if former is not None:
        for version in relative_versions(baseline):
            _follow(version, baseline, actor, at)
    return baseline


@retried
@transaction.atomic
def end_baseline(*, baseline_id: UUID, reason: str, actor: Actor, at: datetime) -> Baseline:
    """Withdraw a baseline: thresholds relative to it judge nothing until there is another.

    Raises as `telemetry.services.baselines.withdraw_baseline`.
    """
    was_agreed = Baseline.objects.filter(pk=baseline_id, state=Baseline.State.APPROVED).exists()
    baseline = baselines.withdraw_baseline(
        baseline_id=baseline_id, reason=reason, actor=actor, at=at
    )
    if was_agreed:
        why = f"{words_of(baseline)} was withdrawn."
        for version in relative_versions(baseline):
            stop_judging(threshold=version.threshold, why=why, actor=actor, at=at)
    return baseline


def _follow(version: ThresholdVersion, baseline: Baseline, actor: Actor, at: datetime) -> None:
    threshold = version.threshold
    if threshold.waits_for:
        return
    why = f"{words_of(baseline)} took the place of the former one."
    if stands_in_breach(threshold):
        stop_judging(threshold=threshold, why=why, actor=actor, at=at)
        return
    try:
        follow_baseline(version=version, baseline=baseline, why=why, actor=actor, at=at)
    except Invalid as refusal:
        words = f"{why} Its limits cannot be used over that: {refusal.reason}"
        stop_judging(threshold=threshold, why=words, actor=actor, at=at)
