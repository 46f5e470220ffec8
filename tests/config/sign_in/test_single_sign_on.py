"""Single sign-on against a real OpenID provider, a process of its own on loopback (GOV-4)."""

import dataclasses
import json
import re
import select
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client

from config.identity import Oidc
from ledger.services.entries import append_entry
from registry.ceremony import reauthenticate
from registry.models import User
from registry.services.people import deactivate_user
from tests.config.sign_in.openid_provider import PASSWORD as THERE
from tests.config.sign_in.people import (
    door,
    enter,
    entries,
    forget_proof,
    person,
    refused,
    signed_in_as,
    with_app,
    without_password,
)
from tests.registry import factories

pytestmark = [pytest.mark.django_db, pytest.mark.full]
CLIENT, SECRET = "countersign", "between-us-two"
LOGIN, BACK = "/accounts/oidc/oidc/login/", "/accounts/oidc/oidc/login/callback/"
PEOPLE = [
    {"email": "lena@example.org"},
    {"email": "mfa@example.org", "amr": ["pwd", "mfa"]},
    {"email": "unverified@example.org", "verified": False},
    {"email": "stranger@example.org"},
]


@pytest.fixture(scope="module")
def provider():
    """The address of a provider that serves until the module's tests are done."""
    given = {
        "people": PEOPLE,
        "client": CLIENT,
        "secret": SECRET,
        "redirect": f"http://testserver{BACK}",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.config.sign_in.openid_provider", json.dumps(given)],
        cwd=django_settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        ready, _, _ = select.select([process.stdout], [], [], 60)
        assert ready, "the provider did not come up"
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def configured(provider, settings):
    """The site, configured for the provider."""
    settings.OIDC = Oidc(
        issuer=provider,
        client_id=CLIENT,
        secret=SECRET,
        name="Nordhaven ID",
        scopes=("openid", "profile", "email"),
        token_auth_method="",
        trusts_address=False,
        mfa_acr=frozenset(),
        mfa_amr=frozenset({"mfa"}),
        origins=(provider,),
    )
    settings.SINGLE_SIGN_ON = True
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [settings.OIDC.app()]}}
    return provider


def lena(email="lena@example.org", **changes):
    return person(email=email, **changes)


def at_provider(there, email="lena@example.org"):
    """Go where the site sent the browser, sign in there, return the address that leads back."""
    with httpx.Client(follow_redirects=False, timeout=20) as browser:
        answer = browser.get(there)
        while True:
            if answer.is_redirect:
                there = str(httpx.URL(str(answer.url)).join(answer.headers["Location"]))
                if there.startswith("http://testserver"):
                    return there.removeprefix("http://testserver")
                answer = browser.get(there)
                continue
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.text)
            fields = {"login": email, "password": THERE, "next": _next(answer)}
            if token:
                fields["csrfmiddlewaretoken"] = token.group(1)
            answer = browser.post(str(answer.url), data=fields)


def _next(answer):
    return parse_qs(answer.url.query.decode()).get("next", [""])[0]


def leave(client, **more):
    """Leave the site for the provider; return where the browser is sent."""
    return client.post(LOGIN, more)["Location"]


def through(client, email="lena@example.org"):
    """Sign in by the provider, all the way."""
    return client.get(at_provider(leave(client), email))


def asked_of(there):
    return {name: value[0] for name, value in parse_qs(urlsplit(there).query).items()}


def test_somebody_with_an_account_signs_in_and_is_linked(configured, client):
    who = lena()

    answer = through(client)

    assert answer["Location"] == "/"
    assert signed_in_as(client) == who
    assert SocialAccount.objects.get().user == who
    assert len(entries("user.identity_linked")) == 1


def test_the_sign_in_stands_on_record_with_who_vouched(configured, client):
    lena()

    through(client)

    body = bytes(entries("user.signed_in")[0].body)
    assert b'"methods":["single sign-on"]' in body
    assert configured.encode() in body


def test_what_is_kept_of_the_identity_names_nobody(configured, client):
    lena()

    through(client)

    kept = SocialAccount.objects.get()
    assert "lena" not in json.dumps(kept.extra_data) + kept.uid
    assert set(kept.extra_data) == {"iss", "auth_time", "amr"}


def test_the_link_holds_when_the_address_changes(configured, client):
    who = lena()
    through(client)
    factories.call(_rename, who=who)

    through(browser := Client())

    assert signed_in_as(browser) == who
    assert len(entries("user.identity_linked")) == 1


def _rename(*, who, actor, at):
    with transaction.atomic():
        row = User.objects.get(pk=who.pk)
        row.email = "lena.brandt@example.org"
        row.save(at=at)
        append_entry(verb="user.changed", actor=actor, at=at, subject=("user", str(who.pk), "x"))


def test_the_request_carries_pkce_state_and_a_nonce(configured, client):
    asked = asked_of(leave(client))

    assert asked["code_challenge_method"] == "S256"
    assert all(len(asked[name]) >= 16 for name in ("code_challenge", "state", "nonce"))


def test_what_a_visitor_adds_to_the_address_is_not_passed_on(configured, client):
    added = "auth_params=prompt%3Dnone&scope=admin&process=connect"

    asked = asked_of(client.post(f"{LOGIN}?{added}")["Location"])

    assert "prompt" not in asked
    assert sorted(asked["scope"].split()) == ["email", "openid", "profile"]


def test_a_stranger_is_refused_in_words_and_gets_no_account(configured, client):
    before = User.objects.count()

    answer = through(client, "stranger@example.org")

    assert answer.status_code == 403
    assert "nobody here has that address" in answer.content.decode()
    assert signed_in_as(client) is None
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)
    assert b"stranger" not in bytes(entries("user.sign_in_failed")[0].body)


def test_an_address_that_the_provider_did_not_verify_counts_for_nothing(configured, client):
    lena("unverified@example.org")

    answer = through(client, "unverified@example.org")

    assert "did not say an address that it has verified" in answer.content.decode()
    assert signed_in_as(client) is None


def test_a_deactivated_person_is_refused(configured, client):
    who = lena()
    factories.call(deactivate_user, user_id=who.pk, reason="left")

    answer = through(client)

    assert "This account is closed" in answer.content.decode()
    assert signed_in_as(client) is None


def test_a_deactivated_person_who_was_linked_is_refused(configured, client):
    who = lena()
    through(client)
    factories.call(deactivate_user, user_id=who.pk, reason="left")

    answer = through(browser := Client())

    assert answer.status_code == 403
    assert signed_in_as(browser) is None


def test_a_service_account_never_signs_in(configured, client):
    factories.user(kind="service", email="lena@example.org")

    through(client)

    assert signed_in_as(client) is None


def test_an_answer_that_nobody_asked_for_is_refused(configured, client):
    lena()
    elsewhere = Client()
    back = at_provider(leave(elsewhere))

    answer = client.get(back)

    assert answer.status_code == 403
    assert "not asked for from here" in answer.content.decode()
    assert signed_in_as(client) is None
    assert b"single sign-on: unproved" in bytes(entries("user.sign_in_failed")[-1].body)


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?code=x&state=", "?state=y&code=x&iss=z", "?error=x"]
)
def test_a_callback_out_of_nowhere_is_refused(configured, client, query):
    answer = client.get(f"{BACK}{query}")

    assert answer.status_code == 403
    assert signed_in_as(client) is None


def test_an_answer_is_good_once(configured, client):
    lena()
    back = at_provider(leave(client))
    client.get(back)
    client.post("/accounts/logout/")

    answer = client.get(back)

    assert answer.status_code == 403
    assert signed_in_as(client) is None


def tampered(client, **changes):
    """Change what the session remembers of the request that it left with."""
    session = client.session
    ((key, (state, at, provider)),) = session["socialaccount_states"].items()
    state["data"] |= {name: value for name, value in changes.items() if name == "nonce"}
    state |= {name: value for name, value in changes.items() if name != "nonce"}
    session["socialaccount_states"] = {key: (state, at, provider)}
    session.save()


def test_an_id_token_for_another_nonce_is_refused(configured, client):
    lena()
    back = at_provider(leave(client))
    tampered(client, nonce="another")

    answer = client.get(back)

    assert answer.status_code == 403
    assert signed_in_as(client) is None


def test_a_code_without_its_verifier_is_refused_by_the_provider(configured, client):
    lena()
    back = at_provider(leave(client))
    tampered(client, pkce_code_verifier="x" * 60)

    client.get(back)

    assert signed_in_as(client) is None


def test_a_wrong_secret_signs_nobody_in(configured, client, settings):
    lena()
    back = at_provider(leave(client))
    app = settings.OIDC.app() | {"secret": "guessed"}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}

    client.get(back)

    assert signed_in_as(client) is None


def test_another_issuer_than_the_configured_one_is_refused(configured, client, settings):
    lena()
    back = at_provider(leave(client))
    settings.OIDC = dataclasses.replace(settings.OIDC, issuer="https://id.example.org")

    answer = client.get(back)

    assert answer.status_code in (403, 502)
    assert signed_in_as(client) is None


def test_a_provider_that_is_gone_is_said_in_words(configured, client, settings):
    app = settings.OIDC.app()
    app["settings"]["server_url"] = "http://127.0.0.1:9"
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}

    answer = client.post(LOGIN)

    assert answer.status_code == 502
    assert "does not answer" in answer.content.decode()


def test_the_sign_in_page_offers_it(configured, client):
    assert "Sign in with Nordhaven ID" in client.get("/accounts/login/").content.decode()


def test_nobody_links_an_identity_while_signed_in(configured, client):
    who = lena("somebody@example.org")
    enter(client, who)

    answer = client.get(at_provider(leave(client, process="connect")))
    pages = [client.get("/accounts/3rdparty/"), client.post("/accounts/3rdparty/", {"account": 1})]

    assert answer.status_code == 403
    assert [page.status_code for page in pages] == [403, 403]
    assert SocialAccount.objects.count() == 0


def test_somebody_with_an_app_is_asked_for_the_code_after_single_sign_on(configured, client):
    with_app(lena())

    answer = through(client)

    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert signed_in_as(client) is None


def test_a_second_factor_there_stands_for_one_here(configured, client, settings):
    settings.REQUIRE_SECOND_FACTOR_FOR = frozenset({"administrator"})
    for email in ("mfa@example.org", "lena@example.org"):
        factories.role(lena(email), "administrator", unit=factories.any_unit())
    plain = Client()

    through(client, "mfa@example.org")
    through(plain, "lena@example.org")

    assert client.get("/tokens/").status_code == 200
    assert plain.get("/tokens/")["Location"].startswith("/accounts/2fa/?next=")


def test_somebody_without_a_password_signs_after_a_second_sign_in_there(configured, client):
    who = lena()
    without_password(who)
    through(client)
    forget_proof(client)
    before = refused(door(who, client))
    page = client.get("/accounts/reauthenticate/?next=/accounts/confirmed/", follow=True)
    there = client.post("/accounts/oidc/confirm/", {"next": "/accounts/confirmed/"})["Location"]

    answer = client.get(at_provider(there), follow=True)
    made = reauthenticate(door(who, client))

    assert before == "reauthentication_needed"
    assert "Sign in again at Nordhaven ID" in page.content.decode()
    assert (asked_of(there)["prompt"], asked_of(there)["max_age"]) == ("login", "0")
    assert "It is you" in answer.content.decode()
    assert made.method == "single sign-on, in this session"


def test_an_old_sign_in_there_is_no_proof(configured, client):
    who = lena()
    through(client)
    forget_proof(client)
    there = client.post("/accounts/oidc/confirm/")["Location"]
    back = at_provider(there)
    later = time.time() + 3600
    session = client.session
    ((key, (state, at, provider)),) = session["socialaccount_states"].items()
    state["data"]["left_at"] = later
    session["socialaccount_states"] = {key: (state, at, provider)}
    session.save()

    answer = client.get(back)

    assert "did not ask you again" in answer.content.decode()
    assert refused(door(who, client)) == "reauthentication_needed"


def test_a_second_sign_in_there_as_somebody_else_is_no_proof(configured, client):
    who, other = lena(), lena("mfa@example.org")
    through(Client(), "mfa@example.org")
    through(client)
    forget_proof(client)
    there = client.post("/accounts/oidc/confirm/")["Location"]

    answer = client.get(at_provider(there, "mfa@example.org"))

    assert "somebody else than you" in answer.content.decode()
    assert signed_in_as(client) == who != other
    assert refused(door(who, client)) == "reauthentication_needed"


@pytest.mark.parametrize("next_url", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_neither_way_leads_on_to_another_site(configured, client, next_url):
    lena()
    first = client.get(at_provider(leave(client, next=next_url)))["Location"]
    there = client.post("/accounts/oidc/confirm/", {"next": next_url})["Location"]

    second = client.get(at_provider(there))["Location"]

    assert "evil" not in first + second


def test_adding_a_factor_asks_somebody_with_single_sign_on_alone_to_sign_in_there(
    configured, client
):
    without_password(lena())
    through(client)
    fresh = client.get("/accounts/2fa/totp/activate/")
    forget_proof(client)

    asked = client.get("/accounts/2fa/totp/activate/")

    assert fresh.status_code == 200
    assert asked["Location"].startswith("/accounts/oidc/confirm/?next=")
