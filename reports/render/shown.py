"""What the one document shows of each list, how much there is in all, and where the rest is."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from reports.render.contents import standing_of
from reports.render.fitting import Limits
from reports.rules.content import Content, SystemContent
from reports.rules.matters import IncidentRecord
from reports.rules.readings import SeriesRecord

GRAVITY = ("severe", "major", "moderate", "minor")
STANDINGS = ("critical", "warning", "pending", "watch", "recovering", "none", "ok")
# A line needs as many readings; of fewer, the figures say more than a drawing.
LEAST_DRAWN = 3


@dataclass(frozen=True)
class Row:
    """A row of a list and the system that it is of ('' for none)."""

    of: str
    it: Any


@dataclass
class Listed:
    """A list cut to what there is room for. `newest` keeps the end of the order, not its start."""

    words: str
    where: str
    most: int
    key: Callable[[Any], Any]
    newest: bool = True
    once: Callable[[Any], Any] | None = None
    rows: list[Row] = field(default_factory=list)
    total: int = 0
    _seen: set[Any] = field(default_factory=set)

    def add(self, of: str, found: Iterable[Any]) -> None:
        """Count what a system brings, and keep what there is room for."""
        fresh = [one for one in found if self._first(one)]
        self.total += len(fresh)
        self.rows += [Row(of, one) for one in fresh]
        self.rows.sort(key=lambda row: self.key(row.it))
        if len(self.rows) > self.most:
            kept = len(self.rows) - self.most
            self.rows = self.rows[kept:] if self.newest else self.rows[: self.most]

    def _first(self, one: Any) -> bool:
        if self.once is None:
            return True
        mark = self.once(one)
        first = mark not in self._seen
        self._seen.add(mark)
        return first

    @property
    def cut(self) -> bool:
        """Whether there is more than is shown."""
        return self.total > len(self.rows)


def gravity(incident: IncidentRecord) -> tuple[int, str]:
    """Return the place of an incident among others, the gravest first."""
    return GRAVITY.index(incident.severity), incident.number


def worth(series: SeriesRecord) -> tuple[bool, int, bool, str, str, int]:
    """Return the place of a series: those that broke a band first, then by standing."""
    standing = STANDINGS.index(standing_of(series))
    return (
        not series.breached,
        standing,
        series.threshold is None,
        series.name,
        series.segment,
        series.id,
    )


def is_drawn(series: SeriesRecord) -> bool:
    """Whether a series is worth a drawing."""
    return len(series.readings) >= LEAST_DRAWN


def _policy(one: Any) -> tuple[str, int]:
    return one.unit, one.number


def _role(one: Any) -> tuple[str, str, str, str]:
    return one.role, one.person, one.over, str(one.from_at)


# name: its words, where all of it is, what a system brings, its order, whether the newest are kept
Picked = tuple[str, str, Callable[[SystemContent], Iterable[Any]], Callable[[Any], Any], bool]
LISTS: dict[str, Picked] = {
    "systems": (
        "systems", "systems/", lambda it: [it.things.system], lambda one: (one.name, one.slug),
        False,
    ),
    "lifecycle": (
        "steps of life", "systems/", lambda it: it.things.lifecycle,
        lambda one: (one.at, one.entry), True,
    ),
    "versions": (
        "versions", "populations/versions.csv", lambda it: it.things.versions,
        lambda one: (one.created_at, one.label), True,
    ),
    "deployments": (
        "deployments", "systems/", lambda it: it.things.deployments,
        lambda one: (one.from_at, one.environment), True,
    ),
    "roles": ("roles", "people/roles.csv", lambda it: it.things.roles, _role, False),
    "policies": ("versions of rules", "policies/", lambda it: it.things.policies, _policy, False),
    "series": ("series", "kpi/series.csv", lambda it: it.readings.series, worth, False),
    "incidents": (
        "incidents", "populations/incidents.csv", lambda it: it.matters.incidents, gravity, False,
    ),
    "watches": (
        "watches", "populations/watches.csv", lambda it: it.matters.watches,
        lambda one: (one.detected_at, one.title), True,
    ),
    "decisions": (
        "motions", "populations/decisions.csv", lambda it: it.matters.decisions,
        lambda one: (one.number, one.round), True,
    ),
    "conditions": (
        "conditions", "conditions/conditions.csv", lambda it: it.conduct.conditions,
        lambda one: (one.decision, one.number), True,
    ),
    "signatures": (
        "signatures", "signatures/signatures.csv", lambda it: it.matters.signatures,
        lambda one: (one.signed_at, one.id), True,
    ),
    "acceptances": (
        "accepted risks", "acceptances/", lambda it: it.conduct.acceptances,
        lambda one: (one.from_at, one.number), True,
    ),
    "duties": (
        "duties to report", "clocks/", lambda it: it.conduct.duties,
        lambda one: (one.aware_at, one.incident, one.rule), True,
    ),
    "submissions": (
        "reports sent", "clocks/", lambda it: it.conduct.submissions,
        lambda one: (one.submitted_at, one.id), True,
    ),
    "programmes": (
        "programmes", "programmes/", lambda it: it.conduct.programmes,
        lambda one: (one.planned_at, one.id), True,
    ),
    "stops": (
        "stops", "containments/", lambda it: it.conduct.containments,
        lambda one: (one.at, one.id), True,
    ),
    "interims": (
        "interim measures", "containments/", lambda it: it.conduct.interims,
        lambda one: (one.at, one.incident), True,
    ),
    "orders": (
        "standing orders", "orders/", lambda it: it.conduct.orders,
        lambda one: (one.put_at, one.number), True,
    ),
    "drills": (
        "fire drills", "drills/", lambda it: it.conduct.drills,
        lambda one: (one.started_at, one.id), True,
    ),
}  # fmt: skip
ONCE: dict[str, Callable[[Any], Any]] = {"roles": _role, "policies": _policy}


def lists_of(content: Content, limits: Limits) -> dict[str, Listed]:
    """Return every list, cut; one system is in memory at a time."""
    found = {
        name: Listed(words, where, limits.rows, key, newest, ONCE.get(name))
        for name, (words, where, _, key, newest) in LISTS.items()
    }
    for item in content.systems:
        for name, (_, _, pick, _, _) in LISTS.items():
            found[name].add(item.things.system.name, pick(item))
    for name, words, where, rows, key in _shared(content):
        found[name] = Listed(words, where, limits.rows, key)
        found[name].add("", rows)
    return found


def _shared(
    content: Content,
) -> Iterator[tuple[str, str, str, Iterable[Any], Callable[[Any], Any]]]:
    yield (
        "meetings", "meetings", "meetings/", content.shared.meetings,
        lambda one: (one.starts_at, one.number),
    )  # fmt: skip
    yield (
        "requests", "requests of authorities", "requests/", content.shared.requests,
        lambda one: (one.received_at, one.number),
    )  # fmt: skip


def listed(
    words: str,
    where: str,
    rows: Iterable[Any],
    most: int,
    grave: Callable[[Any], Any] = lambda one: 0,
) -> Listed:
    """Return a list that has its order already; where it is cut the gravest are kept in it."""
    kept = list(rows)
    chosen = sorted(range(len(kept)), key=lambda place: grave(kept[place]))[:most]
    return Listed(
        words=words,
        where=where,
        most=most,
        key=lambda one: 0,
        newest=False,
        rows=[Row("", kept[place]) for place in sorted(chosen)],
        total=len(kept),
    )
