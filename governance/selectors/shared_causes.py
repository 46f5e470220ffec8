"""What open incidents share: sender, version, upstream system, supplier; constant queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.models import DataFault
from governance.rules.shared_causes import Key, Pair, Shared, Told, shared_causes
from governance.selectors.faults import Fed, senders_asked, senders_told
from incidents.models import Incident
from incidents.rules.states import ENDED
from ledger.rules.worded import term, word, worded
from ledger.selectors.at_once import Question, Rows, at_once, instant, named
from registry.models import Dependency, ProductUse

MOST = 300
BACK = timedelta(days=60)
SILENT = ("silence", "fault")
FACTS = """
SELECT 'cause' AS kind, c.incident_id AS owner, st.series_id::text AS ident, '' AS name,
       NULL::timestamptz AS heard_at,
       coalesce(nullif(s.cadence_seconds, 0), s.window_seconds) AS seconds
  FROM governance_breachcause c
  JOIN governance_standing st ON st.id = c.standing_id
  JOIN telemetry_series s ON s.id = st.series_id
 WHERE c.incident_id = ANY(%(incidents)s)
UNION ALL
SELECT 'feed', f.incident_id, f.sender_id, f.source, f.heard_at, 0
  FROM governance_datafault f WHERE f.incident_id = ANY(%(incidents)s)
UNION ALL
SELECT 'link', l.incident_id, l.other_id::text, '', NULL, 0
  FROM incidents_incidentlink l
 WHERE l.incident_id = ANY(%(incidents)s) AND l.other_id = ANY(%(incidents)s)
UNION ALL
SELECT 'supplier', u.system_id, p.supplier_id::text, o.name, NULL, 0
  FROM registry_productuse u
  JOIN registry_product p ON p.id = u.product_id
  JOIN registry_supplier o ON o.id = p.supplier_id
 WHERE u.system_id = ANY(%(systems)s) AND u.since <= %(day)s
   AND (u.until IS NULL OR u.until > %(day)s)
UNION ALL
SELECT 'upstream', d.system_id, d.on_system_id::text, o.name, NULL, 0
  FROM registry_dependency d
  JOIN registry_system o ON o.id = d.on_system_id
 WHERE d.system_id = ANY(%(systems)s) AND d.until_at IS NULL AND d.kind <> %(fallback)s
"""


@dataclass(frozen=True, slots=True)
class Suggested:
    """What may be one cause, with the pairs that are tied already.

    `together` are all of them, tied or not; `stopped` says of which feed an incident is, and when
    that was heard last.
    """

    causes: Sequence[Shared]
    tied: frozenset[Pair]
    together: Sequence[Shared] = ()
    stopped: Mapping[UUID, tuple[Key, datetime]] = field(default_factory=dict)


@dataclass(slots=True)
class _Causes:
    """What was tied to an incident: how many series, the longest wait for one, the silent ones."""

    count: int = 0
    cadence: int = 0
    series: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What incidents have (causes, feeds and since when, links) and what their systems share."""

    causes: dict[UUID, _Causes] = field(default_factory=lambda: defaultdict(_Causes))
    feeds: dict[UUID, set[Key]] = field(default_factory=lambda: defaultdict(set))
    stopped: dict[UUID, datetime] = field(default_factory=dict)
    shared: dict[UUID, set[Key]] = field(default_factory=lambda: defaultdict(set))
    links: set[Pair] = field(default_factory=set)


def open_incidents(*, visible: QuerySet[Incident], at: datetime) -> list[Incident]:
    """Return the open incidents among some that may share a cause, the newest first."""
    rows = visible.exclude(state__in=ENDED).filter(drill=False, opened_at__gt=at - BACK)
    rows = rows.select_related("live_version", "system").defer("plan")
    return list(rows.order_by("-opened_at", "id")[:MOST])


def suggested_causes(*, incidents: Sequence[Incident], at: datetime) -> Suggested:
    """Return what incidents may have as one cause; one query, however many they are."""
    return causes_told(incidents, at_once(causes_asked(incidents, at)))


def causes_asked(incidents: Sequence[Incident], at: datetime) -> dict[str, Question]:
    """Return what to ask for `suggested_causes` with ledger.selectors.at_once."""
    if not incidents:
        return {}
    given: dict[str, Any] = {
        "incidents": [one.pk for one in incidents],
        "systems": list({one.system_id for one in incidents}),
        "day": at.date(),
        "fallback": Dependency.Kind.FALLBACK.value,
    }
    asked: dict[str, Question] = {"facts": named(FACTS, given)}
    if silent := [one.pk for one in incidents if one.kind in SILENT]:
        asked["senders"] = senders_asked(silent)
    return asked


def causes_told(incidents: Sequence[Incident], answers: Mapping[str, Rows]) -> Suggested:
    """Return what incidents may have as one cause, from the answers to `causes_asked`."""
    if not incidents:
        return Suggested([], frozenset())
    facts = _facts(incidents, answers["facts"])
    _add_senders(incidents, facts, senders_told(answers.get("senders", [])))
    told = []
    for one in incidents:
        if one.drill:
            continue
        keys = facts.feeds[one.pk] | facts.shared[one.system_id] | _own(one)
        causes = facts.causes[one.pk]
        told.append(
            Told(
                id=one.pk,
                number=one.number,
                system=one.system_id,
                begins=one.onset_at or one.detected_at,
                cadence=timedelta(seconds=causes.cadence),
                keys=frozenset(keys),
                breaches=max(1, causes.count),
                stopped=facts.stopped.get(one.pk),
            )
        )
    tied = _tied(incidents, facts.links)
    stopped = {
        one.id: (min(facts.feeds[one.id]), one.stopped)
        for one in told
        if one.stopped is not None and facts.feeds[one.id]
    }
    return Suggested(shared_causes(told, tied=tied), tied, shared_causes(told), stopped)


def beside_incident(
    *, incident: Incident, visible: QuerySet[Incident], at: datetime
) -> list[Incident]:
    """Return the open incidents among some that may share a cause with one, itself among them.

    Those of its version, of systems that depend on what it depends on, of its suppliers, and those
    of feeds that stopped, where it is of one.
    """
    system = incident.system_id
    needs = _needs().filter(system=system).values("on_system")
    needed = _needs().filter(Q(on_system=system) | Q(on_system__in=needs)).values("system")
    suppliers = _uses(at).filter(system=system).values("product__supplier")
    supplied = _uses(at).filter(product__supplier__in=suppliers).values("system")
    near = Q(system=system) | Q(system__in=needs) | Q(system__in=needed) | Q(system__in=supplied)
    faulty = DataFault.objects.filter(incident=OuterRef("pk"))
    others = Q(kind__in=SILENT) | Q(Exists(faulty))
    if incident.kind in SILENT:
        near |= others
    else:
        near |= Q(Exists(DataFault.objects.filter(incident=incident.pk))) & others
    return open_incidents(visible=visible.filter(near), at=at)


def _own(incident: Incident) -> set[Key]:
    """Its own system, as those that depend on it share it, and the version that answers."""
    found = {Key("upstream", str(incident.system_id), incident.system.name)}
    if incident.live_version is not None:
        name = worded(
            "{version} of {system}",
            version=incident.live_version.label,
            system=incident.system.name,
        )
        found.add(Key("version", str(incident.live_version_id), name))
    return found


def _facts(incidents: Sequence[Incident], rows: Rows) -> _Facts:
    """Return what incidents share or may share, from the rows of FACTS."""
    silent = {one.pk for one in incidents if one.kind in SILENT}
    found = _Facts()
    for kind, of, ident, name, heard_at, seconds in rows:
        owner = UUID(of)
        if kind == "cause":
            one = found.causes[owner]
            one.count += 1
            one.cadence = max(one.cadence, seconds)
            if owner in silent:
                one.series.append(int(ident))
        elif kind == "feed":
            found.feeds[owner].add(_feed(ident, name))
            found.stopped[owner] = instant(heard_at)
        elif kind == "link":
            found.links.add(frozenset({owner, UUID(ident)}))
        else:
            found.shared[owner].add(Key(kind, ident, name))
    return found


def _add_senders(incidents: Sequence[Incident], facts: _Facts, senders: Mapping[int, Fed]) -> None:
    """Add who sends nothing to the incidents of silence that say nothing of it themselves."""
    wanted = {
        series: one.pk
        for one in incidents
        if one.pk not in facts.stopped
        for series in facts.causes[one.pk].series
    }
    for series, incident in wanted.items():
        fed = senders.get(series)
        if fed is None:
            continue
        facts.feeds[incident].add(_feed(fed.sender.sender_id, fed.sender.source))
        heard = facts.stopped.get(incident, fed.heard_at)
        facts.stopped[incident] = max(heard, fed.heard_at)


def _feed(sender: str, source: str) -> Key:
    return Key("feed", f"{sender}\x1f{source}", source or term(word("one sender")))


def _uses(at: datetime) -> QuerySet[ProductUse]:
    """The products in use on a day."""
    rows: QuerySet[ProductUse] = ProductUse.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at.date()), since__lte=at.date()
    )
    return rows


def _needs() -> QuerySet[Dependency]:
    """What systems need now; what they only fall back to explains nothing."""
    rows: QuerySet[Dependency] = Dependency.objects.filter(until_at__isnull=True)
    return rows.exclude(kind=Dependency.Kind.FALLBACK)


def _tied(incidents: Sequence[Incident], links: Set[Pair]) -> frozenset[Pair]:
    """Return the pairs that go together or are linked, by whoever said so."""
    families: dict[UUID, set[UUID]] = defaultdict(set)
    for one in incidents:
        families[one.parent_id or one.pk].add(one.pk)
    found = {
        frozenset(pair) for some in families.values() for pair in combinations(sorted(some), 2)
    }
    return frozenset(found | links)
