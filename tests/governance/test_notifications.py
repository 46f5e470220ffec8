"""Notices in the product: read state, one's own alone, nothing read away (workflow section 9)."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.selectors.pages.notifications import notifications_of
from ledger.models import Entry
from outbox import clock
from outbox.models import Message
from registry.models import RoleAssignment
from registry.selectors.banners import MOST_COUNTED, banners_of
from registry.services.roles import end_role
from reports.selectors.desk import desk_of
from tests.governance import organisation
from tests.governance.pages import text_of
from tests.incidents.factory import opened
from tests.registry.factories import call, sign_in

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def of(db):
    """An organisation with an open case of its owner."""
    made = organisation.organised()
    made.incident = opened(made.house)
    Message.objects.all().update(read_at=clock.now())
    return made


def told(who, subject="Acknowledge it", *, about=None, ago=0, **columns):
    at = clock.now() - ago * HOUR
    given = {"kind": "task", "channel": "mail", "state": "sent"} | columns
    return Message.objects.create(
        key=f"k:{uuid.uuid4()}", person_id=who.pk, address=who.email, subject=subject,
        body=f"{subject}.", subject_id=about and about.pk,
        url=f"https://countersign.example.org/incidents/{about.number}/" if about else "",
        next_attempt_at=at, created_at=at, **given,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def here(settings):
    """Where the product says that it is reached."""
    settings.PUBLIC_URL = "https://countersign.example.org"


def listed(client, query=""):
    return client.get(f"/api/v1/me/notifications{query}").json()


def test_the_bell_counts_what_is_unread_in_the_query_of_the_banners(of):
    owner = of.house.owner
    told(owner), told(owner), told(owner, read_at=clock.now())
    told(owner, channel="page"), told(of.house.compliance)
    at = clock.now()

    with CaptureQueriesContext(connection) as asked:
        found = banners_of(user_id=owner.pk, at=at)

    assert (found.unread, len(asked)) == (2, 1)


@pytest.mark.full
def test_the_bell_counts_no_further_than_it_shows(of, client):
    owner = of.house.owner
    Message.objects.bulk_create(
        Message(key=f"many:{n}", channel="mail", person_id=owner.pk, address="",
                next_attempt_at=clock.now(), created_at=clock.now())
        for n in range(MOST_COUNTED + 5)
    )  # fmt: skip
    sign_in(client, owner)

    page = client.get("/notifications/")

    assert 'aria-label="99+ unread notices"' in page.content.decode()


def test_the_unread_stand_first_each_with_its_case_and_its_one_step(of, client):
    owner = of.house.owner
    told(owner, "Older and unread", about=of.incident, ago=5)
    told(owner, "Newer and read", ago=1, read_at=clock.now())
    sign_in(client, owner)

    rows = listed(client)["results"]

    assert [row["what"] for row in rows][:2] == ["Older and unread", "Newer and read"]
    assert rows[0]["case"] == of.incident.number
    assert rows[0]["step"] == "Open the case"
    assert rows[0]["url"].startswith(f"/incidents/{of.incident.number}/?notice=")


@pytest.mark.full
def test_opening_its_link_reads_a_notice(of, client):
    message = told(of.house.owner, about=of.incident)
    sign_in(client, of.house.owner, fresh_at=clock.now())

    client.get(listed(client)["results"][0]["url"])

    message.refresh_from_db()
    assert message.read_at is not None


@pytest.mark.full
def test_read_and_unread_leave_no_trace_in_the_ledger(of, client):
    message = told(of.house.owner)
    sign_in(client, of.house.owner)
    before = Entry.objects.count()

    client.post(f"/notifications/{message.pk}/read")
    read = Message.objects.get(pk=message.pk).read_at
    client.post(f"/api/v1/me/notifications/{message.pk}/unread")

    assert read is not None
    assert Message.objects.get(pk=message.pk).read_at is None
    assert Entry.objects.count() == before


def test_all_that_was_there_is_read_with_one_post_and_what_came_since_is_not(of, client):
    owner = of.house.owner
    seen, since = told(owner, ago=2), told(owner)
    sign_in(client, owner)
    looked = (clock.now() - HOUR).isoformat()

    answer = client.post("/notifications/read", {"until": looked, "next": "https://evil.example/"})

    assert answer.url == "/notifications/"
    assert Message.objects.get(pk=seen.pk).read_at is not None
    assert Message.objects.get(pk=since.pk).read_at is None


def test_nobody_reads_or_marks_what_somebody_else_was_told(of, client):
    message = told(of.house.compliance, "Only for compliance")
    sign_in(client, of.house.owner)

    answers = [
        client.post(f"/notifications/{message.pk}/read").status_code,
        client.post(f"/api/v1/me/notifications/{message.pk}/read").status_code,
    ]

    assert answers == [404, 404]
    assert "Only for compliance" not in client.get("/notifications/").content.decode()


def test_who_lost_a_case_reads_its_number_and_none_of_its_words(of, client):
    compliance = of.house.compliance
    told(compliance, "Validate the secret matter", about=of.incident)
    for held in RoleAssignment.objects.filter(user=compliance):
        call(end_role, assignment_id=held.pk, reason="went away", at=clock.now())
    sign_in(client, compliance)

    page, row = client.get("/notifications/").content.decode(), listed(client)["results"][0]

    assert "secret matter" not in page + str(row)
    assert of.incident.number in page
    assert (row["hidden"], row["url"], row["case"]) == (True, "", of.incident.number)


@pytest.mark.full
def test_a_duty_is_not_read_away(of, client):
    owner = of.house.owner
    told(owner, about=of.incident)
    sign_in(client, owner)

    client.post("/api/v1/me/notifications/read", {}, content_type="application/json")

    assert listed(client)["results"][0]["stays"] is True
    assert of.incident.number in str(desk_of(user=owner, at=clock.now()))


@pytest.mark.full
def test_pages_are_keyset_pages_over_unread_and_read(of, client, monkeypatch):
    owner = of.house.owner
    for n in range(5):
        told(owner, f"N{n}", ago=n, kind="information", read_at=clock.now() if n % 2 else None)
    sign_in(client, owner)
    monkeypatch.setitem(notifications_of.__kwdefaults__, "size", 2)

    first = listed(client, "?kind=information")
    second = listed(client, f"?kind=information&after={first['after'].replace('+', '%2B')}")
    third = listed(client, f"?kind=information&after={second['after'].replace('+', '%2B')}")

    found = [row["what"] for page in (first, second, third) for row in page["results"]]
    assert found == ["N0", "N2", "N4", "N1", "N3"]
    assert third["after"] is None


@pytest.mark.parametrize("query", ["?after=nonsense", "?after=unread_x_y", "?kind=gossip"])
@pytest.mark.full
def test_what_is_no_place_and_no_kind_is_refused_in_words(of, client, query):
    sign_in(client, of.house.owner)

    answer = client.get(f"/api/v1/me/notifications{query}")

    assert answer.status_code == 400


@pytest.mark.full
def test_only_the_unread_of_a_kind_are_listed(of, client):
    owner = of.house.owner
    told(owner, "A task"), told(owner, "News", kind="information")
    told(owner, "Old news", kind="information", read_at=clock.now())
    sign_in(client, owner)

    rows = listed(client, "?kind=information&unread=1")["results"]

    assert [row["what"] for row in rows] == ["News"]


@pytest.mark.full
def test_an_instant_that_has_passed_shows_what_had_come_and_changes_nothing(of, client):
    owner = of.house.owner
    told(owner, "Long ago", ago=9), told(owner, "Just now")
    sign_in(client, owner)
    then = (clock.now() - 5 * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")

    page = client.get(f"/notifications/?as_of={then}")

    assert "Long ago" in text_of(page)
    assert "Just now" not in text_of(page)
    assert "Mark as read" not in text_of(page)


@pytest.mark.full
def test_the_list_takes_as_many_queries_for_many_as_for_few(of, client):
    owner = of.house.owner
    sign_in(client, owner)
    told(owner, about=of.incident)
    client.get("/notifications/")
    with CaptureQueriesContext(connection) as few:
        client.get("/notifications/")
    for n in range(30):
        told(owner, f"N{n}", about=of.incident, read_at=clock.now() if n % 2 else None)

    with CaptureQueriesContext(connection) as many:
        client.get("/notifications/")

    assert len(many) <= min(len(few) + 1, 10)
