"""All systems at a glance: how the KPIs of each stand by category, and what is open with whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from governance.rules.figures import segment_words
from incidents.models import Incident
from incidents.rules.transitions import ENDED
from outbox.languages import spoken
from registry.models import System
from telemetry.rules.kpi_words import of_kpi

MOST = 1000
OWN_KIND = "own"
COLUMNS = (
    ("technical", gettext_lazy("Technical")),
    ("business", gettext_lazy("Business")),
    ("trust_compliance", gettext_lazy("Trust")),
    ("operational", gettext_lazy("Operational")),
    (OWN_KIND, gettext_lazy("Own kind")),
)
VIEWS = {
    "all": gettext_lazy("All systems"),
    "breach": gettext_lazy("In breach"),
    "unseen": gettext_lazy("Unseen"),
    "high_risk": gettext_lazy("High-risk by law"),
    "agents": gettext_lazy("Agents"),
}
BREACHED = frozenset({"CRITICAL", "WARNING"})
UNSEEN = frozenset({"NO_DATA", "ERROR"})
HEAD = ("System", "Short name", "Owner", "Tier", "Class under the AI Act", "Category", "KPIs",
        "In their bands", "Without data", "Worst standing", "Worst KPI")  # fmt: skip
# The worst first. One row for each system and category, however many series there are.
STANDINGS = """
SELECT s.system_id,
  CASE WHEN k.category IN ('technical', 'business', 'trust_compliance', 'operational')
    THEN k.category ELSE 'own' END AS part,
  count(*), count(*) FILTER (WHERE st.state = 'OK'),
  count(*) FILTER (WHERE st.state IN ('NO_DATA', 'ERROR')),
  (min(ARRAY[CASE st.state WHEN 'CRITICAL' THEN '0' WHEN 'WARNING' THEN '1'
      WHEN 'NO_DATA' THEN '2' WHEN 'ERROR' THEN '3' WHEN 'RECOVERING' THEN '4'
      WHEN 'PENDING' THEN '5' ELSE '6' END, st.state, k.name, s.segment, k.id]::text[]))[2:5]
FROM telemetry_series s
JOIN governance_standing st ON st.series_id = s.id
JOIN telemetry_kpi k ON k.id = s.kpi_id
WHERE s.system_id = ANY(%s) AND s.environment = 'production'
GROUP BY 1, 2
"""


class Cell(NamedTuple):
    """The KPIs of one category: how many, in their bands, without data; the worst of them."""

    kpis: int
    fine: int
    unseen: int
    state: str
    worst: str
    kpi: str
    segment: str
    name: str

    @property
    def mark(self) -> str:
        """The standing as the design names it."""
        return "none" if self.state in UNSEEN else self.state.lower()

    @property
    def words(self) -> str:
        """What stands in the cell beside its mark."""
        if self.state == "ERROR":
            return _("%(n)s in error") % {"n": self.unseen}
        if self.state in UNSEEN:
            return ngettext("%(n)s silent", "%(n)s silent", self.unseen) % {"n": self.unseen}
        if self.state == "OK":
            return _("%(fine)s of %(all)s") % {"fine": self.fine, "all": self.kpis}
        called = spoken(of_kpi(self.kpi, self.name))
        return _named(called, self.segment)


class OpenCase(NamedTuple):
    """An open incident of a system, the next one due first."""

    number: str
    severity: str
    state: str
    due_at: datetime | None


class Line(NamedTuple):
    """A system as the list reads it."""

    id: UUID
    slug: str
    name: str
    kind: str
    risk_tier: str
    legal_class: str
    lifecycle: str
    owner: str


@dataclass(slots=True)
class Row:
    """One system: its cells in the order of COLUMNS, None where nothing is judged."""

    system: Line
    cells: dict[str, Cell] = field(default_factory=dict)
    cases: list[OpenCase] = field(default_factory=list)

    @property
    def is_breached(self) -> bool:
        """Whether a KPI lies beyond its band."""
        return any(cell.state in BREACHED for cell in self.cells.values())

    @property
    def is_unseen(self) -> bool:
        """Whether anything of it is without data, or nothing of a running system is judged."""
        silent = any(cell.unseen for cell in self.cells.values())
        return silent or (not self.cells and self.system.lifecycle in ("pilot", "production"))

    @property
    def heard(self) -> float | None:
        """The share of its judged KPIs that have data, None where none is judged."""
        kpis = sum(cell.kpis for cell in self.cells.values())
        return 1 - sum(cell.unseen for cell in self.cells.values()) / kpis if kpis else None

    @property
    def rank(self) -> tuple[int, str]:
        """In breach first, then unseen, each by name."""
        return (0 if self.is_breached else 1 if self.is_unseen else 2, self.system.name.lower())


def fleet_rows(*, visible: QuerySet[System], incidents: QuerySet[Incident]) -> list[Row]:
    """Return the systems that are not retired, the worst first; three queries, at most MOST."""
    lines = visible.exclude(lifecycle=System.Lifecycle.RETIRED).order_by("name", "pk")
    named = lines.values_list(*Line._fields[:-1], "owner__name")[:MOST]
    rows = {line[0]: Row(Line._make(line)) for line in named}
    for system, part, cell in _cells(list(rows)):
        rows[system].cells[part] = cell
    for system, case in _cases(incidents, list(rows)):
        rows[system].cases.append(case)
    return sorted(rows.values(), key=lambda row: row.rank)


def fleet_page(*, rows: Sequence[Row], view: str, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/fleet.html shows of the rows of a view."""
    chosen = view if view in VIEWS else "all"
    overdue = sum(1 for row in rows for case in row.cases if case.due_at and case.due_at < at)
    return {
        "at": at,
        "view": chosen,
        "views": [
            {
                "url": "" if name == "all" else f"?view={name}",
                "label": label,
                "count": sum(1 for row in rows if _is_in(row, name)),
                "current": name == chosen,
            }
            for name, label in VIEWS.items()
        ],
        "columns": [label for _name, label in COLUMNS],
        "rows": [row for row in rows if _is_in(row, chosen)],
        "total": len(rows),
        "breached": sum(1 for row in rows if row.is_breached),
        "unseen": sum(1 for row in rows if row.is_unseen and not row.is_breached),
        "open_cases": sum(len(row.cases) for row in rows),
        "overdue": overdue,
        "cut": len(rows) == MOST,
    }


def sheet_rows(rows: Iterable[Row]) -> list[tuple[object, ...]]:
    """Return the fleet as cells of HEAD, one line for each category of a system."""
    return [
        (
            row.system.name,
            row.system.slug,
            row.system.owner,
            row.system.risk_tier,
            row.system.legal_class,
            part,
            cell.kpis,
            cell.fine,
            cell.unseen,
            cell.state,
            cell.worst,
        )
        for row in rows
        for part, _label in COLUMNS
        if (cell := row.cells.get(part)) is not None
    ]


def _cells(systems: list[UUID]) -> list[tuple[UUID, str, Cell]]:
    with connection.cursor() as cursor:
        cursor.execute(STANDINGS, [systems])
        return [
            (system, part, _cell(kpis, fine, unseen, *worst))
            for system, part, kpis, fine, unseen, worst in cursor.fetchall()
        ]


def _cell(*counts_and_worst: Any) -> Cell:
    kpis, fine, unseen, state, name, segment, kpi = counts_and_worst
    return Cell(kpis, fine, unseen, state, _named(name, segment), kpi, segment, name)


def _named(kpi: str, segment: str) -> str:
    return f"{kpi}, {segment_words(segment)}" if segment else kpi


def _cases(incidents: QuerySet[Incident], systems: list[UUID]) -> Iterable[tuple[UUID, OpenCase]]:
    rows = incidents.filter(system__in=systems, drill=False).exclude(state__in=ENDED)
    named = rows.order_by("stage_due_at", "number").values_list(
        "system_id", "number", "severity", "state", "stage_due_at"
    )
    return [
        (system, OpenCase(number, severity, state, due))
        for system, number, severity, state, due in named
    ]


def _is_in(row: Row, view: str) -> bool:
    checks: Mapping[str, bool] = {
        "all": True,
        "breach": row.is_breached,
        "unseen": row.is_unseen,
        "high_risk": row.system.legal_class == System.LegalClass.HIGH_RISK,
        "agents": row.system.kind in (System.Kind.AGENT, System.Kind.MULTI_AGENT),
    }
    return checks[view]
