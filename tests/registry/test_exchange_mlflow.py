"""REG-8: versions are read from MLflow's registry; approval stays here; no address inside."""

import base64
import json
import os
import signal
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from ledger.rules.refusals import Conflict, Forbidden, Invalid, TooLarge
from registry.connectors import mlflow
from registry.connectors.mlflow import Access, read_models
from registry.models import ModelRegistry, SystemVersion
from registry.selectors.exchange import rows_of_import
from registry.services.exchange import (
    apply_import,
    change_registry,
    connect_registry,
    read_registry,
    request_apply,
)
from tests.registry.factories import AT, call, person_as_actor, role, system, unit, user

ROOT = Path(__file__).resolve().parents[2]
# As MLflow 3 writes them: newest first, versions as texts, empty lists left out.
MODELS = [
    {
        "name": "claims",
        "creation_timestamp": 1795196692660,
        "last_updated_timestamp": 1795196692660,
        "description": "Sorts claims",
        "aliases": [{"alias": "champion", "version": "2"}],
    }
]
VERSIONS = [
    {"name": "claims", "version": "1", "current_stage": "None", "status": "READY",
     "source": "models:/m-1", "run_id": "ab12",
     "tags": [{"key": "digest", "value": "sha256:" + "a" * 64}]},
    {"name": "claims", "version": "2", "current_stage": "Production", "status": "READY",
     "source": "models:/m-2", "run_id": "cd34", "description": "retrained"},
    {"name": "claims", "version": "3", "current_stage": "None",
     "status": "PENDING_REGISTRATION"},
]  # fmt: skip


class Recorded(BaseHTTPRequestHandler):
    """Answers as MLflow does, a row a page."""

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        parts = urlsplit(self.path)
        if self.server.answer:
            self.send_response(self.server.answer[0])
            for name, value in self.server.answer[2].items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(self.server.answer[1])
            return
        key = "registered_models" if "registered-models" in parts.path else "model_versions"
        rows = MODELS if key == "registered_models" else VERSIONS[::-1]
        place = int(parse_qs(parts.query).get("page_token", ["0"])[0])
        page = {key: rows[place : place + 1]}
        if place + 1 < len(rows):
            page["next_page_token"] = str(place + 1)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(page).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def recorded():
    """A server of recorded answers on loopback."""
    made = ThreadingHTTPServer(("127.0.0.1", 0), Recorded)
    made.seen, made.answer = [], None
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    made.url = f"http://127.0.0.1:{made.server_port}"
    yield made
    made.shutdown()
    made.server_close()


def test_all_pages_are_read(recorded):
    table = read_models(Access(recorded.url))

    assert [row.cells["version"] for row in table.rows] == ["1", "2", "3"]


def test_the_digest_of_a_tag_is_taken_and_else_the_entry_is_named_as_such(recorded):
    first, second, _ = read_models(Access(recorded.url)).rows

    assert first.cells["digest"] == "sha256:" + "a" * 64
    assert second.cells["digest"].startswith("mlflow:")
    assert "not the bytes" in second.notes[0]


def test_what_is_not_ready_there_is_left_out(recorded):
    assert "not ready" in read_models(Access(recorded.url)).rows[2].passed


def test_stages_and_aliases_are_told(recorded):
    second = read_models(Access(recorded.url)).rows[1]

    assert second.cells["changes"] == (
        "retrained As MLflow has it: stage Production; aliases champion; run cd34."
    )


@pytest.mark.parametrize(
    ("secrets", "sent"),
    [
        ((), None),
        (("t0ken",), "Bearer t0ken"),
        (("ada", "pass"), "Basic " + base64.b64encode(b"ada:pass").decode()),
    ],
)
def test_it_signs_in_as_it_was_told(recorded, secrets, sent):
    read_models(Access(recorded.url, secrets))

    assert {headers.get("Authorization") for _, headers in recorded.seen} == {sent}


@pytest.mark.parametrize("code", [401, 403])
def test_a_wrong_credential_is_said(recorded, code):
    recorded.answer = (code, b"{}", {})

    with pytest.raises(Invalid, match="look at the credential"):
        read_models(Access(recorded.url))


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"", {}),
        (200, b"<html>", {}),
        (200, b"[]", {}),
        (200, b'{"registered_models": "x"}', {}),
        (200, b'{"registered_models": [1]}', {}),
    ],
)
def test_an_answer_that_is_none_of_mlflow_s_is_refused(recorded, answer):
    recorded.answer = answer

    with pytest.raises(Conflict):
        read_models(Access(recorded.url))


def test_a_redirect_is_not_followed(recorded):
    recorded.answer = (302, b"", {"Location": "http://169.254.169.254/latest/meta-data"})

    with pytest.raises(Conflict, match="302"):
        read_models(Access(recorded.url, ("t0ken",)))

    assert len(recorded.seen) == 1


def test_an_endless_answer_is_cut(recorded, monkeypatch):
    monkeypatch.setattr(mlflow, "MOST_ANSWER", 1000)
    recorded.answer = (200, b'{"x": "' + b"y" * 5000 + b'"}', {})

    with pytest.raises(TooLarge):
        read_models(Access(recorded.url))


def test_a_list_that_never_ends_is_cut(recorded, monkeypatch):
    monkeypatch.setattr(mlflow, "MOST_PAGES", 3)
    recorded.answer = (200, b'{"registered_models": [], "next_page_token": "again"}', {})

    with pytest.raises(TooLarge):
        read_models(Access(recorded.url))

    assert len(recorded.seen) == 3


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1",
        "http://localhost:1",
        "http://[::1]:1",
        "http://169.254.169.254",
        "http://10.0.0.1",
        "http://[::ffff:10.0.0.1]",
        "http://2130706433",
        "http://0.0.0.0:1",
        "file:///etc/passwd",
        "gopher://127.0.0.1",
    ],
)
def test_an_address_inside_is_not_asked(settings, url):
    settings.WEBHOOK_PRIVATE_HOSTS = []

    with pytest.raises(Invalid):
        read_models(Access(url))


def test_a_name_that_turns_inside_between_two_questions_is_not_followed(
    settings, monkeypatch, recorded
):
    """DNS rebinding: what is asked is the address that was checked, not the name again."""
    settings.WEBHOOK_PRIVATE_HOSTS = []
    answers = iter(["93.184.216.34", "127.0.0.1"])
    asked = []

    def rebound(host, port, *_, **__):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def no_connection(self, request):
        asked.append(str(request.url.host))
        raise httpx.ConnectError("outside is not reached in a test")

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", no_connection)

    with pytest.raises(Conflict):
        read_models(Access(f"http://rebinds.example:{recorded.server_port}"))

    assert asked == ["rebinds.example", "93.184.216.34"]
    assert recorded.seen == []


@pytest.fixture
def engineer():
    """An engineer with an administrator's colleague, and the system that the model belongs to."""
    here = unit()
    made = user(of=here)
    role(made, "engineer", unit=here)
    system(slug="claims", of=here)
    return made


def connect(url, *, actor=None, **changes):
    """Connect a registry."""
    given = {"name": "MLflow", "url": url} | changes
    return (
        call(connect_registry, **given)
        if actor is None
        else call(connect_registry, **given, actor=actor)
    )


@pytest.mark.django_db
def test_versions_are_looked_at_first_and_come_in_as_drafts(recorded, engineer):
    made = connect(recorded.url)
    actor = person_as_actor(engineer)

    found = call(read_registry, registry_id=made.pk, actor=actor)
    call(request_apply, import_id=found.pk, expected_version=found.version, actor=actor)
    done = apply_import(import_id=found.pk, at=AT)

    assert (done.state, done.failure) == ("applied", "")
    assert [row.action for row in rows_of_import(import_id=found.pk)] == [
        "create",
        "create",
        "skip",
    ]
    assert set(SystemVersion.objects.values_list("label", "state", "approved_by")) == {
        ("1", "draft", None),
        ("2", "draft", None),
    }


@pytest.mark.django_db
def test_a_model_without_a_system_is_asked_for(recorded):
    here = unit()
    who = user(of=here)
    role(who, "engineer", unit=here)

    found = call(read_registry, registry_id=connect(recorded.url).pk, actor=person_as_actor(who))

    assert (
        "'claims' is not known here" in rows_of_import(import_id=found.pk)[0].problems[0]["words"]
    )


@pytest.mark.django_db
def test_the_credential_is_stored_encrypted_and_no_history_keeps_it(recorded):
    made = connect(recorded.url, sign_in="token", secrets=["s3cret-token"])

    kept = ModelRegistry.objects.get(pk=made.pk)
    assert b"s3cret" not in bytes(kept.secrets)
    assert "secrets" not in [field.name for field in made.history.model._meta.fields]


@pytest.mark.django_db
def test_only_an_administrator_connects_a_registry(recorded, engineer):
    with pytest.raises(Forbidden, match="that takes an administrator"):
        connect(recorded.url, actor=person_as_actor(engineer))


@pytest.mark.django_db
def test_a_registry_that_is_switched_off_is_not_read(recorded, engineer):
    made = connect(recorded.url)
    call(change_registry, registry_id=made.pk, active=False)

    with pytest.raises(Conflict, match="switched off"):
        call(read_registry, registry_id=made.pk, actor=person_as_actor(engineer))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://ada:pass@mlflow.example.org"},
        {"url": "ftp://mlflow.example.org"},
        {"url": "http://x:99999999"},
        {"url": "http://x?token=1"},
        {"sign_in": "token", "secrets": []},
        {"sign_in": "none", "secrets": ["x"]},
        {"name": " "},
    ],
)
def test_what_makes_no_registry_is_refused(wrong):
    with pytest.raises(Invalid):
        connect(**({"url": "https://mlflow.example.org"} | wrong))


@pytest.mark.full
def test_a_real_server_is_read(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen(
        [ROOT / "bin/mlflow-server", str(port), str(tmp_path / "data")],
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, process, tmp_path / "log")
        fill(url)
        table = read_models(Access(url))
    finally:
        # Its workers and itself: the group is the test's own.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.close()
    assert [row.cells["version"] for row in table.rows] == ["1", "2"]
    assert table.rows[0].cells["digest"] == "sha256:" + "a" * 64
    assert "aliases champion" in table.rows[1].cells["changes"]


def wait_for(url, process, log):
    """Wait until a server answers, ten minutes at most: the first time it is installed."""
    for _ in range(600):
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            if httpx.get(f"{url}/health", timeout=5).is_success:
                return
        except httpx.HTTPError:
            time.sleep(1)
    raise AssertionError(f"the server does not answer: {log.read_text()[-2000:]}")


def fill(url):
    """Register a model with two versions, one with a digest and one with an alias."""

    def post(path, **body):
        answer = httpx.post(f"{url}/api/2.0/mlflow/{path}", json=body, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()

    post("registered-models/create", name="claims", description="Sorts claims")
    run = post("runs/create", experiment_id="0", start_time=0)["run"]["info"]
    for tags in ([{"key": "digest", "value": "sha256:" + "a" * 64}], []):
        post("model-versions/create", name="claims", run_id=run["run_id"], tags=tags,
             source=f"{run['artifact_uri']}/model")  # fmt: skip
    post("registered-models/alias", name="claims", alias="champion", version="2")
