"""Tickets go out under a stable id and come back as signed notes that decide nothing (W 9)."""

import datetime as dt
import json
import uuid

import pytest
from standardwebhooks.webhooks import Webhook

from incidents.models import Incident
from incidents.services.tickets import open_incident_ticket
from ledger.models import Entry
from ledger.rules.refusals import Forbidden, Invalid
from outbox import clock
from outbox.models import Message, Ticket, TicketNote
from outbox.services.delivery import deliver_due
from outbox.services.messages import save_endpoint
from tests.incidents.factory import AT, SETUP, acting, opened
from tests.outbox.receivers import web_server
from tests.registry.factories import call, sign_in

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def jira(db):
    """A ticket system that is set up."""
    return call(
        save_endpoint,
        name="ticket:jira",
        url="https://jira.example.org/in",
        secret=SECRET,
        actor=SETUP,
    )


@pytest.fixture
def incident(house, jira):
    return opened(house)


def ask(incident, who, system="jira"):
    return call(
        open_incident_ticket, incident_id=incident.pk, system=system, actor=acting(who), at=AT
    )


def say(client, ticket_id, *, secret=SECRET, name="msg_1", at=None, raw=None, **said):
    """Send a note as the other system does; `at` is when it says that it signed."""
    body = raw if raw is not None else json.dumps({"status": "in progress"} | said)
    signed_at = at or dt.datetime.now(dt.UTC)
    return client.post(
        f"/api/v1/tickets/{ticket_id}/notes",
        body,
        content_type="application/json",
        headers={
            "webhook-id": name,
            "webhook-timestamp": str(int(signed_at.timestamp())),
            "webhook-signature": Webhook(secret).sign(name, signed_at, body),
        },
    )


def test_a_ticket_is_asked_for_once_under_a_stable_id(incident, house):
    with web_server() as server:
        call(save_endpoint, name="ticket:jira", url=f"{server.url}/in", secret=SECRET, actor=SETUP)
        first = ask(incident, house.owner)
        second = ask(incident, house.owner)
        deliver_due(at=AT)

    (_path, headers, body), *more = server.seen
    told = json.loads(body)
    assert (first.pk, more) == (second.pk, [])
    assert headers["webhook-id"] == str(Message.objects.get(channel="webhook").pk)
    assert (told["ticket"], told["number"]) == (str(first.pk), incident.number)
    assert told["answers_at"].endswith(f"/api/v1/tickets/{first.pk}/notes")


def test_a_signed_note_is_kept_with_its_link_and_changes_no_state(incident, house, client):
    ticket = ask(incident, house.owner)
    version = Incident.objects.get(pk=incident.pk).version

    answer = say(
        client,
        ticket.pk,
        status="closed",
        external_id="OPS-7",
        url="https://jira.example.org/OPS-7",
    )

    ticket.refresh_from_db()
    found = Incident.objects.get(pk=incident.pk)
    assert (answer.status_code, ticket.external_id) == (201, "OPS-7")
    assert ticket.url == "https://jira.example.org/OPS-7"
    assert (found.state, found.version) == (incident.state, version)
    assert Entry.objects.filter(verb="ticket.noted", incident_id=incident.pk).count() == 1


def test_a_note_that_comes_twice_is_one(incident, house, client):
    ticket = ask(incident, house.owner)

    answers = [say(client, ticket.pk).status_code for _ in range(2)]

    assert (answers, TicketNote.objects.count()) == ([201, 201], 1)


def test_the_first_link_stays(incident, house, client):
    ticket = ask(incident, house.owner)
    say(client, ticket.pk, url="https://jira.example.org/OPS-7")

    say(client, ticket.pk, name="msg_2", url="https://evil.example/")

    ticket.refresh_from_db()
    assert ticket.url == "https://jira.example.org/OPS-7"


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "whsec_" + "AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
        {"at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
    ],
)
def test_a_note_whose_signature_does_not_hold_is_refused(incident, house, client, wrong):
    ticket = ask(incident, house.owner)

    answer = say(client, ticket.pk, **wrong)

    assert answer.status_code == 403
    assert not TicketNote.objects.exists()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("[]", 400),
        ('{"status": 7}', 400),
        ('{"text": "no status"}', 400),
        ('{"status": "ok", "url": "javascript:alert(1)"}', 400),
        ('{"status": "\\u0000"}', 400),
        ("{", 400),
    ],
)
def test_a_note_that_cannot_be_read_is_refused_in_words(incident, house, client, raw, status):
    ticket = ask(incident, house.owner)

    answer = say(client, ticket.pk, raw=raw)

    assert answer.status_code == status


def test_a_note_on_no_ticket_is_not_found(incident, client):
    assert say(client, uuid.uuid4()).status_code == 404


def test_who_has_no_part_asks_for_no_ticket(incident, house):
    with pytest.raises(Forbidden):
        ask(incident, house.secretary)


def test_a_system_that_is_not_set_up_is_refused(incident, house):
    with pytest.raises(Invalid):
        ask(incident, house.owner, system="github")


def test_the_api_opens_and_lists_tickets(incident, house, client):
    sign_in(client, house.owner, fresh_at=clock.now())

    made = client.post(
        f"/api/v1/incidents/{incident.number}/tickets",
        {"system": "jira"},
        content_type="application/json",
    )

    listed = client.get(f"/api/v1/incidents/{incident.number}/tickets").json()
    assert made.status_code == 201
    assert [one["id"] for one in listed] == [str(Ticket.objects.get().pk)]
    assert listed[0]["system"] == "jira"
