"""Mail over SMTP, pages in two forms, chat: to real receivers on loopback (W 9)."""

import datetime as dt
import json
import uuid

import pytest

from outbox import contacts
from outbox.channels import chat
from outbox.contacts import Contact
from outbox.models import DeliveryAttempt, Message
from outbox.selectors import unreachable
from outbox.services.delivery import deliver_due
from outbox.services.messages import end_page, queue_chat, queue_mail, queue_page
from tests.outbox.receivers import mail_server, web_server

KEY = "pagerduty:R015GE1ABCDEFGHIJKLMNOPQ"
LINK = "https://countersign.example.org/incidents/INC-7/"
WHO = uuid.UUID(int=7)


def now():
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


@pytest.fixture
def mailbox(settings):
    with mail_server(settings) as found:
        yield found


@pytest.fixture
def web():
    with web_server() as found:
        yield found


@pytest.fixture
def person(monkeypatch):
    """Return a function that says how the one person is reached."""

    def reached(**ways):
        found = Contact(**({"mail": "who@example.org"} | ways))
        monkeypatch.setattr(contacts._sources, "find", [lambda ids: dict.fromkeys(ids, found)])

    reached()
    return reached


def mail(at, **changes):
    given = {
        "key": "m",
        "person_id": WHO,
        "address": "who@example.org",
        "subject": "Validate INC-7",
    }
    return queue_mail(**(given | {"body": "Validate it.\n"} | changes), at=at)


def page(at, **changes):
    given = {"key": "p", "person_id": WHO, "subject": "Stop the agent of INC-7", "body": LINK}
    return queue_page(**(given | {"url": LINK} | changes), at=at)


@pytest.mark.django_db
def test_a_mail_that_the_server_takes_is_delivered(mailbox, person):
    about = uuid.uuid4()
    message = mail(now(), subject_id=about, subject="Bestätigen: Änderung")

    deliver_due(at=now())

    message.refresh_from_db()
    (receivers, text), *_ = mailbox.mails
    assert (message.state, receivers) == ("delivered", ["who@example.org"])
    assert message.delivered_at is not None
    assert f"Message-ID: <{message.pk}@" in text
    assert f"References: <{about}@" in text
    assert DeliveryAttempt.objects.get().status == 250


@pytest.mark.django_db
def test_an_address_that_is_refused_for_good_fails_at_once_and_nobody_is_reached(mailbox, person):
    mailbox.refusals["who@example.org"] = "550 5.1.1 no such user"
    message = mail(now())

    deliver_due(at=now())

    message.refresh_from_db()
    assert (message.state, DeliveryAttempt.objects.get().status) == ("failed", 550)
    assert unreachable(WHO)


@pytest.mark.django_db
def test_an_address_that_is_refused_for_now_is_tried_again(mailbox, person):
    mailbox.refusals["who@example.org"] = "451 4.7.1 come again later"
    at = now()
    message = mail(at)
    deliver_due(at=at)
    mailbox.refusals.clear()

    deliver_due(at=at + dt.timedelta(seconds=15))

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("delivered", 2)
    assert not unreachable(WHO)


@pytest.mark.django_db
def test_a_text_that_the_server_refuses_fails(mailbox, person):
    mailbox.data_answer = "554 5.6.0 refused"
    message = mail(now())

    deliver_due(at=now())

    message.refresh_from_db()
    assert message.state == "failed"


@pytest.mark.django_db
def test_a_server_that_is_away_costs_no_mail(settings, person):
    with mail_server(settings):
        pass
    message = mail(now())

    deliver_due(at=now())

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("queued", 1)
    assert not unreachable(WHO)


@pytest.mark.django_db
def test_six_tries_in_vain_are_no_contact(settings, person):
    mail(now())
    Message.objects.update(attempts=6)

    assert unreachable(WHO)


@pytest.mark.django_db
def test_one_channel_that_works_is_enough(web, person, settings):
    settings.PAGERDUTY_EVENTS_URL = f"{web.url}/v2/enqueue"
    person(page=KEY)
    failed = mail(now())
    Message.objects.filter(pk=failed.pk).update(state="failed", attempts=1)
    page(now())

    deliver_due(at=now())

    assert not unreachable(WHO)


@pytest.mark.django_db
def test_a_page_is_an_event_of_pagerduty_with_one_key_for_the_alarm(web, person, settings):
    settings.PAGERDUTY_EVENTS_URL = f"{web.url}/v2/enqueue"
    person(page=KEY)
    message = page(now(), page_key="incident-7", severity="major")

    deliver_due(at=now())

    (path, _headers, body), *_ = web.seen
    event = json.loads(body)
    message.refresh_from_db()
    assert (path, message.state) == ("/v2/enqueue", "sent")
    assert event["routing_key"] == KEY.removeprefix("pagerduty:")
    assert (event["event_action"], event["dedup_key"]) == ("trigger", "incident-7")
    assert event["payload"]["severity"] == "error"
    assert event["payload"]["summary"] == "Stop the agent of INC-7"
    assert event["client_url"] == f"{LINK}?notice={message.pk}"


@pytest.mark.django_db
def test_an_answered_page_ends_the_alarm_on_the_other_side(web, person, settings):
    settings.PAGERDUTY_EVENTS_URL = f"{web.url}/v2/enqueue"
    person(page=KEY)
    end_page(key="e", page_key="incident-7", person_id=WHO, at=now())

    deliver_due(at=now())

    event = json.loads(web.seen[0][2])
    assert (event["event_action"], event["dedup_key"]) == ("resolve", "incident-7")


@pytest.mark.django_db
def test_a_page_to_ntfy_is_json_with_the_topic(web, person):
    host = web.url.removeprefix("http://")
    person(page=f"http://:tk_secret@{host}/on-call")
    message = page(now(), drill=True)

    deliver_due(at=now())

    path, headers, body = web.seen[0]
    told = json.loads(body)
    assert (path, headers["Authorization"]) == ("/", "Bearer tk_secret")
    assert (told["topic"], told["priority"]) == ("on-call", 5)
    assert told["title"] == "DRILL Stop the agent of INC-7"
    assert told["click"].endswith(f"?notice={message.pk}")


@pytest.mark.django_db
def test_the_address_of_a_page_stands_nowhere_in_the_clear(web, person):
    person(page=KEY)

    message = page(now())

    assert message.address == "PagerDuty, key ending in NOPQ"
    assert KEY.removeprefix("pagerduty:").encode() not in bytes(message.sealed_address)


@pytest.mark.django_db
def test_a_page_that_is_refused_is_mailed_at_once(web, person, settings):
    settings.PAGERDUTY_EVENTS_URL = f"{web.url}/v2/enqueue"
    person(page=KEY)
    web.answers[:] = [400]
    refused = page(now())

    deliver_due(at=now())

    refused.refresh_from_db()
    instead = Message.objects.get(key=f"instead:{refused.pk}")
    assert refused.state == "failed"
    assert (instead.channel, instead.urgent, instead.address) == ("mail", True, "who@example.org")


@pytest.mark.django_db
def test_a_pager_that_is_busy_is_asked_again(web, person, settings):
    settings.PAGERDUTY_EVENTS_URL = f"{web.url}/v2/enqueue"
    person(page=KEY)
    web.answers[:] = [429]
    at = now()
    message = page(at)

    deliver_due(at=at)
    deliver_due(at=at + dt.timedelta(seconds=5))

    message.refresh_from_db()
    assert (message.state, len(web.seen)) == ("sent", 2)


@pytest.mark.django_db
def test_who_has_no_pager_is_mailed_at_once(person):
    message = page(now())

    assert (message.channel, message.urgent, message.held) == ("mail", True, False)
    assert message.address == "who@example.org"


@pytest.mark.django_db
def test_a_page_inside_the_network_is_refused(person, settings):
    settings.WEBHOOK_PRIVATE_HOSTS = []
    person(page="http://127.0.0.1:9/on-call")
    message = page(now())

    deliver_due(at=now())

    message.refresh_from_db()
    assert message.state == "queued"
    assert DeliveryAttempt.objects.get().response == "AddressRefused"


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
@pytest.mark.django_db
def test_a_chat_message_arrives_through_the_extra(web, person):
    host = web.url.removeprefix("http://")
    web.answers[:] = [200]
    person(chat=f"mmost://{host}/3ccdd113474722377935511fc85d3dd4")
    message = queue_chat(key="c", person_id=WHO, subject="Validate INC-7", body=LINK, at=now())

    deliver_due(at=now())

    message.refresh_from_db()
    assert message.state == "sent"
    assert "Validate INC-7" in web.seen[0][2].decode()


@pytest.mark.django_db
def test_without_the_extra_a_chat_message_goes_by_mail(person, monkeypatch):
    monkeypatch.setattr(chat, "EXTRA", "countersign_has_no_such_extra")
    person(chat="mmost://chat.example.org/3ccdd113474722377935511fc85d3dd4")
    message = queue_chat(key="c", person_id=WHO, subject="Validate INC-7", body=LINK, at=now())

    deliver_due(at=now())

    message.refresh_from_db()
    assert message.state == "failed"
    assert Message.objects.filter(key=f"instead:{message.pk}", channel="mail").exists()


@pytest.mark.django_db
def test_an_urgent_notice_goes_to_the_chat_too_where_its_reader_wants_that(person):
    person(chat="mmost://chat.example.org/3ccdd1134747", by_chat=frozenset({"task"}))

    mail(now(), kind="task", urgent=True)

    assert sorted(Message.objects.values_list("channel", flat=True)) == ["chat", "mail"]


@pytest.mark.parametrize("target", ["json://169.254.169.254/", "file:///etc/passwd", "mmost://"])
@pytest.mark.django_db
def test_what_is_no_chat_is_never_asked(person, target):
    message = queue_chat(key="c", person_id=WHO, subject="s", body="b", address=target, at=now())

    deliver_due(at=now())

    message.refresh_from_db()
    assert message.state == "failed"
