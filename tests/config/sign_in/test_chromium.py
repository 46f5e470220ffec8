"""Passkeys in a real browser with a virtual authenticator; what axe finds on the pages (GOV-4)."""

import datetime as dt
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from outbox import clock
from tests.config.sign_in.people import PASSWORD, entries, person
from tests.registry.factories import role, system, token, unit, user
from tests.walks.browser import chromium, serving

pytestmark = pytest.mark.browser
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def window(own_database, monkeypatch):
    """A window with a device that holds passkeys; what the console says as an error fails."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    said = []
    with serving() as base_url, chromium() as browser:
        base_url = base_url.replace("127.0.0.1", "localhost")
        page = browser.new_context(base_url=base_url).new_page()
        page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        yield page
        connections.close_all()
    assert said == []


def enter(page, who):
    page.goto("/accounts/login/")
    page.fill("[name=login]", who.email)
    page.fill("[name=password]", PASSWORD)
    page.click("form:has([name=password]) button")
    page.wait_for_url(re.compile(r"^[a-z]+://[^/]+/$"))


def confirm(page):
    page.fill("[name=password]", PASSWORD)
    page.click("text=Confirm and go on")


def add_key(page):
    page.goto("/accounts/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        confirm(page)
    page.fill("[name=name]", "my laptop")
    page.check("[name=passwordless]")
    page.click("text=Make the passkey")
    page.wait_for_url("**/recovery-codes/")


def test_a_passkey_is_made_signs_in_and_proves(window):
    who = person()
    enter(window, who)
    add_key(window)
    window.goto("/accounts/logout/")
    window.click("main button:has-text('Sign out')")

    window.goto("/accounts/login/")
    window.click("text=Sign in with a passkey")
    window.wait_for_url(re.compile(r"^[a-z]+://[^/]+/$"))
    window.goto("/accounts/2fa/webauthn/reauthenticate/?next=/accounts/confirmed/")
    window.click("text=Ask the passkey")
    window.wait_for_url(re.compile(r"^[a-z]+://[^/]+/accounts/confirmed/$"))

    assert b'"methods":["passkey"]' in bytes(entries("user.signed_in")[-1].body)
    assert b'"method":"passkey"' in bytes(entries("user.confirmed")[-1].body)


def test_a_passkey_signs_a_form(window, monkeypatch):
    who = person()
    enter(window, who)
    add_key(window)
    monkeypatch.setattr("config.accounts.proving.render", _with_form)

    window.goto("/accounts/confirmed/")
    window.click("text=Sign with a passkey")
    window.wait_for_url("**/accounts/confirmed/?**")

    assert '"clientDataJSON"' in window.evaluate(
        "new URLSearchParams(location.search).get('assertion')"
    )


def _with_form(request, template):
    """Answer with a page that holds nothing but the step that signs."""
    step = render_to_string("components/sign.html", {"ask": True, "button": "Sign"}, request)
    return HttpResponse(
        f'<!doctype html><title>x</title><link rel="icon" href="data:,"><form method="get">{step}'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}"></form>'
    )


def test_the_pages_are_clean(window):
    of = unit()
    who = person(of=of)
    role(who, "administrator", unit=of, at=clock.now() - dt.timedelta(days=1))
    made, _ = token(account=user(kind="service", of=of), systems=[system(of=of)], at=clock.now())
    enter(window, who)
    add_key(window)

    found = {}
    for path in (
        "/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/",
        "/accounts/2fa/totp/activate/", "/accounts/2fa/recovery-codes/generate/",
        "/accounts/sessions/", "/accounts/reauthenticate/", "/accounts/confirmed/",
        f"/accounts/people/{user(of=of).pk}/", "/tokens/", "/tokens/new/",
        f"/tokens/{made.token_key}/",
    ):  # fmt: skip
        window.goto(path)
        result = Axe().run(window)
        if result.violations_count:
            found[path] = [one["id"] for one in result.response["violations"]]
        assert window.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path

    assert found == {}
