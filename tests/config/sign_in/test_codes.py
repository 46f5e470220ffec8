"""Codes of an app and recovery codes: good once, on record, limited (GOV-4)."""

import pytest
from allauth.mfa.models import Authenticator as Row

from tests.config.sign_in.people import (
    code_of,
    confirm,
    enter,
    entries,
    factors_of,
    person,
    signed_in_as,
    with_app,
    with_recovery_codes,
)

pytestmark = pytest.mark.django_db
SECOND = "/accounts/2fa/authenticate/"


def test_with_an_app_the_password_alone_signs_nobody_in(client):
    who = person()
    with_app(who)

    answer = enter(client, who)

    assert answer["Location"] == SECOND
    assert signed_in_as(client) is None
    assert entries("user.signed_in") == []


def test_password_and_code_sign_in_and_the_entry_says_by_which(client):
    who = person()
    secret = with_app(who)
    enter(client, who)

    client.post(SECOND, {"code": code_of(secret)})

    assert signed_in_as(client) == who
    assert b'"methods":["password","app code"]' in bytes(entries("user.signed_in")[0].body)


def test_a_code_opens_the_door_once(client):
    who = person()
    secret = with_app(who)
    code = code_of(secret)
    enter(client, who)
    client.post(SECOND, {"code": code})
    client.post("/accounts/logout/")
    enter(client, who)

    answer = client.post(SECOND, {"code": code})

    assert answer.status_code == 200
    assert signed_in_as(client) is None


def test_a_code_before_the_last_one_used_is_refused(client):
    who = person()
    secret = with_app(who)
    earlier = code_of(secret, step=-1)
    enter(client, who)
    client.post(SECOND, {"code": code_of(secret)})
    client.post("/accounts/logout/")
    enter(client, who)

    client.post(SECOND, {"code": earlier})

    assert signed_in_as(client) is None


def test_a_phone_half_a_minute_late_is_let_in(client):
    who = person()
    secret = with_app(who)
    enter(client, who)

    client.post(SECOND, {"code": code_of(secret, step=-1)})

    assert signed_in_as(client) == who


def test_the_code_that_set_up_the_app_is_used_up(client):
    who = person()
    enter(client, who)
    confirm(client)
    client.get("/accounts/2fa/totp/activate/")
    code = code_of(client.session["mfa.totp.secret"])
    client.post("/accounts/2fa/totp/activate/", {"code": code})
    client.post("/accounts/logout/")
    enter(client, who)

    client.post(SECOND, {"code": code})

    assert signed_in_as(client) is None


def test_a_wrong_code_is_on_record_with_whose_it_was(client):
    who = person()
    with_app(who)
    enter(client, who)

    client.post(SECOND, {"code": "000000"})

    (entry,) = entries("user.second_factor_failed")
    assert entry.object_id == str(who.pk)
    assert b"000000" not in bytes(entry.body)


@pytest.mark.parametrize("code", ["", "x" * 5000, "12345\x00", "١٢٣٤٥٦", "-1", "1e5"])
def test_nonsense_is_no_code(client, code):
    who = person()
    with_app(who)
    enter(client, who)

    answer = client.post(SECOND, {"code": code})

    assert answer.status_code == 200
    assert signed_in_as(client) is None


def test_a_recovery_code_opens_the_door_once_and_says_how_many_are_left(client):
    who = person()
    with_app(who)
    codes = with_recovery_codes(who)
    enter(client, who)
    client.post(SECOND, {"code": codes[0]})
    client.post("/accounts/logout/")
    enter(client, who)

    client.post(SECOND, {"code": codes[0]})

    assert signed_in_as(client) is None
    assert b'"left":9' in bytes(entries("user.recovery_code_used")[0].body)


def test_the_secret_is_sealed_in_the_database():
    who = person()

    secret = with_app(who)

    assert secret not in str(Row.objects.get(user=who).data)


def test_a_secret_from_before_they_were_sealed_still_works(client):
    who = person()
    secret = with_app(who)
    row = Row.objects.get(user=who)
    row.data["secret"] = secret
    row.save()
    enter(client, who)

    client.post(SECOND, {"code": code_of(secret)})

    assert signed_in_as(client) == who


def test_the_recovery_codes_are_shown_once(client):
    who = person()
    enter(client, who)
    confirm(client)
    client.get("/accounts/2fa/totp/activate/")
    code = code_of(client.session["mfa.totp.secret"])
    shown = client.post("/accounts/2fa/totp/activate/", {"code": code}, follow=True)
    codes = Row.objects.get(user=who, type="recovery_codes").wrap().get_unused_codes()

    again = client.get("/accounts/2fa/recovery-codes/").content.decode()

    assert all(one in shown.content.decode() for one in codes)
    assert 'download="recovery-codes.txt"' in shown.content.decode()
    assert not any(one in again for one in codes)
    assert client.get("/accounts/2fa/recovery-codes/download/").status_code == 403


def test_the_app_is_removed_by_its_page_after_a_proof(client, django_capture_on_commit_callbacks):
    who = person()
    secret = with_app(who)
    enter(client, who)
    client.post(SECOND, {"code": code_of(secret)})
    asked = client.post("/accounts/2fa/totp/deactivate/")
    confirm(client)

    client.post("/accounts/2fa/totp/deactivate/")

    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert factors_of(who) == []
    assert len(entries("user.second_factor_removed")) == 1
