"""The facts of a bill of materials, read in a bounded number of queries whatever the number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from ledger.services.entries import VERSION
from registry.models import (
    DataSource,
    Dependency,
    Deployment,
    EvaluationRun,
    FailureScenario,
    ProductUse,
    System,
    SystemVersion,
)
from registry.rules.exchange.bom import (
    DataFacts,
    Metric,
    ProductFacts,
    SystemFacts,
    VersionFacts,
    bill_of,
)
from registry.rules.identities import HOSTED

Rows = Mapping[UUID, Sequence[Any]]


def bill_for(systems: QuerySet[System], *, every_version: bool) -> tuple[bytes, int]:
    """Return the bill of these systems and how many they are.

    With `every_version` all versions are listed, else those that are live.
    """
    facts = facts_for(systems, every_version=every_version)
    generator = f"Countersign {VERSION}"
    return bill_of(facts, organisation=settings.ORGANISATION, generator=generator), len(facts)


def facts_for(systems: QuerySet[System], *, every_version: bool) -> list[SystemFacts]:
    """Return what the bill of these systems lists; a system that is a record only is left out."""
    rows = list(systems.exclude(kind=System.Kind.RECORD).select_related("unit").order_by("slug"))
    return _facts(rows, every_version)


def _facts(systems: Sequence[System], every_version: bool) -> list[SystemFacts]:
    keys = [system.pk for system in systems]
    live = _live(keys)
    versions = _versions(keys, live, every_version)
    metrics = _metrics(keys)
    sources = _grouped(DataSource.objects.filter(system__in=keys, until_at=None))
    uses = ProductUse.objects.filter(system__in=keys, until=None)
    products = _grouped(uses.select_related("product__supplier"))
    others = _grouped(
        Dependency.objects.filter(system__in=keys, until_at=None).select_related("on_system")
    )
    risks = _risks(keys)
    return [
        SystemFacts(
            slug=system.slug,
            name=system.name,
            kind=str(system.kind),
            purpose=system.purpose,
            users_affected=system.users_affected,
            supplier=system.supplier,
            unit=system.unit.name,
            lifecycle=str(system.lifecycle),
            risk_tier=str(system.risk_tier),
            legal_class=str(system.legal_class),
            registered_at=system.registered_at,
            data_text=system.data_sources,
            versions=tuple(_version(one, live, metrics) for one in versions[system.pk]),
            data=tuple(map(_data, sources[system.pk])),
            products=tuple(map(_product, products[system.pk])),
            depends_on=tuple(one.on_system.slug for one in others[system.pk]),
            risks=tuple(risks[system.pk]),
        )
        for system in systems
    ]


def _grouped(rows: Iterable[Any]) -> "defaultdict[UUID, list[Any]]":
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.system_id].append(row)
    return found


def _live(keys: Sequence[UUID]) -> "defaultdict[UUID, list[str]]":
    """Return {version: environments in which it is live}."""
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    rows = Deployment.objects.filter(system__in=keys, until_at=None).order_by("environment")
    for version, environment in rows.values_list("version_id", "environment"):
        found[version].append(environment)
    return found


def _versions(
    keys: Sequence[UUID], live: Mapping[UUID, Sequence[str]], every: bool
) -> "defaultdict[UUID, list[Any]]":
    wanted = Q(system__in=keys) if every else Q(pk__in=list(live))
    return _grouped(SystemVersion.objects.filter(wanted).order_by("label"))


def _metrics(keys: Sequence[UUID]) -> dict[UUID, tuple[Metric, ...]]:
    """Return {version: what its newest evaluation run found}."""
    rows = EvaluationRun.objects.filter(system__in=keys).order_by("recorded_at", "pk")
    return {row.version_id: tuple(map(_metric, row.judged)) for row in rows}


def _metric(line: Mapping[str, Any]) -> Metric:
    return Metric(
        name=str(line.get("metric", "")),
        value=str(line.get("value") or "not found"),
        slice=str(line.get("slice", "")),
        verdict=str(line.get("verdict", "")),
    )


def _risks(keys: Sequence[UUID]) -> "defaultdict[UUID, list[tuple[str, str]]]":
    """Return {system: what could go wrong and the response, as its plan in force says}."""
    found: defaultdict[UUID, list[tuple[str, str]]] = defaultdict(list)
    rows = FailureScenario.objects.filter(plan__system__in=keys, plan__state="in_force")
    for system, what, response in rows.order_by("what").values_list(
        "plan__system_id", "what", "response"
    ):
        found[system].append((what, response))
    return found


def _version(
    row: SystemVersion,
    live: Mapping[UUID, Sequence[str]],
    metrics: Mapping[UUID, tuple[Metric, ...]],
) -> VersionFacts:
    return VersionFacts(
        label=row.label,
        digest=row.digest,
        identity={name: getattr(row, name) for name in HOSTED if getattr(row, name)},
        identity_hash=row.identity_hash,
        state=str(row.state),
        live_in=tuple(live.get(row.pk, ())),
        changelog=row.changelog,
        created_at=row.created_at,
        metrics=metrics.get(row.pk, ()),
    )


def _data(row: DataSource) -> DataFacts:
    return DataFacts(
        row.name, row.get_kind_display(), row.holder, str(row.personal_data), row.licence,
        row.legal_basis,
    )  # fmt: skip


def _product(row: ProductUse) -> ProductFacts:
    product = row.product
    return ProductFacts(product.supplier.name, product.name, str(product.kind), product.identity)
