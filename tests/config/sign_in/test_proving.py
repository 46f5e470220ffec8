"""Proving again to be there: for signatures, for one's own means; fixation (GOV-4, INC-4)."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from registry.ceremony import reauthenticate, take_proof
from tests.config.sign_in.authenticator import Authenticator
from tests.config.sign_in.people import (
    PASSWORD,
    add_key,
    browser,
    code_of,
    confirm,
    door,
    enter,
    entries,
    forget_proof,
    options_in,
    person,
    refused,
    sign_in_by_key,
    with_app,
    with_key,
    with_recovery_codes,
    without_password,
)

pytestmark = pytest.mark.django_db
OPTIONS = "/accounts/passkey/options/"


@pytest.fixture
def client():
    return browser()


# ------------------------------------------------------------------ the ceremony of a signature


def test_a_code_proves_a_signature_once(client):
    who = person()
    code = code_of(with_app(who))
    request = door(who, client)

    made = reauthenticate(request, code=code)

    assert made.method == "app code"
    assert refused(request, code=code) == "code_wrong"


def test_a_code_that_signed_in_does_not_sign(client):
    who = person()
    code = code_of(with_app(who))
    enter(client, who)
    client.post("/accounts/2fa/authenticate/", {"code": code})

    assert refused(door(who, client), code=code) == "code_wrong"


def test_password_and_code_are_both_kept_as_the_method(client):
    who = person()
    code = code_of(with_app(who))

    made = reauthenticate(door(who, client), PASSWORD, code=code)

    assert made.method == "password and app code"


def test_a_right_password_does_not_excuse_a_wrong_code(client):
    who = person()
    with_app(who)

    assert refused(door(who, client), password=PASSWORD, code="000000") == "code_wrong"


def test_a_recovery_code_signs_nothing(client):
    who = person()
    with_app(who)
    codes = with_recovery_codes(who)

    assert refused(door(who, client), code=codes[0]) == "code_wrong"


def test_a_passkey_proves_a_signature_once(client):
    who = person()
    device = with_key(who)
    sign_in_by_key(client, device)
    answer = device.get(client.post(OPTIONS).json())
    request = door(who, client)

    made = reauthenticate(request, assertion=answer)

    assert made.method == "passkey"
    assert refused(request, assertion=answer) == "passkey_wrong"


def test_the_passkey_of_somebody_else_signs_nothing(client):
    who, other = person(), person()
    with_key(who)
    foreign = with_key(other)
    sign_in_by_key(client, foreign)
    answer = foreign.get(client.post(OPTIONS).json())

    assert refused(door(who, client), assertion=answer) == "passkey_wrong"


def test_a_question_of_the_sign_in_is_no_question_of_a_signature(client):
    who = person()
    device = with_key(who)
    sign_in_by_key(client, device)
    page = client.get("/accounts/2fa/webauthn/reauthenticate/")
    answer = device.get(options_in(page)["request_options"])

    assert refused(door(who, client), assertion=answer) == "passkey_wrong"


def test_a_passkey_that_verified_nobody_signs_nothing(client):
    who = person()
    device = with_key(who)
    sign_in_by_key(client, device)
    options = client.post(OPTIONS).json()
    device.verifies = False

    assert refused(door(who, client), assertion=device.get(options)) == "passkey_wrong"


@pytest.mark.parametrize("sent", ["{", "[]", "7", "null", "x" * 30_000, '{"response": {}}'])
def test_nonsense_is_no_proof(client, sent):
    who = person()
    device = with_key(who)
    sign_in_by_key(client, device)
    client.post(OPTIONS)

    assert refused(door(who, client), assertion=sent) == "passkey_wrong"


def test_an_api_body_may_hold_the_answer_as_an_object():
    body = {"password": None, "code": 123456, "assertion": {"id": "x"}, "reason": "why"}

    proof = take_proof(body)

    assert proof == {"password": "", "code": "123456", "assertion": '{"id":"x"}'}
    assert body == {"reason": "why"}


def test_wrong_codes_and_passwords_close_one_lock(client, settings):
    settings.AXES_ENABLED = True
    who = person()
    secret = with_app(who)
    request = door(who, client)
    for _ in range(3):
        refused(door(who, client), code="000000")
    for _ in range(2):
        refused(door(who, client), password="guess")

    assert refused(request, code=code_of(secret)) == "too_many_attempts"
    assert refused(door(who, client), password=PASSWORD) == "too_many_attempts"
    assert len(entries("user.locked_out")) == 1


# ------------------------------------------------------------------ pages that prove


def test_a_proof_on_its_own_page_counts_for_the_signature_that_follows(client):
    who = person()
    enter(client, who)
    forget_proof(client)

    confirm(client)

    assert reauthenticate(door(who, client)).method == "password entered in this session"
    assert b'"method":"password"' in bytes(entries("user.confirmed")[0].body)


def test_somebody_without_a_password_proves_it_by_a_passkey(client):
    who = person()
    device = with_key(who)
    without_password(who)
    sign_in_by_key(client, device)
    forget_proof(client)
    page = client.get("/accounts/reauthenticate/?next=/accounts/confirmed/", follow=True)
    options = options_in(page)["request_options"]

    answer = client.post(
        "/accounts/2fa/webauthn/reauthenticate/",
        {"credential": device.get(options), "next": "/accounts/confirmed/"},
        follow=True,
    )

    assert "It is you" in answer.content.decode()
    assert reauthenticate(door(who, client)).method == "passkey, in this session"


def test_a_wrong_answer_is_said_on_the_page_of_the_passkey(client):
    who = person()
    enter(client, who)
    confirm(client)
    add_key(client)
    page = client.get("/accounts/2fa/webauthn/reauthenticate/")
    thief = Authenticator()
    thief.owner = b"x"

    answer = client.post(
        "/accounts/2fa/webauthn/reauthenticate/",
        {"credential": thief.get(options_in(page)["request_options"])},
    )

    assert answer.status_code == 200
    assert "not yours" in answer.content.decode()
    assert len(entries("user.confirmed")) == 1


@pytest.mark.parametrize(
    "page", ["account_login", "account_reauthenticate", "account_logout", "theme"]
)
@pytest.mark.parametrize(
    "next_url",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)",
     "http:evil.example", "https:///evil.example", "\t//evil.example"],
)  # fmt: skip
def test_no_page_leads_to_another_site(client, page, next_url):
    who = person()
    if page != "account_login":
        enter(client, who)
    given = {"next": next_url, "login": who.email, "password": PASSWORD, "theme": "dark"}

    answer = client.post(reverse(page), given)

    assert answer.status_code == 302
    assert "evil" not in answer["Location"]
    assert answer["Location"].startswith("/")


def test_the_session_has_another_key_after_the_sign_in(client):
    who = person()
    client.get("/accounts/login/")
    session = client.session
    session["kept"] = "before"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before

    enter(client, who)

    assert client.session.session_key != before
    assert not client.session.__class__(before).exists(before)


def test_the_session_has_another_key_after_a_proof(client):
    who = person()
    enter(client, who)
    before = client.session.session_key

    confirm(client)

    assert client.session.session_key != before
    assert not client.session.__class__().exists(before)


def test_a_key_that_a_stranger_planted_is_not_taken_over(client):
    who = person()
    client.cookies["sessionid"] = "plantedplantedplantedplanted1234"

    enter(client, who)

    assert client.session.session_key != "plantedplantedplantedplanted1234"


def test_options_for_a_signature_are_for_the_signed_in_only(client):
    assert client.post(OPTIONS).status_code == 302


def test_the_sign_component_offers_what_the_reader_has(client):
    who = person()
    device = with_key(who)
    sign_in_by_key(client, device)
    with_app(who)
    request = door(who, client)

    shown = render_to_string("components/sign.html", {"ask": True, "button": "Sign"}, request)

    assert all(f'name="{name}"' in shown for name in ("password", "code", "assertion"))
    assert "/accounts/reauthenticate/?next=/accounts/confirmed/" in shown


def test_somebody_with_a_password_alone_is_asked_for_it_alone(client):
    request = door(person(), client)

    shown = render_to_string("components/sign.html", {"ask": True, "button": "Sign"}, request)

    assert 'name="password"' in shown
    assert 'name="code"' not in shown
    assert "assertion" not in shown


def test_the_assertion_of_another_session_is_refused(client):
    who = person()
    device = with_key(who)
    sign_in_by_key(client, device)
    other = browser()
    sign_in_by_key(other, device)
    answer = device.get(client.post(OPTIONS).json())
    other.post(OPTIONS)

    assert refused(door(who, other), assertion=answer) == "passkey_wrong"
