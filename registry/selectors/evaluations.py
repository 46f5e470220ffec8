"""Evaluation plans and runs: which one is in force, which run counts, what was signed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from registry.models import (
    EvaluationPlan,
    EvaluationRun,
    FailureScenario,
    Signature,
    SystemVersion,
    User,
)
from registry.rules.evaluations import plan_sha256

MOST_RUNS_LOOKED_AT = 20


def plan_in_force(system_id: UUID) -> EvaluationPlan | None:
    """Return the plan that runs are judged by now, None for none."""
    rows = EvaluationPlan.objects.filter(system_id=system_id, state="in_force")
    return rows.select_related("author", "approved_by").first()


def plans_of(*, system_id: UUID) -> QuerySet[EvaluationPlan]:
    """Return the plans of a system, newest first."""
    rows = EvaluationPlan.objects.filter(system_id=system_id)
    return rows.select_related("author", "approved_by").order_by("-number")


def plan_by_number(*, system_id: UUID, number: int) -> EvaluationPlan:
    """Return a plan with its failure scenarios at hand. Raises Missing."""
    rows = plans_of(system_id=system_id) if 0 < number < 2**31 else EvaluationPlan.objects.none()
    found = rows.prefetch_related("scenarios__drilled_by").filter(number=number).first()
    if found is None:
        raise Missing(
            "unknown_plan", worded("The system has no evaluation plan {number}.", number=number)
        )
    return found


def scenarios_of(plan: EvaluationPlan) -> list[FailureScenario]:
    """Return the failure scenarios of a plan in their order."""
    return sorted(plan.scenarios.all(), key=lambda one: one.place)


def not_drilled(plan: EvaluationPlan, *, since: date) -> list[FailureScenario]:
    """Return the scenarios that were never drilled, or not since a day."""
    return [one for one in scenarios_of(plan) if one.drilled_on is None or one.drilled_on < since]


def runs_of(*, system_id: UUID, version_id: UUID | None = None) -> QuerySet[EvaluationRun]:
    """Return the runs of a system, or of one version, newest first."""
    rows = EvaluationRun.objects.filter(system_id=system_id)
    if version_id is not None:
        rows = rows.filter(version_id=version_id)
    return rows.select_related("version", "plan", "sent_by").order_by("-recorded_at", "-id")


def run_by_id(*, system_id: UUID, run_id: UUID) -> EvaluationRun:
    """Return a run of a system. Raises Missing."""
    found = runs_of(system_id=system_id).filter(pk=run_id).first()
    if found is None:
        raise Missing("unknown_run", "There is no such evaluation run.")
    return found


def run_payload(run: EvaluationRun) -> dict[str, Any]:
    """Return what a signature on a run covers."""
    return {
        "run": str(run.pk),
        "version": str(run.version_id),
        "identity_hash": run.identity_hash,
        "plan": run.plan.number,
        "plan_sha256": run.plan.sha256,
        "dataset_sha256": run.dataset_sha256,
        "started_at": run.started_at.astimezone(UTC).isoformat(),
        "ended_at": run.ended_at.astimezone(UTC).isoformat(),
        "outcome": str(run.outcome),
        "results_sha256": plan_sha256({"results": run.results}),
        "judged_sha256": plan_sha256({"judged": run.judged}),
    }


def signatures_of_run(run: EvaluationRun) -> list[Signature]:
    """Return the signatures that still stand for a run, oldest first."""
    return _standing({run.pk: run}).get(run.pk, [])


def is_signed(run: EvaluationRun, signatures: Sequence[Signature]) -> bool:
    """Whether one person signed that they ran it and another that they reviewed it."""
    signers = {one.meaning: one.signer_id for one in signatures}
    ran, reviewed = signers.get("authorship"), signers.get("review")
    return ran is not None and reviewed is not None and ran != reviewed


def passed_run_of(*, version: SystemVersion, plan: EvaluationPlan) -> EvaluationRun | None:
    """Return the newest passed and signed run of a version under a plan, None for none."""
    rows = EvaluationRun.objects.filter(
        version=version, plan=plan, outcome="passed", identity_hash=version.identity_hash
    )
    found = {
        run.pk: run
        for run in rows.select_related("plan").order_by("-recorded_at")[:MOST_RUNS_LOOKED_AT]
    }
    signed = _standing(found)
    return next((run for run in found.values() if is_signed(run, signed.get(run.pk, []))), None)


def may_review(run: EvaluationRun, user: User, signatures: Sequence[Signature]) -> bool:
    """Whether a person is neither the runner nor the version's author."""
    own = {one.signer_id for one in signatures} | {run.sent_by_id, run.version.author_id}
    return user.pk not in own


def _standing(runs: Mapping[UUID, EvaluationRun]) -> dict[UUID, list[Signature]]:
    rows = Signature.objects.filter(subject_type="evaluation_run", subject_id__in=list(runs))
    found: dict[UUID, list[Signature]] = {}
    for one in rows.select_related("signer").order_by("signed_at"):
        if one.payload_sha256 == plan_sha256(run_payload(runs[one.subject_id])):
            found.setdefault(one.subject_id, []).append(one)
    return found
