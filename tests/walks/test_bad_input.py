"""Bad input at the doors of readings and events: each body is told what is wrong, and where; what
is good is kept or the whole refused, as the sender chose; nothing else changes."""

import datetime as dt
import json

import pytest
from django.apps import apps
from django.core.cache import cache

from outbox import clock
from telemetry.models import DecisionEvent, Measurement
from tests.registry import factories as registry
from tests.telemetry.factory import measured

pytestmark = pytest.mark.django_db

MEASUREMENTS, DECISIONS = "/api/v1/measurements", "/api/v1/decisions"
MANY, BAD = 100_000, range(5, 100_000, 10_000)
MIDNIGHT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def no_throttle():
    cache.clear()


@pytest.fixture
def system():
    """A system with a threshold on its accuracy."""
    return measured()


@pytest.fixture
def post(client, system):
    """Send a body with the system's token, whose first use of the day is on record already."""
    at = clock.now()
    _, plaintext = registry.token(
        scopes=("measurements:write", "decisions:write"),
        systems=[system],
        at=at,
        expires_at=at + dt.timedelta(days=1),
    )

    headers = {"authorization": f"Token {plaintext}"}

    def send(path, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(path, data, content_type="application/json", headers=headers)

    client.get("/api/v1/me", headers=headers)
    return send


# What a door keeps of what it refused, for who mends it.
KEPT = {"telemetry.DoorState", "telemetry.DoorRun"}


def counts():
    """How many rows every table holds but those of refused rows."""
    return {
        model._meta.label: model._base_manager.count()
        for model in apps.get_models()
        if model._meta.label not in KEPT
    }


def decision(system, number):
    """A decision event of the day before the first of November."""
    return {
        "system": system.slug,
        "event_id": f"e{number}",
        "version": "2.3",
        "answer": "pay",
        "at": (MIDNIGHT - dt.timedelta(seconds=number)).isoformat(),
    }


def row(system, number, **changes):
    """A reading of a five-minute window before the first of November."""
    arguments = {
        "system": system.slug,
        "kpi": "accuracy",
        "window": "5m",
        "n": 500,
        "value": 0.95,
        "window_end": (MIDNIGHT - number * dt.timedelta(minutes=5)).isoformat(),
    }
    return arguments | changes


BROKEN = [
    (b"", "length_required", "Content-Length"),
    (b'{"events": [', "malformed_json", "ends too early"),
    (b'{"events": [{,]}', "malformed_json", "at byte 13"),
    (b"\xff\xfe", "malformed_json", "at byte 0"),
    (b"[]", "invalid_document", "Expected an object"),
    (b'{"measurements": []}', "invalid_document", "There is no such field."),
    (b'{"events": [], "on_error": "guess"}', "invalid_document", "on_error"),
]


@pytest.mark.parametrize(("body", "code", "words"), BROKEN)
def test_a_broken_body_of_events_is_told_where_and_changes_nothing(post, body, code, words):
    before = counts()

    answer = post(DECISIONS, body)

    assert (answer.status_code, answer["content-type"]) == (400, "application/problem+json")
    assert answer.json()["code"] == code
    assert words in answer.json()["detail"]
    assert counts() == before


BAD_EVENTS = [
    ({"system": "no-such-system"}, "system", "There is no system 'no-such-system'"),
    ({"at": "2026-11-01T00:00:00"}, "at", "needs its time zone"),
    ({"at": "yesterday"}, "at", "Invalid RFC3339"),
    ({"at": "2099-01-01T00:00:00Z"}, "at", "future"),
    ({"confidence": float("nan")}, "confidence", "NaN and Infinity are no numbers"),
    ({"latency_ms": float("inf")}, "latency_ms", "NaN and Infinity are no numbers"),
    ({"spend": float("-inf")}, "spend", "NaN and Infinity are no numbers"),
    ({"event_id": None}, "event_id", "Expected"),
    ({"colour": "red"}, "colour", "There is no such field."),
    ({"overridden": "perhaps"}, "overridden", "Expected"),
]


@pytest.mark.parametrize(("changes", "field", "reason"), BAD_EVENTS)
def test_a_bad_event_refuses_the_whole_batch_where_the_sender_wants_that(
    post, system, changes, field, reason
):
    before = counts()
    events = [decision(system, 1), decision(system, 2) | changes]

    answer = post(DECISIONS, {"on_error": "refuse_all", "events": events})

    assert (answer.status_code, answer["content-type"]) == (400, "application/problem+json")
    (told,) = answer.json()["rejected"]
    assert (told["row"], told["field"]) == (2, field)
    assert reason in told["reason"]
    assert counts() == before


@pytest.mark.parametrize(("changes", "field", "reason"), BAD_EVENTS)
def test_a_bad_event_is_told_and_the_good_one_kept(post, system, changes, field, reason):
    events = [decision(system, 1), decision(system, 2) | changes]

    body = post(DECISIONS, {"events": events}).json()

    assert [(one["row"], one["field"]) for one in body["rejected"]] == [(2, field)]
    assert list(DecisionEvent.objects.values_list("event_id", flat=True)) == ["e1"]


def test_50_megabytes_of_events_are_refused_unread(post):
    before = counts()

    answer = post(DECISIONS, b" " * 50 * 2**20)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert counts() == before


MANY_OF = [
    pytest.param(MEASUREMENTS, "measurements", row, "n", Measurement, id="measurements"),
    pytest.param(DECISIONS, "events", decision, "latency_ms", DecisionEvent, id="events"),
]


def many(system, make, field):
    """A hundred thousand rows, ten of which have a negative number in a field."""
    rows = [make(system, number) for number in range(MANY)]
    for number in BAD:
        rows[number][field] = -1
    return rows


@pytest.mark.full
@pytest.mark.parametrize(("path", "key", "make", "field", "model"), MANY_OF)
def test_ten_bad_rows_of_a_hundred_thousand_refuse_all_where_the_sender_wants_that(
    post, system, path, key, make, field, model
):
    before = counts()

    answer = post(path, {"on_error": "refuse_all", key: many(system, make, field)})

    assert (answer.status_code, answer["content-type"]) == (400, "application/problem+json")
    told = [(one["row"], one["field"]) for one in answer.json()["rejected"]]
    assert told == [(number + 1, field) for number in BAD]
    assert counts() == before


@pytest.mark.full
def test_ten_bad_events_of_a_hundred_thousand_are_told_and_the_others_kept(post, system):
    answer = post(DECISIONS, {"events": many(system, decision, "latency_ms")})

    body = answer.json()
    assert (answer.status_code, body["accepted"], body["rejected_count"]) == (200, MANY - 10, 10)
    assert [one["row"] for one in body["rejected"]] == [number + 1 for number in BAD]
    assert DecisionEvent.objects.count() == MANY - 10


def test_what_is_refused_opens_no_incident_and_moves_no_standing(post, system):
    post(MEASUREMENTS, {"measurements": [row(system, number) for number in range(9, 3, -1)]})
    before = counts()
    worse = [row(system, number, value=0.5) for number in (3, 2, 1)]

    refused = post(
        MEASUREMENTS, {"on_error": "refuse_all", "measurements": [*worse, row(system, 0, n=-1)]}
    )
    after = counts()
    taken = post(MEASUREMENTS, {"on_error": "refuse_all", "measurements": worse})

    assert (refused.status_code, after == before) == (400, True)
    assert len(taken.json()["incidents"]) == 1
