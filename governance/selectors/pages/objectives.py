"""Objectives of a system: where they stand, what is in force, what waits for a second person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from governance.models import ErrorBudget, GuardrailPair, MeasuredStanding, TrendRule
from governance.rules.measured_checks import fires_of, number_of, seconds_of
from governance.rules.objective_words import (
    budget_said,
    burn_terms,
    length,
    pair_said,
    pair_terms,
    trend_said,
    trend_terms,
)
from governance.rules.policy_document import PolicyDocument
from governance.selectors.budgets import error_budgets_of
from governance.selectors.measured import measured_standings
from governance.selectors.pairs import guardrail_pairs_of
from governance.selectors.policies import document_of, policy_in_force
from governance.selectors.trends import trend_rules_of
from ledger.rules.refusals import Missing
from ledger.rules.worded import joined, of_machine, term, word, worded
from registry.models import System
from telemetry.models import Kpi
from telemetry.rules.kpi_words import of_kpi

Agreement = TrendRule | ErrorBudget | GuardrailPair
KINDS: dict[str, type[TrendRule] | type[ErrorBudget] | type[GuardrailPair]] = {
    "trend": TrendRule,
    "budget": ErrorBudget,
    "guardrail": GuardrailPair,
}
WORST_FIRST = {"CRITICAL": 0, "WARNING": 1, "NO_DATA": 2, "OK": 3}


@dataclass(frozen=True, slots=True)
class Stated:
    """An agreement as a row: of which kind, what about, what it says."""

    kind: str
    row: Agreement
    about: str
    place: str
    terms: tuple[str, ...]


def objectives_page(*, system: System, at: Any) -> dict[str, Any]:
    """Return what templates/governance/objectives/overview.html shows, but for who may."""
    document = document_of(policy_in_force(unit_id=system.unit_id, at=at))
    rows = [_stated(row) for row in _agreements(system.pk)]
    active = [one for one in rows if one.row.state == "active" and one.row.enabled]
    budgets = {
        (one.row.kpi_id, one.row.environment, one.row.segment): one.row
        for one in active
        if isinstance(one.row, ErrorBudget)
    }
    standings = [_standing(row, budgets) for row in measured_standings(system_ids=[system.pk])]
    return {
        "system": system,
        "at": at,
        "standings": sorted(standings, key=lambda one: WORST_FIRST[one["row"].state]),
        "active": active,
        "drafts": [one for one in rows if one.row.state == "draft"],
        "past": [
            one
            for one in rows
            if one.row.state == "superseded" or (one.row.state == "active" and not one.row.enabled)
        ],
        "defaults": _defaults(document),
    }


def agreement_of(*, kind: str, version_id: UUID, system: System) -> Agreement:
    """Return a trend rule, budget or pair of a system. Raises Missing."""
    rows: dict[str, Callable[..., QuerySet[Any]]] = {
        "trend": trend_rules_of,
        "budget": error_budgets_of,
        "guardrail": guardrail_pairs_of,
    }
    found: Agreement | None = None
    if kind in rows:
        found = rows[kind](system_ids=[system.pk]).filter(pk=version_id).first()
    if found is None:
        raise Missing("unknown_objective", "There is no such objective.")
    return found


def visible_agreement(
    *,
    kind: type[TrendRule] | type[ErrorBudget] | type[GuardrailPair],
    version_id: UUID,
    visible: QuerySet[System],
) -> Agreement:
    """Return a version of a system that the caller may see. Raises Missing."""
    column = "threshold__system__in" if kind is TrendRule else "system__in"
    found: Agreement | None = kind._default_manager.filter(
        pk=version_id, **{column: visible}
    ).first()
    if found is None:
        raise Missing("unknown_objective", "There is no such objective.")
    return found


def budgetable_kpis(*, system: System) -> list[Kpi]:
    """Return the KPIs of a system's series, by name."""
    rows = Kpi.objects.filter(pk__in=system.series.values("kpi_id"))
    return list(rows.select_related("counter_metric").order_by("name"))


def stated_of(row: Agreement) -> Stated:
    """Return one agreement as a row."""
    return _stated(row)


def _agreements(system_id: UUID) -> list[Agreement]:
    found: list[Agreement] = []
    for rows in (
        error_budgets_of(system_ids=[system_id]),
        guardrail_pairs_of(system_ids=[system_id]),
        trend_rules_of(system_ids=[system_id]),
    ):
        found += rows.order_by("-created_at", "-number")
    return found


def _stated(row: Agreement) -> Stated:
    if isinstance(row, TrendRule):
        threshold = row.threshold
        about = worded("Slide of {kpi}", kpi=_name(threshold.kpi))
        return Stated("trend", row, about, _place(threshold), (_trend_terms(row),))
    if isinstance(row, ErrorBudget):
        about = worded("Error budget of {kpi}", kpi=_name(row.kpi))
        return Stated("budget", row, about, _place(row), _budget(row))
    about = worded(
        "{gain} beside {guardrail}", gain=_name(row.gain), guardrail=_name(row.guardrail)
    )
    return Stated("guardrail", row, about, _place(row), (_pair_terms(row),))


def _name(kpi: Kpi) -> str:
    return of_kpi(kpi.pk, kpi.name)


def _place(row: Any) -> str:
    return f"{row.environment}, {row.segment}" if row.segment else str(row.environment)


def _trend_terms(row: TrendRule) -> str:
    if not row.enabled:
        return term(word("ends: slides are not judged any more"))
    return trend_terms(
        method=row.method, horizon_seconds=row.horizon_seconds, least_windows=row.least_windows
    )


def _budget(row: ErrorBudget) -> tuple[str, ...]:
    if not row.enabled:
        return (term(word("ends: nothing is judged any more")),)
    burns = [
        joined(": ", [
            term(pair["state"]),
            burn_terms(
                long=pair["long_seconds"], short=pair["short_seconds"], burn=float(pair["burn"])
            ),
        ])
        for pair in row.pairs
    ]  # fmt: skip
    spent = worded(
        "{warning} % spent warns, {critical} % is critical",
        warning=f"{row.warning_spent * 100:g}",
        critical=f"{row.critical_spent * 100:g}",
    )
    whole = worded(
        "{share} % over {days} days", share=f"{row.objective * 100:g}", days=row.period_days
    )
    if row.failure_limit is not None:
        limit = f"{row.failure_limit:g}"
        whole = worded("{whole}, a window fails beyond {limit}", whole=whole, limit=limit)
    return (whole, *burns, spent)


def _pair_terms(row: GuardrailPair) -> str:
    if not row.enabled:
        return term(word("ends: the two are not judged together any more"))
    return pair_terms(
        mode=row.mode,
        warning=row.warning,
        critical=row.critical,
        unit=row.guardrail.unit,
        fires=(row.fires_k, row.fires_n),
    )


def _standing(
    row: MeasuredStanding, budgets: dict[tuple[str, str, str], ErrorBudget]
) -> dict[str, Any]:
    look = getattr(row, "look", None)
    figures = look.figures if look else {}
    series = row.series
    return {
        "row": row,
        "series": series,
        "window_end": look.window_end if look else None,
        "said": of_machine(row.why) or _said(row, figures, budgets),
        "spent": _spent(figures) if row.kind == "budget" else None,
    }


def _said(
    row: MeasuredStanding,
    figures: dict[str, float | str | None],
    budgets: dict[tuple[str, str, str], ErrorBudget],
) -> str:
    series, kpi = row.series, row.series.kpi
    if row.kind == MeasuredStanding.Kind.TREND:
        return trend_said(row.state, figures, kpi=of_kpi(kpi.pk, kpi.name), unit=kpi.unit)
    if row.kind == MeasuredStanding.Kind.BUDGET:
        budget = budgets.get((series.kpi_id, series.environment, series.segment))
        return budget_said(
            row.state,
            figures,
            kpi=of_kpi(kpi.pk, kpi.name),
            objective=budget.objective if budget else None,
            days=budget.period_days if budget else None,
        )
    if row.gain is None:
        return ""
    return pair_said(
        row.state,
        figures,
        gain=of_kpi(row.gain.pk, row.gain.name),
        guardrail=of_kpi(kpi.pk, kpi.name),
        gain_unit=row.gain.unit,
        unit=kpi.unit,
    )


def _spent(figures: dict[str, float | str | None]) -> dict[str, Any] | None:
    """Return the share that is spent for a bar: at most the whole, with its words."""
    spent = figures.get("spent")
    if not isinstance(spent, float):
        return None
    words = worded("{share} spent", share=f"{spent * 100:.0f} %")
    return {"share": min(100.0, max(0.0, spent * 100)), "words": words}


def _defaults(document: PolicyDocument) -> Sequence[dict[str, str]]:
    """Return what the policy in force says where a system has nothing of its own."""
    measured = document.measured
    trends, budgets = measured.trends, measured.budgets
    rows = [
        {
            "what": term(word("Slides of everything with an approved threshold")),
            "terms": trend_terms(
                method=trends.method,
                horizon_seconds=seconds_of(trends.horizon),
                least_windows=trends.least_windows,
            )
            if trends.horizon
            else term(word("not judged")),
        }
    ]
    for name, burn in (("warning", budgets.warning), ("critical", budgets.critical)):
        rows.append(
            {
                "what": worded("Error budgets, {state}", state=term(name)),
                "terms": worded(
                    "{terms}; {share} % spent",
                    terms=burn_terms(
                        long=seconds_of(burn.long),
                        short=seconds_of(burn.short),
                        burn=number_of(burn.burn),
                    ),
                    share=f"{number_of(burn.spent) * 100:g}",
                ),
            }
        )
    names = {kpi.pk: kpi for kpi in Kpi.objects.filter(pk__in=_named(document))}
    for pair in measured.guardrails:
        gain, guardrail = names.get(pair.gain), names.get(pair.guardrail)
        if gain is None or guardrail is None:
            continue
        rows.append(
            {
                "what": worded(
                    "{gain} beside {guardrail}", gain=_name(gain), guardrail=_name(guardrail)
                ),
                "terms": worded(
                    "{terms} of {length}",
                    terms=pair_terms(
                        mode="points",
                        warning=number_of(pair.warning),
                        critical=number_of(pair.critical),
                        unit=guardrail.unit,
                        fires=fires_of(pair.fires),
                    ),
                    length=length(seconds_of(pair.window)),
                ),
            }
        )
    return rows


def _named(document: PolicyDocument) -> set[str]:
    pairs = document.measured.guardrails
    return {name for pair in pairs for name in (pair.gain, pair.guardrail)}
