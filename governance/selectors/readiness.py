"""What governance asks for before a system goes into production: bands, a ladder, a baseline."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from governance.models import ThresholdVersion
from governance.selectors.policies import document_of, policy_in_force
from ledger.rules.worded import either, term, word, worded
from registry.gates import Check, Gap
from registry.models import System
from telemetry.models import Baseline

# Whom the ladder of a system of high tier must reach (workflow.md section 3, tier rule).
HIGH = {"role:executive": word("an executive"), "role:board": word("the board")}


def thresholds_approved(system: System, at: datetime) -> Sequence[Gap]:
    """Bands are in force for at least one KPI of production (KPI-4)."""
    if _in_force(system, at).exists():
        return []
    return [Gap("No threshold is approved for any KPI in production.", _page(system))]


def baseline_stated(system: System, at: datetime) -> Sequence[Gap]:
    """A baseline is agreed with a threshold in force (KPI-6), and no relative band lacks one.

    Without it nobody can say later what has changed (EVA-23).
    """
    rows = list(_in_force(system, at).values_list("mode", "baseline", "threshold__waits_for"))
    if any(waits or (mode != "absolute" and baseline is None) for mode, baseline, waits in rows):
        return [Gap("A threshold relative to a baseline has none.", _page(system))]
    if any(baseline is not None for _, baseline, _ in rows) or _agreed(system, at):
        return []
    return [Gap("No baseline is agreed for any KPI in production.", _page(system))]


def escalation_agreed(system: System, at: datetime) -> Sequence[Gap]:
    """A policy with a ladder is in force; at high tier it reaches executive and board (INC-5)."""
    policy = policy_in_force(unit_id=system.unit_id, at=at)
    link = reverse("system", args=[system.slug])
    if policy is None:
        return [Gap("No escalation policy is in force for the system's unit.", link)]
    ladder = document_of(policy).escalation.ladder
    if not ladder:
        return [Gap("The escalation policy names nobody.", link)]
    if system.risk_tier != System.Tier.HIGH:
        return []
    reached = {one for step in ladder for one in step.recipients}
    missing = [term(words) for role, words in HIGH.items() if role not in reached]
    if not missing:
        return []
    words = worded(
        "The escalation policy does not reach {who}, as high tier asks.", who=either(missing)
    )
    return [Gap(words, link)]


def _agreed(system: System, at: datetime) -> bool:
    """Whether two persons have agreed to what a KPI of production was."""
    rows = Baseline.objects.filter(
        system=system, environment="production", state="approved", approved_at__lte=at
    )
    return bool(rows.exists())


def _in_force(system: System, at: datetime) -> QuerySet[ThresholdVersion]:
    rows: QuerySet[ThresholdVersion] = ThresholdVersion.objects.filter(
        threshold__system=system,
        threshold__environment="production",
        state=ThresholdVersion.State.ACTIVE,
        valid_from__lte=at,
    )
    return rows


def _page(system: System) -> str:
    """The page of the system with its scorecard."""
    return reverse("system", args=[system.slug])


# By the step and the name under which pages show a check.
CHECKS: dict[tuple[str, str], Check] = {
    ("go_live", "thresholds approved"): thresholds_approved,
    ("go_live", "escalation rule"): escalation_agreed,
    ("go_live", "baseline"): baseline_stated,
}
