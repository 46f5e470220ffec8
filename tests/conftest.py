"""The test database: a clone of a migrated template on a real PostgreSQL, as application role."""

import gc
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections
from django.utils import translation
from hypothesis import settings as settings_of_properties
from psycopg import sql

from config import embedded
from ledger.context import current_actor, enter
from tests.long_runs import LONG_RUNS
from tests.net import watched

ROOT = Path(__file__).resolve().parent.parent
MEMORY = Path("/dev/shm")  # noqa: S108  a file system in memory, where Linux has one
ROOM = 4 * 1024**3


def _server() -> embedded.Urls:
    """Return the owner's and the application's URL of the server that tests run on."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return embedded.Urls(owner=os.environ["TEST_DATABASE_OWNER_URL"], application=given)
    urls = embedded.start(_folder())
    _let_it_forget(urls)
    return urls


def _folder() -> Path:
    """Return where the tests' server keeps its data: in memory where there is room for it.

    Nothing of it outlives a run, and a copy of the template is two thousand small files.
    """
    on_disk = embedded.data_directory(ROOT, "pg-test")
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY / f"countersign-{hashlib.sha256(str(on_disk).encode()).hexdigest()[:12]}"
    return on_disk


def _let_it_forget(urls: embedded.Urls) -> None:
    """Let the tests' own server not wait for the disk: what it holds is made anew each time.

    Tests kill processes of ours, never the server, so no promise that is tested rests on it.
    """
    with _admin(urls) as admin:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            admin.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        admin.execute("SELECT pg_reload_conf()")


def _files() -> dict[str, str]:
    """Return what a migrated database is made of: every migration, and what migrations rest on."""
    files = [*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "ledger/append_only.py"]
    found = {str(file.relative_to(ROOT)): file.read_bytes() for file in files}
    found["packages"] = (ROOT / "requirements.lock").read_bytes()
    found["apps"] = " ".join(settings.INSTALLED_APPS).encode()
    return {name: hashlib.sha256(content).hexdigest()[:16] for name, content in found.items()}


def _fingerprint(files: dict[str, str]) -> str:
    """Return a name for the present set of migrations."""
    digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode())
    return f"template_{digest.hexdigest()[:16]}"


def _admin(urls: embedded.Urls) -> psycopg.Connection:
    return psycopg.connect(urls.admin or urls.owner, autocommit=True)


def _use(url: str, name: str) -> None:
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(url)
    for values in (settings.DATABASES["default"], connections["default"].settings_dict):
        values["NAME"] = name
        values["USER"] = parts.get("user", "")
        values["PASSWORD"] = parts.get("password", "")
        values["HOST"] = parts.get("host", "")
        values["PORT"] = parts.get("port", "")
    connections["default"].close()


def _template(urls: embedded.Urls) -> str:
    """Return the name of a migrated template, made if the migrations changed since."""
    files = _files()
    name = _fingerprint(files)
    with _admin(urls) as admin:
        admin.execute("SELECT pg_advisory_lock(731)")
        known = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            _migrate(admin, urls, name, files)
        admin.execute("SELECT pg_advisory_unlock(731)")
    return name


def _begun(admin: psycopg.Connection, files: dict[str, str]) -> str:
    """Return the template that has most of these migrations and no other, else the empty one."""
    rows = admin.execute(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database "
        "WHERE datname LIKE 'template\\_%' AND datname NOT LIKE '%\\_making'"
    ).fetchall()
    parts = [(json.loads(told), name) for name, told in rows if told]
    fitting = [(len(part), name) for part, name in parts if part.items() <= files.items()]
    return max(fitting, default=(0, "template1"))[1]


def _migrate(
    admin: psycopg.Connection, urls: embedded.Urls, name: str, files: dict[str, str]
) -> None:
    making = f"{name}_making"
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(making)))
    admin.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(making),
            sql.Identifier(embedded.OWNER),
            sql.Identifier(_begun(admin, files)),
        )
    )
    _use(urls.owner, making)
    call_command("migrate", verbosity=0, interactive=False)
    connections["default"].close()
    admin.execute(
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(
            sql.Identifier(making), sql.Literal(json.dumps(files))
        )
    )
    admin.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
            sql.Identifier(making), sql.Identifier(name)
        )
    )


def _clone(urls: embedded.Urls, template: str, name: str) -> None:
    with _admin(urls) as admin:
        admin.execute("SELECT pg_advisory_lock(731)")
        admin.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(template), sql.Identifier(embedded.OWNER)
            )
        )
        admin.execute("SELECT pg_advisory_unlock(731)")


def _drop(urls: embedded.Urls, name: str) -> None:
    with _admin(urls) as admin:
        admin.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


@pytest.fixture(scope="session")
def server() -> embedded.Urls:
    """The PostgreSQL server that the tests share."""
    return _server()


@pytest.fixture(scope="session")
def template(server: embedded.Urls, django_db_blocker) -> str:
    """The name of the migrated template database."""
    with django_db_blocker.unblock():
        return _template(server)


@pytest.fixture(scope="session")
def django_db_setup(server, template, django_db_blocker) -> Iterator[None]:
    """One clone a worker, used inside transactions that roll back."""
    name = f"test_{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with django_db_blocker.unblock():
        _clone(server, template, name)
        _use(server.application, name)
    yield
    with django_db_blocker.unblock():
        connection.close()
        _drop(server, name)


@pytest.fixture
def own_database(server, template, django_db_setup, django_db_blocker) -> Iterator[str]:
    """A database of the test's own, committed to for real; yields the application role's URL.

    For tests of processes, transactions, triggers at commit and live pages. Do not combine with
    `db` or `django_db`.
    """
    shared = connections["default"].settings_dict["NAME"]
    name = f"own_{os.getpid()}_{os.urandom(4).hex()}"
    with django_db_blocker.unblock():
        _clone(server, template, name)
        _use(server.application, name)
        yield url_of(server.application, name)
        connections.close_all()
        _use(server.application, shared)
        _drop(server, name)


@pytest.fixture(autouse=True)
def ledger_folder(settings, monkeypatch, tmp_path_factory) -> Path:
    """Where this test's sealer keeps its key and its checkpoints, its child processes too."""
    folder = tmp_path_factory.getbasetemp() / f"ledger-{os.urandom(6).hex()}"
    monkeypatch.setenv("LEDGER_DIR", str(folder))
    settings.LEDGER_DIR = folder
    return folder


# What a property test that asks for no number of its own tries. How long one takes says how busy
# the machine is, not whether the property holds.
settings_of_properties.register_profile("quick", max_examples=30, deadline=None)
settings_of_properties.register_profile("long", max_examples=150, deadline=None)


def pytest_configure(config):
    config.addinivalue_line("markers", "bypass: goes round the services on purpose")
    quick = "not full" in config.getoption("markexpr", "")
    settings_of_properties.load_profile("quick" if quick else "long")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what waits for the long runs, before the marks select."""
    for item in items:
        if str(Path(item.path).relative_to(ROOT / "tests")) in LONG_RUNS:
            item.add_marker(pytest.mark.full)


def pytest_collection_finish():
    """Look through what every test shares no more: collecting it again and again takes a tenth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_make_parametrize_id(val):
    """Name bytes by their length: those of an archive hold the time at which they were made."""
    return f"{len(val)}-bytes" if isinstance(val, bytes) and len(val) > 20 else None


@pytest.fixture
def standing_clock() -> Iterator[None]:
    """The clock stands near the instant of the factories, and nothing is remembered."""
    from tests.governance.pages import AT, stand_at  # models are loaded by now

    cache.clear()
    stand_at(AT)
    yield
    stand_at(None)


@pytest.fixture(autouse=True)
def nobody_left_acting() -> Iterator[None]:
    """Fail a test after which somebody still acts: the next one would act in their name.

    The language of its last request is left behind too.
    """
    yield
    left = current_actor()
    enter(None)
    translation.deactivate()
    assert left is None, f"{left.name} was left acting"


@pytest.fixture(autouse=True)
def net(request):
    """Fail a test whose services changed a watched row without an entry that tells of it."""
    own = "own_database" in request.fixturenames
    shared = "db" in request.fixturenames or request.node.get_closest_marker("django_db")
    if not own and not shared or request.node.get_closest_marker("bypass"):
        yield
        return
    request.getfixturevalue("own_database" if own else "db")
    with watched(inside_transaction=not own) as found:
        yield
    untold = found.untold()
    assert not untold, f"no entry tells of {', '.join(untold)}"


def url_of(url: str, name: str) -> str:
    """Return `url` with another database name."""
    head, _, tail = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{tail}" if tail else "")
