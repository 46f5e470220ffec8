"""Evaluation runs: recorded as they came, judged by a rule, signed by who ran and who reviewed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import (
    EvaluationPlan,
    EvaluationRun,
    Signature,
    System,
    SystemVersion,
    User,
)
from registry.rules.evaluations import Judged, Limit, Measured, judge, plan_sha256
from registry.selectors.evaluations import run_payload, signatures_of_run
from registry.services.access import require_system_permit
from registry.services.signatures import Ceremony, sign

MOST_RESULTS = 2000


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a run, as its tool or its runner tells it."""

    dataset_sha256: str
    started_at: datetime
    ended_at: datetime
    results: Sequence[Measured]
    tool: str = ""
    evidence: str = ""
    note: str = ""


@transaction.atomic
def record_run(
    *,
    system_id: UUID,
    version_id: UUID,
    report: Report,
    identity_hash: str | None = None,
    sender_id: UUID,
    actor: Actor,
    at: datetime,
) -> EvaluationRun:
    """Record a run of a version under the plan in force, and judge it.

    A token may do it as its service account (the door checks the scope). Raises Missing,
    Forbidden, Conflict (no plan in force; begun before its approval; another data set or
    identity), Invalid.
    """
    system = System.objects.select_related("owner", "deputy").filter(pk=system_id).first()
    version = SystemVersion.objects.filter(system_id=system_id, pk=version_id).first()
    if system is None or version is None:
        raise Missing("unknown_version", "There is no such version.")
    if actor.kind != "token":
        require_system_permit(act="evaluation.run", system=system, actor=actor, at=at)
    if actor.kind in ("person", "token") and actor.id != str(sender_id):
        raise Forbidden("not_the_runner", "You send runs in your own name.", recorded=True)
    if identity_hash is not None and identity_hash != version.identity_hash:
        raise Conflict(
            "another_identity",
            worded(
                "Version {version_label} has another identity than the one that was evaluated.",
                version_label=version.label,
            ),
            extra={"present": {"identity_hash": version.identity_hash}},
        )
    plan = _plan_for(system, report)
    _check_report(report, at)
    outcome, lines = judge([Limit(**one) for one in plan.metrics], report.results)
    return _write(system, version, plan, report, outcome, lines, sender_id, actor, at)


@transaction.atomic
def sign_run(
    *,
    run_id: UUID,
    meaning: str,
    user: User,
    reason: str,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> Signature:
    """Sign a run: 'authorship' by who ran it or answers for it, then 'review' by somebody else.

    The reviewer wrote neither the version nor the run. Raises Missing, Forbidden, Invalid,
    Conflict (signed already, authorship missing).
    """
    rows = EvaluationRun.objects.select_related(
        "system__owner", "system__deputy", "version", "plan", "sent_by"
    )
    run = rows.filter(pk=run_id).first()
    if run is None:
        raise Missing("unknown_run", "There is no such evaluation run.")
    _lock_run(run)
    act = {"authorship": "evaluation.run", "review": "evaluation.review"}.get(meaning)
    if act is None:
        raise Invalid("unknown_meaning", "A run is signed as authorship or as review.")
    require_system_permit(act=act, system=run.system, actor=actor, at=at)
    _check_signer(run, meaning, user)
    return sign(
        user=user,
        meaning=meaning,
        role="ran the evaluation" if meaning == "authorship" else "reviewed the evaluation",
        subject_type="evaluation_run",
        subject_id=run.pk,
        payload=run_payload(run),
        reason=reason,
        ceremony=ceremony,
        actor=actor,
        at=at,
    )


def _lock_run(run: EvaluationRun) -> None:
    """Let two signatures of one run come one after the other; the run's own row is never locked."""
    SystemVersion.objects.select_for_update(no_key=True).get(pk=run.version_id)


def _check_signer(run: EvaluationRun, meaning: str, user: User) -> None:
    signed = {one.meaning: one.signer_id for one in signatures_of_run(run)}
    if meaning in signed:
        raise Conflict(
            "signed_already",
            worded("The {meaning} of this run is signed already.", meaning=meaning),
        )
    if meaning == "authorship":
        if run.sent_by.kind == User.Kind.PERSON and run.sent_by_id != user.pk:
            raise Forbidden("not_the_runner", "Who sent the run signs that they ran it.")
        return
    if "authorship" not in signed:
        raise Conflict("authorship_missing", "First signs who ran it, then who reviews.")
    if user.pk in (signed["authorship"], run.sent_by_id, run.version.author_id):
        raise Forbidden(
            "own_run",
            "You cannot review this run: you ran it, or you wrote the version.",
            recorded=True,
            subject=("evaluation_run", str(run.pk), f"{run.system.name} {run.version.label}"),
        )


def _plan_for(system: System, report: Report) -> EvaluationPlan:
    rows = EvaluationPlan.objects.filter(system=system, state=EvaluationPlan.State.IN_FORCE)
    plan = rows.first()
    if plan is None or plan.approved_at is None:
        raise Conflict(
            "no_plan",
            worded(
                "{system_name} has no evaluation plan in force: agree on one before a run.",
                system_name=system.name,
            ),
        )
    if report.started_at < plan.approved_at:
        raise Conflict(
            "before_approval",
            worded(
                "The run began before plan {number} was approved: thresholds are agreed first.",
                number=plan.number,
            ),
            extra={"present": {"plan": plan.number, "approved_at": plan.approved_at.isoformat()}},
        )
    if report.dataset_sha256.strip().lower().removeprefix("sha256:") != plan.dataset_sha256:
        raise Conflict(
            "another_dataset",
            worded("The run used another data set than plan {number} names.", number=plan.number),
            extra={"present": {"dataset_sha256": plan.dataset_sha256}},
        )
    return plan


def _check_report(report: Report, at: datetime) -> None:
    wrong = {}
    if report.ended_at < report.started_at or report.ended_at > at:
        wrong["ended_at"] = "The end lies before the start, or has not come yet."
    places = [(one.slice, one.metric) for one in report.results]
    if len(places) > MOST_RESULTS:
        wrong["results"] = worded("At most {most_results} results.", most_results=MOST_RESULTS)
    elif len(places) != len(set(places)):
        wrong["results"] = "A metric stands once for each slice."
    elif any(one.n is not None and not 0 <= one.n <= 10**12 for one in report.results):
        wrong["results"] = "The number of cases is not negative."
    if wrong:
        raise Invalid("run_incomplete", " ".join(wrong.values()), fields=wrong)


def _write(
    system: System,
    version: SystemVersion,
    plan: EvaluationPlan,
    report: Report,
    outcome: str,
    lines: Sequence[Judged],
    sender_id: UUID,
    actor: Actor,
    at: datetime,
) -> EvaluationRun:
    run_id, results = uuid4(), [_kept(one) for one in report.results]
    number = append_entry(
        verb="evaluation_run.recorded",
        actor=actor,
        at=at,
        subject=("evaluation_run", str(run_id), f"{system.name} {version.label}"),
        after={
            "outcome": outcome,
            "plan": plan.number,
            "plan_sha256": plan.sha256,
            "dataset_sha256": plan.dataset_sha256,
            "identity_hash": version.identity_hash,
            "results_sha256": plan_sha256({"results": results}),
        },
        details={"tool": report.tool, "version": version.pk},
        system_id=system.pk,
        touched=[f"registry_evaluationrun:{run_id}"],
    )
    return EvaluationRun.objects.create(
        id=run_id,
        system=system,
        version=version,
        plan=plan,
        identity_hash=version.identity_hash,
        dataset_sha256=plan.dataset_sha256,
        started_at=report.started_at,
        ended_at=report.ended_at,
        results=results,
        judged=[_line(one) for one in lines],
        outcome=outcome,
        tool=report.tool,
        evidence=report.evidence,
        note=report.note,
        sent_by_id=sender_id,
        recorded_at=at,
        entry_number=number,
    )


def _kept(one: Measured) -> dict[str, Any]:
    """A number stands as its shortest exact text, so that the hash is the same everywhere."""
    return asdict(one) | {"value": _text(one.value)}


def _line(one: Judged) -> Mapping[str, Any]:
    limit = one.limit
    return {
        "slice": limit.slice,
        "metric": limit.metric,
        "agreed": limit.words,
        "value": _text(one.value),
        "n": one.n,
        "verdict": one.verdict,
        "why": one.why,
    }


def _text(value: float | None) -> str | None:
    return repr(float(value)) if value is not None and math.isfinite(value) else None
