"""The pages of packs: who sees them, what they say while a pack is built, the download."""

import datetime as dt

import pytest
from django.conf import settings as configured

from ledger.selectors.lines import lines_of_object
from outbox import clock
from reports.models import Pack
from reports.services.building import build_waiting
from tests.reports import packing, story

pytestmark = pytest.mark.django_db


def signed_in(client, user):
    """Sign a person in."""
    client.force_login(user, backend=configured.AUTHENTICATION_BACKENDS[-1])
    return client


def period(**changes):
    """Return what the form is sent with."""
    usual = {"about": "system:claims-approval", "kind": "everything", "recipient": "auditor"}
    return usual | {"first": "2026-09-01", "last": "2027-01-31"} | changes


@pytest.mark.parametrize("path", ["/", "/packs/", "/packs/EP-2027-00001/"])
def test_a_stranger_is_sent_to_sign_in(client, path):
    response = client.get(path)

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_the_auditor_asks_for_a_pack_watches_it_and_downloads_it(client, without_pango):
    told = story.base()
    signed_in(client, told.people.nils)

    asked = client.post("/packs/", period())
    watched = client.get(asked["Location"])
    build_waiting(clock.now())
    ready = client.get(asked["Location"])
    sent = client.get(f"{asked['Location']}download")

    pack = Pack.objects.get()
    assert asked["Location"] == f"/packs/{pack.number}/"
    assert "Waiting for a worker" in watched.content.decode()
    assert pack.sha256 in ready.content.decode()
    assert b"".join(sent.streaming_content) == packing.path_of(pack).read_bytes()
    assert sent["Content-Disposition"] == f'attachment; filename="{pack.number}.zip"'


def test_a_pack_that_waits_reloads_with_and_without_script(client):
    told = story.base()
    pack = packing.asked(told)

    page = signed_in(client, told.people.nils).get(f"/packs/{pack.number}/").content.decode()

    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert f'hx-get="/packs/{pack.number}/" hx-trigger="every 2s"' in page


def test_a_failed_pack_says_why_and_offers_to_start_again(client, settings, without_pango):
    settings.PACK_MAX_BYTES = 1
    told = story.base()
    pack = packing.built(told)

    page = signed_in(client, told.people.nils).get(f"/packs/{pack.number}/").content.decode()

    assert "Ask for a shorter period" in page
    assert f'action="/packs/{pack.number}/again"' in page


def test_an_engineer_sees_no_form_and_is_told_who_can(client):
    told = story.base()

    page = signed_in(client, told.people.priya).get("/packs/").content.decode()

    assert "You cannot have evidence packs" in page
    assert "Ask for the pack" not in page


@pytest.mark.parametrize("path", ["", "download"])
def test_an_engineer_is_refused_a_pack_in_words_and_the_refusal_is_on_record(
    client, without_pango, path
):
    told = story.base()
    pack = packing.built(told)

    response = signed_in(client, told.people.priya).get(f"/packs/{pack.number}/{path}")

    newest = lines_of_object(object_type="system", object_id=str(told.system.pk))[0]
    assert response.status_code == 403
    assert "That takes the owner, a compliance officer" in response.content.decode()
    assert (newest.verb, newest.actor) == ("request.refused", "Priya Raman")


def test_a_period_that_runs_backwards_is_said_at_its_field(client):
    told = story.base()

    response = signed_in(client, told.people.nils).post(
        "/packs/", period(first="2027-01-31", last="2027-01-01")
    )

    assert response.status_code == 400
    assert "The last day lies before the first." in response.content.decode()


def test_a_system_that_is_not_offered_is_refused(client):
    told = story.base()

    response = signed_in(client, told.people.nils).post("/packs/", period(about="system:another"))

    assert response.status_code == 400
    assert not Pack.objects.exists()


def test_the_list_costs_the_same_for_one_pack_and_for_many(
    client, django_assert_num_queries, django_assert_max_num_queries
):
    told = story.base()
    signed_in(client, told.people.nils)
    packing.asked(told)
    with django_assert_max_num_queries(40) as one:
        client.get("/packs/")

    for _ in range(5):
        packing.asked(told)

    with django_assert_num_queries(len(one)):
        client.get("/packs/")


def test_who_lost_the_role_loses_the_page(client):
    told = story.base()
    pack = packing.asked(told)
    ended = told.people.nils.roles.get()
    ended.until_at = story.AT - dt.timedelta(days=1)
    with story.acting_as(story.ENGINE):
        ended.save()

    response = signed_in(client, told.people.nils).get(f"/packs/{pack.number}/")

    assert response.status_code == 403


def test_one_matter_is_asked_for_by_its_number_and_knows_its_period(client):
    told = story.closed_story()
    reader = signed_in(client, told.people.nils)

    asked = reader.post("/packs/", period(number=told.incident.number, first="", last=""))

    pack = Pack.objects.get()
    page = reader.get(asked["Location"]).content.decode()
    assert (pack.kind, pack.breadth, pack.incident) == ("incident", "matters", told.incident)
    assert f"Evidence pack: {told.incident.number}" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": "INC-1999-00001"}, "There is no such incident"),
        ({"number": "\x00"}, "Null characters are not allowed"),
        ({"first": ""}, "Name the day."),
        ({"about": ""}, "Choose what it is about"),
        ({"kind": "teapot"}, "Select a valid choice"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(client, changes, words):
    told = story.base()

    response = signed_in(client, told.people.nils).post("/packs/", period(**changes))

    assert response.status_code == 400
    assert words in response.content.decode()


def test_the_organisation_is_offered_to_who_may_have_it(client):
    told = story.base()

    pages = [
        signed_in(client, user).get("/packs/?system=claims-approval").content.decode()
        for user in (told.people.nils, told.people.jonas)
    ]

    assert ["The whole organisation" in page for page in pages] == [True, False]
    assert 'value="system:claims-approval" selected' in pages[1]


def test_a_pack_that_waits_says_how_many_have_their_turn_before_it(client):
    told = story.base()
    packing.asked(told)
    pack = packing.asked(told, at=story.AT + dt.timedelta(seconds=1))
    clock.shift(clock.now() - dt.datetime.now(dt.UTC) + dt.timedelta(seconds=5))

    page = signed_in(client, told.people.nils).get(f"/packs/{pack.number}/").content.decode()

    assert "1 pack has its turn before it" in page
