"""An answer once given under an Idempotency-Key is given again, to who may still have it."""

import datetime as dt

import pytest

from ledger.context import acting_as
from ledger.rules.actors import machine
from outbox import clock
from registry import services as registry
from tests.incidents.factory import house

ACTOR = machine("test")
PATH = "/api/v1/packs/"


@pytest.fixture
def token(db):
    """A service account's token without any system."""
    unit_id = house().system.unit_id
    at = clock.now()
    with acting_as(ACTOR):
        user = registry.create_user(
            email="svc@example.org", name="Sender", kind="service", unit_id=unit_id,
            actor=ACTOR, at=at,
        )  # fmt: skip
        row, plain = registry.issue_token(
            user=user, name="t", scopes=["read"], systems=[], actor=ACTOR, at=at,
            expires_at=at + dt.timedelta(days=1),
        )  # fmt: skip
    return row, plain


def post(client, plain, key="k1", body=None):
    return client.post(
        PATH, body or {"system": "x"}, content_type="application/json",
        headers={"Authorization": f"Token {plain}", "Idempotency-Key": key},
    )  # fmt: skip


def test_a_repeated_post_gets_the_first_answer_again(client, token):
    _, plain = token

    first, again = post(client, plain), post(client, plain)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first


def test_a_key_used_for_another_body_is_refused(client, token):
    _, plain = token
    post(client, plain)

    other = post(client, plain, body={"system": "y"})

    assert other.status_code == 400
    assert other.json()["code"] == "idempotency_key_reused"


def test_a_revoked_token_gets_no_old_answer(client, token):
    row, plain = token
    post(client, plain)
    with acting_as(ACTOR):
        registry.revoke_token(token_key=row.token_key, reason="lost", actor=ACTOR, at=clock.now())

    answer = post(client, plain)

    assert answer.status_code == 401
    assert "Idempotency-Replayed" not in answer
