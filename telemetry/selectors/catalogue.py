"""The catalogue: what somebody may see of it, definitions before and now, what it proposes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from registry.models import System, Unit, User
from registry.selectors.units import units_above, units_in_scope
from telemetry.models import Kpi, KpiDefinition, KpiTemplate, Perspective, Series
from telemetry.rules.bands_data import proposal_of

PAGE = 60


def units_of_reader(
    *, systems: QuerySet[System], user: User | None = None, at: datetime
) -> set[UUID]:
    """Return the units whose own KPIs a reader sees: those of their systems and above, and theirs.

    `systems` are those that they may see; a service token has no `user`.
    """
    start = set(systems.order_by().values_list("unit_id", flat=True).distinct())
    if user is not None:
        start |= {*units_in_scope(user_ids=[user.pk], at=at)}
        if user.unit_id is not None:
            start.add(user.unit_id)
    parents = dict(Unit.objects.values_list("pk", "parent_id")) if start else {}
    found: set[UUID] = set()
    for unit in start:
        place: UUID | None = unit
        while place is not None and place not in found:
            found.add(place)
            place = parents.get(place)
    return found


def kpis_seen(*, units: Collection[UUID]) -> QuerySet[Kpi]:
    """Return the shipped KPIs and the own ones of these units."""
    return Kpi.objects.filter(Q(own=False) | Q(of_unit__in=units))


def kpis_for_system(*, system: System) -> QuerySet[Kpi]:
    """Return the KPIs that a system may be measured by: shipped, and of its unit or above.

    Those that are switched off are left out.
    """
    return kpis_seen(units=units_above(unit_id=system.unit_id)).filter(off=False)


def kpi_seen(kpi_id: str, *, units: Collection[UUID]) -> Kpi:
    """Return a KPI with its counter-metric. Raises Missing, also for one of another unit."""
    rows = kpis_seen(units=units) if "\x00" not in kpi_id else Kpi.objects.none()
    rows = rows.select_related("counter_metric", "of_unit", "author", "approved_by", "switched_by")
    found: Kpi | None = rows.filter(pk=kpi_id).first()
    if found is None:
        raise Missing(
            "unknown_kpi", worded("There is no KPI {kpi_id!r} that you may see.", kpi_id=kpi_id)
        )
    return found


def guarded_by(kpi: Kpi, *, units: Collection[UUID]) -> QuerySet[Kpi]:
    """Return the KPIs whose counter-metric this one is, by name."""
    return kpis_seen(units=units).filter(counter_metric=kpi).order_by("name")


def definitions_of(key: str) -> QuerySet[KpiDefinition]:
    """Return every definition that a KPI had, the newest first."""
    rows = KpiDefinition.objects.filter(key=key).select_related("author", "decided_by", "of_unit")
    return rows.order_by("-number")


def drafts_seen(*, units: Collection[UUID]) -> QuerySet[KpiDefinition]:
    """Return the definitions of these units that wait for approval, the oldest first."""
    rows = KpiDefinition.objects.filter(state=KpiDefinition.State.DRAFT, of_unit__in=units)
    return rows.select_related("author", "of_unit").order_by("drafted_at", "key")


def definition_seen(definition_id: UUID, *, units: Collection[UUID]) -> KpiDefinition:
    """Return a definition of these units. Raises Missing."""
    rows = KpiDefinition.objects.filter(pk=definition_id, of_unit__in=units)
    found: KpiDefinition | None = rows.select_related(
        "author", "decided_by", "of_unit", "counter_metric"
    ).first()
    if found is None:
        raise Missing("unknown_definition", "There is no such definition that you may see.")
    return found


def measured_in(kpi: Kpi, *, systems: QuerySet[System]) -> list[System]:
    """Return the systems among `systems` that have readings of a KPI, by name."""
    series = Series.objects.filter(kpi=kpi, system__in=systems)
    rows = System.objects.filter(pk__in=series.values("system_id"))
    # A state machine reads its state with each row: left out, it is a query for each.
    return list(rows.only("pk", "slug", "name", "lifecycle").order_by("name"))


def templates_of(kind: str) -> list[KpiTemplate]:
    """Return what the scorecard of a kind of system begins with, in order."""
    rows = KpiTemplate.objects.filter(kind=kind, in_use=True).select_related("kpi")
    return list(rows.order_by("position"))


def kinds_that_begin_with(kpi: Kpi) -> list[str]:
    """Return the kinds of system whose scorecard begins with a KPI, as a person says them."""
    rows = KpiTemplate.objects.filter(kpi=kpi, in_use=True)
    return [row.get_kind_display() for row in rows.order_by("kind")]


def proposed_bands(
    kpi: Kpi, profile: str, *, baseline: float | None = None, variant: str = ""
) -> dict[str, Any] | None:
    """Return the threshold that a profile proposes for a KPI, by the names of governance's Stated.

    Beside them stand `profile` (whose bands they are), `relative_to`, and `floor` where a lower
    limit is absolute and no `baseline` was given. None where the catalogue holds no bands.
    """
    return proposal_of(
        kpi.bands,
        profile=profile,
        unit=kpi.unit,
        lowest=kpi.lowest,
        highest=kpi.highest,
        neutral=kpi.neutral,
        baseline=baseline,
        variant=variant,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader of the catalogue looks for."""

    words: str = ""
    category: str = ""
    perspective: str = ""
    own: bool = False
    after: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Asked":
        """Read the query of a page; what makes no sense is left out."""
        category, perspective = str(given.get("category", "")), str(given.get("perspective", ""))
        return cls(
            words=str(given.get("q", "")).replace("\0", "").strip()[:100],
            category=category if category in Kpi.Category.values else "",
            perspective=perspective if perspective in Perspective.values else "",
            own=given.get("own") in ("1", "true"),
            after=str(given.get("after", "")).replace("\0", "")[:60],
        )

    @property
    def query(self) -> dict[str, str]:
        """The query without the place in the list."""
        found = {"q": self.words, "category": self.category, "perspective": self.perspective}
        found["own"] = "1" if self.own else ""
        return {name: value for name, value in found.items() if value}


def filtered(rows: QuerySet[Kpi], asked: Asked) -> QuerySet[Kpi]:
    """Return the KPIs that fit what is asked for."""
    if asked.category:
        rows = rows.filter(category=asked.category)
    if asked.perspective:
        rows = rows.filter(perspective=asked.perspective)
    if asked.own:
        rows = rows.filter(own=True)
    if asked.words:
        rows = rows.filter(
            Q(name__icontains=asked.words)
            | Q(pk__icontains=asked.words.replace(" ", "_"))
            | Q(explanation__icontains=asked.words)
        )
    return rows


def page_of(rows: QuerySet[Kpi], asked: Asked) -> tuple[Sequence[Kpi], str]:
    """Return a page by name, and after which KPI the next one begins: '' at the end."""
    found = filtered(rows, asked)
    if asked.after:
        last = Kpi.objects.filter(pk=asked.after).values_list("name", "pk").first()
        if last is not None:
            found = found.filter(Q(name__gt=last[0]) | Q(name=last[0], pk__gt=last[1]))
    ordered = found.select_related("counter_metric", "of_unit").order_by("name", "pk")
    page = list(ordered[: PAGE + 1])
    return page[:PAGE], page[PAGE - 1].pk if len(page) > PAGE else ""
