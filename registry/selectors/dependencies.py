"""What a system needs and what is hurt when it fails, through all steps; cycles end nowhere."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from ledger.rules.refusals import Missing
from registry.models import Dependency, System

# UNION drops what was reached before, so a cycle ends.
REACHED = """
WITH RECURSIVE reached(id) AS (
    SELECT %s::uuid
    UNION
    SELECT d.{to} FROM registry_dependency d JOIN reached ON d.{start} = reached.id
    WHERE d.until_at IS NULL
)
SELECT d.{start}, d.{to}, d.kind FROM registry_dependency d JOIN reached ON d.{start} = reached.id
WHERE d.until_at IS NULL ORDER BY d.kind, d.{to}
"""
HURTS = REACHED.format(start="on_system_id", to="system_id")
NEEDS = REACHED.format(start="system_id", to="on_system_id")
KINDS = dict(Dependency.Kind.choices)
Edge = tuple[UUID, UUID, str]


@dataclass(frozen=True, slots=True)
class Step:
    """A system that is reached: how many steps away, by which kinds, through which one.

    `through` is None for a direct one, and where the reader may not see what lies between;
    `unseen` says the latter.
    """

    system: System
    distance: int
    kinds: tuple[str, ...]
    through: System | None = None
    unseen: bool = False

    @property
    def words(self) -> str:
        """The kinds of the last step, as a person says them."""
        return ", ".join(KINDS[kind] for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Side:
    """What is reached in one direction, nearest first; `hidden` counts what stays unnamed."""

    steps: list[Step]
    hidden: int

    @property
    def total(self) -> int:
        """How many systems are reached, seen or not."""
        return len(self.steps) + self.hidden


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """`hurt` are the systems that fail with this one, `needed` those that it fails with."""

    hurt: Side
    needed: Side


def blast_radius(*, system_id: UUID, visible: QuerySet[System]) -> BlastRadius:
    """Return everything up and down from a system, in three queries.

    `visible` are the systems that the reader may see: others are counted, never named.
    """
    hurt, needed = _edges(HURTS, system_id), _edges(NEEDS, system_id)
    ids = {pk for start, to, _ in (*hurt, *needed) for pk in (start, to)}
    seen = {row.pk: row for row in visible.filter(pk__in=ids)} if ids else {}
    return BlastRadius(_side(system_id, hurt, seen), _side(system_id, needed, seen))


def dependencies_of(*, system_id: UUID, visible: QuerySet[System]) -> list[Dependency]:
    """Return what a system needs directly, of what the reader may see, by name."""
    rows = Dependency.objects.filter(system_id=system_id, until_at__isnull=True)
    rows = rows.filter(on_system__in=visible.values("pk"))
    return list(rows.select_related("on_system").order_by("on_system__name", "kind"))


def dependency_of(*, system_id: UUID, dependency_id: UUID) -> Dependency:
    """Return one dependency that has not ended. Raises Missing."""
    rows = Dependency.objects.filter(pk=dependency_id, system_id=system_id, until_at__isnull=True)
    found: Dependency | None = rows.select_related("on_system").first()
    if found is None:
        raise Missing("unknown_dependency", "There is no such dependency.")
    return found


def _edges(statement: str, system_id: UUID) -> list[Edge]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [system_id])
        return list(cursor.fetchall())


def _side(root: UUID, edges: Iterable[Edge], seen: dict[UUID, System]) -> Side:
    """Walk breadth first, so that each system stands at its shortest distance."""
    out: dict[UUID, dict[UUID, list[str]]] = defaultdict(dict)
    for start, to, kind in edges:
        out[start].setdefault(to, []).append(kind)
    steps, hidden = [], 0
    reached, queue = {root}, deque([(root, 0)])
    while queue:
        at, distance = queue.popleft()
        for to, kinds in out[at].items():
            if to in reached:
                continue
            reached.add(to)
            queue.append((to, distance + 1))
            if to in seen:
                through = seen.get(at) if at != root else None
                unseen = at != root and through is None
                steps.append(Step(seen[to], distance + 1, tuple(kinds), through, unseen))
            else:
                hidden += 1
    return Side(sorted(steps, key=lambda one: (one.distance, one.system.name)), hidden)
