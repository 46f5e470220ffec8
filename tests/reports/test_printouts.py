"""A list of the ledger as a PDF: asked for, made by a worker, on record, gone after a day."""

import datetime as dt
import io
import json

import pypdf
import pytest
from django.conf import settings as configured

from config.words import thin
from incidents.models import Incident
from ledger.selectors.reach import Reach
from ledger.selectors.search import Wanted, found_page
from outbox import clock
from reports.models import Printout
from reports.selectors.printouts import scope_in_words
from reports.services.printouts import make_waiting
from tests.governance.ledger_room import bytes_of, sealed, shown, written
from tests.incidents import factory as cases
from tests.incidents.factory import AT

pytestmark = pytest.mark.django_db
WHOLE = Reach("nobody", all_systems=True, organisation=True)


@pytest.fixture(autouse=True)
def _standing_clock(_story_clock):
    clock.shift(dt.timedelta(0))
    clock.shift(AT - clock.now())


@pytest.fixture
def house():
    return cases.house()


def signed_in(client, user):
    client.force_login(user, backend=configured.AUTHENTICATION_BACKENDS[-1])
    return client


def asked(client, user, **query):
    """Ask for a list as a person; return its page."""
    return signed_in(client, user).post("/ledger/lists/", query)["Location"]


def words_of(content):
    """Return what a PDF says."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def printed(number):
    """Return a number as the words of a document hold it: digits grouped by narrow spaces."""
    return " ".join(thin(number).split())


def test_a_list_is_asked_for_made_and_downloaded(client, house):
    number = written(system=house.system, reason="Because of the readings.")
    sealed()
    page = asked(client, house.auditor, verb="system.changed")
    waits = client.get(page).content.decode()

    make_waiting(AT)

    ready = client.get(page).content.decode()
    content = bytes_of(client.get(f"{page}file"))
    said = words_of(content)
    assert "Waiting for a worker" in waits
    assert "Download the PDF" in ready
    assert f"{printed(number)} " in said
    assert "Because of the readings." in said
    assert "did system.changed" in said
    assert "1, of them 1 sealed" in said
    assert house.auditor.name in said
    assert "/StructTreeRoot" in pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]


def test_the_document_holds_exactly_the_list_of_then(client, house):
    for _ in range(3):
        written(system=house.system)
        written()
    listed = shown(client, "/ledger/?verb=system.changed", house.owner)
    page = asked(client, house.owner, verb="system.changed")
    written(system=house.system)
    make_waiting(AT)

    said = words_of(bytes_of(client.get(f"{page}file")))

    row = Printout.objects.get()
    assert row.lines == len(listed) == 3
    assert all(f"{printed(number)} open" in said for number in listed)
    assert said.count("(system.changed)") == 3


def test_each_download_is_on_record_with_its_filter(client, house):
    written()
    page = asked(client, house.auditor, verb="system.changed")
    make_waiting(AT)
    for _ in range(2):
        bytes_of(client.get(f"{page}file"))

    found = found_page(
        wanted=Wanted(verbs=["ledger.downloaded"]), reach=WHOLE, before=None, limit=9
    )
    assert [line.body["details"]["form"] for line in found] == ["pdf", "pdf"]
    assert found[0].body["details"]["filter"] == {"verb": "system.changed"}
    assert found[0].body["details"]["sha256"] == Printout.objects.get().sha256


def test_systems_that_only_cases_let_somebody_see_are_counted_on_a_list_too(house):
    other = cases.house()
    for _ in range(2):
        cases.opened(other)
    elsewhere = Incident.objects.filter(system=other.system).order_by().values("system_id")

    few = scope_in_words(Reach("nobody", system_ids=[house.system.pk]))
    many = scope_in_words(Reach("nobody", system_ids=[house.system.pk], more_systems=elsewhere))

    assert few.startswith("1 system ")
    assert many.startswith("2 systems ")


def test_nothing_can_be_downloaded_before_it_is_made(client, house):
    page = asked(client, house.auditor)

    assert client.get(f"{page}file").status_code == 409


def test_a_list_is_there_for_nobody_but_who_asked(client, house):
    page = asked(client, house.auditor)
    make_waiting(AT)
    signed_in(client, house.compliance)

    assert client.get(page).status_code == 404
    assert client.get(f"{page}file").status_code == 404


def test_a_stranger_is_sent_to_sign_in(client):
    page = "/ledger/lists/00000000-0000-4000-8000-000000000000/"

    answers = [client.post("/ledger/lists/"), client.get(page), client.get(f"{page}file")]

    assert [answer.status_code for answer in answers] == [302, 302, 302]


def test_more_than_a_pdf_holds_is_refused_in_words(client, house, monkeypatch):
    monkeypatch.setattr("reports.services.printouts.MOST_PRINTED", 1)
    written()
    written()

    response = signed_in(client, house.auditor).post("/ledger/lists/")

    assert response.status_code == 413
    assert "choose a shorter period" in response.content.decode()
    assert not Printout.objects.exists()


def test_a_missing_renderer_is_said_on_the_page(client, house, without_pango):
    page = asked(client, house.auditor)

    make_waiting(AT)

    assert "PDFs need Pango" in client.get(page).content.decode()


def test_a_list_whose_worker_died_is_taken_up_and_given_up_in_the_end(client, house):
    asked(client, house.auditor)
    Printout.objects.update(state="making", attempts=1, leased_until=AT + dt.timedelta(minutes=9))
    early = make_waiting(AT)
    Printout.objects.update(attempts=3, leased_until=AT)

    late = make_waiting(AT)

    assert (early, late) == (0, 1)
    assert Printout.objects.get().state == "failed"


def test_the_file_goes_after_a_day(client, house, files):
    page = asked(client, house.auditor)
    make_waiting(AT)
    path = files / Printout.objects.get().path
    was_there = path.is_file()

    make_waiting(AT + dt.timedelta(hours=25))

    assert was_there
    assert not path.exists()
    assert "The file was removed" in client.get(page).content.decode()


@pytest.mark.parametrize("fails", [False, True])
def test_a_name_that_was_typed_into_the_filter_goes_after_a_day_too(client, house, fails, request):
    if fails:
        request.getfixturevalue("without_pango")
    asked(client, house.auditor, person=house.owner.name, verb="system.changed")
    make_waiting(AT)

    make_waiting(AT + dt.timedelta(hours=25))

    assert Printout.objects.get().query == {"verb": "system.changed"}


def test_exceptions_are_printed_of_their_usual_period(client, house):
    written(verb="hold.set")
    written(verb="hold.set", at=AT - dt.timedelta(days=200))
    page = asked(client, house.auditor, exceptions="1", group="silence")
    make_waiting(AT)

    said = words_of(bytes_of(client.get(f"{page}file")))

    assert "Exceptions on record" in said
    assert Printout.objects.get().lines == 1


def test_the_api_asks_watches_and_downloads(client, house):
    written()
    signed_in(client, house.auditor)
    made = client.post(
        "/api/v1/ledger/lists",
        json.dumps({"filter": {"verb": "system.changed"}}),
        content_type="application/json",
    )
    make_waiting(AT)

    ready = client.get(made["Location"]).json()

    assert made.status_code == 202
    assert (ready["state"], ready["lines"]) == ("ready", 1)
    assert bytes_of(client.get(f"{made['Location']}/file")).startswith(b"%PDF-")


def test_the_api_refuses_a_filter_that_there_is_not(client, house):
    signed_in(client, house.auditor)

    answer = client.post(
        "/api/v1/ledger/lists",
        json.dumps({"filter": {"colour": "red"}}),
        content_type="application/json",
    )

    assert answer.status_code == 400
    assert "colour" in answer.json()["fields"]["filter"]
