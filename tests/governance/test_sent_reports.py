"""TEL-4: a report of Evidently that a program sends: by the lines, tried out or kept."""

import datetime as dt
import json
import subprocess
from pathlib import Path

import pytest
from django.core.cache import cache

from governance.models import Standing
from incidents.models import Incident
from ledger.models import Entry
from telemetry.models import Batch, Connector, ConnectorRun, ConnectorState, Measurement
from telemetry.selectors.connectors import due_connectors, fares
from telemetry.services.connectors import (
    Wanted,
    define_connector,
    request_poll,
    switch_connector,
)
from tests.governance.otlp import sender
from tests.registry.factories import call, person_as_actor, sign_in
from tests.telemetry.factory import measured

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parent.parent.parent
MADE = "2026-11-19T06:00:00Z"
LINE = {"kpi": "accuracy", "query": "Accuracy", "window": "1d"}
SHARE = {"kpi": "psi", "query": "DriftedColumnsCount.share", "window": "1d"}


def report(accuracy=0.95, **more):
    """A report as Evidently 0.7 writes it."""
    return {
        "metrics": [
            {"metric_name": "Accuracy()", "config": {}, "value": accuracy},
            {
                "metric_name": "DriftedColumnsCount(drift_share=0.5)",
                "config": {},
                "value": {"count": 1.0, "share": 0.25},
            },
        ],
        "tests": [],
    } | more


@pytest.fixture(autouse=True)
def no_throttle():
    cache.clear()


@pytest.fixture
def system():
    """A live system with a threshold on its accuracy."""
    return measured()


def connected(system, *lines, **changes):
    """A connector whose reports are sent."""
    given = {"name": "Nightly", "url": "", "every_seconds": 86400, "lines": lines or [LINE, SHARE]}
    return call(
        define_connector,
        system_id=system.pk,
        kind=changes.pop("kind", "evidently"),
        wanted=Wanted(**(given | changes)),
        actor=person_as_actor(system.owner),
    )


@pytest.fixture
def connector(system):
    """A connector of it whose reports are sent."""
    return connected(system)


@pytest.fixture
def send(client, system):
    """Send a report to a connector with a token of the system."""

    def deliver(connector, body, *, asked=f"made_at={MADE}", **changes):
        post = sender(client, f"/api/v1/connectors/{connector.pk}/report?{asked}", [system])
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return post(data, content_type="application/json", **changes)

    return deliver


def values():
    """What is stored, by KPI."""
    return dict(Measurement.objects.values_list("series__kpi_id", "value"))


def test_a_report_that_is_sent_becomes_readings_by_the_lines(send, connector):
    answer = send(connector, report())

    assert (answer.status_code, answer.json()["accepted"]) == (200, 2)
    assert values() == {"accuracy": 0.95, "psi": 0.25}
    assert Measurement.objects.first().window_end.isoformat() == "2026-11-19T06:00:00+00:00"


def test_the_batch_says_which_machine_sent_it(send, connector):
    send(connector, report())

    batch = Batch.objects.get()
    assert batch.source == "evidently Nightly"
    assert not batch.sender_id.startswith("connector:")


def test_the_same_report_again_is_known(send, connector):
    send(connector, report())

    again = send(connector, report()).json()

    assert (again["accepted"], again["repeated"], again["batch"]) == (0, 2, None)


def test_a_breach_opens_an_incident_and_is_told(send, connector):
    for day in (17, 18, 19):
        answer = send(connector, report(0.5), asked=f"made_at=2026-11-{day}T06:00:00Z").json()
        if answer["incidents"]:
            break

    assert answer["incidents"] == [Incident.objects.get().number]


def test_an_earlier_report_that_is_sent_later_still_counts(send, connector):
    send(connector, report())

    late = send(connector, report(0.8), asked="made_at=2026-11-18T06:00:00Z").json()

    assert late["accepted"] == 2


def test_a_dry_run_tells_the_same_and_keeps_nothing(send, connector):
    answer = send(connector, report(), asked=f"dry_run=true&made_at={MADE}").json()

    assert (answer["dry_run"], answer["accepted"]) == (True, 2)
    assert (values(), ConnectorRun.objects.count(), Batch.objects.count()) == ({}, 0, 0)


def test_a_dry_run_of_what_cannot_be_read_keeps_nothing_either(send, connector):
    answer = send(connector, b"{", asked="dry_run=true")

    assert answer.status_code == 400
    assert not ConnectorRun.objects.exists()


def test_a_line_that_finds_nothing_is_told_and_the_others_are_taken(send, system):
    made = connected(system, LINE, SHARE | {"query": "Nothing"})

    answer = send(made, report()).json()

    assert (answer["accepted"], answer["rejected"][0]["field"]) == (1, "query")
    assert ConnectorState.objects.get().rejected_why == "The report has no such metric."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b" ", "empty"),
        (b"<html>", "no JSON"),
        (b"[" * 5000, "too deeply"),
        (b"{}", "no report of Evidently"),
        (b'{"metrics": [1]}', "no report of Evidently"),
        (b'{"metrics": {}}', "no report of Evidently"),
        (b'{"metrics": [' + b"[]," * 400_000 + b"1]}", "400,000 parts"),
        (b'{"metrics": [{"value": 1' + b"0" * 400 + b"}]}", "beyond all measure"),
    ],
)
def test_what_is_no_report_is_a_failure_in_words(send, connector, body, words):
    answer = send(connector, body)

    state = ConnectorState.objects.get()
    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert words in state.failure
    assert ConnectorRun.objects.get().failure == state.failure
    assert values() == {}


def test_the_same_failure_within_a_minute_is_noted_once(send, connector):
    send(connector, b"{")
    send(connector, b"{")

    assert ConnectorRun.objects.count() == 1


def test_a_report_that_fails_puts_what_it_feeds_in_error(send, connector, client):
    send(connector, report())

    send(connector, b"{")

    assert Standing.objects.get(series__kpi_id="accuracy").state == "ERROR"
    assert list(Entry.objects.filter(object_type="connector").values_list("verb", flat=True)) == [
        "connector.defined",
        "connector.failed",
    ]


def test_the_next_good_report_ends_it(send, connector):
    send(connector, b"{")

    send(connector, report())

    state = ConnectorState.objects.get()
    assert (state.failures, state.failing_since) == (0, None)
    assert Standing.objects.get(series__kpi_id="accuracy").state == "OK"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_what_is_no_number_is_a_bad_reading(send, system, value):
    made = connected(system, LINE)

    answer = send(made, report(value))

    assert answer.json()["accepted"] == 1
    assert values() == {"accuracy": None}


def test_the_report_s_own_instant_counts_before_the_sender_s(send, connector):
    send(connector, report(timestamp="2026-11-18 06:00:00"))

    assert Measurement.objects.first().window_end.day == 18


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("", "made_at"),
        ("made_at=yesterday", "An instant"),
        ("made_at=2026-11-19T06:00:00", "An instant"),
        ("made_at=%00", "An instant"),
        ("dry_run=perhaps", "true or false"),
    ],
)
def test_what_is_asked_wrongly_is_told(send, connector, asked, words):
    answer = send(connector, report(), asked=asked)

    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert values() == {}


def test_an_offset_in_the_address_may_be_written_as_it_is(send, connector):
    send(connector, report(), asked="made_at=2026-11-19T07:00:00+01:00")

    assert Measurement.objects.first().window_end.isoformat() == "2026-11-19T06:00:00+00:00"


def test_a_compressed_report_is_refused(send, connector):
    answer = send(connector, report(), HTTP_CONTENT_ENCODING="gzip")

    assert answer.status_code == 400


def test_a_report_that_is_too_large_is_refused_unread(send, connector, monkeypatch):
    monkeypatch.setattr("governance.api.sent_reports.MOST_ANSWER", 100)

    assert send(connector, report()).status_code == 413


def test_a_connector_of_another_system_is_missing(send, system):
    other = connected(measured(), name="Other")

    assert send(other, report()).status_code == 404


def test_a_connector_of_another_kind_takes_no_report(send, system):
    prometheus = connected(
        system, LINE, kind="prometheus", name="Prom", url="https://prometheus.example.org"
    )

    assert send(prometheus, report()).status_code == 409


def test_a_connector_that_is_switched_off_takes_no_report(send, system, connector):
    call(
        switch_connector,
        connector_id=connector.pk,
        expected_version=connector.version,
        active=False,
        actor=person_as_actor(system.owner),
    )

    assert send(connector, report()).status_code == 409


def test_a_person_and_a_token_that_only_reads_send_none(client, system, connector):
    path = f"/api/v1/connectors/{connector.pk}/report"
    reading = sender(client, path, [system], scopes=("read",))

    answers = [reading(b"{}", content_type="application/json").status_code]
    sign_in(client, system.owner)
    answers.append(client.post(path, b"{}", content_type="application/json").status_code)

    assert answers == [403, 403]


def test_nobody_asks_a_connector_whose_reports_are_sent(connector):
    state = connector.state

    assert list(due_connectors(at=state.next_at + dt.timedelta(days=9))) == []
    assert fares(connector, state.next_at) == "waiting"


def test_it_cannot_be_asked_at_once(system, connector):
    with pytest.raises(Exception, match="sent here"):
        call(request_poll, connector_id=connector.pk, actor=person_as_actor(system.owner))


def test_only_evidently_may_be_without_an_address(system):
    with pytest.raises(Exception, match="address"):
        connected(system, LINE, kind="prometheus")


def test_its_page_says_where_to_send_and_offers_no_poll(client, system, connector):
    sign_in(client, system.owner)

    page = client.get(f"/connectors/{connector.pk}/").content.decode()
    tried = client.post(f"/connectors/{connector.pk}/try/").content.decode()

    assert f"/api/v1/connectors/{connector.pk}/report?made_at=" in page
    assert "Ask at once" not in page
    assert "its reports are sent here" in tried


def test_it_is_connected_by_the_form_without_an_address(client, system):
    sign_in(client, system.owner)
    said = {
        "name": "Nightly", "system": system.slug, "url": "", "every_seconds": "86400",
        "sign_in": "none", "lines": "1", "line0-kpi": "accuracy", "line0-query": "Accuracy",
        "line0-window": "1d", "line0-environment": "production", "line0-factor": "1.0",
    }  # fmt: skip

    answer = client.post("/connectors/new/?kind=evidently", said)

    assert answer.status_code == 302
    assert Connector.objects.get().url == ""


@pytest.mark.full
def test_a_real_report_of_evidently_is_taken_as_it_was_written(send, system, tmp_path):
    file = tmp_path / "report.json"
    subprocess.run([ROOT / "bin/evidently-report", file], check=True, timeout=900)
    drift = {"kpi": "psi", "query": "DriftedColumnsCount.share", "window": "1d"}
    age = {"kpi": "f1", "query": "ValueDrift", "source": "age", "window": "1d"}
    made = connected(system, LINE, drift, age)

    tried = send(made, file.read_bytes(), asked=f"dry_run=true&made_at={MADE}").json()
    kept = send(made, file.read_bytes()).json()

    assert (tried["accepted"], kept["accepted"], kept["rejected"]) == (3, 3, [])
    assert 0.7 < values()["accuracy"] < 0.95
    assert values()["psi"] == 0.25
