"""Which files of a pack hold what a source of evidence shows. Pure.

A name is a path below data/; `{system}` stands for each system that the evidence speaks of, and
`@topic` for files that only the pack's content knows: incidents, motions, rules, series of all KPIs
or of those that count for a source.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reports.rules import places

# So many files of one topic are named; the list that stands before them has all.
MOST = 40
SYSTEM = "{system}"
INCIDENTS, DECISIONS, POLICIES, SERIES, STAMPS = (
    "@incidents", "@decisions", "@policies", "@series", "@stamps",
)  # fmt: skip


def _of_system(*names: str) -> tuple[str, ...]:
    return tuple(places.of_system(SYSTEM, name) for name in names)


_DOCUMENTS = _of_system("documents.json")
_SHARED_DOCUMENTS = (places.of_shared("documents"),)
_SERIES = ("kpi/series.csv", SERIES)
_ROLES = ("people/roles.csv",)
_RETENTION = (places.of_shared("retention"),)
_CASES = ("populations/incidents.csv", INCIDENTS)
_MOTIONS = ("populations/decisions.csv", DECISIONS)

FILES: Mapping[str, tuple[str, ...]] = {
    "registry_record": _of_system("system.json"),
    "classification": _of_system("classifications.json"),
    "obligations": _of_system("classifications.json"),
    "life_gates": _of_system("lifecycle.csv"),
    "resources": _of_system("data-sources.json", "products.json", "dependencies.json"),
    "data_sources": _of_system("data-sources.json"),
    "operating_controls": _of_system("operating-controls.json"),
    "declared_scope": _of_system("declared-scopes.json"),
    "behaviour_policy": _of_system("behaviour-policies.json"),
    "overseers": _of_system("reviewers.json", "operating-controls.json"),
    "knowledge_owners": _of_system("knowledge-owners.json"),
    "suppliers": _of_system("products.json"),
    "supplier_notices": (places.of_shared("supplier-notices"),),
    "roles_held": (*_of_system("system.json"), *_ROLES),
    "access_reviewed": _ROLES,
    "impact_assessment": _of_system("assessments.json"),
    "fria": _of_system("assessments.json"),
    "technical_documents": _DOCUMENTS,
    "instructions": _DOCUMENTS,
    "data_protection": _DOCUMENTS,
    "model_cards": (*_DOCUMENTS, places.of_bill()),
    "test_reports": _DOCUMENTS,
    "conformity": _DOCUMENTS,
    "contracts": _DOCUMENTS,
    "procedures": _SHARED_DOCUMENTS,
    "training": _SHARED_DOCUMENTS,
    "documents_controlled": (*_SHARED_DOCUMENTS, *_DOCUMENTS),
    "evaluation_plans": _of_system("evaluation-plans.json"),
    "evaluation_runs": _of_system("evaluation-runs.json"),
    "failure_scenarios": _of_system("failure-scenarios.json"),
    "versions": _of_system("versions.json"),
    "change_log": _of_system("versions.json"),
    "deployments": _of_system("deployments.csv"),
    "fallback_tests": _of_system("fallback-checks.json"),
    "kpis_measured": _SERIES,
    "fairness_kpis": ("kpi/series.csv", "@fairness_kpis"),
    "drift_kpis": ("kpi/series.csv", "@drift_kpis"),
    "data_quality_kpis": ("kpi/series.csv", "@data_quality_kpis"),
    "security_kpis": ("kpi/series.csv", "@security_kpis"),
    "oversight_kpis": ("kpi/series.csv", "@oversight_kpis"),
    "use_kpis": ("kpi/series.csv", "@use_kpis"),
    "resource_kpis": ("kpi/series.csv", "@resource_kpis"),
    "objectives": _of_system("objectives.json"),
    "thresholds": ("kpi/thresholds.csv", "kpi/{system}/thresholds.json"),
    "event_logs": ("populations/decision-events-by-day.csv", "populations/batches.csv"),
    "cases": _CASES,
    "case_tried": ("populations/incidents.csv", "drills/drills.csv"),
    "reporting_clocks": ("clocks/duties.csv", "clocks/submissions.csv"),
    "corrective_actions": ("populations/actions.csv", INCIDENTS),
    "acceptances": ("acceptances/acceptances.csv",),
    "evidence_held": _CASES,
    "concerns": (),
    "authority_requests": ("requests/requests.csv",),
    "committees": (places.of_shared("committees"),),
    "decisions": _MOTIONS,
    "meetings": ("meetings/meetings.csv",),
    "drills": ("drills/drills.csv",),
    "standing_orders": ("orders/orders.csv",),
    "policies": (POLICIES,),
    "policy_review": (POLICIES,),
    "oversight_acts": (
        "populations/transitions.csv", "containments/containments.csv", *_MOTIONS,
    ),  # fmt: skip
    "ledger_checked": ("audit/log.csv",),
    "ledger_sealed": ("audit/checkpoint", "audit/checkpoints.jsonl"),
    "ledger_anchored": (STAMPS,),
    "log_retention": _RETENTION,
    "document_retention": _RETENTION,
    "attached": ("uploads/uploads.csv", places.of_shared("uploads")),
}  # fmt: skip


def files_of(source: str, systems: Sequence[str], known: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the files of a source for some systems, those that say most first.

    `known` are the files of each topic: of a system under `@topic/<short name>`, of all under
    `@topic`. Whether a file is there is for the caller to see.
    """
    return list(dict.fromkeys(_named(source, systems, known)))


def _named(
    source: str, systems: Sequence[str], known: Mapping[str, Iterable[str]]
) -> Iterator[str]:
    for name in FILES.get(source, ()):
        if name.startswith("@"):
            keys = [f"{name}/{system}" for system in systems] if systems else [name]
            found = [path for key in keys for path in known.get(key, ())]
            yield from found[:MOST]
        elif SYSTEM in name:
            yield from (name.replace(SYSTEM, system) for system in systems)
        else:
            yield name
