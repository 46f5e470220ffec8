"""What the net holds: changes that no entry tells of, changes that wait, the net itself."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Max, Min

from ledger.models import Entry, RowChange, UnmatchedChange
from ledger.rules.net import Mesh

OPERATIONS = {"I": "inserted", "U": "changed", "D": "deleted"}
# Views of the catalog are open to everybody; a row's xmin names the transaction that wrote it.
MESHES = """
SELECT c.relname || '.' || t.tgname, t.tgenabled, t.xmin::text || '/' || p.xmin::text,
       left(md5(p.proname || p.prosrc), 12)
  FROM pg_trigger t
  JOIN pg_class c ON c.oid = t.tgrelid
  JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND c.relnamespace = 'public'::regnamespace
 ORDER BY 1
"""
HERE = """
SELECT DISTINCT tab || ':' || pk_text FROM ledger_rowchange
 WHERE id > %s AND txid = pg_current_xact_id() ORDER BY 1
"""
STRANGE = """
SELECT txid::text, count(*), array_agg(DISTINCT tab::text), array_agg(DISTINCT role::text),
       (array_agg(tab || ' ' || pk_text || ' ' || op ORDER BY id))[1:20],
       array_agg(DISTINCT pk_text) FILTER (WHERE tab = 'registry_system'), min(at)
  FROM ledger_unmatchedchange WHERE found_at >= %s
 GROUP BY txid ORDER BY min(id)
"""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A change of a row that no entry of its transaction tells of, and the database role's name."""

    id: int
    table: str
    key: str
    operation: str
    transaction: int
    role: str
    at: datetime
    found_at: datetime

    def __str__(self) -> str:
        return f"{self.table} {self.key} {self.operation}"


@dataclass(frozen=True, slots=True)
class Strange:
    """A transaction whose changes no entry tells of; `rows` are the first ones in words."""

    transaction: int
    count: int
    tables: tuple[str, ...]
    roles: tuple[str, ...]
    rows: tuple[str, ...]
    systems: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many changes wait for reconciliation, and since when."""

    count: int
    oldest_at: datetime | None


def unmatched_changes(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    after: int = 0,
    limit: int = 1000,
) -> list[Unmatched]:
    """Return changes found in [since, until) that no entry tells of, in the order of their ids.

    `after` is the id of the last one known already.
    """
    rows = UnmatchedChange.objects.filter(id__gt=after)
    if since is not None:
        rows = rows.filter(found_at__gte=since)
    if until is not None:
        rows = rows.filter(found_at__lt=until)
    return [_unmatched(row) for row in rows.order_by("id")[:limit]]


def strange_transactions(*, since: datetime) -> list[Strange]:
    """Return the transactions found since an instant whose changes no entry tells of."""
    with connection.cursor() as cursor:
        cursor.execute(STRANGE, [since])
        return [
            Strange(
                transaction=int(row[0]),
                count=row[1],
                tables=tuple(row[2]),
                roles=tuple(row[3]),
                rows=tuple(_in_words(one) for one in row[4]),
                systems=tuple(row[5] or ()),
                at=row[6],
            )
            for row in cursor.fetchall()
        ]


def count_unmatched(*, since: datetime | None = None, until: datetime | None = None) -> int:
    """Return how many changes were found in [since, until) that no entry tells of."""
    rows = UnmatchedChange.objects.all()
    if since is not None:
        rows = rows.filter(found_at__gte=since)
    if until is not None:
        rows = rows.filter(found_at__lt=until)
    return rows.count()


def waiting_changes() -> Waiting:
    """Return what waits for the next reconciliation."""
    oldest = RowChange.objects.aggregate(oldest=Min("at"))["oldest"]
    return Waiting(RowChange.objects.count(), oldest)


def newest_change() -> int:
    """Return the number of the newest row change that is seen from here, 0 without any."""
    return int(RowChange.objects.aggregate(newest=Max("id"))["newest"] or 0)


def changed_here(*, after: int) -> list[str]:
    """Return 'table:pk' of each row that the running transaction changed since a number."""
    with connection.cursor() as cursor:
        cursor.execute(HERE, [after])
        return [row[0] for row in cursor.fetchall()]


def meshes() -> dict[str, str]:
    """Return every trigger of ours by 'table.trigger', as the record keeps it."""
    with connection.cursor() as cursor:
        cursor.execute(MESHES)
        return {row[0]: Mesh(*row[1:]).text() for row in cursor.fetchall()}


def newest_migration() -> str:
    """Return the newest migration that was applied."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id DESC LIMIT 1")
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def newest_of(*verbs: str) -> Entry | None:
    """Return the newest entry of some verbs."""
    return Entry.objects.filter(verb__in=verbs).order_by("-id").first()


def _in_words(row: str) -> str:
    words, _, operation = row.rpartition(" ")
    return f"{words} {OPERATIONS[operation]}"


def _unmatched(row: UnmatchedChange) -> Unmatched:
    return Unmatched(
        id=int(row.pk),
        table=row.tab,
        key=row.pk_text,
        operation=OPERATIONS[row.op],
        transaction=int(row.txid),
        role=row.role,
        at=row.at,
        found_at=row.found_at,
    )
