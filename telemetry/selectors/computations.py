"""What is computed of a system, and the newest figures; groups under ten have none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from telemetry.models import Computation, DecisionEvent, Kpi, Series
from telemetry.rules.events import COMPUTED
from telemetry.selectors.small_groups import SmallGroups

MOST_SHOWN = 200
Place = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest figure of a series: for all events, or for one value of the attribute.

    As it may be shown; `withheld` says why it is not.
    """

    series_id: int
    part: str
    value: float | None
    n: int | None
    low: float | None
    high: float | None
    window_end: datetime | None
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """A computation with its newest figure over all events; None where none was made yet."""

    computation: Computation
    newest: Newest | None


def computations_of(*, system_id: UUID) -> QuerySet[Computation]:
    """Return what is computed of a system, what runs first, by KPI and window."""
    rows = Computation.objects.filter(system_id=system_id).select_related("kpi", "system")
    return rows.order_by("-active", "kpi__name", "window_seconds", "attribute", "group")


def measured_of(*, system_id: UUID) -> list[Measured]:
    """Return what is computed of a system with the newest figures; two queries."""
    newest = _newest_of_all(system_id)
    return [
        Measured(one, newest.get((one.kpi_id, one.environment, "", one.window_seconds)))
        for one in computations_of(system_id=system_id)
    ]


def parts_of(computation: Computation) -> list[Newest]:
    """Return the newest figures of a computation: for all events first, then by part."""
    rows = Series.objects.filter(
        system_id=computation.system_id,
        kpi_id=computation.kpi_id,
        environment=computation.environment,
        window_seconds=computation.window_seconds,
    ).select_related("state")
    beginning = f"{computation.attribute}="
    wanted = [
        row
        for row in rows.order_by("segment")[:MOST_SHOWN]
        if not row.segment or (computation.attribute and row.segment.startswith(beginning))
    ]
    groups = SmallGroups()
    return [_newest(row, groups) for row in wanted if hasattr(row, "state")]


def newest_event(*, system_id: UUID) -> datetime | None:
    """Return when the newest decision event of a system happened."""
    events = DecisionEvent.objects.filter(system_id=system_id)
    return events.order_by("-at").values_list("at", flat=True).first()


def computable_kpis() -> QuerySet[Kpi]:
    """Return the KPIs that can be computed from decision events, by category and name."""
    return Kpi.objects.filter(pk__in=COMPUTED).order_by("category", "name")


def _newest_of_all(system_id: UUID) -> Mapping[Place, Newest]:
    rows = Series.objects.filter(system_id=system_id, segment="").select_related("state")
    groups = SmallGroups()
    return {
        (row.kpi_id, row.environment, "", row.window_seconds): _newest(row, groups)
        for row in rows.filter(state__isnull=False)
    }


def _newest(series: Series, groups: SmallGroups) -> Newest:
    state = groups.newest(series)
    assert state is not None
    return Newest(
        series_id=series.pk,
        part=series.segment.partition("=")[2],
        value=state.value,
        n=state.n,
        low=state.low,
        high=state.high,
        window_end=state.window_end,
        withheld=state.withheld,
    )
