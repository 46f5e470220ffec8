"""Guessing is stopped, said with how long, on record, and undone by an administrator (GOV-4)."""

import datetime as dt

import pytest
from axes.models import AccessAttempt

from outbox import clock
from outbox.models import Message
from registry.services.means import reset_second_factors, unlock_person
from tests.config.sign_in.people import (
    PASSWORD,
    browser,
    code_of,
    enter,
    entries,
    factors_of,
    person,
    sign_in_by_key,
    signed_in_as,
    with_app,
    with_key,
    with_recovery_codes,
)
from tests.registry.factories import call, person_as_actor, role, sign_in, unit, user

pytestmark = pytest.mark.django_db
SECOND = "/accounts/2fa/authenticate/"


@pytest.fixture(autouse=True)
def guarded(settings):
    settings.AXES_ENABLED = True


def office():
    """Return a person and their administrator."""
    of = unit()
    administrator = user(of=of)
    role(administrator, "administrator", unit=of)
    return person(of=of), administrator


def guess(client, who, times=5):
    for _ in range(times):
        answer = enter(client, who, password="guess")
    return answer


def test_five_wrong_passwords_lock_even_the_right_one(client):
    who = person()
    guess(client, who)

    answer = enter(client, who)

    assert answer.status_code == 429
    assert signed_in_as(client) is None


def test_the_page_says_for_how_long(client):
    who = person()

    answer = guess(client, who)

    assert "Try again in 60 minutes" in answer.content.decode()
    assert answer["Retry-After"] == "3600"


def test_the_lock_is_on_record_once(client):
    who = person()

    guess(client, who, times=8)

    (entry,) = entries("user.locked_out")
    assert entry.object_id == str(who.pk)


def test_other_people_and_other_places_are_not_locked(client):
    who = person()
    guess(client, who)
    elsewhere = browser()
    elsewhere.defaults["REMOTE_ADDR"] = "203.0.113.9"

    enter(elsewhere, who)
    enter(client, other := person())

    assert (signed_in_as(elsewhere), signed_in_as(client)) == (who, other)


def test_a_right_password_begins_the_count_anew(client):
    who = person()
    guess(client, who, times=4)
    enter(client, who)
    client.post("/accounts/logout/")
    guess(client, who, times=4)

    enter(client, who)

    assert signed_in_as(client) == who


def test_a_right_password_without_the_code_does_not(client):
    who = person()
    with_app(who)
    for _ in range(5):
        enter(client, who)
        answer = client.post(SECOND, {"code": "000000"})

    assert answer.status_code == 429


def test_wrong_codes_lock_and_the_right_one_comes_too_late(client):
    who = person()
    secret = with_app(who)
    enter(client, who)
    for _ in range(5):
        client.post(SECOND, {"code": "000000"})

    answer = client.post(SECOND, {"code": code_of(secret)})

    assert answer.status_code == 429
    assert signed_in_as(client) is None


def test_recovery_codes_are_not_to_be_guessed_either(client):
    who = person()
    with_app(who)
    codes = with_recovery_codes(who)
    enter(client, who)
    for number in range(5):
        client.post(SECOND, {"code": f"{number:08}"})

    client.post(SECOND, {"code": codes[0]})

    assert signed_in_as(client) is None
    assert entries("user.recovery_code_used") == []


def test_a_passkey_alone_is_not_locked_by_what_others_guess():
    who = person()
    device = with_key(who)
    guess(browser(), who)
    client = browser()

    sign_in_by_key(client, device)

    assert signed_in_as(client) == who


def test_what_was_typed_beside_is_not_kept(client):
    who = person()

    enter(client, who, password="guess", next="/incidents/7/?secret=words")

    kept = AccessAttempt.objects.get()
    assert (kept.post_data, kept.get_data) == ("", "")


@pytest.mark.parametrize("typed", ["x" * 250 + "@example.org", "x" * 400, "a\x00@b.example", ""])
def test_strange_addresses_are_no_error(client, typed):
    answer = client.post("/accounts/login/", {"login": typed, "password": "x"})

    assert answer.status_code == 200


def test_an_administrator_unlocks_with_a_reason_and_the_person_is_let_in(client):
    who, administrator = office()
    guess(client, who)
    helper = browser()
    sign_in(helper, administrator)
    seen = helper.get(f"/accounts/people/{who.pk}/").content.decode()

    helper.post(f"/accounts/people/{who.pk}/", {"act": "unlock", "reason": "called me"})
    enter(client, who)

    assert "locked" in seen
    assert signed_in_as(client) == who
    assert entries("user.unlocked")[0].actor_id == str(administrator.pk)


def test_without_a_reason_nothing_is_unlocked(client):
    who, administrator = office()
    guess(client, who)
    sign_in(client, administrator)

    answer = client.post(f"/accounts/people/{who.pk}/", {"act": "unlock", "reason": " "})

    assert answer.status_code == 400
    assert AccessAttempt.objects.exists()


@pytest.mark.parametrize("of_whom", ["nobody", "another unit", "oneself"])
def test_only_their_administrator_helps_and_never_oneself(client, of_whom):
    who, administrator = office()
    reader = {"nobody": user(), "another unit": office()[1], "oneself": administrator}[of_whom]
    target = administrator if of_whom == "oneself" else who
    sign_in(client, reader)

    answer = client.post(f"/accounts/people/{target.pk}/", {"act": "factors", "reason": "mine"})

    assert answer.status_code == 403
    assert entries("user.second_factors_reset") == []


def test_a_lost_factor_is_taken_away_and_the_person_is_told(client):
    who, administrator = office()
    with_app(who)
    with_recovery_codes(who)

    call(
        reset_second_factors,
        user_id=who.pk,
        reason="phone lost, seen in person",
        actor=person_as_actor(administrator),
        at=clock.now(),
    )

    assert factors_of(who) == []
    assert "phone lost" in Message.objects.get(person_id=who.pk).body
    assert len(entries("user.second_factors_reset")) == 1


def test_unlocking_somebody_who_is_not_locked_does_no_harm():
    who, administrator = office()

    counters = call(
        unlock_person, user_id=who.pk, reason="asked", actor=person_as_actor(administrator)
    )

    assert counters == 0


def test_the_lock_ends_by_itself(client):
    who = person()
    guess(client, who)
    AccessAttempt.objects.update(attempt_time=clock.now() - dt.timedelta(minutes=61))

    enter(client, who, password=PASSWORD)

    assert signed_in_as(client) == who
