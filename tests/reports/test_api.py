"""Packs over HTTP: ask, watch, download; refusals as problem documents."""

import pytest
from django.conf import settings as configured
from rest_framework.test import APIClient

from outbox import clock
from reports.models import Pack
from reports.services.building import build_waiting
from tests.registry import factories
from tests.reports import packing, story

pytestmark = pytest.mark.django_db
PERIOD = {
    "system": "claims-approval",
    "since": "2026-09-01T00:00:00+02:00",
    "until": "2027-02-01T00:00:00+01:00",
}


def caller(user):
    """Return a client with a person's session."""
    client = APIClient()
    client.force_login(user, backend=configured.AUTHENTICATION_BACKENDS[-1])
    return client


def test_a_pack_is_asked_for_watched_and_downloaded(without_pango):
    api = caller(story.base().people.nils)

    asked = api.post("/api/v1/packs/", PERIOD, format="json")
    build_waiting(clock.now())
    ready = api.get(asked["Location"])
    sent = api.get(f"{asked['Location']}download")

    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    assert (ready.json()["state"], ready.json()["progress"]) == ("ready", 100)
    assert b"".join(sent.streaming_content) == packing.path_of(Pack.objects.get()).read_bytes()
    assert sent["ETag"] == f'"{ready.json()["sha256"]}"'


def test_the_list_holds_the_packs_that_the_caller_may_have():
    told = story.base()
    pack = packing.asked(told)

    mine, theirs = (
        caller(user).get("/api/v1/packs/").json() for user in (told.people.maren, told.people.priya)
    )

    assert [row["number"] for row in mine] == [pack.number]
    assert theirs == []


def test_an_engineer_is_refused_with_who_can():
    told = story.base()

    response = caller(told.people.priya).post("/api/v1/packs/", PERIOD, format="json")

    assert response.status_code == 403
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["who_can"] == [
        "Jonas Weber",
        "Nils Bergström",
        "Maren Vogt",
        "Claire Dubois",
        "Tomasz Zieliński",
    ]


@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_token_is_told_that_a_person_is_needed(verb):
    told = story.base()
    _, secret = factories.token(
        systems=[told.system], account=factories.user(kind="service", of=told.unit), at=story.AT
    )
    api = APIClient(HTTP_AUTHORIZATION=f"Token {secret}")

    response = getattr(api, verb)("/api/v1/packs/")

    assert (response.status_code, response.json()["code"]) == (403, "person_needed")


def test_a_stranger_is_asked_to_sign_in():
    response = APIClient().get("/api/v1/packs/")

    assert response.status_code == 401


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"system": "unknown"}, 404),
        ({"since": "yesterday"}, 400),
        ({"since": "2027-03-01T00:00:00Z"}, 400),
        ({"until": None}, 400),
    ],
)
def test_what_makes_no_sense_is_refused(changes, status):
    api = caller(story.base().people.nils)

    response = api.post("/api/v1/packs/", PERIOD | changes, format="json")

    assert response.status_code == status
    assert not Pack.objects.exists()


def test_a_download_before_it_is_ready_tells_how_far_it_is():
    told = story.base()
    pack = packing.asked(told)

    response = caller(told.people.nils).get(f"/api/v1/packs/{pack.number}/download")

    assert response.status_code == 409
    assert (response.json()["state"], response.json()["progress"]) == ("queued", 0)


def test_an_unknown_pack_is_not_found():
    response = caller(story.base().people.nils).get("/api/v1/packs/EP-1999-00001/")

    assert response.status_code == 404


def test_a_pack_that_did_not_fail_is_not_started_again():
    told = story.base()
    pack = packing.asked(told)

    response = caller(told.people.nils).post(f"/api/v1/packs/{pack.number}/again")

    assert response.status_code == 409


def test_a_pack_of_the_organisation_says_what_it_is_of():
    told = story.base()
    wanted = {name: value for name, value in PERIOD.items() if name != "system"}

    asked = caller(told.people.claire).post(
        "/api/v1/packs/",
        wanted | {"organisation": True, "kind": "iso_42001", "recipient": "authority"},
        format="json",
    )

    said = asked.json()
    assert asked.status_code == 202
    assert (said["breadth"], said["kind"], said["recipient"]) == (
        "organisation",
        "iso_42001",
        "authority",
    )
    assert said["systems"] == [{"slug": "claims-approval", "name": "Claims approval"}]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"organisation": True}, 400),
        ({"system": ""}, 400),
        ({"system": "", "unit": "Nowhere"}, 404),
        ({"system": "", "unit": "\x00"}, 400),
        ({"system": "", "number": "INC-1999-00001"}, 404),
        ({"system": "", "number": "x" * 30}, 400),
        ({"kind": "incident"}, 400),
        ({"recipient": ["auditor"]}, 400),
        ({"since": None}, 400),
        ({"since": "0001-01-01T00:00:00+14:00"}, 400),
        ({"system": "../x"}, 400),
    ],
)
def test_what_cannot_be_asked_for_is_refused_without_a_defect(changes, status):
    told = story.base()

    response = caller(told.people.nils).post("/api/v1/packs/", PERIOD | changes, format="json")

    assert response.status_code == status
