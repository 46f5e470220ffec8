"""Evidence of versions: evaluated by a plan, approved by a second person, live with a fallback."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from incidents.selectors.instances import asked_columns, instances_of
from ledger.rules.worded import word, worded
from ledger.selectors.at_once import Question, Rows
from registry.models import (
    Deployment,
    EvaluationPlan,
    EvaluationRun,
    FailureScenario,
    FallbackCheck,
    SystemVersion,
)
from registry.selectors.law import begins_at
from reports.collectors.evidence.lines import (
    Line,
    counted,
    line,
    newest_piece,
    read_lines,
    tally,
    together,
)
from reports.rules.evidence import Found, Piece
from reports.selectors.control_ground import Footing, Ground

SOURCES = (
    "evaluation_plans", "evaluation_runs", "failure_scenarios", "versions", "change_log",
    "deployments", "fallback_tests",
)  # fmt: skip
LIVE = "production"
DEPLOYED = {
    "": ("id", "system_id", "version_id", "fallback_id", "from_at"),
    "version": ("id", "label", "approved_by_id", "author_id", "approved_at"),
}


def asked(ground: Footing) -> Mapping[str, Question]:
    """Return what to ask of versions and their tests."""
    live = Deployment.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=ground.at),
        system_id__in=ground.ids,
        from_at__lte=ground.at,
        environment=LIVE,
    )
    return {
        "lines": together(*_lines(ground)),
        "live": asked_columns(live.order_by("from_at", "pk"), DEPLOYED),
        "scenarios": FailureScenario.objects.filter(
            plan__system_id__in=ground.ids, plan__state=EvaluationPlan.State.IN_FORCE
        ).values_list("plan__system_id", "drilled_on"),
    }


def told(ground: Ground, answers: Mapping[str, Rows]) -> Mapping[str, Found]:
    """Return what is on record of versions and their tests."""
    live, rows = _live(answers["live"]), read_lines(answers["lines"])
    running = [ground.systems[key] for key in live]
    return {
        "evaluation_plans": ground.found(_each(rows.get("evaluation_plans"), newest_piece)),
        "evaluation_runs": ground.found(
            _each(
                rows.get("evaluation_runs"),
                newest_piece,
                worded("the newest evaluation was not passed"),
            )
        ),
        "failure_scenarios": ground.found(_scenarios(answers["scenarios"])),
        "versions": ground.each(lambda one: _version(live[one.pk]), among=running),
        "change_log": ground.found(
            _each(rows.get("change_log"), tally, word("versions do not say what changed"))
        ),
        "deployments": ground.each(lambda one: _deployed(live[one.pk]), among=running),
        "fallback_tests": ground.found(
            _each(
                rows.get("fallback_tests"),
                newest_piece,
                worded("the newest trial of the fallback failed"),
            ),
            among=running,
        ),
    }


def _lines(ground: Footing) -> list[QuerySet[Any]]:
    """Return plans, runs, trials and versions; of runs and trials the newest counts."""
    of = {"system_id__in": ground.ids}
    plans = EvaluationPlan.objects.filter(
        **of, state__in=["in_force", "replaced"], approved_at__lte=ground.at
    )
    runs = EvaluationRun.objects.filter(**of, recorded_at__lte=ground.at)
    trials = FallbackCheck.objects.filter(**of, recorded_at__lte=ground.at, environment=LIVE)
    versions = SystemVersion.objects.filter(**of, created_at__lte=ground.at)
    return [
        line("evaluation_plans", plans, at="approved_at"),
        line(
            "evaluation_runs",
            runs,
            at="ended_at",
            known="recorded_at",
            wanting=~Q(outcome=EvaluationRun.Outcome.PASSED),
        ),
        line(
            "fallback_tests",
            trials,
            at="tested_at",
            wanting=~Q(result=FallbackCheck.Result.PASSED),
        ),
        line("change_log", versions, at="created_at", wanting=Q(changelog="")),
    ]


def _each(
    rows: Mapping[UUID, list[Line]] | None,
    say: Callable[[Iterable[Line], str], Piece],
    words: str = "",
) -> dict[UUID, Piece]:
    return {key: say(found, words) for key, found in (rows or {}).items()}


def _live(rows: Rows) -> dict[UUID, list[Deployment]]:
    found: dict[UUID, list[Deployment]] = {}
    for row in instances_of(Deployment, DEPLOYED, rows):
        found.setdefault(row.system_id, []).append(row)
    return found


def _scenarios(rows: Rows) -> dict[UUID, Piece]:
    drilled: dict[UUID, list[date | None]] = {}
    for system, day in rows:
        drilled.setdefault(UUID(system), []).append(date.fromisoformat(day) if day else None)
    return {
        key: Piece(
            count=len(days),
            newest=min((begins_at(day) for day in days if day), default=None),
            lacks=_undrilled(days),
        )
        for key, days in drilled.items()
    }


def _undrilled(days: list[Any]) -> str:
    missing = sum(1 for day in days if day is None)
    return counted(missing, len(days), word("scenarios never drilled")) if missing else ""


def _version(rows: list[Deployment]) -> Piece:
    unapproved = [
        row.version.label
        for row in rows
        if row.version.approved_by_id is None or row.version.approved_by_id == row.version.author_id
    ]
    approved = [row.version.approved_at for row in rows if row.version.approved_at]
    lacks = _alone(unapproved) if unapproved else ""
    return Piece(count=len(rows), newest=max(approved, default=None), lacks=lacks)


def _alone(labels: list[str]) -> str:
    return worded("not approved by a second person: {versions}", versions=", ".join(labels))


def _deployed(rows: list[Deployment]) -> Piece:
    lacks = "" if all(row.fallback_id for row in rows) else worded("no version to fall back to")
    return Piece(count=len(rows), newest=max(row.from_at for row in rows), lacks=lacks)
