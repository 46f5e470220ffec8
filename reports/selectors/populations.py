"""Complete lists to draw a sample from, for the systems of a reader and a period (AUD-1)."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse

from governance.models import Decision
from incidents.models import Containment, Incident, RiskAcceptance
from ledger.rules.refusals import Invalid
from ledger.rules.worded import term, word, worded
from registry.models import SystemVersion
from reports.rules.sampling import Draw, draw
from telemetry.models import Batch, DecisionEvent, Measurement, Series
from telemetry.rules.answers import key_of

# More than this is not read for one page: the period is made shorter.
MOST = 200_000
DRAWN_AT_MOST = 200
DELIVERED = {
    "measurements": word("measurements of {source}: {accepted} rows taken"),
    "events": word("events of {source}: {accepted} rows taken"),
    "labels": word("labels of {source}: {accepted} rows taken"),
}
"""What a delivery is called, by its kind; pages find these again, for a list is long."""
OTHERWISE = "{kind} of {source}: {accepted} rows taken"


@dataclass(frozen=True, slots=True)
class Within:
    """Whose rows, and of which period [since, until)."""

    system_ids: tuple[UUID, ...]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list: the key by which it is drawn, what it is, when, where it is read."""

    key: str
    what: str
    at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Population:
    """A list: what it is called, which instant puts a row into a period, of what its key is made.

    `rows` yields it in no order that matters.
    """

    name: str
    label: str
    dated: str
    key: str
    rows: Callable[[Within], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn row: its place and digest, and what it is."""

    draw: Draw
    item: Item


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn, of how many rows."""

    rows: list[Drawn]
    size: int


def sample_of(*, name: str, within: Within, seed: str, n: int) -> Sample:
    """Draw `n` rows of a list by a seed, as reports.rules.sampling does.

    The list is read twice and never kept, so its length costs no memory. Raises Invalid for an
    unknown list, a seed that is none, and a list that is too long for one page.
    """
    population, seed = population_named(name), checked_seed(seed)
    size = 0

    def keys() -> Iterator[str]:
        nonlocal size
        for item in population.rows(within):
            size += 1
            if size > MOST:
                words = worded(
                    "The list has more than {most:,} rows: choose a shorter period.", most=MOST
                )
                raise Invalid("list_too_long", words, fields={"until": words})
            yield item.key

    drawn = draw(seed, name, keys(), min(max(n, 1), DRAWN_AT_MOST))
    wanted = {one.key for one in drawn}
    items = {item.key: item for item in population.rows(within) if item.key in wanted}
    return Sample([Drawn(one, items[one.key]) for one in drawn if one.key in items], size)


def population_named(name: str) -> Population:
    """Return a list by its name. Raises Invalid."""
    found = POPULATIONS.get(name)
    if found is None:
        words = worded("This is one of: {populations}.", populations=", ".join(POPULATIONS))
        raise Invalid("unknown_list", words, fields={"list": words})
    return found


def checked_seed(seed: str) -> str:
    """Return a seed of one line. Raises Invalid."""
    given = seed.strip()
    if given and len(given) <= 200 and given.isprintable():
        return given
    words = "A seed is one line of at most 200 characters."
    raise Invalid("bad_seed", words, fields={"seed": words})


def _incidents(within: Within) -> Iterator[Item]:
    rows = Incident.objects.filter(
        system_id__in=within.system_ids, opened_at__gte=within.since, opened_at__lt=within.until
    ).values_list("number", "title", "opened_at")
    for number, title, at in rows.iterator():
        yield Item(number, title, at, reverse("incident", args=[number]))


def _decisions(within: Within) -> Iterator[Item]:
    rows = Decision.objects.filter(
        incident__system_id__in=within.system_ids,
        created_at__gte=within.since,
        created_at__lt=within.until,
    ).values_list("number", "title", "created_at", "incident__number")
    for number, title, at, incident in rows.iterator():
        yield Item(number, title, at, reverse("incident", args=[incident]))


def _versions(within: Within) -> Iterator[Item]:
    rows = SystemVersion.objects.filter(
        system_id__in=within.system_ids, created_at__gte=within.since, created_at__lt=within.until
    ).values_list("label", "system__slug", "system__name", "created_at")
    for label, slug, name, at in rows.iterator():
        url = reverse("system-versions", args=[slug])
        yield Item(f"{slug}/{label}", f"{name} {label}", at, url)


def _acceptances(within: Within) -> Iterator[Item]:
    rows = RiskAcceptance.objects.filter(
        incident__system_id__in=within.system_ids,
        from_at__gte=within.since,
        from_at__lt=within.until,
    ).values_list("number", "title", "from_at")
    for number, title, at in rows.iterator():
        yield Item(number, title, at, reverse("acceptance", args=[number]))


def _containments(within: Within) -> Iterator[Item]:
    rows = Containment.objects.filter(
        incident__system_id__in=within.system_ids, at__gte=within.since, at__lt=within.until
    ).values_list("id", "kind", "scope", "at", "incident__number")
    for ident, kind, scope, at, number in rows.iterator():
        label = term(Containment.Kind(kind).label)
        words = worded("{kind}: {scope}", kind=label, scope=scope)
        yield Item(str(ident), words, at, reverse("incident", args=[number]))


def _deliveries(within: Within) -> Iterator[Item]:
    rows = Batch.objects.filter(
        pk__in=_batches(within), received_at__gte=within.since, received_at__lt=within.until
    ).values_list("id", "kind", "source", "accepted", "received_at")
    for ident, kind, source, accepted, at in rows.iterator():
        called = DELIVERED.get(kind, OTHERWISE)
        words = called.format(kind=kind, source=source or "a token", accepted=accepted)
        yield Item(str(ident), words, at, "")


def _batches(within: Within) -> Collection[UUID]:
    """Return the deliveries that brought something of these systems."""
    series = Series.objects.filter(system_id__in=within.system_ids).values("id")
    measured = Measurement.objects.filter(
        series_id__in=series, received_at__gte=within.since, received_at__lt=within.until
    )
    events = DecisionEvent.objects.filter(
        system_id__in=within.system_ids,
        received_at__gte=within.since,
        received_at__lt=within.until,
    )
    return {
        *measured.values_list("batch_id", flat=True).distinct(),
        *events.values_list("batch_id", flat=True).distinct(),
    }


# An event counts as overridden by the newest finding about it, else by what it said itself.
OVERRIDDEN = """
WITH found AS (
  SELECT DISTINCT ON (l.system_id, l.at, l.event_id) l.system_id, l.at, l.event_id,
         (l.value #>> '{}')::boolean AS overridden
    FROM telemetry_event_label l
   WHERE l.system_id = ANY(%(systems)s) AND l.at >= %(since)s AND l.at < %(until)s
     AND l.kind = 'overridden'
   ORDER BY l.system_id, l.at, l.event_id, l.labelled_at DESC, l.reviewer DESC
)
SELECT s.slug, s.name, e.event_id, e.at
  FROM telemetry_decision_event e
  JOIN registry_system s ON s.id = e.system_id
  LEFT JOIN found f ON f.system_id = e.system_id AND f.at = e.at AND f.event_id = e.event_id
 WHERE e.system_id = ANY(%(systems)s) AND e.at >= %(since)s AND e.at < %(until)s
   AND e.canary IS NULL AND coalesce(f.overridden, e.overridden)
 LIMIT %(most)s
"""


def _overrides(within: Within) -> Iterator[Item]:
    given: dict[str, Any] = {
        "systems": list(within.system_ids),
        "since": within.since,
        "until": within.until,
        "most": MOST + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(OVERRIDDEN, given)
        rows = cursor.fetchall()
    for slug, name, ident, at in rows:
        key = key_of(at, ident)
        words = f"{name}: {ident}"
        yield Item(f"{slug}/{key}", words, at, reverse("answer", args=[slug, key]))


POPULATIONS = {
    one.name: one
    for one in (
        Population("incidents", "Incidents", "opened", "number", _incidents),
        Population("decisions", "Motions and decisions", "created", "number", _decisions),
        Population("versions", "Versions", "registered", "system/label", _versions),
        Population("acceptances", "Accepted risks", "accepted from", "number", _acceptances),
        Population("containments", "Stops and restrictions", word("begun"), "id", _containments),
        Population("deliveries", "Deliveries of readings", word("received"), "id", _deliveries),
        Population("overrides", "Overridden answers", word("given"), "system/event", _overrides),
    )
}
