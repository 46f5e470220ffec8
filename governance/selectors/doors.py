"""Who sends telemetry, how it is read, what came in last and what did not become anything."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.db.models import QuerySet

from governance.models import AlertNotice, Arrival, MetricMapping, OtlpDoor, ServiceName, SpanPart
from registry.models import System
from telemetry.rules.otlp.spans import Decisions

AGENTS = frozenset({System.Kind.AGENT, System.Kind.MULTI_AGENT})
MOST_ARRIVALS = 500


@dataclass(frozen=True, slots=True)
class Sender:
    """The system that a name stands for, and which of its spans are decisions."""

    system_id: UUID
    slug: str
    decisions: Decisions


def senders_in(*, reach: QuerySet[System], names: Iterable[str]) -> dict[str, Sender | None]:
    """Return the senders among systems in reach by short name or service name.

    None for a name that several of them go by; a name that nobody goes by is left out.
    """
    asked = [name for name in set(names) if name and "\x00" not in name]
    named: dict[str, set[UUID]] = {}
    for name, system in ServiceName.objects.filter(
        name__in=asked, ended_at=None, system__in=reach.values("pk")
    ).values_list("name", "system_id"):
        named.setdefault(name, set()).add(system)
    ids = {one for several in named.values() for one in several}
    systems = {one.pk: one for one in reach.filter(pk__in=ids)} if ids else {}
    found = {one.slug: one for one in reach.filter(slug__in=asked)}
    senders = _senders([*systems.values(), *found.values()])
    known: dict[str, Sender | None] = {
        name: senders[next(iter(several))] if len(several) == 1 else None
        for name, several in named.items()
    }
    return known | {slug: senders[one.pk] for slug, one in found.items()}


def _senders(systems: Sequence[System]) -> dict[UUID, Sender]:
    ids = [one.pk for one in systems]
    stated = dict(OtlpDoor.objects.filter(pk__in=ids).values_list("pk", "decisions"))
    return {
        one.pk: Sender(one.pk, one.slug, decisions_of(stated.get(one.pk, ""), one.kind))
        for one in systems
    }


def decisions_of(stated: str, kind: str) -> Decisions:
    """Return which spans are decisions: as stated, or else as the kind of the system says."""
    if stated and stated != OtlpDoor.Decisions.BY_KIND:
        return cast(Decisions, stated)
    return "agent_runs" if kind in AGENTS else "model_calls"


def mappings_in_force(*, system_ids: Iterable[UUID]) -> dict[tuple[UUID, str], list[MetricMapping]]:
    """Return the mappings of systems, by system and name of the metric."""
    found: dict[tuple[UUID, str], list[MetricMapping]] = {}
    rows = MetricMapping.objects.filter(system_id__in=list(system_ids), ended_at=None)
    for one in rows.order_by("stated_at", "pk"):
        found.setdefault((one.system_id, one.metric), []).append(one)
    return found


def parts_of_traces(*, traces: Mapping[UUID, set[str]]) -> dict[UUID, list[dict[str, object]]]:
    """Return the steps that wait in these traces, by system."""
    wanted = {trace for several in traces.values() for trace in several}
    found: dict[UUID, list[dict[str, object]]] = {}
    if not wanted:
        return found
    rows = SpanPart.objects.filter(system_id__in=list(traces), trace_id__in=wanted)
    for system, part in rows.order_by("pk").values_list("system_id", "part"):
        found.setdefault(system, []).append(part)
    return found


def otlp_door_of(*, system: System) -> OtlpDoor | None:
    """Return what was stated of a system's spans, None where nothing was."""
    return OtlpDoor.objects.filter(pk=system.pk).select_related("stated_by").first()


def service_names_of(*, system: System) -> list[str]:
    """Return the names that a system's telemetry comes under, beside its short name."""
    rows = ServiceName.objects.filter(system=system, ended_at=None).order_by("name")
    return list(rows.values_list("name", flat=True))


def mappings_of(*, system: System) -> list[MetricMapping]:
    """Return the mappings of a system in force, by metric."""
    rows = MetricMapping.objects.filter(system=system, ended_at=None)
    return list(rows.select_related("kpi", "stated_by").order_by("metric", "stated_at", "pk"))


def arrivals_of(*, system: System) -> list[Arrival]:
    """Return what came in by name, the newest first."""
    rows = Arrival.objects.filter(system=system).order_by("-last_at", "door", "name")
    return list(rows[:MOST_ARRIVALS])


def alerts_of(*, system: System, most: int = 20) -> list[AlertNotice]:
    """Return the newest notices of alerts of a system, with their incidents."""
    rows = AlertNotice.objects.filter(system=system).select_related("incident")
    return list(rows.order_by("-received_at", "-pk")[:most])
