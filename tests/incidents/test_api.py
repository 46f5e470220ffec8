"""The API of incidents: anonymous, wrong role, right role; ETag, keys, passwords."""

import datetime as dt

import pytest
from rest_framework.test import APIClient

from incidents.rules.transitions import (
    CLOSED,
    COMMANDS,
    DECISION,
    INVESTIGATING,
    VALIDATION,
)
from ledger.context import acting_as
from ledger.selectors.lines import lines_of_incident
from outbox import clock
from registry.services.tokens import issue_token
from tests.incidents import factory
from tests.incidents.factory import (
    NO,
    PASSWORD,
    SETUP,
    bring,
    fresh,
    opened,
    usual_fields,
)

KEYS = {"If-Match": '"1"'}


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


def now_at(of, state):
    return bring(of, state, at=clock.now())


def send(client, incident, command, fields, *, version=None, key=None):
    headers = {"If-Match": f'"{version or fresh(incident).version}"'}
    if key:
        headers["Idempotency-Key"] = key
    return client.post(
        f"/api/v1/incidents/{incident.number}/commands/{command}", fields, headers=headers
    )


def test_the_list_shows_what_the_caller_may_see_and_pages_by_cursor(house):
    made = [opened(house).number for _ in range(3)]
    opened(factory.house())
    client = session(house.auditor)

    first = client.get("/api/v1/incidents/?limit=2").json()
    second = client.get("/api/v1/incidents/", {"limit": 2, "cursor": first["next"]}).json()

    seen = [row["number"] for row in first["results"] + second["results"]]
    assert sorted(seen) == sorted(made)
    assert second["next"] is None


def test_a_list_page_of_fifty_takes_at_most_ten_queries(house, django_assert_max_num_queries):
    for _ in range(50):
        opened(house)
    client = session(house.compliance)

    with django_assert_max_num_queries(10):
        found = client.get("/api/v1/incidents/?limit=50").json()

    assert len(found["results"]) == 50


@pytest.mark.parametrize(
    "query",
    [
        "state=NOWHERE",
        "limit=0",
        "limit=9999",
        "cursor=x",
        "order=size",
        "owner=me",
    ],
)
def test_a_filter_that_makes_no_sense_is_told_by_name(house, query):
    answer = session(house.owner).get(f"/api/v1/incidents/?{query}")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert set(answer.json()["fields"]) == {query.partition("=")[0]}


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/incidents/",
        "/api/v1/incidents/INC-2026-0001/",
        "/api/v1/incident-commands",
        "/api/v1/systems/x/state",
    ],
)
def test_anonymous_callers_are_turned_away(db, path):
    assert APIClient().get(path).status_code in (401, 403)


def test_one_incident_comes_whole_with_its_etag(house):
    incident = now_at(house, CLOSED)

    answer = session(house.auditor).get(f"/api/v1/incidents/{incident.number}/")

    body = answer.json()
    assert answer["ETag"] == f'"{incident.version}"'
    assert (body["state"], body["state_words"]) == ("CLOSED", "Closed")
    assert [stage["state"] for stage in body["stages"]] == ["done"] * 5
    assert [row["code"] for row in body["transitions"]][:3] == ["T01", "T02", "NOTE"]
    assert body["findings"][0]["record_sha256"]
    assert body["proofs"][0]["outcome"] == "PASSED"
    assert "nonce" not in body["actions"][0]


def test_the_reader_is_told_what_they_may_do_and_who_else_can(house):
    incident = now_at(house, VALIDATION)

    body = session(house.owner).get(f"/api/v1/incidents/{incident.number}/").json()

    commands = {row["command"]: row for row in body["commands"]}
    assert not commands["validate"]["may"]
    assert house.compliance.name in commands["validate"]["who_can"]
    assert commands["raise_severity"]["may"]


def test_what_is_not_yours_is_not_there(house):
    other = opened(factory.house())
    client = session(house.owner)

    read = client.get(f"/api/v1/incidents/{other.number}/")
    given = send(client, other, "acknowledge", NO)

    assert (read.status_code, given.status_code) == (404, 404)


def test_a_command_moves_the_incident_and_answers_with_the_new_etag(house):
    incident = opened(house, at=clock.now())

    answer = send(session(house.owner), incident, "acknowledge", NO)

    assert answer.status_code == 200
    assert answer["ETag"] == '"2"'
    assert answer.json()["incident"]["state"] == INVESTIGATING
    assert answer.json()["transition"]["person_name"] == house.owner.name


def test_without_if_match_nothing_is_changed(house):
    incident = opened(house)
    path = f"/api/v1/incidents/{incident.number}/commands/acknowledge"

    answer = session(house.owner).post(path, NO)

    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")
    assert fresh(incident).version == 1


def test_a_stale_etag_is_409_with_the_present_state(house):
    incident = now_at(house, INVESTIGATING)

    answer = send(session(house.owner), incident, "acknowledge", NO, version=1)

    assert answer.status_code == 409
    assert answer.json()["code"] == "stale_version"
    assert answer.json()["present"]["state"] == INVESTIGATING


def test_the_same_key_answers_the_same_and_does_nothing_twice(house):
    incident = opened(house, at=clock.now())
    client = session(house.owner)

    first = send(client, incident, "acknowledge", NO, version=1, key="k")
    again = send(client, incident, "acknowledge", NO, version=1, key="k")

    assert again.json()["transition"] == first.json()["transition"]
    assert fresh(incident).version == 2


def test_fields_that_are_wrong_are_all_named(house):
    answer = send(session(house.owner), opened(house), "acknowledge", {"person_harmed": "maybe"})

    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {
        "person_harmed",
        "rights_affected",
        "personal_data",
        "critical_service",
    }


@pytest.mark.parametrize("body", ["[]", '"x"', "3"])
def test_a_body_that_is_no_object_is_refused(house, body):
    incident = opened(house)

    answer = session(house.owner).post(
        f"/api/v1/incidents/{incident.number}/commands/acknowledge",
        body,
        content_type="application/json",
        headers=KEYS,
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "not_an_object")


@pytest.mark.parametrize("command", ["adopt", "lapse", "explode", "join_breach"])
def test_what_nobody_gives_by_hand_has_no_door(house, command):
    incident = now_at(house, DECISION)

    assert send(session(house.compliance), incident, command, {}).status_code == 404


def test_a_signing_command_takes_the_password(house):
    incident = now_at(house, VALIDATION)
    client = session(house.compliance)
    fields = usual_fields("validate", incident)

    without = send(client, incident, "validate", fields)
    wrong = send(client, incident, "validate", fields | {"password": "wrong"})
    right = send(client, incident, "validate", fields | {"password": PASSWORD})

    assert (without.status_code, without.json()["code"]) == (403, "reauthentication_needed")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "password_wrong")
    assert (right.status_code, right.json()["incident"]["state"]) == (200, DECISION)


def test_the_password_is_kept_nowhere(house):
    incident = now_at(house, VALIDATION)
    fields = usual_fields("validate", incident) | {"password": PASSWORD}

    send(session(house.compliance), incident, "validate", fields)

    assert "password" not in incident.transitions.latest("version").payload
    for line in lines_of_incident(incident_id=incident.pk):
        assert PASSWORD.encode() not in line.bytes


def test_who_may_not_is_told_before_a_password_is_asked_for(house):
    factory.grant(house.owner, "compliance", unit=house.unit)
    incident = now_at(house, VALIDATION)

    answer = send(session(house.owner), incident, "validate", usual_fields("validate", incident))

    assert answer.status_code == 403
    assert answer.json()["detail"] == "You cannot validate this: you submitted its findings."
    assert house.compliance.name in answer.json()["who_can"]


def test_a_token_gives_no_command(house):
    incident = opened(house)

    answer = send(token(house, "read"), incident, "acknowledge", NO)

    assert (answer.status_code, answer.json()["code"]) == (403, "person_needed")


def test_a_token_reads_its_systems_only(house):
    mine, other = opened(house), opened(factory.house())
    client = token(house, "read")

    seen = [row["number"] for row in client.get("/api/v1/incidents/").json()["results"]]

    assert seen == [mine.number]
    assert client.get(f"/api/v1/incidents/{mine.number}/").status_code == 200
    assert client.get(f"/api/v1/incidents/{other.number}/").status_code == 404


def test_the_table_of_commands_names_their_fields(house):
    rows = session(house.owner).get("/api/v1/incident-commands").json()

    by_name = {row["command"]: row for row in rows}
    assert set(by_name) == set(COMMANDS)
    assert by_name["validate"]["signature"] == "review"
    assert [field["name"] for field in by_name["acknowledge"]["fields_asked"]] == list(NO)
