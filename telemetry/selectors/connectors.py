"""Connectors: which a person sees, how each fares, what its last polls brought."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Case, Q, QuerySet, Value, When

from ledger.rules.refusals import Missing
from registry.models import System
from telemetry.models import Connector, ConnectorRun, ConnectorState, Series
from telemetry.rules.mappings import Line, stored_lines
from telemetry.rules.schedules import cadence_of

# How a connector fares, and how that is said.
FARES = {
    "failing": "failing",
    "quiet": "answers, brings nothing",
    "waiting": "not asked yet",
    "ok": "works",
    "off": "switched off",
}


# The order in which a row is shown; the database keeps none.
SHOWN = ("kpi", "value", "window_end", "segment", "n", "window", "environment")


def connectors_of(
    systems: QuerySet[System], asked: Mapping[str, str] | None = None
) -> QuerySet[Connector]:
    """Return the connectors of these systems by name; `asked` may hold `search` and `fares`."""
    given = {name: text.replace("\0", "")[:80] for name, text in (asked or {}).items()}
    rows: QuerySet[Connector] = Connector.objects.filter(system__in=systems)
    if search := given.get("search"):
        rows = rows.filter(
            Q(name__icontains=search)
            | Q(system__name__icontains=search)
            | Q(system__slug__icontains=search)
        )
    conditions = {
        "failing": Q(active=True, state__failures__gt=0),
        "waiting": Q(active=True, state__polled_at=None),
        "ok": Q(active=True, state__failures=0, state__polled_at__isnull=False),
        "off": Q(active=False),
    }
    rows = rows.filter(conditions.get(given.get("fares", ""), Q()))
    return rows.select_related("system", "state").order_by("name", "pk")


def connector_of(
    connector_id: UUID, systems: QuerySet[System], *, may: Q | None = None
) -> Connector:
    """Return one of them. Raises Missing, for there and not theirs alike.

    With the condition `may`, its `may_change` says whether that holds.
    """
    rows = connectors_of(systems).select_related("created_by", "system__owner", "system__deputy")
    if may is not None:
        told = Case(When(may, then=Value(True)), default=Value(False), output_field=BooleanField())
        rows = rows.annotate(may_change=told)
    found = rows.filter(pk=connector_id).first()
    if found is None:
        raise Missing("unknown_connector", "There is no such connector that you may see.")
    return found


def fares(connector: Connector, at: datetime) -> str:
    """Return how a connector fares, one of FARES; unknown is never good.

    One that answers, but brought nothing for three times its longest cadence, is quiet.
    """
    state: ConnectorState = connector.state
    if not connector.active:
        return "off"
    if state.failures:
        return "failing"
    if state.polled_at is None:
        return "waiting"
    return "ok" if _is_heard(connector, state, at) else "quiet"


def _is_heard(connector: Connector, state: ConnectorState, at: datetime) -> bool:
    longest = max(
        cadence_of(window_seconds=line.seconds, every=connector.every_seconds)
        for line in stored_lines(connector.lines)
    )
    heard = state.accepted_at or connector.created_at
    return at <= heard + timedelta(seconds=3 * longest)


def in_order(row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a row as it is shown: what it says first, then how; what it does not say left out."""
    given = row or {}
    first = [name for name in SHOWN if name in given]
    rest = [name for name in given if name not in SHOWN]
    return {name: given[name] for name in (*first, *rest) if given[name] not in ("", None)}


def source_of(connector: Connector) -> str:
    """Return what the batches of a connector say they come from."""
    return f"{connector.kind} {connector.name}"[:120]


def runs_of(connector_id: UUID) -> QuerySet[ConnectorRun]:
    """Return the polls of a connector, newest first."""
    return ConnectorRun.objects.filter(connector_id=connector_id).order_by("-id")


def series_of_connector(connector: Connector) -> list[Series]:
    """Return the series that its lines fill, with what came last in each."""
    wanted = {
        (row["kpi"], row["environment"], row["segment_label"], row["segment"])
        for row in connector.lines
    }
    rows = Series.objects.filter(
        system_id=connector.system_id, kpi_id__in={kpi for kpi, *_ in wanted}
    ).select_related("kpi", "system", "state")
    return [one for one in rows.order_by("kpi__name", "segment", "pk") if _fills(wanted, one)][:200]


def _fills(wanted: set[tuple[str, str, str, str]], series: Series) -> bool:
    label, _, _ = series.segment.partition("=")
    plain = (series.kpi_id, series.environment, "", series.segment)
    labelled = (series.kpi_id, series.environment, label, "")
    return plain in wanted or bool(label) and labelled in wanted


def is_of_lines(lines: Iterable[Line], series: Series) -> bool:
    """Whether one of the lines says this segment, or a label that makes such segments."""
    return any(
        (line.kpi, line.environment, line.seconds)
        == (series.kpi_id, series.environment, series.window_seconds)
        and _is_segment(line, series.segment)
        for line in lines
    )


def _is_segment(line: Line, segment: str) -> bool:
    if line.segment_label:
        return segment.startswith(f"{line.segment_label}=")
    return segment == line.segment


def failing_for(series: Series) -> list[Connector]:
    """Return the connectors that fill a series and fail now, the longest failing first."""
    rows = Connector.objects.filter(
        system_id=series.system_id, active=True, state__failures__gt=0
    ).select_related("state")
    found = rows.order_by("state__failing_since", "pk")
    return [one for one in found if is_of_lines(stored_lines(one.lines), series)]


def due_connectors(*, at: datetime) -> QuerySet[ConnectorState]:
    """Return the states of connectors that are to be asked now and that nobody is asking."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
    asked = ConnectorState.objects.filter(free, next_at__lte=at, connector__active=True)
    return asked.exclude(connector__url="").order_by("next_at", "pk")
