"""What open incidents share: sender, version, upstream system, supplier; constant queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from uuid import UUID

from django.db.models import Q, QuerySet

from governance.models import BreachCause, DataFault
from governance.rules.shared_causes import Key, Pair, Shared, Told, shared_causes
from governance.selectors.faults import senders_of
from incidents.models import Incident, IncidentLink
from incidents.rules.states import ENDED
from registry.models import Dependency, ProductUse

MOST = 300
BACK = timedelta(days=60)
SILENT = ("silence", "fault")
Keys = Mapping[UUID, set[Key]]


@dataclass(frozen=True, slots=True)
class Suggested:
    """What may be one cause, with the pairs that are tied already."""

    causes: Sequence[Shared]
    tied: frozenset[Pair]


@dataclass(slots=True)
class _Causes:
    """What was tied to an incident: how many series, the shortest wait for one, the silent ones."""

    count: int = 0
    cadence: int = 0
    series: list[int] | None = None


def open_incidents(*, visible: QuerySet[Incident], at: datetime) -> list[Incident]:
    """Return the open incidents among some that may share a cause, the newest first."""
    rows = visible.exclude(state__in=ENDED).filter(drill=False, opened_at__gt=at - BACK)
    return list(rows.select_related("live_version", "system").order_by("-opened_at", "id")[:MOST])


def suggested_causes(*, incidents: Sequence[Incident], at: datetime) -> Suggested:
    """Return what incidents may have as one cause; six queries, however many they are."""
    if not incidents:
        return Suggested([], frozenset())
    causes = _causes(incidents)
    feeds, stopped = _feeds(incidents, causes)
    systems = {one.system_id for one in incidents}
    suppliers, upstream = _suppliers(systems, at), _upstream(systems)
    told = []
    for one in incidents:
        if one.drill:
            continue
        keys = feeds.get(one.pk, set()) | suppliers.get(one.system_id, set())
        keys |= upstream.get(one.system_id, set()) | _own(one)
        told.append(
            Told(
                id=one.pk,
                number=one.number,
                system=one.system_id,
                begins=one.onset_at or one.detected_at,
                cadence=timedelta(seconds=causes[one.pk].cadence),
                keys=frozenset(keys),
                breaches=max(1, causes[one.pk].count),
                stopped=stopped.get(one.pk),
            )
        )
    tied = _tied(incidents)
    return Suggested(shared_causes(told, tied=tied), tied)


def _own(incident: Incident) -> set[Key]:
    """Its own system, as those that depend on it share it, and the version that answers."""
    found = {Key("upstream", str(incident.system_id), incident.system.name)}
    if incident.live_version is not None:
        name = f"{incident.live_version.label} of {incident.system.name}"
        found.add(Key("version", str(incident.live_version_id), name))
    return found


def _causes(incidents: Sequence[Incident]) -> dict[UUID, _Causes]:
    found: dict[UUID, _Causes] = defaultdict(_Causes)
    silent = {one.pk for one in incidents if one.kind in SILENT}
    rows = BreachCause.objects.filter(incident__in=[one.pk for one in incidents])
    named = ("incident_id", "standing__series_id", "standing__series__cadence_seconds",
             "standing__series__window_seconds")  # fmt: skip
    for incident, series, cadence, window in rows.values_list(*named):
        one = found[incident]
        one.count += 1
        one.cadence = max(one.cadence, cadence or window)
        if incident in silent:
            one.series = [*(one.series or []), series]
    return found


def _feeds(
    incidents: Sequence[Incident], causes: Mapping[UUID, _Causes]
) -> tuple[Keys, dict[UUID, datetime]]:
    """Return who sends nothing, by incident, and when it was heard last."""
    keys: dict[UUID, set[Key]] = defaultdict(set)
    stopped: dict[UUID, datetime] = {}
    for fault in DataFault.objects.filter(incident__in=[one.pk for one in incidents]):
        keys[fault.incident_id].add(_feed(fault.sender_id, fault.source))
        stopped[fault.incident_id] = fault.heard_at
    wanted = {
        series: incident
        for incident, one in causes.items()
        if incident not in stopped
        for series in one.series or []
    }
    for series, fed in senders_of(series_ids=list(wanted)).items():
        incident = wanted[series]
        keys[incident].add(_feed(fed.sender.sender_id, fed.sender.source))
        stopped[incident] = max(stopped.get(incident, fed.heard_at), fed.heard_at)
    return keys, stopped


def _feed(sender: str, source: str) -> Key:
    return Key("feed", f"{sender}\x1f{source}", source or "one sender")


def _suppliers(systems: Iterable[UUID], at: datetime) -> Keys:
    rows = ProductUse.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at.date()), system__in=systems, since__lte=at.date()
    )
    found: dict[UUID, set[Key]] = defaultdict(set)
    named = ("system_id", "product__supplier_id", "product__supplier__name")
    for system, supplier, name in rows.values_list(*named).distinct():
        found[system].add(Key("supplier", str(supplier), name))
    return found


def _upstream(systems: Iterable[UUID]) -> Keys:
    """Return what the systems need now; what they only fall back to explains nothing."""
    rows = Dependency.objects.filter(system__in=systems, until_at__isnull=True)
    found: dict[UUID, set[Key]] = defaultdict(set)
    needed = rows.exclude(kind=Dependency.Kind.FALLBACK)
    for system, other, name in needed.values_list("system_id", "on_system_id", "on_system__name"):
        found[system].add(Key("upstream", str(other), name))
    return found


def _tied(incidents: Sequence[Incident]) -> frozenset[Pair]:
    """Return the pairs that go together or are linked, by whoever said so."""
    families: dict[UUID, set[UUID]] = defaultdict(set)
    for one in incidents:
        families[one.parent_id or one.pk].add(one.pk)
    found = {
        frozenset(pair) for some in families.values() for pair in combinations(sorted(some), 2)
    }
    ids = [one.pk for one in incidents]
    links = IncidentLink.objects.filter(incident__in=ids, other__in=ids)
    found |= {frozenset(pair) for pair in links.values_list("incident_id", "other_id")}
    return frozenset(found)
