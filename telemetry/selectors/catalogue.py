"""The catalogue: what somebody may see of it, definitions before and now, what it proposes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject

from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from outbox.languages import of_record
from registry.models import System, User
from registry.selectors.units import units_above
from telemetry.models import Kpi, KpiDefinition, KpiTemplate, Perspective, Series
from telemetry.rules.bands_data import proposal_of
from telemetry.selectors.kpi_rights import MOST, rights_in

PAGE = 60
UNITS_SEEN = """
WITH RECURSIVE below(id) AS (
    SELECT unit_id FROM registry_roleassignment
    WHERE user_id = %s AND unit_id IS NOT NULL
      AND from_at <= %s AND (until_at IS NULL OR until_at > %s)
    UNION
    SELECT unit.id FROM registry_unit unit JOIN below ON unit.parent_id = below.id
), above(id, parent_id) AS (
    SELECT unit.id, unit.parent_id FROM registry_unit unit
    WHERE unit.id = %s OR unit.id IN (SELECT id FROM below) OR unit.id IN ({systems})
    UNION
    SELECT unit.id, unit.parent_id FROM registry_unit unit JOIN above ON unit.id = above.parent_id
) SELECT id FROM above
"""


def units_of_reader(
    *, systems: QuerySet[System], user: User | None = None, at: datetime
) -> set[UUID]:
    """Return the units whose own KPIs a reader sees: those of their systems and above, and theirs.

    `systems` are those that they may see; a service token has no `user`. One query.
    """
    try:
        said, given = systems.order_by().values("unit_id").query.sql_with_params()
    except EmptyResultSet:
        said, given = "SELECT NULL::uuid", ()
    person, unit = (user.pk, user.unit_id) if user is not None else (None, None)
    with connection.cursor() as cursor:
        cursor.execute(UNITS_SEEN.format(systems=said), [person, at, at, unit, *given])
        return {row[0] for row in cursor.fetchall()}


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
    return _kpi(kpi_id, kpis_seen(units=units))


def _kpi(kpi_id: str, rows: QuerySet[Kpi]) -> Kpi:
    rows = rows if "\x00" not in kpi_id else Kpi.objects.none()
    rows = rows.select_related("counter_metric", "of_unit", "author", "approved_by", "switched_by")
    found: Kpi | None = rows.filter(pk=kpi_id).first()
    if found is None:
        raise Missing(
            "unknown_kpi", worded("There is no KPI {kpi_id!r} that you may see.", kpi_id=kpi_id)
        )
    return found


def kpi_shown(kpi_id: str, *, units: Collection[UUID], person: UUID, at: datetime) -> Kpi:
    """Return a KPI with what stands beside it on its page; one query. Raises Missing.

    `kinds` are those whose scorecard begins with it, `guards` the KPIs whose counter-metric it is,
    `held` and `answers` what the person is to its unit.
    """
    guards = kpis_seen(units=units).filter(counter_metric=OuterRef("pk")).order_by("name")
    kinds = KpiTemplate.objects.filter(kpi=OuterRef("pk"), in_use=True).order_by("kind")
    told = rights_in('"telemetry_kpi"."of_unit_id"', person=person, at=at)
    rows = kpis_seen(units=units).annotate(
        guards=ArraySubquery(guards.values(said=JSONObject(pk="pk", name="name"))[:MOST]),
        kinds=ArraySubquery(kinds.values("kind")),
        **told,
    )
    return _kpi(kpi_id, rows)


def kinds_in_words(kinds: Collection[str]) -> list[str]:
    """Return kinds of system as a person says them."""
    return [str(KpiTemplate(kind=one).get_kind_display()) for one in kinds]


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
            | Q(pk__in=_said_with(asked.words))
        )
    return rows


def _said_with(words: str) -> list[str]:
    """Return the KPIs that say the words in the reader's language, where that is not English."""
    if of_record():
        return []
    wanted = words.casefold()
    shipped = Kpi.objects.filter(own=False).only("pk", "name", "explanation")
    return [one.pk for one in shipped if wanted in f"{one.called}\n{one.says}".casefold()]


def page_of(rows: QuerySet[Kpi], asked: Asked) -> tuple[Sequence[Kpi], str]:
    """Return a page by name, and after which KPI the next one begins: '' at the end."""
    found = filtered(rows, asked)
    if asked.after:
        # Within the page's own statement; behind one that is not there the list begins anew.
        last = Subquery(Kpi.objects.filter(pk=asked.after).values("name"))
        name = Coalesce(last, Value(""))
        found = found.filter(Q(name__gt=name) | Q(pk__gt=asked.after), name__gte=name)
    ordered = found.select_related("counter_metric", "of_unit").order_by("name", "pk")
    page = list(ordered[: PAGE + 1])
    return page[:PAGE], page[PAGE - 1].pk if len(page) > PAGE else ""
