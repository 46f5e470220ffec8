"""People with means to sign in, and the steps that tests of sign-in take."""

import datetime as dt
import json
import re

import pytest
from allauth.mfa.models import Authenticator as Row
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.db import connection
from django.test import Client, RequestFactory

from ledger.models import Entry
from ledger.rules.refusals import Forbidden
from outbox import clock
from registry.ceremony import reauthenticate
from registry.models import User
from tests.config.sign_in.authenticator import Authenticator
from tests.net import by_hand
from tests.registry import factories

PASSWORD = factories.PASSWORD


def person(**changes):
    """Return somebody with a password."""
    return factories.user(**({"password": PASSWORD} | changes))


def browser():
    """Return a client that speaks TLS, as passkeys need."""
    client = Client()
    client.defaults["wsgi.url_scheme"] = "https"
    client.defaults["SERVER_PORT"] = "443"
    return client


def with_app(who):
    """Give somebody an app that shows codes; return its secret."""
    secret = generate_totp_secret()
    TOTP.activate(who, secret)
    return secret


def with_recovery_codes(who):
    """Give somebody recovery codes; return them."""
    return RecoveryCodes.activate(who).generate_codes()


def without_password(who):
    """Take somebody's password away, as single sign-on alone would have them."""
    with by_hand(), connection.cursor() as cursor:
        cursor.execute("UPDATE registry_user SET password = '!none' WHERE id = %s", [who.pk])


def code_of(secret, *, step=0):
    """Return the code that the app shows now, or some steps of half a minute from now."""
    now = list(yield_hotp_counters_from_time())[1]
    return format_hotp_value(hotp_value(secret, now + step))


def enter(client, who, password=PASSWORD, **more):
    """Type address and password at the sign-in."""
    return client.post("/accounts/login/", {"login": who.email, "password": password, **more})


def confirm(client):
    """Prove again by the password, on the page for that."""
    return client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def options_in(page):
    """Return the question for a passkey that stands in a page."""
    found = re.search(
        r'<script id="passkey-options" type="application/json">(.*?)</script>',
        page.content.decode(),
        re.S,
    )
    return json.loads(found.group(1))


def add_key(client, device=None, *, alone=True, name="phone"):
    """Add a passkey by its page; the person is signed in and proved."""
    device = device or Authenticator()
    options = options_in(client.get("/accounts/2fa/webauthn/add/"))["creation_options"]
    given = {"name": name, "credential": device.create(options)}
    answer = client.post(
        "/accounts/2fa/webauthn/add/", given | ({"passwordless": "on"} if alone else {})
    )
    assert answer.status_code == 302, answer.content.decode()
    return device


def with_key(who, *, alone=True):
    """Give somebody a passkey through its page; return the device."""
    client = browser()
    enter(client, who)
    confirm(client)
    return add_key(client, alone=alone)


def sign_in_by_key(client, device):
    """Sign in with a passkey alone."""
    address = "/accounts/2fa/webauthn/login/"
    options = client.get(address, headers={"Accept": "application/json"}).json()
    return client.post(address, {"credential": device.get(options["request_options"])})


def entries(verb):
    """Return the entries of a verb, oldest first."""
    return list(Entry.objects.filter(verb=verb).order_by("id"))


def signed_in_as(client):
    """Return who is signed in, None for nobody."""
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


def factors_of(who):
    """Return the kinds of somebody's factors."""
    return sorted(Row.objects.filter(user=who).values_list("type", flat=True))


def door(who, client):
    """Return a request of a signed-in person, in the session of a browser."""
    request = RequestFactory().post("/incidents/1/validate")
    request.session, request.user = client.session, who
    return request


def forget_proof(client):
    """Let the last proof of a session be too old."""
    session = client.session
    session["authenticated_at"] = (clock.now() - dt.timedelta(hours=1)).isoformat()
    session.save()


def refused(request, **proof):
    with pytest.raises(Forbidden) as refusal:
        reauthenticate(request, **proof)
    return refusal.value.code
