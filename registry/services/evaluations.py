"""Offline evaluations (REG-9): agree on a plan, run under it, sign; drill what could go wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import joined, worded
from ledger.services.entries import append_entry
from registry.models import EvaluationPlan, FailureScenario
from registry.rules.evaluations import Limit, Scenario, Slice, plan_problems, plan_sha256
from registry.rules.identities import HEX
from registry.selectors.permits import who_can
from registry.services.access import require_system_permit
from registry.services.lifecycle import lock_system
from registry.services.setup import except_setup, may_approve_own


@transaction.atomic
def draft_plan(
    *,
    system_id: UUID,
    dataset_name: str,
    dataset_sha256: str,
    slices: Sequence[Slice],
    limits: Sequence[Limit],
    scenarios: Sequence[Scenario],
    author_id: UUID,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> EvaluationPlan:
    """Draft the next evaluation plan of a system; it takes part once a second person agrees.

    A scenario that stands unchanged in the plan in force keeps the day on which it was drilled.
    Raises Missing, Forbidden, Invalid (what a whole plan lacks, by field).
    """
    system = lock_system(system_id)
    require_system_permit(act="evaluation.plan", system=system, actor=actor, at=at)
    if actor.kind in ("person", "token") and actor.id != str(author_id):
        raise Forbidden("not_the_author", "You draft plans in your own name.", recorded=True)
    digest = dataset_sha256.strip().lower().removeprefix("sha256:")
    _check_plan(dataset_name, digest, slices, limits, scenarios)
    document = _document(dataset_name, digest, slices, limits, scenarios)
    newest = EvaluationPlan.objects.filter(system=system).aggregate(newest=Max("number"))
    plan = EvaluationPlan(
        system=system,
        number=(newest["newest"] or 0) + 1,
        dataset_name=dataset_name,
        dataset_sha256=digest,
        slices=[asdict(one) for one in slices],
        metrics=[asdict(one) for one in limits],
        sha256=plan_sha256(document),
        author_id=author_id,
        created_at=at,
    )
    plan.save(force_insert=True, at=at)
    _save_scenarios(plan, scenarios, at)
    _record(plan, "evaluation_plan.drafted", actor, at, reason=reason, after=document)
    return plan


@transaction.atomic
def approve_plan(
    *, plan_id: UUID, sha256: str | None = None, reason: str = "", actor: Actor, at: datetime
) -> EvaluationPlan:
    """Put a drafted plan in force in place of the one before; not by its own author.

    The first plan of a system may be its author's alone while setting up (SEG-06), on record.

    `sha256` is the content that the approver looked at. Raises Missing, Conflict (another content,
    no draft any more), Forbidden.
    """
    plan = _lock_plan(plan_id)
    if sha256 is not None and sha256 != plan.sha256:
        raise Conflict(
            "another_plan",
            worded("Plan {number} is not what you looked at.", number=plan.number),
            extra={"present": {"sha256": plan.sha256}},
        )
    if plan.state != EvaluationPlan.State.DRAFT:
        raise Conflict(
            "plan_state",
            worded("Plan {number} is {state}.", number=plan.number, state=plan.get_state_display()),
        )
    require_system_permit(act="evaluation.approve", system=plan.system, actor=actor, at=at)
    plan.set_up = _approves_alone(plan, actor, at)
    _replace_older(plan, at)
    plan.state, plan.reason = EvaluationPlan.State.IN_FORCE, reason
    plan.approved_by_id, plan.approved_at = actor.person, at
    plan.save(update_fields=["state", "reason", "approved_by", "approved_at", "set_up"], at=at)
    _record(
        plan,
        "evaluation_plan.approved",
        actor,
        at,
        reason=reason,
        before={"state": "draft"},
        after={"state": "in_force", "sha256": plan.sha256},
    )
    if plan.set_up:
        _except(plan, actor, at)
    return plan


@transaction.atomic
def record_drill(
    *,
    scenario_id: UUID,
    drilled_on: date,
    note: str,
    person_id: UUID,
    actor: Actor,
    at: datetime,
) -> FailureScenario:
    """Record that the response to a failure scenario was rehearsed, and what came of it.

    Raises Missing, Forbidden, Invalid (a day to come, no note).
    """
    rows = FailureScenario.objects.select_for_update(no_key=True, of=("self",))
    rows = rows.select_related("plan__system__owner", "plan__system__deputy")
    scenario: FailureScenario | None = rows.filter(pk=scenario_id).first()
    if scenario is None:
        raise Missing("unknown_scenario", "There is no such failure scenario.")
    plan = scenario.plan
    require_system_permit(act="evaluation.drill", system=plan.system, actor=actor, at=at)
    if actor.person is not None and actor.person != person_id:
        raise Forbidden("not_yours", "You record the drills that you led yourself.", recorded=True)
    wrong = {"note": "Say what came of it."} if not note.strip() else {}
    if drilled_on > at.date():
        wrong["drilled_on"] = "This day has not come yet."
    if wrong:
        raise Invalid("drill_incomplete", " ".join(wrong.values()), fields=wrong)
    before = scenario.drilled_on
    scenario.drilled_on, scenario.drilled_by_id, scenario.drill_note = drilled_on, person_id, note
    scenario.save(update_fields=["drilled_on", "drilled_by", "drill_note"], at=at)
    append_entry(
        verb="failure_scenario.drilled",
        actor=actor,
        at=at,
        subject=("evaluation_plan", str(plan.pk), f"{plan.system.name}, plan {plan.number}"),
        before={"drilled_on": before} if before else None,
        after={"drilled_on": drilled_on, "scenario": scenario.what, "note": note},
        details={"by": person_id},
        system_id=plan.system_id,
        touched=[f"registry_failurescenario:{scenario.pk}"],
    )
    return scenario


def _approves_alone(plan: EvaluationPlan, actor: Actor, at: datetime) -> bool:
    """Return whether the author approves alone, as setting up allows. Raises Forbidden."""
    if actor.person is None:
        raise Forbidden("person_needed", "A person approves a plan.", recorded=True)
    if actor.person != plan.author_id:
        return False
    if may_approve_own(
        act="evaluation.approve",
        version=plan.number,
        person_id=actor.person,
        unit_id=plan.system.unit_id,
        system=plan.system,
        at=at,
    ):
        return True
    others = who_can(act="evaluation.approve", system=plan.system, at=at)
    raise Forbidden(
        "own_plan",
        "You cannot approve your own plan.",
        who_can=[name for name in others if name != actor.name],
        recorded=True,
    )


def _except(plan: EvaluationPlan, actor: Actor, at: datetime) -> None:
    except_setup(
        kind="evaluation_plan",
        object_id=plan.pk,
        label=worded(
            "{system}, evaluation plan {number}", system=plan.system.name, number=plan.number
        ),
        url=f"/systems/{plan.system.slug}/life/evaluations/{plan.number}/",
        unit_id=plan.system.unit_id,
        system_id=plan.system_id,
        actor=actor,
        at=at,
    )


def _check_plan(
    name: str,
    digest: str,
    slices: Sequence[Slice],
    limits: Sequence[Limit],
    scenarios: Sequence[Scenario],
) -> None:
    wrong = plan_problems(slices, limits, scenarios)
    if not name.strip():
        wrong["dataset_name"] = "Name the data set."
    if not HEX.fullmatch(digest):
        wrong["dataset_sha256"] = "A SHA-256 in hex: 64 of 0-9 and a-f."
    if wrong:
        raise Invalid("plan_incomplete", joined(" ", wrong.values()), fields=wrong)


def _document(
    name: str,
    digest: str,
    slices: Sequence[Slice],
    limits: Sequence[Limit],
    scenarios: Sequence[Scenario],
) -> dict[str, Any]:
    """What is agreed, as it is hashed and told; a number stands as its shortest exact text."""
    return {
        "dataset": name,
        "dataset_sha256": digest,
        "slices": [asdict(one) for one in slices],
        "metrics": [asdict(one) | {"value": repr(float(one.value))} for one in limits],
        "scenarios": [asdict(one) for one in scenarios],
    }


def _save_scenarios(plan: EvaluationPlan, scenarios: Sequence[Scenario], at: datetime) -> None:
    known = FailureScenario.objects.filter(plan__system=plan.system, plan__state="in_force")
    drilled = {(one.what, one.kpi, one.response): one for one in known}
    for place, one in enumerate(scenarios, start=1):
        before = drilled.get((one.what, one.kpi, one.response))
        FailureScenario(
            plan=plan,
            place=place,
            what=one.what,
            kpi=one.kpi,
            response=one.response,
            drilled_on=before.drilled_on if before else None,
            drilled_by_id=before.drilled_by_id if before else None,
            drill_note=before.drill_note if before else "",
        ).save(force_insert=True, at=at)


def _lock_plan(plan_id: UUID) -> EvaluationPlan:
    found = EvaluationPlan.objects.filter(pk=plan_id).values_list("system_id", flat=True).first()
    if found is None:
        raise Missing("unknown_plan", "There is no such evaluation plan.")
    lock_system(found)
    rows = EvaluationPlan.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("system__owner", "system__deputy").get(pk=plan_id)


def _replace_older(plan: EvaluationPlan, at: datetime) -> None:
    older = EvaluationPlan.objects.filter(
        system_id=plan.system_id, state=EvaluationPlan.State.IN_FORCE
    )
    for row in older:
        row.state = EvaluationPlan.State.REPLACED
        row.save(update_fields=["state"], at=at)


def _record(
    plan: EvaluationPlan,
    verb: str,
    actor: Actor,
    at: datetime,
    *,
    reason: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any],
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("evaluation_plan", str(plan.pk), f"{plan.system.name}, plan {plan.number}"),
        before=before,
        after=after,
        reason=reason,
        system_id=plan.system_id,
        touched=[f"registry_evaluationplan:{plan.pk}"],
    )
