"""Registering a system through the API."""

import pytest

from ledger.models import Entry
from registry.models import System
from tests.registry.factories import (
    role,
    sign_in,
    system,
    unit,
    user,
)

pytestmark = pytest.mark.django_db

LIST = "/api/v1/systems/"


def officer_of(thing, name="compliance"):
    person = user()
    role(person, name, unit=thing.unit)
    return person


def registration(somewhere, **changes):
    body = {
        "slug": "claims-approval",
        "name": "Claims approval",
        "kind": "predictive",
        "unit": str(somewhere.pk),
        "owner": str(user().pk),
        "deputy": str(user().pk),
        "purpose": "Pays small claims.",
        "risk_tier": "medium",
    }
    return body | changes


def test_compliance_registers_a_system(client):
    somewhere = unit()
    officer = user()
    role(officer, "compliance", unit=somewhere)

    answer = sign_in(client, officer).post(
        LIST, registration(somewhere), content_type="application/json"
    )

    made = System.objects.get(slug="claims-approval")
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"0"')
    assert (made.lifecycle, made.legal_class) == ("proposed", "undecided")
    assert Entry.objects.filter(verb="system.registered", system_id=made.pk).count() == 1


def test_an_auditor_registers_nothing_and_the_attempt_is_on_record(client):
    somewhere = unit()
    auditor = user()
    role(auditor, "auditor", unit=somewhere)

    answer = sign_in(client, auditor).post(
        LIST, registration(somewhere), content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert answer.json()["who_can"]
    entry = Entry.objects.get(verb="request.refused")
    assert entry.actor_id == str(auditor.pk)
    assert not System.objects.exists()


def test_fields_that_are_not_offered_change_nothing(client):
    somewhere = unit()
    officer = user()
    role(officer, "compliance", unit=somewhere)

    sign_in(client, officer).post(
        LIST,
        registration(somewhere, lifecycle="production", version=7, simulated="x"),
        content_type="application/json",
    )

    made = System.objects.get(slug="claims-approval")
    assert (made.lifecycle, made.version, made.simulated) == ("proposed", 0, "")


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"slug": "Claims Approval"}, 400, "slug"),
        ({"kind": "toaster"}, 400, "kind"),
        ({"owner": "00000000-0000-0000-0000-000000000000"}, 400, "owner"),
        ({"unit": "nowhere"}, 400, "unit"),
        ({"legal_class": "high_risk"}, 400, "risk_tier"),
    ],
)
def test_a_registration_that_is_wrong_names_its_field(client, changes, status, field):
    somewhere = unit()
    officer = user()
    role(officer, "compliance", unit=somewhere)

    answer = sign_in(client, officer).post(
        LIST, registration(somewhere, **changes), content_type="application/json"
    )

    assert answer.status_code == status
    assert field in answer.json()["fields"]


def test_one_slug_is_used_once(client):
    taken = system()
    officer = officer_of(taken)

    answer = sign_in(client, officer).post(
        LIST, registration(taken.unit, slug=taken.slug), content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "slug_in_use")


def test_owner_and_deputy_are_two_people(client):
    somewhere = unit()
    officer = user()
    role(officer, "compliance", unit=somewhere)
    one = str(user().pk)

    answer = sign_in(client, officer).post(
        LIST, registration(somewhere, owner=one, deputy=one), content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "deputy_is_owner")


@pytest.mark.parametrize("body", ["{", "[]", '"x"', ""])
def test_a_body_that_is_no_object_is_a_problem_document(client, body):
    officer = officer_of(system())

    answer = sign_in(client, officer).post(LIST, body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
