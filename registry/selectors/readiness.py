"""The registry's own checks at the gates of a system's life; each gap with the page that mends it.

What must be written down stands in `readiness_in_writing`; here stands what versions show.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from ledger.rules.worded import worded
from registry.gates import Check, Gap
from registry.models import FallbackCheck, System, SystemVersion
from registry.rules.fallbacks import age_limit, needs_check, still_counts
from registry.selectors.evaluations import not_drilled, passed_run_of, plan_in_force
from registry.selectors.profile import controls_in_force
from registry.selectors.systems import live_deployment

DRILL_EVERY = timedelta(days=365)


def classified(system: System, at: datetime) -> Sequence[Gap]:
    """Before it is assessed: its legal class and its purpose are written down."""
    gaps = []
    if system.legal_class == System.LegalClass.UNDECIDED:
        gaps.append(Gap("The legal class is not decided yet.", _link("classification", system)))
    if not system.purpose.strip():
        gaps.append(Gap("The purpose is not written down.", _link("profile", system)))
    return gaps


def permitted(system: System, at: datetime) -> Sequence[Gap]:
    """Before it is approved or runs: it is no prohibited practice (AI Act Art. 5)."""
    if system.legal_class != System.LegalClass.PROHIBITED:
        return []
    words = "It is a prohibited practice (AI Act Art. 5): it may not run."
    return [Gap(words, _link("classification", system))]


def has_approved_version(system: System, at: datetime) -> Sequence[Gap]:
    """Before a pilot: one version is approved."""
    if _approved(system):
        return []
    return [Gap("No version is approved.", _link("versions", system))]


def runs_with_fallback(system: System, at: datetime) -> Sequence[Gap]:
    """Before production: an approved version is live there, and the fallback is named (REG-2)."""
    live = live_deployment(system_id=system.pk)
    link = _link("versions", system)
    if live is None:
        return [Gap("No version is live in production.", link)]
    if live.version.state != SystemVersion.State.APPROVED:
        return [
            Gap(worded("Version {label} is no longer approved.", label=live.version.label), link)
        ]
    if live.fallback_id is None and _approved(system) > 1:
        return [Gap("No version to fall back to is named.", link)]
    if live.fallback is not None and live.fallback.state != SystemVersion.State.APPROVED:
        return [
            Gap(
                worded("The fallback {label} is no longer approved.", label=live.fallback.label),
                link,
            )
        ]
    return []


def fallback_tested(system: System, at: datetime) -> Sequence[Gap]:
    """Before production: falling back was tried, lately enough for the tier (REG-2)."""
    live = live_deployment(system_id=system.pk)
    if live is None:
        return []
    gap = fallback_gap(
        system=system, fallback_id=live.fallback_id, environment=live.environment, at=at
    )
    return [gap] if gap else []


def fallback_gap(
    *, system: System, fallback_id: UUID | None, environment: str, at: datetime
) -> Gap | None:
    """Return what is missing before a version runs with this fallback, None for nothing.

    Without an earlier version the operating controls name the manual fallback.
    """
    if not needs_check(environment):
        return None
    if fallback_id is None:
        return _manual_gap(system)
    rows = FallbackCheck.objects.filter(version_id=fallback_id, environment=environment)
    newest = rows.select_related("version").order_by("-tested_at", "-recorded_at").first()
    link = _link("fallback", system)
    if newest is None:
        label = SystemVersion.objects.values_list("label", flat=True).get(pk=fallback_id)
        return Gap(
            worded(
                "Falling back to {label} in {environment} was never tried.",
                label=label,
                environment=environment,
            ),
            link,
        )
    if newest.result != FallbackCheck.Result.PASSED:
        return Gap(
            worded("The last try to fall back to {label} failed.", label=newest.version.label), link
        )
    if still_counts(newest.tested_at, risk_tier=system.risk_tier, at=at):
        return None
    days = age_limit(system.risk_tier).days
    return Gap(
        worded(
            "Falling back to {label} was last tried more than {days} days ago.",
            label=newest.version.label,
            days=days,
        ),
        link,
    )


def evaluation_passed(system: System, at: datetime) -> Sequence[Gap]:
    """Before production: the live version passed an agreed evaluation, signed twice (REG-9)."""
    live = live_deployment(system_id=system.pk)
    return evaluation_gaps(system=system, version=live.version if live else None)


def evaluation_gaps(*, system: System, version: SystemVersion | None) -> Sequence[Gap]:
    """Return what is missing of a version's evaluation; without a version, of the plan alone."""
    plan, link = plan_in_force(system.pk), _link("evaluations", system)
    if plan is None:
        return [Gap("No evaluation plan is agreed.", link)]
    if version is None or passed_run_of(version=version, plan=plan) is not None:
        return []
    words = worded(
        "Version {label} has no passed and signed run of plan {number}.",
        label=version.label,
        number=plan.number,
    )
    return [Gap(words, link)]


def scenarios_drilled(system: System, at: datetime) -> Sequence[Gap]:
    """Before production at high tier: each failure scenario was drilled within a year (REG-9)."""
    if system.risk_tier != System.Tier.HIGH:
        return []
    plan, link = plan_in_force(system.pk), _link("evaluations", system)
    if plan is None:
        return [Gap("No failure scenario is agreed.", link)]
    left = not_drilled(plan, since=(at - DRILL_EVERY).date())
    if not left:
        return []
    words = worded(
        "Failure scenarios not drilled within a year: {count}, the first: {what}",
        count=len(left),
        what=left[0].what,
    )
    return [Gap(words, reverse("system-evaluation", args=[system.slug, plan.number]))]


def _manual_gap(system: System) -> Gap | None:
    controls = controls_in_force(system.pk)
    if controls is not None and controls.manual_fallback.strip():
        return None
    return Gap(
        "There is no earlier version, and no operating controls in force name a manual fallback.",
        _link("profile", system),
    )


def _approved(system: System) -> int:
    rows = SystemVersion.objects.filter(system=system, state=SystemVersion.State.APPROVED)
    return rows.count()


def _link(page: str, system: System) -> str:
    """The page where it is mended; the system's own where a topic has none."""
    try:
        return reverse(f"system-{page}", args=[system.slug])
    except NoReverseMatch:
        return f"/systems/{system.slug}/"


# By the step and the name under which pages show a check.
CHECKS: dict[tuple[str, str], Check] = {
    ("assess", "purpose and legal class"): classified,
    ("start_pilot", "approved version"): has_approved_version,
    ("go_live", "approved version live, fallback named"): runs_with_fallback,
    ("go_live", "fallback tried"): fallback_tested,
    ("go_live", "evaluation passed"): evaluation_passed,
    ("go_live", "failure scenarios drilled"): scenarios_drilled,
    **{
        (edge, "no prohibited practice"): permitted
        for edge in ("approve", "start_pilot", "go_live", "resume")
    },
}
