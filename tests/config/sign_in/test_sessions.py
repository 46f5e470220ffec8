"""Sessions: listed, ended one by one and everywhere (GOV-4)."""

import pytest

from registry import services
from registry.services.people import deactivate_user
from registry.services.sessions import end_sessions
from tests.config.sign_in.people import (
    PASSWORD,
    browser,
    code_of,
    confirm,
    enter,
    entries,
    person,
    signed_in_as,
)
from tests.registry.factories import call, person_as_actor, role, unit, user

pytestmark = pytest.mark.django_db
LIST = "/accounts/sessions/"


def at_work(who, agent="Firefox"):
    """Return a browser in which somebody is signed in."""
    client = browser()
    client.defaults["HTTP_USER_AGENT"] = agent
    enter(client, who)
    return client


def lets_in(client):
    return client.get("/accounts/2fa/").status_code == 200


def row_of(client, agent):
    """Return the number of the session with this browser, from the page."""
    page = client.get(LIST).content.decode()
    row = page.split(agent)[1].split("</tr>")[0]
    return row.split('name="session" value="')[1].split('"')[0]


def test_every_browser_is_listed_and_the_present_one_is_marked():
    who = person()
    here = at_work(who, "Firefox on the desk")
    at_work(who, "Safari on the phone")

    page = here.get(LIST).content.decode()

    assert "Firefox on the desk" in page
    assert "Safari on the phone" in page
    assert page.count("this one") == 1


def test_one_session_is_ended_and_the_others_stay():
    who = person()
    here, phone, tablet = at_work(who), at_work(who, "phone-7"), at_work(who, "tablet-9")

    here.post(LIST, {"session": row_of(here, "phone-7")})

    assert [lets_in(one) for one in (here, phone, tablet)] == [True, False, True]
    assert len(entries("user.sessions_ended")) == 1


def test_all_others_are_ended_at_once():
    who = person()
    here, phone, tablet = at_work(who), at_work(who), at_work(who)

    here.post(LIST)

    assert [lets_in(one) for one in (here, phone, tablet)] == [True, False, False]
    assert b'"sessions":2' in bytes(entries("user.sessions_ended")[0].body)


def test_nobody_ends_a_session_of_somebody_else():
    who, other = person(), person()
    theirs = at_work(other, "theirs-1")
    number = row_of(at_work(other), "theirs-1")

    answer = at_work(who).post(LIST, {"session": number})

    assert answer.status_code == 404
    assert lets_in(theirs)


@pytest.mark.parametrize("session", ["0", "9" * 17, "999999999999999999999", "x", "١"])
def test_a_session_that_is_not_there_is_no_error(session):
    answer = at_work(person()).post(LIST, {"session": session})

    assert answer.status_code in (302, 404)


def test_a_session_that_was_ended_does_not_come_back_after_a_new_key():
    who = person()
    here = at_work(who)
    confirm(here)
    number_of_rows = here.get(LIST).content.decode().count("<tr>")

    assert number_of_rows == 2
    assert "this one" in here.get(LIST).content.decode()


def test_a_new_password_ends_every_other_session():
    who = person()
    here, phone = at_work(who), at_work(who)
    new = "another long enough one"

    here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert [lets_in(here), lets_in(phone)] == [True, False]
    assert b'"sessions_ended":1' in bytes(entries("user.password_changed")[0].body)


def test_a_new_second_factor_ends_every_other_session(django_capture_on_commit_callbacks):
    who = person()
    here, phone = at_work(who), at_work(who)
    confirm(here)
    here.get("/accounts/2fa/totp/activate/")
    code = code_of(here.session["mfa.totp.secret"])

    with django_capture_on_commit_callbacks(execute=True):
        here.post("/accounts/2fa/totp/activate/", {"code": code})

    assert [lets_in(here), lets_in(phone)] == [True, False]


def test_a_deactivated_persons_sessions_open_nothing():
    who = person()
    here = at_work(who)

    call(deactivate_user, user_id=who.pk, reason="left")

    assert not lets_in(here)
    assert signed_in_as(here) is None


def test_an_ended_role_ends_the_sessions_that_began_with_it():
    who = person()
    held = role(who, "engineer", unit=unit())
    here = at_work(who)

    call(services.end_role, assignment_id=held.pk, reason="moved")

    assert not lets_in(here)


def test_an_administrator_ends_sessions_with_a_reason_and_others_may_not():
    of = unit()
    who, administrator = person(of=of), user(of=of)
    role(administrator, "administrator", unit=of)
    here = at_work(who)

    ended = call(end_sessions, user=who, reason="stolen", actor=person_as_actor(administrator))

    assert ended == 1
    assert not lets_in(here)
