"""GOV-4: whatever anybody sends to any endpoint, the answer is no defect of ours (no 5xx).

The API's own description makes the requests, good ones and bad ones, with real keys in the path
and with invented ones. Each is made once and sent by every role and by a machine, and is rolled
back before the next one.
"""

import base64
import functools
import json
import logging
from dataclasses import dataclass

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
FEW, SOME, MANY = 1, 4, 12
# Who may do most: what others send is mostly refused before it is carried out.
BUSY = {"owner", "compliance", "chair", "administrator", "machine"}
# The operations are dealt out, so that workers share them.
SHARES = 8


@dataclass(frozen=True)
class Sent:
    """A request as it is sent, whoever sends it."""

    method: str
    path: str
    body: bytes
    content_type: str
    query: dict[str, str]
    headers: dict[str, str]

    def __str__(self):
        return f"{self.method} {self.path} {self.query} {self.body[:200]}"


@pytest.fixture
def stage(db, monkeypatch, caplog):
    """The insurer of the walks, with an administrator and somebody for emergencies."""
    cache.clear()
    # A warning for each refusal would keep thousands of requests alive until the test ends.
    caplog.set_level(logging.ERROR, logger="django.request")
    more = {
        "administrator": ("Ada Administrator", ("administrator",)),
        "emergency": ("Emil Emergency", ("emergency",)),
    }
    monkeypatch.setattr(stages, "CAST", stages.CAST | more)
    made = set_up()
    yield made
    enter(None)


@functools.cache
def description():
    """Return the API as it describes itself, asked once."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return schemathesis.openapi.from_dict(json.loads(json.dumps(schema, default=str)))


def operations():
    """Return every operation of the API."""
    return [found.ok() for found in description().get_all_operations()]


def client_of(stage, role):
    """Return a client that comes as a role; what breaks is answered with 500, as at the door."""
    if role == "machine":
        headers = {"authorization": f"Token {stage.token}"}
        client = Client(raise_request_exception=False, headers=headers)
    else:
        client = Client(raise_request_exception=False)
    if role not in ("machine", "nobody"):
        # As they stand in the database: a session made from an older password is ended at once.
        sign_in(client, User.objects.get(pk=stage.people[role].pk))
    signed_in(client, role)
    return client


def signed_in(client, role):
    """Fail where a client is taken for nobody, or nobody for somebody."""
    answer = client.get("/api/v1/incidents/")
    assert (answer.status_code == 200) == (role != "nobody"), f"{role}: {answer.status_code}"


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


def send(client, request):
    """Send a request; whatever it did is rolled back, and who was signed out comes in again."""
    kept, cookies = transaction.savepoint(), dict(client.cookies)
    answer = client.generic(
        request.method,
        request.path,
        data=request.body,
        content_type=request.content_type,
        query_params=dict(request.query),
        headers=headers_for(client, request),
    )
    transaction.savepoint_rollback(kept)
    transaction.savepoint_commit(kept)
    client.cookies.clear()
    client.cookies.update(cookies)
    enter(None)
    return answer


def headers_for(client, request):
    """Return the headers that a client sends: a machine keeps its token, none invented for it."""
    own = "HTTP_AUTHORIZATION" in client.defaults
    return {
        name: value
        for name, value in request.headers.items()
        if not (own and name.lower() == "authorization")
    }


def sent(case):
    """Return what is sent of a case."""
    return Sent(
        method=case.method,
        path=case.formatted_path,
        body=body_of(case),
        content_type=case.media_type or "application/json",
        query=plain(case.query),
        headers=plain(case.headers),
    )


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


def requests_to(operation, stage, examples):
    """Return the requests that are made of the description of an operation, each of them once.

    What a request did is taken back, so the same one again would find what it found before.
    """
    made = []

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
        made.append(sent(case))

    every()
    assert len(made) >= examples, f"{operation.label}: only {len(made)} requests"
    return list({repr(one): one for one in made}.values())


def part_of(made, role):
    """Return what a role sends: who may do most sends all, the others in turn send some."""
    if role in BUSY:
        return made
    first = ROLES.index(role) * SOME
    return [made[(first + place) % len(made)] for place in range(min(SOME, len(made)))]


def tried(stage, found, roles, *, examples):
    """Send `examples` requests to these operations; return who met a 5xx with which of them."""
    clients = {role: client_of(stage, role) for role in roles}
    broken = []
    for operation in found:
        made = requests_to(operation, stage, examples)
        broken += [
            f"{role}: {request}"
            for role, client in clients.items()
            for request in part_of(made, role)
            if send(client, request).status_code >= 500
        ]
    for role, client in clients.items():
        signed_in(client, role)
    return broken


def test_no_operation_breaks_whatever_is_sent(stage):
    broken = tried(stage, operations(), ["compliance"], examples=FEW)

    assert not broken, "\n".join(broken)


@pytest.mark.full
@pytest.mark.parametrize("share", range(SHARES))
def test_no_operation_breaks_for_any_role(stage, share):
    broken = tried(stage, operations()[share::SHARES], ROLES, examples=MANY)

    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("instant", ["2026-10-01T13:00:00-19:17", "9999-12-31T23:59:59-01:00"])
def test_an_instant_that_the_database_does_not_know_breaks_no_list(stage, instant):
    """It knows no offset of sixteen hours and more, and no year beyond 9999 in UTC."""
    one = str(stage.unit.pk)
    hidden = base64.urlsafe_b64encode(f"{instant}|{one}".encode()).decode()
    turned = base64.urlsafe_b64encode(f"{one}|{instant}".encode()).decode()
    asked = [
        ("auditor", "/api/v1/ledger/checkpoints", {"before": instant}),
        ("auditor", "/ledger/checkpoints/", {"before": instant}),
        ("auditor", "/incidents/", {"after": hidden}),
        ("auditor", "/api/v1/incidents/", {"cursor": hidden}),
        ("auditor", "/acceptances/", {"after": hidden}),
        ("auditor", "/api/v1/systems/", {"cursor": turned, "order": "registered"}),
        ("auditor", "/systems/", {"after": turned, "order": "registered"}),
        ("auditor", "/clocks/", {"after": f"{instant}_{one}"}),
        ("auditor", "/reports/", {"after": f"{instant}|R-1"}),
        ("compliance", "/concerns/", {"after": f"{instant}_{one}"}),
        ("compliance", "/notifications/", {"after": f"UNREAD_{instant}_{one}"}),
        ("chair", "/meetings/", {"after": f"{instant}_{one}"}),
        ("owner", "/incidents/", {"as_of": instant}),
    ]

    statuses = {
        (path, client_of(stage, role).get(path, given).status_code) for role, path, given in asked
    }

    assert {status for _path, status in statuses} <= {200, 400, 422}, statuses
