"""Erasures by their pages and the API; what a pack that is built afterwards says, and proves."""

import pytest
from django.test import Client

from governance.services.erasures import erase_person
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.erasures import pseudonym_of
from registry.models import ErasureRequest, User
from registry.services.people import deactivate_user
from tests.governance.pages import seen, signed_in
from tests.incidents.factory import AT, SETUP, house
from tests.reports import packing, story

pytestmark = pytest.mark.django_db
ERASER = machine("test", kind="command")


@pytest.fixture
def of():
    """A house in which somebody has left."""
    made = house()
    with acting_as(SETUP):
        deactivate_user(user_id=made.stranger.pk, reason="left", actor=SETUP, at=AT)
    return made


def test_one_asks_by_the_page_and_another_agrees(of):
    person = of.stranger
    given = {"person": str(person.pk), "basis": "request", "reason": "wrote to us"}
    signed_in(Client(), of.compliance).post("/erasures/", given)
    asked = ErasureRequest.objects.get()
    path = f"/erasures/{asked.pk}/"

    own = seen(Client(), path, of.compliance)
    signed_in(Client(), of.executive).post(path, {"act": "confirm"})

    assert "Agree and erase" not in own
    person.refresh_from_db()
    asked.refresh_from_db()
    assert (person.name, asked.state) == (pseudonym_of(person.pk), "done")
    assert pseudonym_of(person.pk) in seen(Client(), "/erasures/", of.auditor)


def test_the_second_person_may_decline_with_the_reason(of):
    given = {"person": str(of.stranger.pk), "basis": "request", "reason": "wrote to us"}
    signed_in(Client(), of.compliance).post("/erasures/", given)
    asked = ErasureRequest.objects.get()

    client = signed_in(Client(), of.verifier)
    bare = client.post(f"/erasures/{asked.pk}/", {"act": "decline"})
    client.post(f"/erasures/{asked.pk}/", {"act": "decline", "reason": "a claim may come"})

    asked.refresh_from_db()
    assert (bare.status_code, asked.state, asked.decided_reason) == (
        400,
        "declined",
        "a claim may come",
    )
    assert User.objects.get(pk=of.stranger.pk).name == of.stranger.name


def test_the_page_says_what_stands_against_it(of):
    person = of.deputy
    asked = ErasureRequest(
        person=person, basis="request", reason="x", asked_by=of.compliance, asked_at=AT
    )
    with acting_as(SETUP):
        asked.save(force_insert=True, at=AT)

    page = seen(Client(), f"/erasures/{asked.pk}/", of.executive)

    assert f"{person.name} is still named as owner or deputy of Claims approval." in page
    assert "Agree and erase" not in page


def test_the_api_asks_and_agrees(of):
    body = {"person": str(of.stranger.pk), "basis": "request", "reason": "wrote to us"}
    asker, second = (signed_in(Client(), one) for one in (of.compliance, of.verifier))

    asked = asker.post("/api/v1/erasures/", body, content_type="application/json")
    path = f"/api/v1/erasures/{asked.json()['id']}/confirm"
    own = asker.post(path, {}, content_type="application/json")
    done = second.post(path, {}, content_type="application/json")

    assert (asked.status_code, own.status_code, done.status_code) == (201, 403, 200)
    assert own.json()["code"] == "second_person_needed"
    assert done.json()["name"] == pseudonym_of(of.stranger.pk)


@pytest.mark.full
def test_a_pack_built_after_an_erasure_verifies_and_does_not_name_the_person():
    told = story.closed_story()
    person = told.people.maren
    with acting_as(ERASER):
        erase_person(person=person, told={"test": True}, actor=ERASER, at=story.AT)

    pack = packing.built(told)

    assert packing.faults_of(pack) == []
    for name in ("data/audit/log.csv", "data/audit/disclosures.jsonl", "data/index.html"):
        assert b"Maren Vogt" not in packing.read(pack, name), name
    log = packing.read(pack, "data/audit/log.csv").decode()
    assert "erased (" in log
    assert "Jonas Weber" in log
