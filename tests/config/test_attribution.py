"""Doors beside the services: what comes in or goes out through them is on record."""

import re

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.core.management import call_command

from ledger.models import Disclosure, Entry
from outbox import clock
from registry.models import User
from tests.registry import factories

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def person(**changes):
    return factories.user(password=PASSWORD, **changes)


def entries(verb):
    return list(Entry.objects.filter(verb=verb).order_by("id"))


def _refuse(**_):
    raise OSError("no room")


def enter(client, user, password=PASSWORD):
    return client.post("/accounts/login/", {"login": user.email, "password": password})


def test_a_sign_in_is_an_entry_of_the_person(client):
    user = person()

    enter(client, user)

    (entry,) = entries("user.signed_in")
    assert (entry.actor_kind, entry.actor_id) == ("person", str(user.pk))


def test_a_sign_out_is_an_entry_of_the_person(client):
    user = person()
    enter(client, user)

    client.post("/accounts/logout/")

    (entry,) = entries("user.signed_out")
    assert (entry.actor_id, entry.object_id) == (str(user.pk), str(user.pk))


def test_a_failed_sign_in_tells_the_typed_address_as_a_commitment_only(client):
    user = person()

    enter(client, user, password="wrong")

    (entry,) = entries("user.sign_in_failed")
    assert user.email.encode() not in bytes(entry.body)
    assert Disclosure.objects.filter(subject=str(user.pk), kind="email", value=user.email).exists()


def test_an_address_that_nobody_has_is_on_record_under_nobody(client):
    client.post("/accounts/login/", {"login": "nobody@example.org", "password": "x"})

    (entry,) = entries("user.sign_in_failed")
    assert entry.object_id == "unknown"
    assert b"nobody@example.org" not in bytes(entry.body)


def test_a_changed_password_is_an_entry_of_its_owner(client):
    user = person()
    enter(client, user)
    fields = {
        "oldpassword": PASSWORD,
        "password1": "another long one",
        "password2": "another long one",
    }

    client.post("/accounts/password/change/", fields)

    (entry,) = entries("user.password_changed")
    assert entry.actor_id == str(user.pk)
    assert User.objects.get(pk=user.pk).check_password("another long one")


def test_a_password_that_is_refused_leaves_no_entry(client):
    user = person()
    enter(client, user)

    client.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "x", "password2": "x"}
    )

    assert entries("user.password_changed") == []


def test_a_password_is_not_changed_where_it_cannot_be_put_on_record(client, monkeypatch):
    user = person()
    enter(client, user)
    new = "another long one"
    monkeypatch.setattr("config.adapters.record_means", _refuse)

    with pytest.raises(OSError, match="no room"):
        client.post(
            "/accounts/password/change/",
            {"oldpassword": PASSWORD, "password1": new, "password2": new},
        )

    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_a_password_set_by_a_mailed_link_is_an_entry_of_whose_it_is(client):
    user = person()
    client.post("/accounts/password/reset/", {"email": user.email})
    link = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body).group(0)
    form = client.get(link, follow=True).redirect_chain[-1][0]

    client.post(form, {"password1": "another long one", "password2": "another long one"})

    (entry,) = entries("user.password_reset")
    assert (entry.actor_kind, entry.actor_id) == ("person", str(user.pk))


def test_a_second_factor_is_an_entry_of_its_owner(client, django_capture_on_commit_callbacks):
    user = person()
    enter(client, user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.get("/accounts/2fa/totp/activate/")
    counter = next(yield_hotp_counters_from_time())
    code = format_hotp_value(hotp_value(client.session["mfa.totp.secret"], counter))

    # allauth tells of it after the commit.
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/totp/activate/", {"code": code})

    (entry,) = entries("user.second_factor_added")
    assert entry.actor_id == str(user.pk)


def test_nobody_changes_their_own_address(client):
    user = person()
    enter(client, user)

    refused = client.post("/accounts/email/", {"email": "new@example.org", "action_add": ""})

    assert refused.status_code == 403
    assert "You cannot change your own address" in refused.content.decode()


def test_the_first_use_of_a_token_on_a_day_is_an_entry(client):
    token, plaintext = factories.token(at=clock.now())

    for _ in range(3):
        client.get("/api/v1/me", headers={"Authorization": f"Token {plaintext}"})

    (entry,) = entries("token.used")
    assert (entry.object_id, entry.actor_kind) == (token.token_key, "token")


def test_the_first_account_of_an_installation_is_on_record(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)

    call_command(
        "createsuperuser", interactive=False, verbosity=0, email="root@example.org", name="Root"
    )

    (entry,) = [row for row in entries("user.created") if row.actor_id == "createsuperuser"]
    assert entry.object_id == str(User.objects.get(email="root@example.org").pk)


def test_a_downloaded_sheet_is_an_entry_with_its_filter_and_rows(client):
    reader = person()
    enter(client, reader)

    response = client.get("/incidents/list.csv?state=open")

    assert response.status_code == 200
    (entry,) = entries("sheet.downloaded")
    assert b'"asked":{"state":"open"}' in bytes(entry.body)
    assert b'"rows":0' in bytes(entry.body)
