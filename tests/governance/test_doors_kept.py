"""TEL-1, TEL-3: every door tells its last row taken, its last row refused and why; no secrets."""

import csv
import datetime as dt
import json

import pytest
from django.core.cache import cache
from django.test import Client

from governance.services.upload_imports import import_upload
from governance.services.uploads import read_upload, request_import
from outbox import clock
from telemetry.models import DoorRun, DoorState
from telemetry.rules.excerpts import EVENT, READING, excerpt_of
from telemetry.services import doors
from telemetry.services.doors import KEPT, MOST_RUNS, forget_noted, forget_refused
from tests.governance.otlp import METRICS, TRACES, sender
from tests.registry.factories import call, person_as_actor, role, sign_in, token, user
from tests.telemetry.factory import AT, measured

pytestmark = pytest.mark.django_db
MEASUREMENTS, DECISIONS = "/api/v1/measurements", "/api/v1/decisions"
ALERTS, HISTOGRAMS = "/api/v1/alerts", "/api/v1/histograms"
SECRET = "csn_4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a"


@pytest.fixture(autouse=True)
def nothing_noted():
    cache.clear()
    forget_noted()
    yield
    forget_noted()


@pytest.fixture
def system():
    """A live system without thresholds."""
    return measured(stated=None)


@pytest.fixture
def send(client, system):
    """Post a body with a token that may write to the system."""

    def deliver(path, body, *, kind="application/json", systems=None):
        post = sender(client, path, systems or [system])
        return post(
            body if isinstance(body, bytes) else json.dumps(body).encode(), content_type=kind
        )

    return deliver


def row(system, **changes):
    """A reading as a sender writes it."""
    said = {
        "system": system.slug,
        "kpi": "accuracy",
        "window": "5m",
        "window_end": "2026-11-01T00:00:00Z",
        "value": 0.95,
        "n": 500,
    }
    return said | changes


def door(system, name="measurements"):
    """What is known of a door of a system."""
    return DoorState.objects.get(system=system, door=name)


def test_the_last_row_taken_is_kept_and_a_minute_passes_before_the_next(send, system):
    send(MEASUREMENTS, {"measurements": [row(system), row(system, segment="region=n")]})
    later = row(system, window_end="2026-11-01T00:05:00Z")

    send(MEASUREMENTS, {"measurements": [later]})

    kept = door(system)
    assert kept.accepted_row["segment"] == "region=n"
    assert (kept.accepted_row["value"], kept.rejected_at) == ("0.95", None)


def test_an_accepted_delivery_within_the_minute_costs_no_statement_for_the_door(
    send, system, django_assert_num_queries, monkeypatch
):
    send(MEASUREMENTS, {"measurements": [row(system)]})
    executed = []
    monkeypatch.setattr(doors, "_execute", lambda *given: executed.append(given))

    send(MEASUREMENTS, {"measurements": [row(system, window_end="2026-11-01T00:05:00Z")]})

    assert executed == []


def test_a_refused_row_is_kept_with_field_reason_and_what_was_sent(send, system):
    bad = row(system, value="lots", segment="region=n")

    answer = send(MEASUREMENTS, {"measurements": [row(system), bad]})

    kept, run = door(system), DoorRun.objects.get()
    assert answer.json()["accepted"] == 1
    assert (kept.rejected_field, kept.rejected_row["segment"]) == ("value", "region=n")
    assert (run.accepted, run.rejected, run.failure) == (1, 1, "")
    assert run.rows[0][:2] == [2, "value"]
    assert run.rows[0][3]["value"] == "lots"


def test_a_delivery_refused_as_a_whole_leaves_its_reason(send, system):
    answer = send(MEASUREMENTS, {"on_error": "refuse_all", "measurements": [row(system, n=-1)]})

    run = DoorRun.objects.get()
    assert answer.status_code == 400
    assert "Nothing was stored" in run.failure
    assert run.rows[0][1] == "n"
    assert door(system).accepted_at is None


@pytest.mark.parametrize(
    ("path", "body", "kind", "name"),
    [
        (MEASUREMENTS, b'{"measurements": [', "application/json", "measurements"),
        (DECISIONS, b"[1, 2]", "application/json", "decisions"),
        ("/api/v1/labels", b"no", "application/json", "labels"),
        (HISTOGRAMS, b"{}", "application/json", "histograms"),
        (TRACES, b"\xff\xff", "application/x-protobuf", "traces"),
        (METRICS, b"{", "application/json", "metrics"),
        (METRICS, b"<x/>", "application/xml", "metrics"),
        (ALERTS, b'{"version": "3", "alerts": []}', "application/json", "alerts"),
    ],
)
def test_every_door_tells_why_a_body_could_not_be_read(send, system, path, body, kind, name):
    answer = send(path, body, kind=kind)

    kept, run = door(system, name), DoorRun.objects.get()
    assert answer.status_code in (400, 415)
    assert run.failure
    assert kept.rejected_why == run.failure
    assert run.rows == []


def test_a_dry_run_leaves_nothing_at_the_door(send, system):
    send(f"{MEASUREMENTS}?dry_run=true", {"measurements": [row(system, n=-1)]})
    send(f"{MEASUREMENTS}?dry_run=true", {"measurements": [row(system)]})

    assert not DoorState.objects.exists()


def test_nobody_without_a_token_fills_a_door(client, system):
    client.post(MEASUREMENTS, b"{", content_type="application/json")
    client.post(
        MEASUREMENTS,
        b"{",
        content_type="application/json",
        headers={"authorization": "Token csn_x"},
    )

    assert not DoorState.objects.exists()


def test_a_row_about_a_system_out_of_reach_is_told_to_its_sender_alone(send, system):
    other = measured(stated=None)

    send(MEASUREMENTS, {"measurements": [row(other), row(system)]})

    assert door(system).rejected_row["system"] == other.slug
    assert not DoorState.objects.filter(system=other).exists()


def test_each_system_of_a_token_is_told_of_its_own_rows(send, system):
    other = measured(stated=None)

    send(
        MEASUREMENTS,
        {"measurements": [row(system, n=-1), row(other, kpi="nothing"), row(other)]},
        systems=[system, other],
    )

    assert (door(system).rejected_field, door(other).rejected_field) == ("n", "kpi")
    assert door(system).refused == door(other).refused == 1


def test_lines_are_told_with_what_stood_in_them(send, system):
    lines = b"\n".join(json.dumps(one).encode() for one in (row(system), row(system, n="many")))

    send(MEASUREMENTS, lines, kind="application/x-ndjson")

    assert DoorRun.objects.get().rows[0][3]["n"] == "many"


def test_no_secret_and_nothing_of_a_person_is_kept(send, system):
    event = {
        "system": system.slug,
        "event_id": "e-1",
        "at": "yesterday",
        "version": "1",
        "question": "Is Anna Ilgner ill?",
        "answer": "anna@example.org",
        "authorization": f"Token {SECRET}",
        "model": f"gpt {SECRET}",
    }

    send(DECISIONS, {"events": [event]})

    state, run = DoorState.objects.get(), DoorRun.objects.get()
    kept = json.dumps([run.rows, state.rejected_row, run.failure, state.rejected_why])
    assert "Anna" not in kept
    assert "example.org" not in kept
    assert SECRET not in kept
    assert run.rows[0][3]["question"] == "(not shown)"
    assert run.rows[0][3]["event_id"] == "e-1"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (0.95, "0.95"),
        (True, "true"),
        ("a\x00b\nc", "a b c"),
        ([1, 2], "(not shown)"),
        ("Bearer abc.def", "(masked)"),
        ("mail anna@example.org now", "mail (masked) now"),
        ("x" * 500, "x" * 119 + "…"),
        (10**400, "(too large a number)"),
    ],
)
def test_a_value_is_shown_masked_and_cut(said, kept):
    assert excerpt_of({"value": said}, READING) == {"value": kept}


@pytest.mark.parametrize("sent", [None, 1, "text", [{}], {}])
def test_what_is_no_row_has_no_excerpt(sent):
    assert excerpt_of(sent, EVENT) == {}


def test_a_row_of_very_many_fields_is_kept_short():
    kept = excerpt_of({f"{number} " * 100: number for number in range(1000)}, READING)

    assert len(kept) == 40
    assert len(json.dumps(kept)) < 4000


def test_a_door_keeps_so_many_deliveries_and_no_more(send, system, monkeypatch):
    monkeypatch.setattr(doors, "MOST_RUNS", 3)
    for number in range(5):
        send(MEASUREMENTS, {"measurements": [row(system, n=-1 - number)]})

    kept = [run.rows[0][3]["n"] for run in DoorRun.objects.order_by("at", "pk")]
    assert sorted(kept) == ["-3", "-4", "-5"]
    assert (door(system).deliveries, MOST_RUNS) == (5, 60)


def test_of_a_large_delivery_the_first_five_hundred_rows_are_kept(send, system):
    send(MEASUREMENTS, {"measurements": [row(system, n=-1)] * 700})

    run = DoorRun.objects.get()
    assert (run.rejected, len(run.rows)) == (700, 500)


def test_refused_rows_leave_after_two_weeks_the_reason_stays(send, system):
    send(MEASUREMENTS, {"measurements": [row(system), row(system, n=-1)]})

    gone = forget_refused(clock.now() + KEPT + dt.timedelta(hours=1))

    kept = door(system)
    assert gone == 1
    assert (kept.accepted_row, kept.rejected_row) == (None, None)
    assert kept.rejected_why
    assert forget_refused(clock.now() + KEPT + dt.timedelta(hours=1)) == 0


def test_a_door_that_cannot_be_noted_fails_no_delivery(send, system, monkeypatch):
    monkeypatch.setattr(doors, "NOTE_REFUSED", "SELECT nothing")
    monkeypatch.setattr(doors, "NOTE_ACCEPTED", "SELECT {found}")

    answer = send(MEASUREMENTS, {"measurements": [row(system), row(system, n=-1)]})

    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)


def span(system, **attributes):
    """A span as an exporter writes it in JSON."""
    said = [{"key": name, "value": {"stringValue": value}} for name, value in attributes.items()]
    one = {
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "spanId": "b7ad6b7169203331",
        "name": "chat",
        "startTimeUnixNano": "1762000000000000000",
        "endTimeUnixNano": "1762000001000000000",
        "attributes": said,
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": system}}]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [one]}]}]}


def test_a_span_that_is_taken_and_one_that_is_not_stand_at_the_door(send, system):
    operation = {"gen_ai.operation.name": "chat"}
    send(TRACES, span(system.slug, **operation))
    send(TRACES, span("nobody", **operation, **{"gen_ai.input.messages": "Is Anna ill?"}))

    kept = door(system, "traces")
    assert kept.accepted_row == {"operation": "chat"}
    assert "nobody" in kept.rejected_why
    assert kept.rejected_row["span_id"] == "b7ad6b7169203331"
    assert "Anna" not in json.dumps(kept.rejected_row)


def test_a_point_of_an_unknown_service_stands_at_the_door(send, system):
    gauge = {"name": "speed", "gauge": {"dataPoints": [{"timeUnixNano": "1762", "asDouble": 1}]}}
    body = {"resourceMetrics": [{"resource": {}, "scopeMetrics": [{"metrics": [gauge]}]}]}

    send(METRICS, body)

    kept = door(system, "metrics")
    assert kept.rejected_row["metric"] == "speed"
    assert "service.name" in kept.rejected_why


def alert(of, **changes):
    """An alert as Alertmanager writes it."""
    return {
        "status": "firing",
        "labels": {"alertname": "Slow", "system": of, "customer": "Anna"},
        "annotations": {},
        "startsAt": "2026-11-20T08:00:00Z",
        "fingerprint": "f1",
    } | changes


def test_alerts_stand_at_the_door_taken_and_refused(send, system):
    sound, lost = alert(system.slug), alert("nobody", fingerprint="f2")

    send(ALERTS, {"version": "4", "alerts": [lost]})
    send(ALERTS, {"version": "4", "alerts": [sound, alert("", fingerprint="f3")]})

    kept = door(system, "alerts")
    failed, partly = DoorRun.objects.order_by("pk")
    assert "nobody" in failed.failure
    assert (partly.accepted, partly.rejected) == (1, 1)
    assert kept.accepted_row == {"alertname": "Slow"}
    assert kept.rejected_row["customer"] == "(not shown)"


def test_lines_of_a_file_stand_at_the_door_of_their_system(system):
    content = "kpi,date,value,n\naccuracy,2026-09-01,0.9,500\nnothing,2026-09-02,0.9,500\n"
    owner = person_as_actor(system.owner)
    found = call(
        read_upload,
        name="june.csv",
        content=content.encode(),
        kind="measurements",
        every={"system": system.slug, "window": "1d"},
        actor=owner,
    )
    call(
        request_import,
        upload_id=found.pk,
        expected_version=found.version,
        without_bad=True,
        actor=owner,
    )

    import_upload(upload_id=found.pk, at=AT)

    kept = door(system, "uploads")
    assert (kept.accepted_row["kpi"], kept.rejected_row["kpi"]) == ("accuracy", "nothing")
    assert kept.rejected_field == "kpi"
    assert system.owner.name not in json.dumps([kept.rejected_by, kept.accepted_by])


@pytest.fixture
def kept(send, system):
    """A door with a row taken and some refused, one of which a spreadsheet would run."""
    send(
        MEASUREMENTS,
        {"measurements": [row(system), row(system, n=-1), row(system, kpi="=1+1", value=7)]},
    )
    return door(system)


def test_the_page_tells_the_last_row_taken_and_the_last_refused_and_why(client, system, kept):
    sign_in(client, system.owner)

    page = client.get(f"/connectors/doors/{kept.pk}/").content.decode()

    assert "0.95" in page
    assert "=1+1" in page
    assert "All refused rows as CSV" in page


def test_the_list_and_the_system_s_page_lead_to_the_door(client, system, kept):
    sign_in(client, system.owner)
    link = f"/connectors/doors/{kept.pk}/"

    pages = [client.get("/connectors/doors/"), client.get(f"/systems/{system.slug}/telemetry/")]

    assert all(link in page.content.decode() for page in pages)


@pytest.mark.parametrize(
    ("asked", "found"),
    [("", True), ("refused=1", True), ("door=alerts", False), ("search=zzz%00", False),
     ("after=999999999999999999999", True), ("after=x", True), ("door=alerts%00", False)],
)  # fmt: skip
def test_the_list_of_doors_is_filtered(client, system, kept, asked, found):
    sign_in(client, system.owner)
    DoorState.objects.update(accepted_at=AT - dt.timedelta(days=9))

    page = client.get(f"/connectors/doors/?{asked}")

    assert page.status_code == 200
    assert (f"/connectors/doors/{kept.pk}/" in page.content.decode()) is found


def test_the_refused_rows_are_a_file_that_no_spreadsheet_runs(client, system, kept):
    sign_in(client, system.owner)

    answer = client.get(f"/connectors/doors/{kept.pk}/refused.csv")

    head, *lines = list(csv.reader(answer.content.decode().splitlines()))
    told = [dict(zip(head, line, strict=True)) for line in lines]
    assert [one["field"] for one in told] == ["n", "kpi"]
    assert told[1]["kpi"] == "'=1+1"
    assert {"system", "window", "window_end", "value"} <= set(head)


def test_the_file_can_be_mended_and_sent_again(client, send, system, kept):
    sign_in(client, system.owner)
    answer = client.get(f"/connectors/doors/{kept.pk}/refused.csv")
    told = list(csv.DictReader(answer.content.decode().splitlines()))[0]

    again = row(system) | {
        name: told[name] for name in ("system", "kpi", "window", "window_end")
    } | {"value": float(told["value"]), "n": 400, "segment": "region=n"}  # fmt: skip

    assert send(MEASUREMENTS, {"measurements": [again]}).json()["accepted"] == 1


@pytest.mark.parametrize("path", ["", "refused.csv"])
def test_a_stranger_is_told_of_no_door(system, kept, path):
    who = user()
    role(who, "engineer", system=measured(stated=None))
    stranger = sign_in(Client(), who)

    assert stranger.get(f"/connectors/doors/{kept.pk}/{path}").status_code == 404
    assert f"/doors/{kept.pk}/" not in stranger.get("/connectors/doors/").content.decode()


def test_the_api_tells_what_the_pages_do(client, system, kept):
    now = clock.now()
    _, plain = token(scopes=["read"], systems=[system], at=now, expires_at=now + dt.timedelta(1))
    headers = {"authorization": f"Token {plain}"}

    listed = client.get("/api/v1/doors/?refused=false", headers=headers).json()["results"]
    one = client.get(f"/api/v1/doors/{kept.pk}/", headers=headers).json()
    refused = client.get(f"/api/v1/doors/{kept.pk}/refused", headers=headers).json()["results"]

    assert [found["id"] for found in listed] == [kept.pk]
    assert (one["door"], one["rejected_field"]) == ("measurements", "kpi")
    assert [each["row"] for each in refused[0]["rows"]] == [2, 3]


@pytest.mark.parametrize("number", [0, 10**25])
def test_a_door_that_is_not_there_is_missing(client, system, number):
    sign_in(client, system.owner)

    assert client.get(f"/connectors/doors/{number}/").status_code == 404
