"""Passkeys: added, renamed, removed; as second factor, alone, and against their abuse (GOV-4)."""

import json

import pytest
from allauth.mfa.models import Authenticator as Row

from registry.services.people import deactivate_user
from tests.config.sign_in.authenticator import Authenticator
from tests.config.sign_in.people import (
    add_key,
    browser,
    confirm,
    enter,
    entries,
    factors_of,
    options_in,
    person,
    sign_in_by_key,
    signed_in_as,
    with_key,
)
from tests.registry import factories

pytestmark = pytest.mark.django_db
SECOND = "/accounts/2fa/authenticate/"
ALONE = "/accounts/2fa/webauthn/login/"


@pytest.fixture
def client():
    return browser()


def test_a_passkey_is_added_and_brings_recovery_codes(client):
    who = person()
    enter(client, who)
    confirm(client)

    add_key(client, name="key on my ring")

    assert factors_of(who) == ["recovery_codes", "webauthn"]
    assert "key on my ring" in client.get("/accounts/2fa/webauthn/").content.decode()
    assert len(entries("user.second_factor_added")) == 1


def test_adding_one_asks_for_a_proof_first(client):
    enter(client, person())

    answer = client.get("/accounts/2fa/webauthn/add/")

    assert answer["Location"].startswith("/accounts/reauthenticate/")


def test_a_passkey_alone_signs_in_and_the_entry_says_so(client):
    who = person()
    device = with_key(who)

    sign_in_by_key(client, device)

    assert signed_in_as(client) == who
    assert b'"methods":["passkey"]' in bytes(entries("user.signed_in")[-1].body)


def test_a_passkey_stands_in_for_the_code_after_the_password(client):
    who = person()
    device = with_key(who)
    enter(client, who)
    options = options_in(client.get(SECOND))["request_options"]

    client.post(SECOND, {"credential": device.get(options)})

    assert signed_in_as(client) == who
    assert b'"methods":["password","passkey"]' in bytes(entries("user.signed_in")[-1].body)


def test_an_answer_is_good_for_its_own_question_only(client):
    who = person()
    device = with_key(who)
    options = client.get(ALONE, headers={"Accept": "application/json"}).json()["request_options"]
    answer = device.get(options)
    client.post(ALONE, {"credential": answer})
    client.post("/accounts/logout/")

    client.post(ALONE, {"credential": answer})
    client.get(ALONE, headers={"Accept": "application/json"})
    client.post(ALONE, {"credential": answer})

    assert signed_in_as(client) is None


def test_the_answer_of_another_browsers_question_opens_nothing(client):
    device = with_key(person())
    options = browser().get(ALONE, headers={"Accept": "application/json"}).json()
    client.get(ALONE, headers={"Accept": "application/json"})

    client.post(ALONE, {"credential": device.get(options["request_options"])})

    assert signed_in_as(client) is None


def test_the_passkey_of_somebody_else_is_no_second_factor(client):
    who, other = person(), person()
    with_key(who)
    foreign = with_key(other)
    enter(client, who)
    options = options_in(client.get(SECOND))["request_options"]

    client.post(SECOND, {"credential": foreign.get(options)})

    assert signed_in_as(client) is None
    assert entries("user.second_factor_failed")[-1].object_id == str(who.pk)


def test_a_passkey_that_claims_another_owner_opens_nothing(client):
    who, other = person(), person()
    device = with_key(who)
    with_key(other)
    device.owner = str(other.pk).encode()

    sign_in_by_key(client, device)

    assert signed_in_as(client) is None


def test_a_signature_by_another_key_opens_nothing(client):
    device = with_key(person())
    thief = Authenticator()
    thief.id, thief.owner = device.id, device.owner

    sign_in_by_key(client, thief)

    assert signed_in_as(client) is None


def test_an_answer_for_another_site_opens_nothing(client):
    device = with_key(person())
    device.origin = "https://testserver.example.org"

    sign_in_by_key(client, device)

    assert signed_in_as(client) is None


def test_alone_it_must_have_asked_for_finger_face_or_pin(client):
    device = with_key(person())
    device.verifies = False

    sign_in_by_key(client, device)

    assert signed_in_as(client) is None


def test_a_deactivated_persons_passkey_opens_nothing(client):
    who = person()
    device = with_key(who)
    factories.call(deactivate_user, user_id=who.pk, reason="left")

    sign_in_by_key(client, device)

    assert signed_in_as(client) is None


@pytest.mark.parametrize(
    "sent",
    ["", "{", "null", "[]", "7", '"x"', "{}", '{"response": 1}', '{"response": {"userHandle": 5}}',
     json.dumps({"id": "x", "rawId": "x", "type": "public-key", "response": {}}),
     json.dumps({"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {
         "clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA",
         "userHandle": "bm90LWEtdXVpZA"}}),
     "x" * 70_000, '{"a":"\x00"}'],
)  # fmt: skip
def test_nonsense_is_no_passkey(client, sent):
    who = person()
    with_key(who)
    client.get(ALONE, headers={"Accept": "application/json"})

    alone = client.post(ALONE, {"credential": sent})
    enter(client, who)
    second = client.post(SECOND, {"credential": sent})

    assert alone.status_code == 302
    assert second.status_code == 200
    assert signed_in_as(client) is None


@pytest.mark.parametrize("sent", ["", "{", "null", "[]", '"x"', "{}", '{"response": []}'])
def test_nonsense_is_not_added_as_a_passkey(client, sent):
    who = person()
    enter(client, who)
    confirm(client)
    client.get("/accounts/2fa/webauthn/add/")

    answer = client.post("/accounts/2fa/webauthn/add/", {"name": "x", "credential": sent})

    assert answer.status_code == 200
    assert factors_of(who) == []


def test_a_passkey_is_renamed_and_removed(client):
    who = person()
    enter(client, who)
    confirm(client)
    add_key(client)
    key = Row.objects.get(user=who, type="webauthn").pk

    client.post(f"/accounts/2fa/webauthn/keys/{key}/edit/", {"name": "old phone"})
    named = client.get("/accounts/2fa/webauthn/").content.decode()
    client.post(f"/accounts/2fa/webauthn/keys/{key}/remove/")

    assert "old phone" in named
    assert factors_of(who) == []
    assert len(entries("user.passkey_renamed")) == len(entries("user.second_factor_removed")) == 1


def test_nobody_touches_the_passkey_of_somebody_else(client):
    other = person()
    with_key(other)
    key = Row.objects.get(user=other, type="webauthn").pk
    enter(client, person())
    confirm(client)

    answers = [
        client.post(f"/accounts/2fa/webauthn/keys/{key}/edit/", {"name": "mine"}),
        client.post(f"/accounts/2fa/webauthn/keys/{key}/remove/"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "webauthn" in factors_of(other)


@pytest.mark.parametrize(
    "path",
    ["/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/",
     "/accounts/2fa/webauthn/reauthenticate/", "/accounts/2fa/recovery-codes/generate/",
     "/accounts/sessions/", "/accounts/confirmed/", "/accounts/2fa/reauthenticate/"],
)  # fmt: skip
def test_the_pages_hold_no_script_of_their_own(client, path):
    who = person()
    enter(client, who)
    confirm(client)
    add_key(client)

    page = client.get(path).content.decode()

    inline = [part.split(">", 1)[0] for part in page.split("<script")[1:]]
    assert all("src=" in head or 'type="application/json"' in head for head in inline)
    assert 'style="' not in page
    assert "onclick" not in page
