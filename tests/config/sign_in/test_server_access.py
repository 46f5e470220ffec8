"""The way in from the server when no administrator can sign in (GOV-4)."""

import pytest
from django.core.management import CommandError, call_command

from ledger.models import Entry
from ledger.rules.refusals import Forbidden
from registry.models import RoleAssignment
from registry.services.server_access import open_access
from tests.config.sign_in.people import (
    browser,
    enter,
    entries,
    factors_of,
    person,
    signed_in_as,
    with_app,
)
from tests.registry.factories import call, person_as_actor, unit, user

pytestmark = pytest.mark.django_db
NEW = "a new and long enough one"


def run(who, monkeypatch, *arguments, reason="phone lost"):
    monkeypatch.setenv("ADMIN_ACCESS_PASSWORD", NEW)
    call_command("admin_access", who.email, *arguments, reason=reason, verbosity=0)


def test_a_person_who_lost_everything_is_let_in_as_administrator(monkeypatch):
    who, of = person(), unit()
    with_app(who)

    run(who, monkeypatch, "--new-password", "--drop-factors", f"--administrator-of={of.name}")
    client = browser()
    enter(client, who, password=NEW)

    assert signed_in_as(client) == who
    assert factors_of(who) == []
    assert RoleAssignment.objects.get(user=who).role == "administrator"


def test_it_is_an_exception_on_record_with_the_reason_and_without_the_password(monkeypatch):
    run(person(), monkeypatch, "--new-password")

    (entry,) = entries("access.opened")
    assert (entry.actor_kind, entry.actor_id) == ("command", "admin_access")
    assert b"phone lost" in bytes(entry.body)
    assert NEW.encode() not in bytes(entry.body)


def test_a_lock_is_lifted_and_nothing_else_is_touched(monkeypatch, settings):
    settings.AXES_ENABLED = True
    who, client = person(), browser()
    with_app(who)
    for _ in range(5):
        enter(client, who, password="guess")

    run(who, monkeypatch)
    answer = enter(client, who)

    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert factors_of(who) == ["totp"]


@pytest.mark.parametrize(
    ("arguments", "reason", "words"),
    [
        ((), " ", "Say why"),
        (("--administrator-of=No such unit",), "lost", "no unit"),
    ],
)
def test_it_is_refused_whole(monkeypatch, arguments, reason, words):
    with pytest.raises(CommandError, match=words):
        run(person(), monkeypatch, *arguments, reason=reason)

    assert not Entry.objects.filter(verb="access.opened").exists()


def test_a_weak_password_is_refused(monkeypatch):
    monkeypatch.setenv("ADMIN_ACCESS_PASSWORD", "short")

    with pytest.raises(CommandError, match="weak_password"):
        call_command("admin_access", person().email, "--new-password", reason="lost", verbosity=0)


def test_no_person_does_it_through_the_application():
    who = person()

    with pytest.raises(Forbidden):
        call(open_access, email=who.email, reason="mine", actor=person_as_actor(user()))
