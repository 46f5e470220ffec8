"""Thresholds by risk tier: the same limits drafted for each system of a tier (KPI-4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from governance.models import ThresholdVersion
from governance.rules.stated import Stated
from governance.selectors.thresholds import of_same_tier
from governance.services.thresholds import draft_threshold
from ledger.rules.actors import Actor
from ledger.rules.refusals import Refused
from ledger.rules.worded import worded
from registry.models import System

MOST = 50
"""Systems in one request: each draft is tried on its own past."""


@dataclass(frozen=True, slots=True)
class Left:
    """A system of the tier for which nothing was drafted, and why."""

    system: System
    why: str


@dataclass(frozen=True, slots=True)
class TierDrafts:
    """What was drafted for the other systems of a tier, and what was left out."""

    drafted: list[ThresholdVersion] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


@transaction.atomic
def draft_for_tier(
    *,
    like: ThresholdVersion,
    stated: Stated,
    among: QuerySet[System],
    actor: Actor,
    at: datetime,
    valid_from: datetime | None = None,
) -> TierDrafts:
    """Draft the limits of a version for the other systems of its system's risk tier.

    `among` are the systems that the author may see. Each draft waits for a second person of its
    system; where the author may not draft, or the limits cannot be used, it says so. A baseline
    stated by hand is that of one system, so relative limits are taken over each system's own.
    """
    found, threshold = TierDrafts(), like.threshold
    others = of_same_tier(threshold=threshold, among=among)
    own = replace(stated, baseline=None, baseline_note="")
    for system in others[:MOST]:
        try:
            with transaction.atomic():
                version = draft_threshold(
                    system_id=system.pk,
                    kpi_id=threshold.kpi_id,
                    environment=threshold.environment,
                    segment=threshold.segment,
                    stated=own,
                    valid_from=valid_from,
                    actor=actor,
                    at=at,
                )
        except Refused as refusal:
            found.left.append(Left(system, refusal.reason))
        else:
            found.drafted.append(version)
    found.left.extend(_too_many(others))
    return found


def _too_many(others: Sequence[System]) -> list[Left]:
    why = worded("At once {most} systems: draft it for this one by itself.", most=MOST)
    return [Left(system, why) for system in others[MOST:]]
