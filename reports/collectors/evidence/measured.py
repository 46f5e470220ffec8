"""Evidence that is measured: KPIs by what they tell, targets, bands, events of the system."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, F, Max, OuterRef, Q, Subquery

from governance.models import ThresholdVersion
from ledger.rules.worded import word, worded
from ledger.selectors.at_once import Question, Rows, instant
from registry.models import System
from reports.collectors.evidence.lines import counted, moment
from reports.rules.evidence import Found, Piece
from reports.selectors.control_ground import Footing, Ground
from reports.selectors.control_map import control_map
from telemetry.models import DecisionEvent, ScorecardLine, Series

BY_KPI = (
    "fairness_kpis", "drift_kpis", "data_quality_kpis", "security_kpis", "oversight_kpis",
    "use_kpis", "resource_kpis",
)  # fmt: skip
SOURCES = ("kpis_measured", *BY_KPI, "objectives", "thresholds", "event_logs")
# A series is late when two of its windows have passed without a valid reading.
WINDOWS = 2
UNHEARD = word("series without any valid reading")
EXAMPLES = word("are examples that nobody approved")


class Heard(NamedTuple):
    """A series: its KPI, when it was last heard, until when that counts."""

    kpi: str
    newest: datetime | None
    until: datetime | None


def asked(ground: Footing) -> Mapping[str, Question]:
    """Return what to ask of series, targets, bands and events."""
    series = Series.objects.filter(
        system_id__in=ground.ids, retirement__isnull=True, created_at__lte=ground.at
    )
    bands = ThresholdVersion.objects.filter(
        threshold__system_id__in=ground.ids,
        state=ThresholdVersion.State.ACTIVE,
        valid_from__lte=ground.at,
    )
    return {
        "series": series.values_list(
            "system_id", "kpi_id", "cadence_seconds", "window_seconds", "state__last_valid_at"
        ),
        "objectives": _objectives(ground),
        "bands": bands.values_list(
            "threshold__system_id", "approved_at", "example", "approved_by_id"
        ),
        "events": _events(ground),
    }


def told(ground: Ground, answers: Mapping[str, Rows]) -> Mapping[str, Found]:
    """Return what is measured of each system that runs."""
    heard, kpis = _heard(answers["series"]), control_map().kpis
    # What is measured runs, whatever its life says.
    serving = {one.pk for one in ground.serving()} | set(heard)
    running = [one for one in ground.systems.values() if one.pk in serving]
    found = {"kpis_measured": ground.each(_measured(heard, None), among=running)}
    for source in BY_KPI:
        found[source] = ground.each(_measured(heard, kpis[source]), among=running)
    return found | {
        "objectives": ground.found(
            {
                UUID(key): Piece(count=count, newest=instant(at))
                for key, count, at in answers["objectives"]
            }
        ),
        "thresholds": ground.found(_thresholds(answers["bands"]), among=running),
        "event_logs": ground.found(
            {UUID(key): Piece(count=1, newest=instant(at)) for key, at in answers["events"]},
            among=running,
        ),
    }


def _heard(rows: Rows) -> dict[UUID, list[Heard]]:
    found: dict[UUID, list[Heard]] = {}
    for system, kpi, cadence, window, valid in rows:
        last = moment(valid)
        until = last + timedelta(seconds=WINDOWS * (cadence or window)) if last else None
        found.setdefault(UUID(system), []).append(Heard(kpi, last, until))
    return found


def _measured(
    heard: Mapping[UUID, list[Heard]], kpis: frozenset[str] | None
) -> Callable[[System], Piece]:
    def say(one: System) -> Piece:
        rows = [row for row in heard.get(one.pk, ()) if kpis is None or row.kpi in kpis]
        return _piece(rows, every=kpis is None)

    return say


def _piece(rows: Iterable[Heard], *, every: bool) -> Piece:
    """Of all KPIs each series must be heard; of KPIs of one kind the one that lasts longest."""
    found = list(rows)
    valid = [row for row in found if row.newest]
    silent = len(found) - len(valid)
    ends = [row.until for row in valid if row.until]
    lacks = counted(silent, len(found), UNHEARD) if silent and every else ""
    return Piece(
        count=len(valid),
        newest=max((row.newest for row in valid if row.newest), default=None),
        until=(min if every else max)(ends) if ends else None,
        lacks=lacks or ("" if valid else worded("nothing measured")),
    )


def _objectives(ground: Footing) -> Question:
    rows = ScorecardLine.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=ground.at),
        system_id__in=ground.ids,
        from_at__lte=ground.at,
        target__isnull=False,
    )
    counts = rows.order_by().values("system_id")
    return counts.annotate(count=Count("pk"), newest=Max("from_at")).values_list(
        "system_id", "count", "newest"
    )


def _thresholds(rows: Rows) -> dict[UUID, Piece]:
    found: dict[UUID, list[tuple[datetime | None, bool]]] = {}
    for system, approved, example, by in rows:
        found.setdefault(UUID(system), []).append((moment(approved), by is None or example))
    return {key: _banded(bands) for key, bands in found.items()}


def _banded(bands: list[tuple[datetime | None, bool]]) -> Piece:
    unsure = sum(1 for _, shipped in bands if shipped)
    lacks = counted(unsure, len(bands), EXAMPLES) if unsure else ""
    newest = max((approved for approved, _ in bands if approved), default=None)
    return Piece(count=len(bands), newest=newest, lacks=lacks)


def _events(ground: Footing) -> Question:
    """Of each system the newest event, by its index: a system may have hundreds of millions."""
    newest = DecisionEvent.objects.filter(system_id=OuterRef("pk"), at__lte=ground.at)
    rows = System.objects.filter(pk__in=ground.ids).annotate(
        newest=Subquery(newest.order_by("-at").values("at")[:1]), system=F("pk")
    )
    found: Question = rows.filter(newest__isnull=False).values_list("system", "newest")
    return found
