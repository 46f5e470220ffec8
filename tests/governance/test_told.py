"""The incident page says who was told and how that fared, and shows its tickets (W 9)."""

import pytest

from outbox import clock
from outbox.models import Message, Ticket
from outbox.selectors import delivery_word
from outbox.services.messages import save_endpoint
from tests.governance import organisation
from tests.governance.pages import text_of
from tests.incidents.factory import AT, SETUP, opened
from tests.registry.factories import call, sign_in

pytestmark = pytest.mark.django_db
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({}, "queued"),
        ({"attempts": 1}, "retrying"),
        ({"in_digest": True}, "in_digest"),
        ({"state": "sent"}, "sent"),
        ({"state": "delivered"}, "delivered"),
        ({"state": "failed"}, "failed"),
        ({"state": "sent", "seen_at": AT}, "seen"),
    ],
)
def test_every_state_of_a_delivery_has_its_word(columns, word):
    assert delivery_word(Message(**columns)) == word


@pytest.fixture
def of(db):
    return organisation.organised()


def test_the_page_says_who_was_told_and_how_that_fared(of, client):
    incident = opened(of.house)
    Message.objects.create(
        key="k", channel="mail", person_id=of.house.owner.pk, address="o@example.org",
        subject="Acknowledge it", subject_id=incident.pk, state="failed",
        next_attempt_at=AT, created_at=AT,
    )  # fmt: skip
    sign_in(client, of.house.owner, fresh_at=clock.now())

    page = text_of(client.get(f"/incidents/{incident.number}/"))

    assert "Who was told" in page
    assert "1 was not delivered" in page
    assert "Acknowledge it" in page


def test_a_ticket_is_asked_for_from_the_page_and_shown_there(of, client):
    call(
        save_endpoint,
        name="ticket:jira",
        url="https://jira.example.org/",
        secret=SECRET,
        actor=SETUP,
    )
    incident = opened(of.house)
    sign_in(client, of.house.owner, fresh_at=clock.now())
    offered = text_of(client.get(f"/incidents/{incident.number}/"))

    client.post(f"/incidents/{incident.number}/tickets/", {"system": "jira"})

    shown = text_of(client.get(f"/incidents/{incident.number}/"))
    assert "Ask for a ticket" in offered
    assert "asked for; no answer yet" in shown
    assert Ticket.objects.get().subject_id == incident.pk
