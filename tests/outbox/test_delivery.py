"""Messages leave once under a stable id; failures are tried again, refusals end it."""

import datetime as dt
import http.server
import threading

import httpx
import pytest
from django.core import mail
from standardwebhooks.webhooks import Webhook

from ledger.rules.actors import machine
from outbox.channels import webhook
from outbox.models import DeliveryAttempt, Message
from outbox.secrets import decrypt, encrypt
from outbox.services.delivery import claim, deliver_due
from outbox.services.messages import queue_mail, queue_webhook, save_endpoint

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ACTOR = machine("test")


@pytest.fixture
def receiver():
    """A real HTTP server on loopback that keeps what it was sent and answers as told."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.seen.append((dict(self.headers), body))
            self.send_response(server.answers.pop(0) if server.answers else 200)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def now():
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def hook(server, at, **changes):
    endpoint = save_endpoint(
        name="gateway",
        url=f"http://127.0.0.1:{server.server_port}/in",
        secret=SECRET,
        actor=ACTOR,
        at=at,
    )
    arguments = {"key": "k", "payload": {"type": "action.ordered"}, "endpoint_id": endpoint.pk}
    return queue_webhook(**(arguments | changes), at=at)


@pytest.mark.django_db
def test_a_mail_leaves_once_with_a_stable_id():
    at = now()
    message = queue_mail(
        key="m", person_id=None, address="a@example.org", subject="Validate", body="x", at=at
    )
    queue_mail(key="m", person_id=None, address="b@example.org", subject="y", body="y", at=at)

    sent = deliver_due(at=at) + deliver_due(at=at)

    message.refresh_from_db()
    assert (sent, message.state, len(mail.outbox)) == (1, "sent", 1)
    assert str(message.pk) in mail.outbox[0].extra_headers["Message-ID"]


@pytest.mark.django_db
def test_a_webhook_is_signed_so_that_the_standard_library_verifies_it(receiver):
    message = hook(receiver, now())

    deliver_due(at=now())

    headers, body = receiver.seen[0]
    verified = Webhook(SECRET).verify(body, {key.lower(): v for key, v in headers.items()})
    assert verified == {"type": "action.ordered"}
    assert headers["webhook-id"] == str(message.pk)


@pytest.mark.django_db
def test_a_failed_attempt_is_tried_again_under_the_same_id(receiver):
    receiver.answers = [500, 200]
    at = now()
    message = hook(receiver, at)

    deliver_due(at=at)
    deliver_due(at=at + dt.timedelta(seconds=1))
    deliver_due(at=at + dt.timedelta(seconds=30))

    message.refresh_from_db()
    assert [headers["webhook-id"] for headers, _ in receiver.seen] == [str(message.pk)] * 2
    assert (message.state, message.attempts) == ("sent", 2)
    assert list(DeliveryAttempt.objects.values_list("status", flat=True).order_by("number")) == [
        500,
        200,
    ]


@pytest.mark.django_db
def test_gone_ends_the_tries_at_once(receiver):
    receiver.answers = [410]
    at = now()
    message = hook(receiver, at)

    deliver_due(at=at)

    message.refresh_from_db()
    assert message.state == "failed"


@pytest.mark.django_db
def test_a_redirect_is_not_followed(receiver):
    receiver.answers = [302]
    at = now()
    message = hook(receiver, at)

    deliver_due(at=at)

    message.refresh_from_db()
    assert (message.state, len(receiver.seen)) == ("queued", 1)


@pytest.mark.django_db
def test_an_expired_message_is_not_sent(receiver):
    at = now()
    message = hook(receiver, at, expires_at=at)

    deliver_due(at=at)

    message.refresh_from_db()
    assert (message.state, receiver.seen) == ("failed", [])


@pytest.mark.django_db
def test_a_message_of_a_killed_process_goes_out_when_its_lease_ends(receiver):
    at = now()
    hook(receiver, at)
    claim(at=at, batch=10)

    early = deliver_due(at=at + dt.timedelta(seconds=59))
    later = deliver_due(at=at + dt.timedelta(seconds=60))

    assert (early, later, len(receiver.seen)) == (0, 1, 1)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://10.0.0.7/",
        "http://[::1]/",
        "file:///etc/passwd",
        "http://0.0.0.0/",
        "gopher://127.0.0.1/",
    ],
)
def test_addresses_inside_are_refused(settings, url):
    settings.WEBHOOK_PRIVATE_HOSTS = []

    with pytest.raises(webhook.AddressRefused):
        webhook.pinned(url)


def test_the_request_goes_to_the_address_that_was_checked(monkeypatch, settings):
    settings.WEBHOOK_PRIVATE_HOSTS = []
    monkeypatch.setattr(
        webhook.socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("93.184.216.34", 443))]
    )

    url, host = webhook.pinned("https://gateway.example.org/in?x=1")

    assert httpx.URL(url).host == "93.184.216.34"
    assert host == "gateway.example.org"


def test_secrets_open_with_any_key_and_never_lie_in_the_clear(settings):
    settings.FIELD_KEYS = ["old"]
    sealed = encrypt(["s3cret"])
    settings.FIELD_KEYS = ["new", "old"]

    assert decrypt(sealed) == ["s3cret"]
    assert b"s3cret" not in sealed


@pytest.mark.django_db
def test_rotating_a_secret_signs_with_both(receiver):
    at = now()
    hook(receiver, at)
    other = "whsec_" + "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    save_endpoint(
        name="gateway",
        url=f"http://127.0.0.1:{receiver.server_port}/in",
        secret=other,
        actor=ACTOR,
        at=at,
    )

    deliver_due(at=at)

    headers, body = receiver.seen[0]
    lower = {key.lower(): value for key, value in headers.items()}
    assert Webhook(other).verify(body, lower) == Webhook(SECRET).verify(body, lower)
    assert Message.objects.get().state == "sent"
