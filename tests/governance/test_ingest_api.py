"""The doors that readings come in by: good rows, bad input, and who may send."""

import datetime as dt
import json

import pytest
from django.core.cache import cache

from governance.models import Standing
from ledger.selectors.lines import lines_of_object
from outbox import clock
from telemetry.models import Batch, Heartbeat, Measurement, QuarantinedReading, Series
from tests.registry import factories as registry
from tests.telemetry.factory import event, measured

pytestmark = pytest.mark.django_db

MEASUREMENTS = "/api/v1/measurements"
DECISIONS = "/api/v1/decisions"
HEARTBEATS = "/api/v1/heartbeats"
SCOPES = ("measurements:write", "decisions:write", "heartbeat:write", "read")


@pytest.fixture(autouse=True)
def no_throttle():
    cache.clear()


@pytest.fixture
def system():
    """A system with a threshold on its accuracy."""
    return measured()


@pytest.fixture
def post(client, system):
    """Send a body with a token that may write to the system."""
    _, plaintext = registry.token(
        scopes=SCOPES, systems=[system], at=clock.now(), expires_at=clock.now() + dt.timedelta(1)
    )

    def send(body, path=MEASUREMENTS, *, content_type="application/json", **headers):
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return client.post(
            path,
            data,
            content_type=content_type,
            headers={"authorization": f"Token {plaintext}"},
            **headers,
        )

    return send


def row(system, value=0.95, *, minutes=0, **changes):
    """A reading of a five-minute window that ended so many minutes before midnight."""
    end = dt.datetime(2026, 11, 1, tzinfo=dt.UTC) - dt.timedelta(minutes=minutes)
    arguments = {
        "system": system.slug,
        "kpi": "accuracy",
        "window": "5m",
        "n": 500,
        "window_end": end.isoformat().replace("+00:00", "Z"),
        "value": value,
    }
    return arguments | changes


def nothing_changed():
    """Whether no reading, series, batch or standing has come about."""
    models = (Measurement, Series, Batch, Standing, QuarantinedReading)
    return not any(model.objects.exists() for model in models)


def test_rows_are_accepted_and_on_record_as_one_batch(post, system):
    answer = post({"source": "nightly", "measurements": [row(system), row(system, minutes=5)]})

    body = answer.json()
    assert answer.status_code == 200
    assert (body["accepted"], body["repeated"], body["rejected"]) == (2, 0, [])
    entry = lines_of_object(object_type="batch", object_id=body["batch"])[0]
    assert entry.body["details"]["sha256"] == Batch.objects.get().sha256
    assert entry.actor_kind == "token"


def test_sending_again_is_harmless(post, system):
    post({"measurements": [row(system), row(system, minutes=5)]})

    body = post({"measurements": [row(system), row(system, minutes=5)]}).json()

    assert (body["accepted"], body["repeated"], body["batch"]) == (0, 2, None)
    assert (Measurement.objects.count(), Batch.objects.count()) == (2, 1)


def test_a_breach_is_told_with_the_number_of_its_incident(post, system):
    rows = [row(system, 0.7, minutes=minutes) for minutes in (0, 5, 10)]

    body = post({"measurements": rows}).json()

    assert len(body["incidents"]) == 1


BAD_ROWS = [
    ({"kpi": "disparate_impact_ratio", "n": 9}, "n", "fewer than 10 cases"),
    ({"system": "no-such-system"}, "system", "There is no system 'no-such-system'"),
    ({"kpi": "no_such_kpi"}, "kpi", "There is no KPI 'no_such_kpi'"),
    ({"value": "0.9"}, "value", "Expected a number or null, got text."),
    ({"value": True}, "value", "Expected a number or null, got true or false."),
    ({"value": float("nan")}, "value", "NaN and Infinity are no numbers"),
    ({"value": float("inf")}, "value", "NaN and Infinity are no numbers"),
    ({"low": float("-inf")}, "low", "NaN and Infinity are no numbers"),
    ({"window_end": "2026-11-01T00:00:00"}, "window_end", "needs its time zone"),
    ({"window_end": "yesterday"}, "window_end", "Invalid RFC3339"),
    ({"window_end": "1999-12-31T00:00:00Z"}, "window_end", "before the year 2000"),
    ({"n": -1}, "n", "Expected a whole number >= 0."),
    ({"n": 2**40}, "n", "Expected a whole number <="),
    ({"window": "1 fortnight"}, "window", "Expected text of length <= 10."),
    ({"window": "0d"}, "window", "A window is a number"),
    ({"window": "9999d"}, "window", "A window is a number"),
    ({"segment": "under 30"}, "segment", "attribute=value"),
    ({"segment": "a=b\x00"}, "segment", "attribute=value"),
    ({"kpi": "accuracy\x00"}, "kpi", "There is no KPI"),
    ({"system": "a\x00"}, "system", "There is no system"),
    ({"low": 0.9, "high": 0.1}, "low", "above the upper bound"),
    ({"quality": "so-so"}, "quality", "Invalid enum value"),
    ({"colour": "red"}, "colour", "There is no such field."),
    ({"revision": -1}, "revision", "Expected a whole number >= 0."),
]


@pytest.mark.parametrize(("changes", "field", "reason"), BAD_ROWS)
def test_a_bad_row_is_told_with_field_and_reason_and_the_good_one_kept(
    post, system, changes, field, reason
):
    rows = [row(system), row(system, minutes=5) | changes]

    answer = post({"measurements": rows})

    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["accepted"] == 1
    assert [(one["row"], one["field"]) for one in body["rejected"]] == [(2, field)]
    assert reason in body["rejected"][0]["reason"]


@pytest.mark.parametrize(("changes", "field", "reason"), BAD_ROWS)
def test_a_bad_row_refuses_the_whole_batch_where_the_sender_wants_that(
    post, system, changes, field, reason
):
    rows = [row(system), row(system, minutes=5) | changes]

    answer = post({"on_error": "refuse_all", "measurements": rows})

    assert (answer.status_code, answer["content-type"]) == (400, "application/problem+json")
    assert [(one["row"], one["field"]) for one in answer.json()["rejected"]] == [(2, field)]
    assert nothing_changed()


def test_a_missing_field_is_named(post, system):
    lacking = {key: value for key, value in row(system).items() if key != "value"}

    body = post({"measurements": [lacking]}).json()

    assert body["rejected"] == [{"row": 1, "field": "value", "reason": "This field is required."}]
    assert nothing_changed()


BROKEN = [
    (b"", "Send the Content-Length"),
    (b" ", "ends too early, at byte 1"),
    (b'{"measurements": [', "ends too early"),
    (b'{"measurements": [{]}', "at byte 19 (line 1)"),
    (b'{"measurements": [1,\n2,,3]}', "at byte 23 (line 2)"),
    (b"\xff\xfe", "at byte 0"),
    (b'{"source": "' + b"\xff" + b'", "measurements": []}', "not UTF-8, at byte 12"),
    (b'{"measurements": [{"system": "' + b"\xff" + b'"}]}', "Row 1, the row: The row is no valid"),
    (b'{"measurements": ' + b"[" * 200_000, "nested too deeply"),
    (b"[]", "Expected an object, got a list."),
    (b'{"measurements": {}}', "measurements: Expected a list, got an object."),
    (b'{"rows": []}', "There is no such field."),
    (b'{"measurements": [], "on_error": "guess"}', "on_error"),
]


@pytest.mark.parametrize(("body", "words"), BROKEN)
def test_a_body_that_is_no_document_is_told_where(post, body, words):
    answer = post(body)

    assert (answer.status_code, answer["content-type"]) == (400, "application/problem+json")
    assert words in answer.json()["detail"]
    assert nothing_changed()


def test_a_row_that_is_no_object_is_named(post, system):
    body = post({"measurements": [row(system), 17, None, [1]]}).json()

    assert [one["row"] for one in body["rejected"]] == [2, 3, 4]


def test_a_reading_from_the_future_is_held_back_and_told(post, system):
    later = clock.now() + dt.timedelta(hours=1)
    rows = [row(system), row(system, window_end=later.isoformat())]

    body = post({"measurements": rows}).json()

    assert (body["accepted"], body["quarantined"], body["quarantined_rows"]) == (1, 1, [2])
    assert Measurement.objects.count() == 1


def test_another_value_for_the_same_window_is_refused_with_the_reason(post, system):
    post({"measurements": [row(system, 0.95)]})

    body = post({"measurements": [row(system, 0.5), row(system, 0.9, minutes=5)]}).json()

    assert body["accepted"] == 1
    assert body["rejected"][0]["row"] == 1
    assert "another value already" in body["rejected"][0]["reason"]
    assert sorted(Measurement.objects.values_list("value", flat=True)) == [0.9, 0.95]


def test_doubles_within_a_batch_are_harmless_unless_they_differ(post, system):
    rows = [row(system, 0.95), row(system, 0.95), row(system, 0.5)]

    body = post({"measurements": rows}).json()

    assert (body["accepted"], body["repeated"]) == (1, 1)
    assert body["rejected"] == [
        {"row": 3, "field": "value", "reason": "Row 1 has another value for this window."}
    ]


def test_the_same_instant_in_another_zone_is_the_same_window(post, system):
    post({"measurements": [row(system, window_end="2026-11-01T00:00:00Z")]})

    body = post({"measurements": [row(system, window_end="2026-11-01T01:00:00+01:00")]}).json()

    assert body["repeated"] == 1


def test_lines_are_read_one_by_one_and_bad_ones_told_by_number(post, system):
    lines = [
        json.dumps(row(system)),
        "{",
        "",
        json.dumps(row(system, float("nan"), minutes=5)),
        json.dumps(row(system, minutes=10)),
    ]

    answer = post(
        "\n".join(lines), MEASUREMENTS + "?source=tail", content_type="application/x-ndjson"
    )

    body = answer.json()
    assert body["accepted"] == 2
    assert [(one["row"], one["field"]) for one in body["rejected"]] == [(2, ""), (4, "value")]
    assert Batch.objects.get().source == "tail"


def test_lines_can_be_refused_together(post, system):
    lines = f"{json.dumps(row(system))}\n{{"

    answer = post(lines, MEASUREMENTS + "?on_error=refuse_all", content_type="application/x-ndjson")

    assert answer.status_code == 400
    assert nothing_changed()


def test_a_body_of_50_megabytes_is_refused_unread(post, system):
    answer = post(b" " * 50 * 2**20)

    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"
    assert nothing_changed()


def test_too_many_rows_are_refused(post, system, settings):
    settings.INGEST_MAX_ROWS = 3

    answer = post({"measurements": [row(system, minutes=n) for n in range(4)]})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_rows")
    assert nothing_changed()


def test_a_compressed_body_is_refused(post, system):
    answer = post(b"\x1f\x8b", HTTP_CONTENT_ENCODING="gzip")

    assert (answer.status_code, answer.json()["code"]) == (400, "encoding_not_supported")


def test_a_hundred_thousand_rows_with_ten_bad_ones_are_taken_but_for_these(post, system):
    rows = [row(system, minutes=5 * n) for n in range(100_000)]
    for number in range(0, 100_000, 10_000):
        rows[number]["n"] = -1

    body = post({"measurements": rows}).json()

    assert (body["accepted"], body["rejected_count"]) == (99_990, 10)
    assert [one["row"] for one in body["rejected"]] == list(range(1, 100_000, 10_000))


def test_a_token_writes_only_to_its_own_systems(post, system):
    other = measured()

    body = post({"measurements": [row(system), row(other)]}).json()

    assert body["accepted"] == 1
    assert body["rejected"][0]["field"] == "system"


def test_a_token_without_the_scope_is_refused(client, system):
    _, plaintext = registry.token(scopes=("read",), systems=[system], at=clock.now())

    answer = client.post(
        MEASUREMENTS,
        {"measurements": [row(system)]},
        content_type="application/json",
        headers={"authorization": f"Token {plaintext}"},
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert nothing_changed()


def test_nobody_is_refused(client, system):
    answer = client.post(
        MEASUREMENTS, {"measurements": [row(system)]}, content_type="application/json"
    )

    assert answer.status_code == 401
    assert nothing_changed()


def test_a_person_is_told_to_use_a_token(client, system):
    registry.sign_in(client, system.owner)

    answer = client.post(
        MEASUREMENTS, {"measurements": [row(system)]}, content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "token_needed")


def test_events_are_taken_and_bad_ones_told(post, system):
    at = clock.now() - dt.timedelta(days=1)
    events = [
        event(system, 1, at=at, segment={"age_group": "under_30"}),
        event(system, 2, at=at, latency_ms=-1),
        event(system, 3, at=clock.now() + dt.timedelta(hours=1)),
        event(system, 4, at=at, answer="a\x00"),
        event(system, 5, at=at, tool_calls=[{"tool": "pay"}]),
    ]

    body = post({"events": events}, DECISIONS).json()

    assert body["accepted"] == 1
    assert [(one["row"], one["field"]) for one in body["rejected"]] == [
        (2, "latency_ms"),
        (3, "at"),
        (4, "answer"),
        (5, "outcome"),
    ]


def test_a_heartbeat_is_noted(post, system):
    answer = post({"system": system.slug, "refused_calls": 3}, HEARTBEATS)

    assert answer.status_code == 201
    assert Heartbeat.objects.get(system=system).refused_calls == 3


def test_a_heartbeat_of_another_system_is_refused(post):
    answer = post({"system": measured().slug}, HEARTBEATS)

    assert answer.status_code == 404
    assert not Heartbeat.objects.exists()


def test_series_and_readings_are_read_back_in_pages(client, post, system):
    post({"measurements": [row(system, 0.9 + n / 100, minutes=5 * n) for n in range(3)]})
    registry.sign_in(client, system.owner)

    (series,) = client.get(f"/api/v1/series/?system={system.slug}").json()["results"]
    page = client.get(f"/api/v1/series/{series['id']}/readings?limit=2").json()
    rest = client.get(
        f"/api/v1/series/{series['id']}/readings", {"after": page["next"], "limit": 2}
    ).json()

    assert series["latest"]["value"] == 0.9
    assert [one["value"] for one in page["results"] + rest["results"]] == [0.92, 0.91, 0.9]
    assert rest["next"] is None


def test_readings_of_a_system_that_is_not_ones_own_are_missing(client, post, system):
    post({"measurements": [row(system)]})
    registry.sign_in(client, measured().owner)

    answer = client.get(f"/api/v1/series/{Series.objects.get().pk}/readings")

    assert answer.status_code == 404
