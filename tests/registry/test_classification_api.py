"""REG-4, REG-7, REG-12: the API of classification, risk tier and impact assessments."""

import datetime as dt
import json

import pytest

from outbox import clock
from tests.registry.answers import CREDIT, answers
from tests.registry.factories import sign_in, system, token
from tests.registry.two_persons import assessment_submitted, classified, draft, filled, officer

pytestmark = pytest.mark.django_db
NEW = {"legal_class": "undecided", "risk_tier": "medium"}


@pytest.fixture
def now():
    """The instant of the doors."""
    return clock.now()


def api(thing, path):
    return f"/api/v1/systems/{thing.slug}/{path}"


def send(client, method, address, body, etag=None):
    headers = {} if etag is None else {"If-Match": f'"{etag}"'}
    call = getattr(client, method)
    return call(address, json.dumps(body), content_type="application/json", headers=headers)


def test_the_api_takes_a_classification_from_draft_to_confirmed(client, now):
    thing = system(**NEW)
    sign_in(client, thing.owner, fresh_at=now)
    made = send(client, "post", api(thing, "classifications"), {})
    body = {
        "answers": {
            key: {"value": one.value, "values": list(one.values), "reason": one.reason}
            for key, one in answers(**CREDIT).items()
        }
    }
    saved = send(client, "patch", api(thing, "classifications/1"), body, etag=0)
    sent = send(client, "post", api(thing, "classifications/1/submit"), {}, etag=1)
    sign_in(client, officer(thing), fresh_at=now)

    done = send(client, "post", api(thing, "classifications/1/confirm"), {"reason": "so"}, etag=2)

    assert [one.status_code for one in (made, saved, sent, done)] == [201, 200, 200, 200]
    assert (done.json()["state"], done.json()["legal_class"]) == ("confirmed", "high_risk")
    assert done.headers["ETag"] == '"3"'


def test_the_api_takes_an_assessment_from_draft_to_force(client, now):
    thing = system()
    sign_in(client, thing.owner, fresh_at=now)
    made = send(client, "post", api(thing, "assessments"), {"kind": "system_impact"})
    body = {"answers": {key: {"value": one.value} for key, one in filled("system_impact").items()}}
    here = api(thing, "assessments/system_impact/1")
    saved = send(client, "patch", here, body, etag=0)
    day = (now.date() + dt.timedelta(days=300)).isoformat()
    sent = send(client, "post", f"{here}/submit", {"expires_on": day}, etag=1)
    sign_in(client, officer(thing), fresh_at=now)

    done = send(client, "post", f"{here}/approve", {"reason": "sound"}, etag=2)

    assert [one.status_code for one in (made, saved, sent, done)] == [201, 200, 200, 200]
    assert done.json()["standing"] == "in_force"


def test_the_api_proposes_and_decides_a_tier(client):
    thing = system(risk_tier="medium")
    sign_in(client, thing.owner)
    made = send(client, "post", api(thing, "tier"), {"to_tier": "high", "reason": "x"}, etag=0)
    sign_in(client, officer(thing))

    done = send(client, "post", api(thing, "tier/decision"), {"agreed": True, "reason": "y"})

    assert (made.status_code, done.json()["state"]) == (201, "agreed")


SIGNING = [
    ("classifications/1/submit", {}),
    ("classifications/1/confirm", {"reason": "x"}),
    ("assessments/fria/1/submit", {"expires_on": "2027-01-01"}),
    ("assessments/fria/1/approve", {"reason": "x"}),
]


@pytest.mark.parametrize(("path", "body"), SIGNING)
def test_a_token_signs_nothing(client, path, body):
    thing = system(**NEW)
    draft(thing)
    assessment_submitted(thing)
    _, key = token(scopes=["read"], systems=[thing])

    answer = client.post(
        api(thing, path), json.dumps(body), content_type="application/json",
        headers={"Authorization": f"Token {key}", "If-Match": '"1"'},
    )  # fmt: skip

    assert (answer.status_code, answer.json()["code"]) == (403, "signature_needs_person")


def test_a_token_with_the_scope_reads(client):
    thing = system(**NEW)
    classified(thing, **CREDIT)
    _, key = token(scopes=["read"], systems=[thing])

    answer = client.get(api(thing, "classification"), headers={"Authorization": f"Token {key}"})

    assert answer.json()["facts"]["tiers"] == ["high_risk_annex_iii"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"answers": []},
        {"answers": {"is_ai_system": "yes"}},
        {"answers": {"is_ai_system": {"value": "a\x00b"}}},
        {"answers": {"is_ai_system": {"value": {"deep": 1}}}},
        {"answers": {"a\x00b": {"value": "yes"}}},
        {"answers": {"roles": {"values": ["x" * 1000]}}},
        {"answers": {"roles": {"values": "deployer"}}},
        {"answers": {"is_ai_system": {"value": "yes", "reason": "x" * 20_000}}},
    ],
)
def test_answers_that_are_none_are_refused_in_words(client, body):
    thing = system(**NEW)
    draft(thing)
    sign_in(client, thing.owner)

    answer = send(client, "patch", api(thing, "classifications/1"), body, etag=1)

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


def test_without_if_match_nothing_is_saved(client):
    thing = system(**NEW)
    draft(thing)
    sign_in(client, thing.owner)

    answer = send(client, "patch", api(thing, "classifications/1"), {"answers": {}})

    assert answer.status_code == 428
