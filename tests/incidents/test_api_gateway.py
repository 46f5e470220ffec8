"""What gateways use: receipts of actions, and whether a version may serve."""

import datetime as dt

import pytest
from rest_framework.test import APIClient

from incidents.models import Incident
from incidents.rules.transitions import (
    DECISION,
    EXECUTION,
    OPEN,
    VERIFICATION,
)
from ledger.context import acting_as
from ledger.selectors.lines import lines_of_incident
from outbox import clock
from registry.services.tokens import issue_token
from tests.incidents import factory
from tests.incidents.factory import (
    EVALUATOR,
    NO,
    SETUP,
    bring,
    do,
    fresh,
    opened,
    order,
)


def session(user):
    client = APIClient()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def token(of, *scopes, systems=None):
    account = factory.person(unit=of.unit)
    account.kind = "service"
    at = clock.now()
    with acting_as(SETUP):
        account.save()
        _, plain = issue_token(
            user=account,
            name="gateway",
            scopes=list(scopes),
            systems=systems or [of.system],
            expires_at=at + dt.timedelta(days=1),
            actor=SETUP,
            at=at,
        )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {plain}")
    return client


def send(client, incident, command, fields, *, version=None, key=None):
    headers = {"If-Match": f'"{version or fresh(incident).version}"'}
    if key:
        headers["Idempotency-Key"] = key
    return client.post(
        f"/api/v1/incidents/{incident.number}/commands/{command}", fields, headers=headers
    )


def adopted(of, **changes):
    at = clock.now()
    incident = bring(of, DECISION, at=at)
    do(incident, "adopt", EVALUATOR, at=at, actions=[order(incident, at=at, **changes)])
    return incident


def test_a_gateway_confirms_by_callback(house):
    incident = adopted(house)
    action = incident.actions.get()
    path, client = f"/api/v1/actions/{action.pk}/receipts", token(house, "actions:confirm")
    body = {"nonce": action.nonce, "observed": {"version": "2.2"}}

    first, again = client.post(path, body), client.post(path, body)

    assert (first.status_code, first.json()["matches"]) == (200, True)
    assert (first.json()["replayed"], again.json()["replayed"]) == (False, True)
    assert fresh(incident).state == VERIFICATION


@pytest.mark.parametrize("scopes", [("read",), ("state:read", "measurements:write")])
def test_a_token_without_the_scope_confirms_nothing(house, scopes):
    action = adopted(house).actions.get()

    answer = token(house, *scopes).post(
        f"/api/v1/actions/{action.pk}/receipts",
        {"nonce": action.nonce, "observed": {"version": "2.2"}},
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_a_token_of_another_system_confirms_nothing(house):
    action = adopted(house).actions.get()
    other = factory.house()

    answer = token(other, "actions:confirm").post(
        f"/api/v1/actions/{action.pk}/receipts",
        {"nonce": action.nonce, "observed": {"version": "2.2"}},
    )

    assert answer.status_code == 403
    assert fresh(action.incident).state == EXECUTION


def test_a_second_person_confirms_over_the_api_with_evidence(house):
    incident = adopted(house)
    path = f"/api/v1/actions/{incident.actions.get().pk}/receipts"
    body = {"observed": {"version": "2.2"}, "evidence": "release log, line 12"}

    executor = session(house.engineer).post(path, body)
    witness = session(house.executive).post(path, body)

    assert (executor.status_code, executor.json()["code"]) == (403, "not_separate")
    assert witness.status_code == 200
    assert fresh(incident).state == VERIFICATION


def state(client, of, **query):
    return client.get(f"/api/v1/systems/{of.system.slug}/state", query)


def test_a_gateway_asks_whether_its_version_may_serve(house):
    client = token(house, "state:read")

    live = state(client, house, version="2.3").json()
    other = state(client, house, version="2.2").json()

    assert (live["may_serve"], live["version"], live["reason"]) == (True, "2.3", "")
    assert (other["may_serve"], other["reason"]) == (False, "version 2.3 is live, not 2.2")
    assert (live["ttl_seconds"], live["fail_mode"]) == (60, "open")


def test_after_a_suspension_nothing_may_serve(house):
    incident = adopted(house, type="suspend", parameters={"scope": "payments over 500"})
    do(incident, "confirm_action", house.executive, observed={"serving": False}, at=clock.now())

    answer = state(token(house, "state:read"), house).json()

    assert (answer["may_serve"], answer["reason"]) == (False, "suspended")
    assert answer["stopped_scope"] == "payments over 500"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "tier", "ttl", "mode"),
    [
        ("agent", "low", 15, "closed"),
        ("predictive", "high", 30, "closed"),
        ("assistant", "medium", 60, "open"),
    ],
)
def test_agents_and_high_tier_fail_closed(kind, tier, ttl, mode):
    of = factory.house(kind=kind, risk_tier=tier)

    answer = state(token(of, "state:read"), of).json()

    assert (answer["ttl_seconds"], answer["fail_mode"]) == (ttl, mode)


def test_where_nothing_is_live_nothing_may_serve(house):
    answer = state(token(house, "state:read"), house, environment="staging").json()

    assert (answer["may_serve"], answer["reason"]) == (False, "nothing is live here")


def test_the_state_takes_its_scope_and_system(house):
    assert state(token(house, "read"), house).status_code == 403
    assert state(token(factory.house(), "state:read"), house).status_code == 404


def test_a_refusal_over_the_api_stands_in_the_ledger(own_database):
    of = factory.house()
    incident = opened(of, at=clock.now())

    answer = send(session(of.auditor), incident, "acknowledge", NO)

    line = lines_of_incident(incident_id=incident.pk)[0]
    assert (answer.status_code, line.verb) == (403, "request.refused")
    assert line.actor == of.auditor.name
    assert Incident.objects.get(pk=incident.pk).state == OPEN
