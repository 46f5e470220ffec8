"""The list of systems at 5,000 systems with 50,000 versions: whole requests, and SQL at depth.

Requests go through the whole stack in this process, as in `bench.pages`: the gate is that of a list
page, on processor time and on the number of queries; the base is the SQL of the first page alone,
measured in the same run. Systems, versions and live deployments are laid down set by set after the
pattern of one that its services made, then incidents over all of them as `bench.filling` does.
"""

import datetime as dt
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.filling import Filled, _incidents, analyse
from bench.load import VOLUMES
from bench.measure import interleave, line
from governance.selectors.pages.visibility import lists_seen_by
from governance.services.policies import load_profile
from ledger import verbs
from ledger.context import acting_as
from ledger.services.entries import append_entry
from outbox import clock
from registry.models import System, SystemVersion
from registry.selectors.system_list import Filters, page_of_systems
from telemetry.services.catalogue import load_catalogue
from tests.registry import factories as registry

SYSTEMS, VERSIONS, OWNERS, UNITS = 5_000, 50_000, 400, 60
ROUNDS = {"small": 30, "full": 150}
DEEP = 80
LIST = "/systems/?view=all"
NAMES = "ARRAY['Claims', 'Fraud', 'Letters', 'Tariffs', 'Calls', 'Invoices', 'Risks', 'Motor']"
WORK = "ARRAY['approval', 'triage', 'assistant', 'forecast', 'writer', 'detection', 'routing']"

# Every column of a row is its pattern's but for those below; n counts from 1.
SYSTEM = {
    "id": "gen_random_uuid()",
    "slug": "'load-' || lpad(n::text, 5, '0')",
    "name": f"({NAMES})[1 + n % 8] || ' ' || ({WORK})[1 + n / 8 % 7] || ' ' || n",
    "purpose": f"'Says for ' || ({NAMES})[1 + n / 3 % 8] || ' which case a person looks at, and '"
    f" || 'why; number ' || n || ' of many, with a ' || ({WORK})[1 + n % 7] || ' beside it.'",
    "kind": "(ARRAY['predictive', 'assistant', 'agent'])[1 + n % 3]",
    "unit_id": "u.id",
    "owner_id": "o.id",
    "lifecycle": "CASE WHEN n % 5 = 0 THEN 'pilot' ELSE 'production' END",
    "risk_tier": "(ARRAY['low', 'medium', 'high'])[1 + n % 3]",
    "legal_class": "CASE WHEN n % 3 = 2 THEN 'high_risk' ELSE 'minimal' END",
    "registered_at": "p.registered_at - n * interval '3 hours'",
}
VERSION = {
    "id": "gen_random_uuid()",
    "system_id": "s.id",
    "label": "'v' || n",
    "created_at": "p.created_at - n * interval '1 hour'",
}


class Bench:
    """A filled database, and a reader who is signed in and sees everything."""

    def __init__(self, size: str) -> None:
        self.at = clock.now()
        self.filled = _begin(self.at)
        _lay_down(self.filled)
        _incidents(VOLUMES["small"], self.filled, self.at)
        analyse()
        self.client = Client()
        registry.sign_in(self.client, self.filled.reader)
        self.visible, _ = lists_seen_by(user=self.filled.reader, at=self.at)

    def page(self, filters: Filters, after: str = "") -> Any:
        """Read one page of the list, as the page does."""
        rows = self.visible.select_related("owner", "unit")
        return page_of_systems(visible=rows, filters=filters, after=after)

    def statement(self, filters: Filters, after: str = "") -> str:
        """Return the SQL of one page, as it is sent."""
        with CaptureQueriesContext(connection) as asked:
            self.page(filters, after)
        return str(asked.captured_queries[-1]["sql"])

    def deep(self) -> str:
        """Return the cursor of a page that stands deep in the list."""
        after = ""
        for _ in range(DEEP):
            after = self.page(Filters(), after).after
        return after

    def ask(self, path: str, rows: int) -> Callable[[], None]:
        """Return what asks for a page and makes sure that it holds its rows."""

        def send() -> None:
            answer = self.client.get(path)
            assert answer.content.count(b'<th scope="row">') == rows, answer.content[:500]

        return send


def run(size: str) -> Iterator[dict[str, Any]]:
    """Yield the lines of the list, of searches, of a deep page, and of the SQL at depth."""
    # As in production: what the foot of every page says of the seal is kept for a moment.
    settings.LEDGER_GLANCE_SECONDS = 5
    bench, rounds = Bench(size), ROUNDS[size]
    assert System.objects.count() >= SYSTEMS
    assert SystemVersion.objects.count() >= VERSIONS
    base = _median(_query(bench.statement(Filters())), rounds, time.perf_counter)
    deep = bench.deep()
    unit = System.objects.get(slug="load-00001").unit_id
    paths = {
        "system_list_page_50": (LIST, 50),
        "system_search_page": ("/systems/?q=fraud+triage", 50),
        "system_filtered_page": (f"/systems/?unit={unit}&kind=agent&q=case", 27),
        "system_deep_page": (f"{LIST}&after={deep}", 50),
    }
    for name, (path, rows) in paths.items():
        yield _request(name, bench.ask(path, _held(bench, path, rows)), rounds, base)
    yield from _sql(bench, rounds, deep)


def _held(bench: Bench, path: str, rows: int) -> int:
    """Return how many rows a page holds: a filter's are counted, a full page is full."""
    if rows == 50:
        return rows
    return bench.client.get(path).content.count(b'<th scope="row">')


def _request(name: str, send: Callable[[], None], rounds: int, base: float) -> dict[str, Any]:
    send(), send()
    with CaptureQueriesContext(connection) as captured:
        send()
    asked = len(captured)
    seconds = _median(send, rounds, time.process_time)
    whole = _median(send, rounds, time.perf_counter)
    found = line(
        name, value=seconds * 1000, base=base * 1000, ratio=seconds * 1000, gate=25, stretch=12,
        better="lower", unit="ms of CPU; the gate is on the value, the base is the SQL of one page",
        queries=asked, most_queries=10, whole_ms=round(whole * 1000, 1),
    )  # fmt: skip
    return found | {"met": found["met"] and asked <= 10}


def _sql(bench: Bench, rounds: int, deep: str) -> Iterator[dict[str, Any]]:
    filters = {
        "all": Filters(), "newest": Filters(order="newest"), "rare": Filters(words="4321"),
        "search": Filters(words="fraud triage"), "owner": Filters(owner="owner 7"),
        "high": Filters(view="high_risk", kinds=["agent"]),
    }  # fmt: skip
    taken = {
        name: round(_median(_query(bench.statement(one)), rounds, time.perf_counter) * 1000, 2)
        for name, one in filters.items()
    }
    slowest = max(taken.values())
    yield line(
        "system_sql_any_filter", value=slowest, base=5, ratio=slowest, gate=5, stretch=2,
        better="lower", unit="ms; the gate is on the value, that of the incident queue",
        by_filter=taken, systems=SYSTEMS, versions=VERSIONS,
    )  # fmt: skip
    first, later = interleave(
        _query(bench.statement(Filters())), _query(bench.statement(Filters(), deep)), rounds
    )
    yield line(
        "system_list_depth", value=later * 1000, base=first * 1000, gate=1.25, stretch=1.0,
        better="lower", unit=f"ms of SQL, page {DEEP} against page 1",
    )  # fmt: skip


def _begin(at: dt.datetime) -> Filled:
    """Make a unit with a policy, a reader who sees everything, and one system as the pattern."""
    registry.call(load_catalogue, at=at)
    unit = registry.unit()
    reader = registry.user(of=unit, name="Reader")
    registry.role(reader, "compliance", unit=unit)
    registry.call(load_profile, unit_id=unit.pk, profile="small", author_id=reader.pk, at=at)
    pattern = registry.system(of=unit)
    registry.version(pattern)
    return Filled(unit, reader, [pattern])


def _lay_down(filled: Filled) -> None:
    """Lay down systems over units and owners, their versions, and one live version each."""
    units = [filled.unit] + [registry.unit(parent=filled.unit) for _ in range(UNITS)]
    people = [
        registry.user(of=units[n % len(units)], name=f"Owner {n} of load") for n in range(OWNERS)
    ]
    system = filled.systems[0]
    version = system.versions.first()
    assert version is not None
    verbs.register("load.filled", "filled for measuring")
    with acting_as(registry.SETUP), transaction.atomic(), connection.cursor() as cursor:
        append_entry(
            verb="load.filled", actor=registry.SETUP, at=clock.now(),
            subject=("load", "load", f"{SYSTEMS} systems for measuring"),
        )  # fmt: skip
        cursor.execute(
            _insert(System, SYSTEM)
            + """ FROM registry_system p, generate_series(1, %s) n
            JOIN unnest(%s::uuid[]) WITH ORDINALITY u(id, place) ON u.place = 1 + n %% %s
            JOIN unnest(%s::uuid[]) WITH ORDINALITY o(id, place) ON o.place = 1 + n %% %s
            WHERE p.id = %s""",
            [SYSTEMS, [one.pk for one in units], len(units), [one.pk for one in people],
             len(people), system.pk],
        )  # fmt: skip
        cursor.execute(
            _insert(SystemVersion, VERSION)
            + """ FROM registry_systemversion p, registry_system s, generate_series(1, %s) n
            WHERE p.id = %s AND s.slug LIKE 'load-%%'""",
            [VERSIONS // SYSTEMS, version.pk],
        )
        cursor.execute(
            """INSERT INTO registry_deployment
            (id, system_id, environment, version_id, suspended, stop_scope, from_at, ended_reason)
            SELECT gen_random_uuid(), s.id, 'production', v.id, false, '', v.created_at, ''
            FROM registry_system s JOIN registry_systemversion v
            ON v.system_id = s.id AND v.label = 'v1' WHERE s.slug LIKE 'load-%%'"""
        )


def _insert(model: Any, changed: dict[str, str]) -> str:
    names = [field.column for field in model._meta.concrete_fields]
    values = ", ".join(changed.get(name, f"p.{name}") for name in names).replace("%", "%%")
    return f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) SELECT {values}"


def _query(statement: str) -> Callable[[], None]:
    """Return what runs a statement and fetches its rows, past the ORM."""

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("%", "%%"), [])
            cursor.fetchall()

    return run


def _median(call: Callable[[], Any], rounds: int, timer: Callable[[], float]) -> float:
    return statistics.median(_timed(call, timer) for _ in range(rounds))


def _timed(call: Callable[[], Any], timer: Callable[[], float]) -> float:
    before = timer()
    call()
    return timer() - before
