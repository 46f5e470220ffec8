"""What a system needs in writing before it goes live, through the services that everybody uses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from ledger.context import acting_as
from ledger.rules.actors import Actor
from registry.models import EvaluationPlan, System, SystemVersion, User
from registry.rules.evaluations import Limit, Measured, Scenario, Slice
from registry.rules.questionnaires import NO, NONE, YES, Answer, asked
from registry.rules.statements import Controls
from registry.selectors.questionnaires import newest_form
from registry.services.classification import (
    confirm_classification,
    save_answers,
    start_classification,
    submit_classification,
)
from registry.services.evaluation_runs import Report, record_run, sign_run
from registry.services.evaluations import approve_plan, draft_plan, record_drill
from registry.services.fallbacks import record_fallback_check
from registry.services.signatures import Ceremony
from registry.services.statements import approve_statement, draft_controls

DEMO = Path(__file__).resolve().parents[2] / "demo"
FORM = "ai_act_classification"
WHY = "demo set-up"


@dataclass(frozen=True, slots=True)
class Signers:
    """Who writes, who agrees, who tests: four persons, none of them twice where two are asked."""

    owner: User
    second: User
    tester: User
    reviewer: User


@dataclass(frozen=True, slots=True)
class Room:
    """A system being made ready: by whom, at which instant, with its versions by label."""

    system: System
    signers: Signers
    versions: Mapping[str, SystemVersion]
    at: datetime
    ceremony: Ceremony = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ceremony", Ceremony(WHY, self.at, "", ""))


def readiness() -> dict[str, Any]:
    """Return what the demo's systems had in writing, by slug."""
    data, reasons = told_in("readiness.yaml"), told_in("reasons.yaml")
    for slug, told in data.items():
        told["classification"]["reasons"] = reasons["common"] | reasons.get(slug, {})
    return data


def told_in(name: str) -> dict[str, Any]:
    """Return what a file of the demo tells."""
    data: dict[str, Any] = yaml.safe_load((DEMO / name).read_text(encoding="utf-8"))
    return data


def as_person(user: User) -> Actor:
    """Return a persona as the actor of the demo's set-up, its channel the command."""
    return Actor(
        kind="person", id=str(user.pk), name=user.name, title=user.title, channel="command",
        auth_method=WHY,
    )  # fmt: skip


def make_ready(room: Room, told: Mapping[str, Any]) -> None:
    """Classify, write operating controls, agree on a plan, run it, try the fallbacks.

    `told` as in demo/readiness.yaml.
    """
    classify(room, told["classification"])
    write_controls(room, told["controls"])
    plan = agree_on_plan(room, told["plan"])
    for label, values in told["runs"].items():
        run_evaluation(room, plan, room.versions[label], values)
    for label, how in told["fallbacks"].items():
        try_fallback(room, room.versions[label], how)


def classify(room: Room, told: Mapping[str, Any]) -> None:
    """Answer the questionnaire: no, but for what is told; a second person confirms."""
    owner, second = as_person(room.signers.owner), as_person(room.signers.second)
    with acting_as(owner):
        row = start_classification(system_id=room.system.pk, actor=owner, at=room.at)
        row = save_answers(
            classification_id=row.pk, expected_version=row.version, answers=_answers(told),
            actor=owner, at=room.at,
        )  # fmt: skip
        row = submit_classification(
            classification_id=row.pk, expected_version=row.version, ceremony=room.ceremony,
            actor=owner, at=room.at,
        )  # fmt: skip
    with acting_as(second):
        confirm_classification(
            classification_id=row.pk, expected_version=row.version, reason=told["reason"],
            ceremony=room.ceremony, actor=second, at=room.at,
        )  # fmt: skip


def _answers(told: Mapping[str, Any]) -> dict[str, Answer]:
    document = newest_form(FORM).document
    answers: dict[str, Answer] = {}
    while True:
        open_now = [one for one in asked(document, answers) if one["id"] not in answers]
        if not open_now:
            return answers
        for question in open_now:
            answers[question["id"]] = _answer(question, told)


def _answer(question: Mapping[str, Any], told: Mapping[str, Any]) -> Answer:
    name = question["id"]
    reason = told.get("reasons", {}).get(name, told["reason"])
    if name in told.get("points", {}):
        return Answer(values=tuple(told["points"][name]), reason=reason)
    if question["kind"] == "roles":
        return Answer(values=tuple(told["roles"]), reason=reason)
    if question["kind"] == "points":
        return Answer(values=(NONE,), reason=reason)
    said = YES if name in ("is_ai_system", *told.get("yes", ())) else NO
    return Answer(value=said, reason=reason)


def write_controls(room: Room, told: Mapping[str, Any]) -> None:
    """Put operating controls in force: written by the owner, approved by a second person."""
    signers, system = room.signers, room.system
    given = Controls(
        reviewer_id=signers.second.pk,
        on_call_id=signers.owner.pk,
        on_call_second_id=signers.tester.pk,
        may_tune_prompts=("engineer",),
        may_retrain=("engineer",),
        may_approve_outputs=("owner", "deputy"),
        may_read_logs=("engineer", "compliance", "auditor"),
        may_change_tools=("nobody",),
        **{**told, "interim_measures": tuple(told["interim_measures"])},
    )
    owner, second = as_person(signers.owner), as_person(signers.second)
    with acting_as(owner):
        draft = draft_controls(
            system_id=system.pk, given=given, newest=0, reason=WHY, actor=owner, at=room.at
        )
    with acting_as(second):
        approve_statement(
            kind="controls", system_id=system.pk, version=draft.version, reason=WHY,
            actor=second, at=room.at,
        )  # fmt: skip


def agree_on_plan(room: Room, told: Mapping[str, Any]) -> EvaluationPlan:
    """Put an evaluation plan in force, with the drills of its failure scenarios."""
    tester, second = as_person(room.signers.tester), as_person(room.signers.second)
    with acting_as(tester):
        plan = draft_plan(
            system_id=room.system.pk, dataset_name=told["dataset"],
            dataset_sha256=sha256(told["dataset"].encode()).hexdigest(),
            slices=[Slice(**one) for one in told["slices"]],
            limits=[Limit(**one) for one in told["limits"]],
            scenarios=[
                Scenario(one["what"], one["kpi"], one["response"]) for one in told["scenarios"]
            ],
            author_id=room.signers.tester.pk, reason=WHY, actor=tester, at=room.at,
        )  # fmt: skip
    with acting_as(second):
        plan = approve_plan(
            plan_id=plan.pk, sha256=plan.sha256, reason=WHY, actor=second, at=room.at
        )
    _drills(room, plan, told)
    return plan


def _drills(room: Room, plan: EvaluationPlan, told: Mapping[str, Any]) -> None:
    """Record the drills that are told, each so many days before."""
    owner = as_person(room.signers.owner)
    days = {place: one for place, one in enumerate(told["scenarios"], start=1) if "drilled" in one}
    for scenario in plan.scenarios.filter(place__in=days).order_by("place"):
        one = days[scenario.place]
        with acting_as(owner):
            record_drill(
                scenario_id=scenario.pk,
                drilled_on=(room.at - timedelta(days=one["drilled"])).date(),
                note=one["note"], person_id=room.signers.owner.pk, actor=owner, at=room.at,
            )  # fmt: skip


def run_evaluation(
    room: Room, plan: EvaluationPlan, version: SystemVersion, values: list[float]
) -> None:
    """Send a run by the tester, on twice the cases that each limit asks for; two persons sign."""
    results = [
        Measured(one["slice"], one["metric"], value, 2 * one["least_n"])
        for one, value in zip(plan.metrics, values, strict=True)
    ]
    report = Report(plan.dataset_sha256, room.at, room.at, results, tool="bench of the demo")
    tester, reviewer = room.signers.tester, room.signers.reviewer
    with acting_as(as_person(tester)):
        run = record_run(
            system_id=room.system.pk, version_id=version.pk, report=report,
            sender_id=tester.pk, actor=as_person(tester), at=room.at,
        )  # fmt: skip
    for user, meaning in ((tester, "authorship"), (reviewer, "review")):
        with acting_as(as_person(user)):
            sign_run(
                run_id=run.pk, meaning=meaning, user=user, reason=WHY, ceremony=room.ceremony,
                actor=as_person(user), at=room.at,
            )  # fmt: skip


def try_fallback(room: Room, version: SystemVersion, how: str) -> None:
    """Record that the tester fell back to a version, and that it worked."""
    tester = room.signers.tester
    with acting_as(as_person(tester)):
        record_fallback_check(
            system_id=room.system.pk, version_id=version.pk, passed=True, how=how,
            evidence="Answers were those of the version; nothing was lost.",
            tested_at=room.at, person_id=tester.pk, actor=as_person(tester), at=room.at,
        )  # fmt: skip
