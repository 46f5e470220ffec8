"""Signatures: by a person, proved again, bound to what was shown; and the door of the ceremony."""

import datetime as dt
import uuid

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import ProgrammingError, transaction
from django.test import RequestFactory
from rest_framework.request import Request

from ledger.models import Entry
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Forbidden, Invalid
from outbox import clock
from registry.access import commit_session, person_actor
from registry.ceremony import note_sign_in, reauthenticate, typed_address
from registry.models import Signature
from registry.services.signatures import Ceremony, is_valid, sign
from tests.registry.factories import AT, PASSWORD, call, person_as_actor, token, user

pytestmark = pytest.mark.django_db
SHOWN = {"incident": "INC-7", "findings": "Scans got darker.", "severity": "major"}
MINUTE = dt.timedelta(minutes=1)


def ceremony(**changes):
    arguments = {"method": "password", "authenticated_at": AT, "session": "abc", "address": "x"}
    return Ceremony(**(arguments | changes))


def signed(signer, *, actor=None, at=AT, **changes):
    arguments = {
        "user": signer,
        "meaning": "review",
        "role": "compliance officer",
        "subject_type": "incident",
        "subject_id": uuid.uuid4(),
        "payload": SHOWN,
        "reason": "agreed",
        "ceremony": ceremony(),
    }
    actor = actor or person_as_actor(signer, session="abc")
    return call(sign, actor=actor, at=at, **(arguments | changes))


def door(who, *, entered_at=None):
    """Return a request of a signed-in person, the password entered at an instant."""
    request = RequestFactory().post("/incidents/1/validate")
    request.session = SessionStore()
    request.session.create()
    request.user = who
    if entered_at is not None:
        note_sign_in(request, at=entered_at)
    return request


def test_a_signature_keeps_who_what_and_how():
    lena = user(name="Lena Brandt")

    made = signed(lena, meaning="review")

    assert (made.signer_name, made.role, made.meaning) == (
        "Lena Brandt",
        "compliance officer",
        "review",
    )
    assert (made.method, made.authenticated_at, made.session) == ("password", AT, "abc")
    assert made.zone == "Europe/Berlin"
    assert Entry.objects.filter(
        verb="record.signed", touched__contains=[f"registry_signature:{made.pk}"]
    ).exists()


def test_a_signature_stands_for_the_record_that_was_shown_and_no_other():
    made = signed(user())

    assert is_valid(made, dict(reversed(SHOWN.items())))
    assert not is_valid(made, SHOWN | {"findings": "Scans got darker!"})


def test_a_signature_is_neither_changed_nor_removed():
    made = signed(user())

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Signature.objects.filter(pk=made.pk).update(reason="other")


@pytest.mark.parametrize(
    "actor",
    [
        Actor(kind="token", id=str(uuid.uuid4()), name="pipeline", session="abc"),
        machine("sweep"),
    ],
)
def test_a_machine_never_signs(actor):
    with pytest.raises(Forbidden) as refusal:
        signed(user(), actor=actor)

    assert (refusal.value.code, refusal.value.status) == ("signature_needs_person", 403)
    assert refusal.value.recorded


def test_nobody_signs_for_somebody_else():
    with pytest.raises(Forbidden) as refusal:
        signed(user(), actor=person_as_actor(user(), session="abc"))

    assert refusal.value.code == "signature_not_yours"


@pytest.mark.parametrize(
    ("later", "code"),
    [
        (5 * MINUTE, None),
        (5 * MINUTE + dt.timedelta(seconds=1), "reauthentication_needed"),
    ],
)
def test_a_proof_is_fresh_for_five_minutes(later, code):
    signer = user()

    if code is None:
        assert signed(signer, at=AT + later).signed_at == AT + later
        return
    with pytest.raises(Forbidden) as refusal:
        signed(signer, at=AT + later)
    assert refusal.value.code == code


def test_a_policy_may_let_a_proof_last_longer():
    made = signed(user(), at=AT + 10 * MINUTE, fresh_seconds=900)

    assert made.authenticated_at == AT


def test_a_proof_of_another_session_is_none():
    signer = user()

    with pytest.raises(Forbidden) as refusal:
        signed(signer, ceremony=ceremony(session="another"))

    assert refusal.value.code == "reauthentication_needed"


def test_a_meaning_that_does_not_exist_is_refused():
    with pytest.raises(Invalid, match="no meaning 'applause'"):
        signed(user(), meaning="applause")


def test_the_right_password_makes_a_ceremony_of_this_session():
    lena = user(password=PASSWORD)
    request = door(lena)

    made = reauthenticate(request, PASSWORD)

    assert made.method == "password"
    assert made.session == commit_session(request) == person_actor(request, lena).session != ""
    assert abs(made.authenticated_at - clock.now()) < MINUTE


def test_a_password_just_entered_counts_for_the_next_signature():
    request = door(user(password=PASSWORD))
    first = reauthenticate(request, PASSWORD)

    second = reauthenticate(request, "")

    assert second.authenticated_at == first.authenticated_at
    assert second.method == "password entered in this session"


@pytest.mark.parametrize("entered", [None, -6 * MINUTE, MINUTE])
def test_without_a_fresh_password_entry_it_is_asked_for(entered):
    at = None if entered is None else clock.now() + entered
    request = door(user(password=PASSWORD), entered_at=at)

    with pytest.raises(Forbidden) as refusal:
        reauthenticate(request, "")

    assert refusal.value.code == "reauthentication_needed"


def test_a_wrong_password_is_refused_to_be_recorded_with_who_it_was():
    lena = user(name="Lena Brandt", password=PASSWORD)
    request = door(lena, entered_at=clock.now())

    with pytest.raises(Forbidden) as refusal:
        reauthenticate(request, "wrong")

    assert (refusal.value.code, refusal.value.recorded) == ("password_wrong", True)
    assert refusal.value.subject == ("user", str(lena.pk), lena.on_record)


def test_the_password_of_somebody_else_proves_nothing():
    user(password="another-long-password")
    request = door(user(password=PASSWORD))

    with pytest.raises(Forbidden, match="not your password"):
        reauthenticate(request, "another-long-password")


def test_guessing_at_the_ceremony_is_stopped_even_for_the_right_password(settings):
    settings.AXES_ENABLED = True
    lena = user(password=PASSWORD)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        with pytest.raises(Forbidden):
            reauthenticate(door(lena), "guess")

    with pytest.raises(Forbidden) as refusal:
        reauthenticate(door(lena), PASSWORD)

    assert refusal.value.code == "too_many_attempts"


def test_a_token_is_told_that_a_signature_needs_a_person():
    made, _ = token()
    request = Request(door(made.user))
    request.user, request.auth = made.user, made

    with pytest.raises(Forbidden) as refusal:
        reauthenticate(request, PASSWORD)

    assert (refusal.value.code, refusal.value.recorded) == ("signature_needs_person", True)


def test_signing_in_by_the_page_is_a_password_entry(client):
    lena = user(password=PASSWORD)

    client.post("/accounts/login/", {"login": lena.email, "password": PASSWORD})

    entered = dt.datetime.fromisoformat(client.session["authenticated_at"])
    assert abs(entered - clock.now()) < MINUTE
    assert Entry.objects.filter(verb="user.signed_in", actor_id=str(lena.pk)).count() == 1


@pytest.mark.parametrize(
    "credentials",
    [
        {"email": "Lena@example.org"},
        {"login": "lena@example.org "},
        {"username": "LENA@example.org"},
    ],
)
def test_the_limits_know_the_address_that_was_typed(credentials):
    assert typed_address(RequestFactory().get("/"), credentials) == "lena@example.org"
