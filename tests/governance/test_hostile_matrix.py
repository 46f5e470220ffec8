"""TEL-1 to TEL-4: each way in against each kind of hostile input.

A cell of the matrix holds when the answer refuses in words, memory stays bounded and nothing is
stored of it. Where a kind cannot come by a way, NOT_BY_THIS_WAY says why; a test holds that no
cell is left out.
"""

import gzip
import tracemalloc

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from governance.models import AlertNotice, MetricStream, MetricWindow, SpanPart, Standing
from governance.rules.mappings import Mapped
from governance.services.doors import map_metric
from incidents.models import Incident
from registry.connectors.mlflow import Access
from telemetry.connectors.asking import NoAnswer
from telemetry.connectors.polls import Question, poll
from telemetry.models import (
    CanaryRun,
    DecisionEvent,
    EventLabel,
    Heartbeat,
    Histogram,
    Measurement,
)
from telemetry.rules.mappings import Line
from telemetry.services.connectors import Wanted, define_connector
from telemetry.services.doors import forget_noted
from tests.governance.hostile import (
    AGAIN,
    CELLS,
    FORMULA,
    KINDS,
    LATER,
    MEGABYTE,
    NOT_BY_THIS_WAY,
    WAYS,
    World,
    now_ns,
    spoilt,
)
from tests.governance.otlp import PROTOBUF, SCOPES, status_of, token
from tests.governance.test_canaries import canary_set
from tests.registry.factories import call, person_as_actor, sign_in
from tests.telemetry.answering import Answering
from tests.telemetry.factory import AT, START, measured

MOST = 160 * MEGABYTE
JUDGED = (Measurement, DecisionEvent, EventLabel, Heartbeat, Histogram, CanaryRun, AlertNotice,
          Incident, Standing, MetricStream, MetricWindow, SpanPart)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_noted():
    cache.clear()
    forget_noted()


@pytest.fixture
def world():
    """A live system with a mapping, a canary set and a connector whose reports are sent."""
    system = measured(stated=None)
    call(map_metric, system=system, given=Mapped("m", "accuracy", "last", "1m", unit="1"))
    connector = call(
        define_connector,
        system_id=system.pk,
        kind="evidently",
        wanted=Wanted(
            name="Nightly", url="", every_seconds=86400,
            lines=[{"kpi": "accuracy", "query": "Accuracy", "window": "1d"}],
        ),
        actor=person_as_actor(system.owner),
    )  # fmt: skip
    return World(system, canary_set(system), connector)


def said_of(answer):
    """What an answer says: the words of a refusal, or of the rows that were not taken."""
    if answer["content-type"] == PROTOBUF:
        return answer.content.decode("utf-8", "replace") if answer.status_code == 200 else (
            status_of(answer)[1]
        )  # fmt: skip
    body = answer.json()
    partial = body.get("partialSuccess", {}).get("errorMessage")
    return body.get("detail") or body.get("message") or partial or str(body.get("rejected"))


def is_told(answer):
    """Whether an answer says that it takes nothing, or holds it back until its time has come."""
    if answer.status_code in (400, 413, 415):
        return len(said_of(answer)) > 10
    if answer.status_code != 200:
        return False
    if answer["content-type"] == PROTOBUF:
        return len(answer.content) > 10
    body = answer.json()
    held = body.get("quarantined", 0) == 1 and body["accepted"] == 0
    return held or bool(body.get("partialSuccess", {}).get("errorMessage"))


@pytest.fixture
def send(client, world):
    """Send a body by a way, and say what it cost beside itself."""
    plaintext = token([world.system], scopes=(*SCOPES, "heartbeat:write"))

    def deliver(name, body, content_type, headers):
        path = WAYS[name].path.format(canaries=world.canaries.pk, connector=world.connector.pk)
        tracemalloc.start()
        answer = client.post(
            path,
            body,
            content_type=content_type,
            headers={"authorization": f"Token {plaintext}"},
            **headers,
        )
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return answer, peak - len(body)

    return deliver


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_every_way_in_refuses_each_kind_in_words_and_keeps_nothing(send, world, kind):
    wrong = {}

    for name in (name for name, one in CELLS if one == kind):
        answer, cost = send(name, *spoilt(WAYS[name], kind, name, world))
        kept = [model.__name__ for model in JUDGED if model.objects.exists()]
        if kept or cost > MOST or not is_told(answer):
            wrong[name] = kept, cost // MEGABYTE, answer.status_code, answer.content[:200]

    assert wrong == {}


@pytest.mark.django_db
def test_what_is_sound_is_taken_by_every_one_of_these_ways(send, world):
    wrong, before = {}, -1

    for name, way in WAYS.items():
        newer = {"at_ns": now_ns() + 60 * 10**9} if way.kind == PROTOBUF else {}
        answer, _ = send(name, way.body(world, **AGAIN.get(name, newer)), way.kind, {})
        after = sum(model.objects.count() for model in JUDGED)
        if answer.status_code not in (200, 201) or after <= before:
            wrong[name] = answer.status_code, answer.content[:200]
        before = after

    assert wrong == {}


HEAD = b"system,kpi,window,window_end,value\n"
FILES = {
    "oversized": b"a,b\n" + b"1,2\n" * (6 * MEGABYTE),
    "deep": b"[" * 200_000,
    "bomb": gzip.compress(bytes(32 * MEGABYTE)),
    "columns": b"a," * MEGABYTE + b"\n" + b"1," * MEGABYTE,
    "protobuf": b"\x0a\x05\x00\x12\x03\xff\x0a\x00",
    "doubled": b"value,value\n1,2\n",
}
CELLS_OF_FILES = {
    "formula": FORMULA.encode(), "clock": b"0.9", "unit": b"90 %",
}  # fmt: skip


@pytest.fixture
def upload(client, world):
    """Send a file as the owner does."""
    sign_in(client, world.system.owner)

    def send(content):
        file = SimpleUploadedFile("readings.csv", content, "text/csv")
        return client.post("/api/v1/uploads/", {"file": file, "kind": "measurements"})

    return send


@pytest.mark.django_db
def test_a_file_of_each_kind_is_refused_in_words_and_nothing_is_kept(upload):
    wrong = {}

    for kind, content in FILES.items():
        tracemalloc.start()
        answer = upload(content)
        cost = tracemalloc.get_traced_memory()[1] - 3 * len(content)
        tracemalloc.stop()
        if answer.status_code not in (400, 413) or cost > MOST or not answer.json()["detail"]:
            wrong[kind] = answer.status_code, cost // MEGABYTE, answer.content[:200]

    assert wrong == {}
    assert not Measurement.objects.exists()


@pytest.mark.django_db
def test_a_cell_of_a_file_of_each_kind_becomes_no_reading(client, upload, world):
    found = {}

    for kind, cell in CELLS_OF_FILES.items():
        end = LATER if kind == "clock" else START.isoformat()
        made = upload(HEAD + f"{world.system.slug},accuracy,1d,{end},".encode() + cell + b"\n")
        faults = client.get(f"/api/v1/uploads/{made.json()['id']}/faults").json()["results"]
        found[kind] = [one["field"] for one in faults]

    assert found == {"formula": ["value"], "unit": ["value"], "clock": []}
    assert not Measurement.objects.exists()


ANSWERS = {
    "oversized": b" " * 20 * MEGABYTE,
    "deep": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "bomb": gzip.compress(b"0" * 32 * MEGABYTE),
    "columns": b"{" + b",".join(b'"%d":1' % number for number in range(500_000)) + b"}",
    "formula": b'"=1+1"',
    "protobuf": b"\x0a\xff\xff\xff\xff\x0f\x0a\x00",
    "doubled": b'{"status": "success", "status": "error", "timestamp": "2026-11-01"}',
}
FETCHED = ("prometheus", "mlflow", "evidently")


@pytest.fixture
def other():
    """Another product on loopback."""
    made = Answering()
    yield made
    made.close()


@pytest.mark.parametrize("product", FETCHED)
def test_an_answer_of_each_kind_that_is_fetched_is_refused_in_words(other, product):
    source = "experiment:claims" if product == "mlflow" else ""
    line = Line(kpi="accuracy", query="Accuracy", window="5m", source=source)
    wrong = {}

    for kind, content in ANSWERS.items():
        other.reply = lambda _, content=content: (200, content, {})
        tracemalloc.start()
        with pytest.raises(NoAnswer) as refused:
            poll(Question(product, "claims", Access(other.url), [line], {}), AT)
        cost = tracemalloc.get_traced_memory()[1] - 3 * len(content)
        tracemalloc.stop()
        if cost > MOST or not 10 < len(refused.value.reason) < 300:
            wrong[kind] = cost // MEGABYTE, refused.value.reason

    assert wrong == {}


def test_no_cell_is_left_out():
    named = {(name, kind) for name, kind in CELLS} | NOT_BY_THIS_WAY.keys()

    assert named == {(name, kind) for name in WAYS for kind in KINDS}
    assert set(FILES) | set(CELLS_OF_FILES) == set(KINDS)
    # A clock and a unit that are wrong come in a sound answer: test_polling.
    assert set(ANSWERS) | {"clock", "unit"} == set(KINDS)
