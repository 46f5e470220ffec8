"""Lists at 100,000 rows: fill a table, open its page as its reader, and say what that cost.

How a test uses it (fixture `house` of tests/volumes/conftest.py; mark the file `full`):

    def test_tokens(house):
        pattern = ServiceToken.objects.first()
        house.fill(ServiceToken, pattern.pk, digest="md5(n::text)", token_key="'t' || n")
        first = house.seen("administrator", "/tokens/")
        assert_lean(first)                       # 200, at most 10 queries, none reads the table
        assert first.shown("<tr") <= 51          # the page has an end
        assert_as_lean(house.next(first), first) # page 2, by the link that the page itself gives
        assert_as_lean(house.seen("administrator", f"/tokens/?after={deep}"), first)

`house` is a database of the test's own, cloned from one in which tests.walks.gallery hung
everything: `house.gallery.made.<name>`, `house.gallery.people["compliance"]`, and a row of nearly
every table to copy. `fill` copies one row: its key is made anew, every other column is the
pattern's unless it is given as SQL, in which `p` is the pattern and `n` counts from 1. Rows are
written past the triggers by the tables' owner, and committed; foreign keys hold.

What is counted: every statement of the whole request, those of session, reader and clock too, at
the second request, as bench/pages.py counts them. `rows` is what the scans of one statement
looked at, `blocks` what it read of shared memory: both from EXPLAIN (ANALYZE, BUFFERS), so the
same on every machine. Times are those of the processor, medians, printed and never asserted.

Not held yet, with the widest statement that each was seen to ask at 100,000 rows: people of other
units of whom each holds a role in the reader's units (110,056 rows of an index, 1,687 blocks),
controls beside uploads of evidence or roles, both counted whole, and accepted risks of which their
reader may see next to nothing (46,080 blocks).
"""

import json
import re
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection, models, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from psycopg import sql

ROWS = 100_000
MOST_QUERIES = 10
# A capped count looks at 10,000 rows; who looks at all has no end to the page or no index.
MOST_ROWS = 20_000
MOST_BLOCKS = 2_000
ROUNDS = 5
ZEAL = "tests.zealous.PageMiddleware"
ASKS = re.compile(r"^\s*\(?\s*(?:SELECT|WITH)\b", re.I)
COUNTER = re.compile(r"(?<![\w.'])n(?![\w.'])")
NEXT = re.compile(r'rel="next" href="([^"]+)"|href="([^"]*[?;](?:after|before|behind)=[^"]+)"')


@dataclass(frozen=True)
class Asked:
    """One statement: what it said, how many rows its scans looked at, how many blocks it read."""

    sql: str
    rows: int
    blocks: int


@dataclass
class Seen:
    """A page as it was answered, and what that cost."""

    role: str
    address: str
    status: int
    text: str
    asked: list[Asked] = field(default_factory=list)
    queries: int = 0
    python_ms: float = 0.0
    postgres_ms: float = 0.0

    @property
    def rows(self):
        """What the widest statement looked at."""
        return max((one.rows for one in self.asked), default=0)

    @property
    def blocks(self):
        """What all statements read together."""
        return sum(one.blocks for one in self.asked)

    def shown(self, mark):
        """Return how often a mark of the page's rows stands on it."""
        return self.text.count(mark)

    def __str__(self):
        return (
            f"{self.address} ({self.role}): {self.status}, {self.queries} queries, "
            f"{self.rows} rows, {self.blocks} blocks, "
            f"{self.python_ms:.1f} + {self.postgres_ms:.1f} ms, {len(self.text)} characters"
        )


class House:
    """The gallery in a database of the test's own, with tables that can be filled."""

    def __init__(self, gallery, owner_url):
        self.gallery, self.owner_url = gallery, owner_url
        self.clients = {}

    def fill(self, model, pattern, rows=ROWS, **changed):
        """Copy one row `rows` times; `changed` is SQL by column, of `p` (the row) and `n`.

        `pattern` is its key, or for a key of several columns a condition in SQL.
        """
        key, table = model._meta.pk, sql.Identifier(model._meta.db_table)
        fields = [one for one in model._meta.concrete_fields if not one.generated]
        fresh = ({} if key.column is None else {key.column: _fresh(model)}) | changed
        # Some tables have a column of that name.
        fresh = {name: COUNTER.sub("counted.n", said) for name, said in fresh.items()}
        strange = fresh.keys() - {one.column for one in fields}
        assert not strange, f"no columns of {model.__name__}: {strange}"
        values = [fresh.get(one.column, f'p."{one.column}"') for one in fields]
        statement = sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {values}"
            " FROM (SELECT * FROM {table} p WHERE {pattern} LIMIT 1) p,"
            " generate_series(1, {rows}) AS counted(n)"
        ).format(
            table=table,
            columns=sql.SQL(", ").join(sql.Identifier(one.column) for one in fields),
            values=sql.SQL(", ").join(sql.SQL(one) for one in values),
            rows=sql.Literal(rows),
            pattern=_which(key, pattern),
        )
        assert self.owned(table, statement) == rows

    def owned(self, table, statement):
        """Run a statement past the triggers of a table, count it anew; returns its rows."""
        with psycopg.connect(self.owner_url, autocommit=True) as owner:
            with owner.transaction():
                # Else the VACUUM behind it cannot tell yet that all of it is seen by everybody.
                owner.execute("SET LOCAL synchronous_commit = on")
                if superuser := owner.info.parameter_status("is_superuser") == "on":
                    # Without the look-up of every foreign key too: they are the pattern's own.
                    owner.execute("SET LOCAL session_replication_role = replica")
                else:
                    owner.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
                written = owner.execute(statement).rowcount
                if not superuser:
                    # What waits for the end of the transaction holds the table until then.
                    owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    owner.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))
            owner.execute(sql.SQL("VACUUM (ANALYZE) {}").format(table))
        return written

    def seen(self, role, address):
        """Open a page as somebody of the gallery, and return it with what it cost."""
        # With django-zeal beside it first: it names the line that asks row by row.
        self._client(role).get(address)
        without = [one for one in settings.MIDDLEWARE if one != ZEAL]
        with override_settings(MIDDLEWARE=without, LEDGER_GLANCE_SECONDS=5):
            client = self._client(role, fresh=True)
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(address)
            statements = [one["sql"] for one in captured.captured_queries]
            python, postgres = _times(lambda: client.get(address))
        found = Seen(
            role, address, answer.status_code, answer.content.decode(),
            asked=[_explained(one) for one in statements if ASKS.match(one)],
            queries=len(statements), python_ms=python, postgres_ms=postgres,
        )  # fmt: skip
        print(found)
        return found

    def next(self, seen, pattern=NEXT):
        """Follow the link to the next page; a page without one shows everything."""
        links = ["".join(one).replace("&amp;", "&") for one in pattern.findall(seen.text)]
        assert links, f"{seen.address} leads to no next page"
        path = seen.address.partition("?")[0]
        return self.seen(seen.role, path + links[-1] if links[-1][0] == "?" else links[-1])

    def _client(self, role, *, fresh=False):
        if fresh or role not in self.clients:
            client = Client()
            backend = settings.AUTHENTICATION_BACKENDS[-1]
            client.force_login(self.gallery.people[role], backend=backend)
            if fresh:
                return client
            self.clients[role] = client
        return self.clients[role]


def assert_lean(seen):
    """Assert that a page is answered, in few queries, none of which goes through its table."""
    told = "\n".join(f"{one.rows} rows, {one.blocks} blocks: {one.sql}" for one in seen.asked)
    assert seen.queries <= MOST_QUERIES, f"{seen}\n{told}"
    assert_narrow(seen)


def assert_narrow(seen):
    """Assert that a page is answered, and that no statement of it goes through its table."""
    assert seen.status == 200, seen
    wide = [one for one in seen.asked if one.rows > MOST_ROWS or one.blocks > MOST_BLOCKS]
    assert not wide, "\n".join(
        [str(seen), *(f"{one.rows} rows, {one.blocks} blocks: {one.sql}" for one in wide)]
    )


def assert_as_lean(seen, first):
    """Assert that a later page is as lean as the first one, give or take a few rows."""
    assert_lean(seen)
    assert seen.text != first.text, f"{seen.address} is the first page again"
    assert seen.queries <= first.queries + 1, f"{seen}\n{first}"
    assert seen.blocks <= first.blocks * 1.5 + 200, f"{seen}\n{first}"


def _fresh(model):
    """Return the SQL of a new primary key."""
    key = model._meta.pk
    if isinstance(key, models.UUIDField):
        return "gen_random_uuid()"
    if key.is_relation or not isinstance(key, models.IntegerField):
        return f'p."{key.column}"'
    most = model._base_manager.aggregate(most=models.Max("pk"))["most"] or 0
    return f"{most} + n"


def _which(key, pattern):
    """Return the condition of the row to copy."""
    if key.column is None:
        return sql.SQL(pattern)
    return sql.SQL("p.{} = {}").format(sql.Identifier(key.column), sql.Literal(pattern))


def _explained(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}")
        (told,) = cursor.fetchone()
        transaction.set_rollback(True)
    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return Asked(statement, round(_looked_at(plan)), blocks)


def _looked_at(node):
    """Return how many rows the scans below a node took up, those that a filter dropped too."""
    found = sum(_looked_at(one) for one in node.get("Plans", ()))
    if "Scan" not in node["Node Type"] or node["Node Type"] in ("CTE Scan", "Subquery Scan"):
        return found
    dropped = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return found + (node["Actual Rows"] + dropped) * node["Actual Loops"]


def _times(send):
    """Return the milliseconds of the processor that a request takes, in Python and PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    python, postgres = [], []
    for _ in range(ROUNDS):
        before, there = time.process_time(), _had(backend)
        send()
        python.append((time.process_time() - before) * 1000)
        postgres.append(_had(backend) - there)
    return statistics.median(python), statistics.median(postgres)


def _had(process):
    """Return the milliseconds that a process of this machine has had; 0 where it is elsewhere."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e6
    except OSError:
        return 0.0
