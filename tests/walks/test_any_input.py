"""GOV-4: whatever anybody sends to any endpoint, the answer is no defect of ours (no 5xx).

The API's own description makes the requests, good ones and bad ones, with real keys in the path
and with invented ones, for every role and for a machine. Every request is rolled back.
"""

import json

import pytest
import schemathesis
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from ledger.context import enter
from registry.models import User
from tests.registry.factories import sign_in
from tests.walks import stage as stages
from tests.walks.stage import SLUG, set_up

ROLES = [
    "owner", "compliance", "risk", "secretary", "engineer", "executive", "board", "auditor",
    "chair", "administrator", "emergency", "machine", "nobody",
]  # fmt: skip
QUICK = {"compliance"}
FEW, SOME, MANY = 1, 4, 12
# Who may do most: what others send is mostly refused before it is carried out.
BUSY = {"owner", "compliance", "chair", "administrator", "machine"}


@pytest.fixture
def stage(db, monkeypatch):
    """The insurer of the walks, with an administrator and somebody for emergencies."""
    cache.clear()
    more = {
        "administrator": ("Ada Administrator", ("administrator",)),
        "emergency": ("Emil Emergency", ("emergency",)),
    }
    monkeypatch.setattr(stages, "CAST", stages.CAST | more)
    made = set_up()
    yield made
    enter(None)


def description():
    """Return the API as it describes itself."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return schemathesis.openapi.from_dict(json.loads(json.dumps(schema, default=str)))


def operations():
    """Return every operation of the API."""
    return [found.ok() for found in description().get_all_operations()]


def client_of(stage, role):
    """Return a client that comes as a role; what breaks is answered with 500, as at the door."""
    if role == "machine":
        headers = {"authorization": f"Token {stage.token}"}
        return Client(raise_request_exception=False, headers=headers)
    client = Client(raise_request_exception=False)
    if role != "nobody":
        # As they stand in the database: a session made from an older password is ended at once.
        sign_in(client, User.objects.get(pk=stage.people[role].pk))
        assert client.get("/api/v1/incidents/").status_code == 200, f"{role} is not signed in"
    return client


def known(stage):
    """Return what the parameters of a path are called, with values that exist."""
    person = stage.people["owner"]
    return {
        "slug": SLUG,
        "label": "2.3",
        "user_id": str(person.pk),
        "person_id": str(person.pk),
        "unit_id": str(stage.unit.pk),
    }


def send(client, case):
    """Send a case; whatever it did is rolled back."""
    kept = transaction.savepoint()
    answer = client.generic(
        case.method,
        case.formatted_path,
        data=body_of(case),
        content_type=case.media_type or "application/json",
        query_params=plain(case.query),
        headers=plain(case.headers),
    )
    transaction.savepoint_rollback(kept)
    transaction.savepoint_commit(kept)
    enter(None)
    return answer


def body_of(case):
    """Return the bytes of a case's body."""
    if isinstance(case.body, bytes):
        return case.body
    if case.body is None or type(case.body).__name__ == "NotSet":
        return b""
    return json.dumps(case.body, default=str).encode()


def plain(given):
    """Return text for text: what a client can put into an address or a header."""
    return {
        str(name): str(value)
        for name, value in (given or {}).items()
        if str(value).isprintable() and str(value).isascii()
    }


def cases(operation, stage):
    """Return what may be sent to an operation: good and bad, with known keys and invented ones."""
    mine = {
        one.name: known(stage)[one.name]
        for one in operation.path_parameters
        if one.name in known(stage)
    }
    good = GenerationMode.POSITIVE
    made = [
        operation.as_strategy(generation_mode=good, path_parameters=mine or None),
        operation.as_strategy(generation_mode=good),
    ]
    if operation.body:
        made.append(
            operation.as_strategy(
                generation_mode=GenerationMode.NEGATIVE, path_parameters=mine or None
            )
        )
    return st.one_of(made)


def tried(client, stage, *, examples):
    """Send `examples` requests to every operation; return those that were answered with 5xx."""
    broken = []
    for operation in operations():

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(cases(operation, stage))
        def every(case):
            answer = send(client, case)
            if answer.status_code >= 500:
                broken.append(f"{case.method} {case.formatted_path} {body_of(case)[:200]}")

        every()
    return broken


@pytest.mark.parametrize("role", sorted(QUICK))
def test_no_operation_breaks_whatever_is_sent(stage, role):
    broken = tried(client_of(stage, role), stage, examples=FEW)

    assert broken == []


@pytest.mark.full
@pytest.mark.parametrize("role", ROLES)
def test_no_operation_breaks_for_any_role(stage, role):
    examples = MANY if role in BUSY else SOME
    broken = tried(client_of(stage, role), stage, examples=examples)

    assert broken == []
