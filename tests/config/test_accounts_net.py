"""What other packages save of an account is told by an entry of the same transaction."""

import datetime as dt

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from ledger.models import Entry
from ledger.services.reconciliation import reconcile
from registry.models import User
from tests.registry import factories as registry

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
FIELDS = {
    "oldpassword": registry.PASSWORD,
    "password1": "another long one",
    "password2": "another long one",
}


@pytest.fixture
def person(own_database):
    """Somebody with a password, in a database of the test's own."""
    return registry.user(password=registry.PASSWORD)


def told(person):
    """Return the verbs of the entries that name the account's row."""
    rows = Entry.objects.filter(touched__contains=[f"registry_user:{person.pk}"])
    return list(rows.order_by("id").values_list("verb", flat=True))


def test_a_new_password_is_told_in_its_own_transaction(client, person):
    registry.sign_in(client, person)

    client.post("/accounts/password/change/", FIELDS)

    assert len(told(person)) == 2
    assert Entry.objects.filter(verb="user.password_changed").count() == 1
    assert reconcile(AT).unmatched == 0


@pytest.mark.full
def test_a_password_that_is_hashed_anew_at_the_sign_in_is_told(client, person, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]

    client.post("/accounts/login/", {"login": person.email, "password": registry.PASSWORD})

    assert User.objects.get().password.startswith(PBKDF2PasswordHasher.algorithm)
    assert told(person) == ["user.created", "user.changed"]
    assert reconcile(AT).unmatched == 0


@pytest.mark.full
def test_the_instant_of_a_sign_in_is_no_change_of_the_record(client, person):
    client.post("/accounts/login/", {"login": person.email, "password": registry.PASSWORD})

    assert User.objects.get().last_login is not None
    assert told(person) == ["user.created"]
    assert reconcile(AT).unmatched == 0
