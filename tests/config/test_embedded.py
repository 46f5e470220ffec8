"""The embedded server as somebody finds it who starts again after a crash."""

import shutil
import time
from types import SimpleNamespace

import psycopg
import pytest
from django.core.management import CommandError, call_command

from config import embedded

NAME = "pg-found"


@pytest.fixture
def found(tmp_path, settings):
    """Return the folder of a server of its own that runs."""
    settings.BASE_DIR = tmp_path
    directory = embedded.data_directory(tmp_path, NAME)
    embedded.start(directory)
    yield directory
    says(directory, "ready")
    embedded.stop(directory)
    shutil.rmtree(directory.parent)


def says(directory, status):
    """Let the server's file say how far it got, as it does itself while it reads its log again."""
    file = directory / "postmaster.pid"
    *lines, _ = file.read_text().splitlines()
    file.write_text("\n".join([*lines, f"{status:<8}"]) + "\n")


def test_a_server_that_recovers_is_waited_for(found, monkeypatch):
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        says(found, "ready")

    monkeypatch.setattr(embedded, "time", SimpleNamespace(monotonic=time.monotonic, sleep=pause))
    says(found, "starting")

    urls = embedded.start(found)

    assert pauses == [embedded.PAUSE]
    with psycopg.connect(urls.application) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (embedded.APPLICATION,)


def test_a_server_that_cannot_start_is_told_at_once_with_its_log(found, monkeypatch):
    pauses = []
    paused = SimpleNamespace(monotonic=time.monotonic, sleep=pauses.append)
    embedded.stop(found)
    settings = (found / "postgresql.conf").read_text()
    (found / "postgresql.conf").write_text(f"{settings}\nshared_buffers = none\n")
    monkeypatch.setattr(embedded, "time", paused)

    with pytest.raises(CommandError, match=rf"does not start; .* {found}/log$"):
        call_command("database", "start", "--server", NAME, "--quiet")

    assert pauses == []
    (found / "postgresql.conf").write_text(settings)
    embedded.start(found)


def test_a_server_that_never_gets_ready_is_told_in_a_sentence_with_its_log(found, monkeypatch):
    monkeypatch.setattr(embedded, "PATIENCE", 0)
    says(found, "starting")

    with pytest.raises(CommandError, match=rf"not ready after 0 s; .* {found}/log$"):
        call_command("database", "start", "--server", NAME, "--quiet")
