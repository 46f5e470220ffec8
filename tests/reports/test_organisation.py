"""AUD-2: a whole organisation as one archive, and back, with a ledger that still verifies."""

import datetime as dt
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import psycopg
import pytest
from django.db import connections

import tests.conftest as place
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Invalid
from ledger.services.checking import check_ledger
from ledger.services.reconciliation import reconcile
from ledger.services.sealing import seal
from outbox import clock
from registry.models import OrganisationExport
from reports.rules.archive import in_order
from reports.services.organisation import (
    restore_organisation,
    write_organisation,
    write_waiting,
)
from reports.services.organisation.requesting import WRITER
from tests.registry.factories import SETUP, role, sign_in, system, token, unit, user, version

ROOT = Path(__file__).resolve().parents[2]
AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
# What a restore writes itself, beside what it restores.
OWN = {"ledger_entry", "ledger_queue", "ledger_epoch", "ledger_rowchange"}


@pytest.fixture
def files(settings, tmp_path):
    """The files' folder, with a document in it."""
    settings.MEDIA_ROOT = tmp_path / "files"
    (settings.MEDIA_ROOT / "documents").mkdir(parents=True)
    (settings.MEDIA_ROOT / "documents/model-card.pdf").write_bytes(b"%PDF-1.7 a card")
    return settings.MEDIA_ROOT


@pytest.fixture
def organisation(own_database, files):
    """A small organisation, sealed."""
    made = system()
    version(made, label="1.0")
    role(user(password="a-long-enough-password"), "auditor", system=made)
    token(systems=[made])
    seal(at=dt.datetime.now(dt.UTC))
    return made


@pytest.fixture
def empty(own_database, server, template, django_db_blocker):
    """The name of another database, migrated and empty."""
    name = f"{connections['default'].settings_dict['NAME']}_b"
    place._clone(server, template, name)
    yield name
    connections.close_all()
    place._drop(server, name)


def write(path, **options):
    """Write an archive of the present database."""
    return write_organisation(
        path=path, reason="a test", actor=SETUP, at=dt.datetime.now(dt.UTC), **options
    )


def restore(path, server, name, settings, **options):
    """Restore into another database, as its owner, in this process."""
    place._use(server.owner, name)
    settings.MEDIA_ROOT = path.parent / "restored"
    return restore_organisation(
        path=path, reason="a test", actor=SETUP, at=dt.datetime.now(dt.UTC), **options
    )


def manifest_of(path):
    """Return the manifest of an archive."""
    with zipfile.ZipFile(path) as source:
        return json.loads(source.read("manifest.json"))


def content(server, name, table, columns):
    """Return the rows of a table of a database as text, in order."""
    with psycopg.connect(place.url_of(server.owner, name)) as connection:
        names = ", ".join(f'"{column}"' for column in columns)
        rows = connection.execute(
            f'SELECT row_to_json(x)::text FROM (SELECT {names} FROM "{table}") x'
        )
        return sorted(row[0] for row in rows.fetchall())


def differences(server, one, other, manifest):
    """Return the tables that differ between two databases, those left out aside."""
    differ = set()
    for table in manifest["tables"]:
        kept = [column for column in table["columns"] if column not in table["blanked"]]
        if content(server, one, table["name"], kept) != content(server, other, table["name"], kept):
            differ.add(table["name"])
    return differ


def test_what_is_restored_is_what_was_exported(organisation, empty, server, settings, tmp_path):
    source = connections["default"].settings_dict["NAME"]
    done = write(tmp_path / "org.zip")

    restored = restore(tmp_path / "org.zip", server, empty, settings)

    manifest = manifest_of(tmp_path / "org.zip")
    assert (restored.rows, restored.signed_by) == (done.rows, manifest["keys"][-1])
    assert differences(server, source, empty, manifest) <= OWN | {"ledger_statement"}
    kept = settings.MEDIA_ROOT / "documents/model-card.pdf"
    assert kept.read_bytes() == b"%PDF-1.7 a card"


@pytest.mark.full
def test_the_net_reports_nothing_of_a_restore_and_the_sealer_goes_on(
    organisation, empty, server, settings, tmp_path
):
    write(tmp_path / "org.zip")
    restore(tmp_path / "org.zip", server, empty, settings)
    place._use(server.application, empty)

    found = reconcile(dt.datetime.now(dt.UTC))
    sealed = seal(at=dt.datetime.now(dt.UTC))

    assert (found.unmatched, found.settled > 10) == (0, True)
    assert sealed.leaves >= 1
    assert {claim.result for claim in check_ledger().claims} <= {"PASS", "SKIP"}


@pytest.mark.full
def test_without_credentials_no_door_is_opened(organisation, empty, server, settings, tmp_path):
    write(tmp_path / "org.zip")

    restore(tmp_path / "org.zip", server, empty, settings)

    passwords = content(server, empty, "registry_user", ["password"])
    assert set(passwords) == {'{"password":"!restored"}'}
    assert all(
        "void:" in row for row in content(server, empty, "registry_servicetoken", ["digest"])
    )


@pytest.mark.full
def test_a_database_that_holds_something_is_refused(organisation, server, settings, tmp_path):
    write(tmp_path / "org.zip")
    name = connections["default"].settings_dict["NAME"]

    with pytest.raises(Conflict, match="is not empty"):
        restore(tmp_path / "org.zip", server, name, settings)


@pytest.mark.full
def test_the_application_role_does_not_restore(organisation, empty, server, settings, tmp_path):
    write(tmp_path / "org.zip")
    place._use(server.application, empty)

    with pytest.raises(Conflict, match="as the tables' owner"):
        restore_organisation(path=tmp_path / "org.zip", reason="x", actor=SETUP, at=AT)


@pytest.mark.parametrize(
    "part",
    [
        "registry_system.jsonl",
        pytest.param("manifest.json", marks=pytest.mark.full),
        pytest.param("model-card.pdf", marks=pytest.mark.full),
    ],
)
def test_a_changed_archive_is_refused_before_a_row_is_written(
    organisation, empty, server, settings, tmp_path, part
):
    write(tmp_path / "org.zip")
    forge(tmp_path / "org.zip", part)

    with pytest.raises(Invalid):
        restore(tmp_path / "org.zip", server, empty, settings)

    assert content(server, empty, "registry_system", ["id"]) == []
    assert not list((tmp_path / "restored").rglob("*.pdf"))


def forge(path, part):
    """Change one byte of a part of an archive, leaving it a good ZIP file."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    (name,) = [one for one in parts if one.endswith(part)]
    parts[name] = parts[name].replace(b"a", b"b", 1)
    with zipfile.ZipFile(path, "w") as target:
        for one, data in parts.items():
            target.writestr(one, data)


@pytest.mark.full
def test_another_key_than_the_log_s_is_refused(organisation, empty, server, settings, tmp_path):
    write(tmp_path / "org.zip")
    other = "example.org/other+2ce1c666+AXr5AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

    with pytest.raises(Invalid):
        restore(tmp_path / "org.zip", server, empty, settings, key=other)


@pytest.mark.full
def test_every_secret_column_is_known_to_the_archive(own_database):
    from reports.rules import archive
    from reports.selectors.archive import columns

    words = ("password", "secret", "secrets", "digest", "token", "key", "recovery")
    innocent = {"digest", "key"}
    handled = {
        *archive.LEFT_OUT,
        *archive.CREDENTIAL_TABLES,
        *archive.CREDENTIAL_COLUMNS,
    }
    found = {
        table
        for table, names in columns().items()
        for name in names
        if name in words and name not in innocent
    }

    assert {table for table in found if table not in handled and "_historical" not in table} <= {
        "ledger_anchor",
    }


@pytest.mark.full
def test_tables_stand_behind_those_that_they_refer_to():
    order = in_order({"c": {"b"}, "b": {"a", "b"}, "a": set(), "x": {"y"}, "y": {"x"}})

    assert order.index("a") < order.index("b") < order.index("c")
    assert set(order) == {"a", "b", "c", "x", "y"}


@pytest.mark.full
def test_an_archive_asked_for_on_a_page_is_written_and_handed_out_by_none(
    organisation, files, client
):
    who = user(of=organisation.unit)
    role(who, "administrator", unit=organisation.unit)
    sign_in(client, who)
    client.post("/exchange/organisation/", {"reason": "we move"})

    with acting_as(WRITER):
        write_waiting(clock.now())

    made = OrganisationExport.objects.get()
    page = client.get("/exchange/organisation/").content.decode()
    assert (made.state, made.failure, made.progress) == ("ready", "", 100)
    assert (files / made.path).stat().st_mode & 0o077 == 0
    assert made.path in page
    assert f'href="/{made.path}' not in page
    assert client.get("/api/v1/organisation/exports").json()[0]["sha256"] == made.sha256


@pytest.mark.full
def test_who_holds_a_part_of_the_organisation_does_not_export_the_whole(organisation, client):
    apart = unit()
    who = user(of=apart)
    role(who, "compliance", unit=apart)
    sign_in(client, who)

    for path in ("/exchange/organisation/", "/api/v1/organisation/exports"):
        assert client.get(path).status_code == 403


@pytest.mark.full
def test_another_process_restores_and_outsiders_verify(
    organisation, empty, server, ledger_folder, tmp_path
):
    write(tmp_path / "org.zip")
    archive = manifest_of(tmp_path / "org.zip")
    world = os.environ | {
        "COUNTERSIGN_TESTING": "1",
        "DATABASE_URL": place.url_of(server.application, empty),
        "DATABASE_OWNER_URL": place.url_of(server.owner, empty),
        "FILES_DIR": str(tmp_path / "new-files"),
        "LEDGER_DIR": str(tmp_path / "new-ledger"),
        "CLOCK_OFFSET_SECONDS": str((clock.now() - dt.datetime.now(dt.UTC)).total_seconds() + 60),
    }

    def run(*words, **more):
        line = [sys.executable, *words]
        return subprocess.run(line, env=world | more, cwd=ROOT, capture_output=True, text=True)

    manage = str(ROOT / "manage.py")
    restored = run(
        manage, "organisation", "restore", str(tmp_path / "org.zip"), "--reason", "a new host",
        "--key", archive["keys"][-1], DATABASE_ROLE="owner",
    )  # fmt: skip
    assert restored.returncode == 0, restored.stderr
    opened = run(manage, "ledger_origin", "example.org/ledger-2", "--reason", "a new host")
    assert opened.returncode == 0, opened.stderr
    assert run(manage, "verify_ledger").returncode == 0
    again = run(manage, "export_ledger", str(tmp_path / "after.zip"))
    assert again.returncode == 0, again.stderr
    (tmp_path / "exported.checkpoint").write_text(archive["checkpoint"])
    with zipfile.ZipFile(tmp_path / "org.zip") as source:
        (tmp_path / "ledger.zip").write_bytes(source.read("ledger.zip"))
    verifier = str(ROOT / "countersign_verify.py")
    key = archive["keys"][0]
    before = run(verifier, str(tmp_path / "ledger.zip"), "--key", key)
    assert before.returncode == 0, before.stdout
    after = run(
        verifier, str(tmp_path / "after.zip"), "--key", opened.stdout.strip(),
        "--prev", str(tmp_path / "exported.checkpoint"),
    )  # fmt: skip
    assert after.returncode == 0, after.stdout
