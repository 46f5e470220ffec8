"""Documents that a worker draws (REP-4): asked for, drawn, downloaded, gone after a day."""

import datetime as dt

import pytest
from django.conf import settings as configured

from ledger.models import Entry
from ledger.rules.refusals import Forbidden
from outbox import clock
from reports import paper_kinds
from reports.models import Printout
from reports.render.pdf import Pdf
from reports.services.printouts import KEPT, make_waiting, remove_old
from tests.incidents import factory as cases
from tests.incidents.factory import AT

pytestmark = pytest.mark.django_db
DRAWN = Pdf(content=b"%PDF-1.7 drawn", pages=2)


@pytest.fixture(autouse=True)
def _standing_clock(_story_clock):
    clock.shift(dt.timedelta(0))
    clock.shift(AT - clock.now())


@pytest.fixture
def house():
    return cases.house()


@pytest.fixture
def barred(monkeypatch):
    """A kind of document; who is put into the set may not have it."""
    people = set()

    def check(query, user, at):
        if user.pk in people:
            raise Forbidden("not_yours", "This is not yours to read.")
        return paper_kinds.Paper(
            title=f"Sheet {query.get('number', '')}",
            file_name="sheet",
            back="/",
            subject=("list", "sheet", "Sheet"),
        )

    kind = paper_kinds.PaperKind(check=check, draw=lambda query, user, at: DRAWN)
    monkeypatch.setitem(paper_kinds._kinds, "sheet", kind)
    return people


@pytest.fixture
def client_of(client):
    def signed_in(user):
        client.force_login(user, backend=configured.AUTHENTICATION_BACKENDS[-1])
        return client

    return signed_in


def test_a_document_is_asked_for_drawn_and_downloaded_on_record(house, barred, client_of):
    client = client_of(house.auditor)
    page = client.post("/papers/sheet/", {"number": "7"})["Location"]
    waits = client.get(page).content.decode()

    make_waiting(AT)

    ready = client.get(page).content.decode()
    file = client.get(f"{page}file")
    told = Entry.objects.filter(verb="sheet.downloaded")
    assert "Waiting for a worker" in waits
    assert "2 pages" in ready
    assert b"".join(file.streaming_content) == DRAWN.content
    assert told.count() == 1


def test_it_is_only_for_who_asked_for_it(house, barred, client_of):
    page = client_of(house.auditor).post("/papers/sheet/", {"number": "7"})["Location"]
    make_waiting(AT)

    other = client_of(house.compliance).get(page)

    assert other.status_code == 404


def test_who_may_no_longer_read_it_gets_neither_drawing_nor_file(house, barred, client_of):
    client = client_of(house.auditor)
    drawn = client.post("/papers/sheet/", {"number": "7"})["Location"]
    make_waiting(AT)
    client.post("/papers/sheet/", {"number": "8"})

    barred.add(house.auditor.pk)
    make_waiting(AT)

    late = Printout.objects.get(query={"number": "8"})
    assert client.get(f"{drawn}file").status_code == 403
    assert (late.state, late.failure) == ("failed", "This is not yours to read.")
    assert not Entry.objects.filter(verb="sheet.downloaded").exists()


@pytest.mark.parametrize(
    ("kind", "query", "status"),
    [
        ("nothing", {}, 404),
        ("ledger", {}, 404),
        ("sheet", {"number": "x" * 201}, 400),
        ("sheet", {"number": "a\x00b"}, 400),
        ("sheet", {str(n): "1" for n in range(11)}, 400),
    ],
)
def test_what_names_no_document_is_refused(house, barred, client_of, kind, query, status):
    answer = client_of(house.auditor).post(f"/papers/{kind}/", query)

    assert answer.status_code == status
    assert not Printout.objects.exists()


def test_its_file_goes_after_a_day(house, barred, client_of):
    client = client_of(house.auditor)
    page = client.post("/papers/sheet/", {"number": "7"})["Location"]
    make_waiting(AT)

    remove_old(AT + KEPT)

    assert "The file was removed" in client.get(page).content.decode()


def test_the_api_does_the_same(house, barred, client_of):
    client = client_of(house.auditor)
    asked = client.post(
        "/api/v1/papers/sheet", {"of": {"number": "7"}}, content_type="application/json"
    )
    make_waiting(AT)

    ready = client.get(asked["Location"]).json()
    file = client.get(f"{asked['Location']}/file")

    assert asked.status_code == 202
    assert (ready["state"], ready["title"]) == ("ready", "Sheet 7")
    assert b"".join(file.streaming_content) == DRAWN.content
