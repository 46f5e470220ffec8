"""ISO/IEC 42001 A.3.3: without a name nothing of a sender is kept, whatever goes well or wrong.

Each request carries marks of its sender: address, browser, cookies, referrer. Afterwards the whole
database, every log line, every mail and every file is searched for them.
"""

import io
import logging
import re

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client

from config.nameless import Pace
from config.web_log import NamelessLogger
from outbox import clock
from outbox.services.sweeps import sweep
from registry.models import Concern
from registry.views import concerns as concern_views
from tests.registry.factories import role, sign_in, unit, user

pytestmark = pytest.mark.django_db
ADDRESS, BEHIND, AGENT = "203.0.113.77", "198.51.100.23", "MarkedBrowser/9.9"
REFERRER, COOKIE = "https://intranet.example/who-i-am", "markedcookievalue"
MARKS = (ADDRESS, BEHIND, AGENT, "who-i-am", COOKIE, "markedtoken", "markedrequestid", "zz-ZZ")
SENDER = {
    "REMOTE_ADDR": ADDRESS,
    "REMOTE_HOST": ADDRESS,
    "REMOTE_USER": "markedtoken",
    "HTTP_X_FORWARDED_FOR": f"{BEHIND}, {BEHIND}",
    "HTTP_FORWARDED": f"for={BEHIND}",
    "HTTP_X_REAL_IP": BEHIND,
    "HTTP_USER_AGENT": AGENT,
    "HTTP_REFERER": REFERRER,
    "HTTP_AUTHORIZATION": "Token markedtoken",
    "HTTP_X_REQUEST_ID": "markedrequestid",
    "HTTP_IDEMPOTENCY_KEY": "markedtoken",
    "HTTP_ACCEPT_LANGUAGE": "de-DE,zz-ZZ;q=0.5",
    "HTTP_SEC_CH_UA": AGENT,
}
SAID = {"where": "the claims machine", "what": "It refuses widows.", "harm": "yes"}
NEW, RECEIPT = "/concerns/new/", "/concerns/receipt/"


@pytest.fixture
def sender():
    """A browser that tells everything about its user."""
    made = Client(raise_request_exception=False, **SENDER)
    made.cookies["sessionid"] = COOKIE
    made.cookies["csrftoken"] = COOKIE
    return made


@pytest.fixture
def lines(settings):
    """Everything that is logged, with every attribute of each record."""
    settings.ADMINS = [("Admin", "admin@example.org")]
    held = io.StringIO()

    class Everything(logging.Handler):
        def emit(self, record):
            held.write(f"{record.getMessage()} {record.__dict__!r}\n")
            request = getattr(record, "request", None)
            if request is not None:
                held.write(f"{request.META!r} {request.headers!r} {request.COOKIES!r}\n")
            if record.exc_info:
                held.write(logging.Formatter().formatException(record.exc_info))

    handler = Everything(level=logging.DEBUG)
    loggers = [logging.getLogger(), logging.getLogger("django")]
    levels = [(one, one.level) for one in loggers]
    for one in loggers:
        one.addHandler(handler)
        one.setLevel(logging.DEBUG)
    # Each query is logged with its parameters too.
    connection.force_debug_cursor = True
    yield held
    connection.force_debug_cursor = False
    for one, level in levels:
        one.removeHandler(handler)
        one.setLevel(level)


def dump():
    """Return every row of every table as text, binary columns read as text too."""
    held = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            held += [f"{table} {row[0]}" for row in cursor.fetchall()]
    text = "\n".join(held)
    blobs = re.findall(r"\\x([0-9a-f]{8,})", text)
    return text + "\n".join(
        bytes.fromhex(one[: len(one) // 2 * 2]).decode("utf-8", "replace") for one in blobs
    )


def found_anywhere(lines):
    """Return the marks that are found in the database, the logs or the mail."""
    mails = " ".join(f"{one.subject} {one.body} {vars(one)!r}" for one in mail.outbox)
    held = dump() + lines.getvalue() + mails
    assert "widows" in held
    return [mark for mark in MARKS if mark in held]


def token_of(response):
    """Return the one-time key of the form on a page."""
    return re.search(r'name="token" value="([^"]+)"', response.content.decode())[1]


def sent(client, **changes):
    """Fill in the form and send it."""
    return client.post(NEW, SAID | {"token": token_of(client.get(NEW))} | changes)


def code_of(response):
    """Return the receipt on a page."""
    return re.search(r"([A-Z2-7]{4}-){7}[A-Z2-7]{4}", response.content.decode())[0]


def clean(response):
    """Whether an answer leaves nothing with the browser and is kept by no cache."""
    return not response.cookies and "no-store" in response["Cache-Control"]


def test_a_concern_leaves_no_trace_of_its_sender(sender, lines):
    role(user(), "compliance", unit=unit())

    answer = sent(sender)
    followed = sender.post(RECEIPT, {"code": code_of(answer)})
    added = sender.post(RECEIPT, {"code": code_of(answer), "text": "And orphans."})
    sweep(at=clock.now())

    assert (answer.status_code, followed.status_code, added.status_code) == (201, 200, 200)
    assert found_anywhere(lines) == []
    assert Session.objects.count() == 0
    assert all(clean(one) for one in (answer, followed, added))


def test_by_the_api_neither(sender, lines):
    answer = sender.post("/api/v1/concerns/new", SAID, content_type="application/json")
    code = answer.json()["receipt"]
    followed = sender.post(
        "/api/v1/concerns/receipt",
        {"receipt": code, "text": "And orphans."},
        content_type="application/json",
    )

    assert (answer.status_code, followed.status_code) == (201, 200)
    assert followed.json()["lines"][0] == followed.json()["lines"][0] | {"by": "you"}
    assert found_anywhere(lines) == []
    assert code not in dump()
    assert clean(answer)


FAILING = {
    "no answers": (NEW, {}, 400),
    "no token": (NEW, SAID, 400),
    "a forged token": (NEW, SAID | {"token": "forged:widows:markedless"}, 400),
    "a null byte": (NEW, SAID | {"where": "a\x00"}, 400),
    "too much text": (NEW, SAID | {"what": "widows " * 1200}, 400),
    "too large a body": (NEW, SAID | {"what": "widows " * 20_000}, 413),
    "an unknown receipt": (RECEIPT, {"code": "AAAA-widows"}, 404),
    "no receipt": (RECEIPT, {}, 400),
    "an address that is not there": ("/concerns/new/widows/", SAID, 404),
    "an address without its slash": ("/concerns/new", SAID, 301),
    "the API with no JSON": ("/api/v1/concerns/new", SAID, 415),
    "the API below": ("/api/v1/concerns/new/widows", SAID, 404),
}


@pytest.mark.parametrize("what", FAILING)
def test_what_fails_leaves_no_trace_either(what, sender, lines):
    path, fields, code = FAILING[what]
    logging.getLogger("test").warning("widows")

    answer = sender.post(path, fields)

    assert answer.status_code == code
    assert found_anywhere(lines) == []
    assert Concern.objects.count() == 0
    assert not answer.cookies


def test_a_defect_leaves_no_trace_in_logs_nor_in_the_mail_to_administrators(
    sender, lines, monkeypatch, settings
):
    settings.DEBUG = False

    def broken(**arguments):
        raise RuntimeError("broken on purpose")

    page = sender.get(NEW)
    monkeypatch.setattr(concern_views, "raise_concern", broken)
    logging.getLogger("test").warning("widows")

    answer = sender.post(NEW, SAID | {"token": token_of(page)})

    assert answer.status_code == 500
    assert "broken on purpose" in lines.getvalue()
    assert found_anywhere(lines) == []


def test_a_method_that_is_not_taken_leaves_no_trace(sender, lines):
    logging.getLogger("test").warning("widows")

    codes = [getattr(sender, verb)(NEW).status_code for verb in ("put", "delete", "patch")]

    assert codes == [405, 405, 405]
    assert found_anywhere(lines) == []


def test_who_is_signed_in_stays_unknown_there(lines):
    person = user(name="Wilma Whistle")
    client = sign_in(Client(**SENDER), person)

    answer = sent(client)

    assert answer.status_code == 201
    assert "Wilma" not in answer.content.decode()
    assert Concern.objects.get().raised_by is None
    assert str(person.pk) not in "".join(line for line in dump().splitlines() if "concern" in line)


def test_another_site_gains_nothing_by_sending_the_form(sender):
    strict = Client(enforce_csrf_checks=True, **SENDER)

    answer = strict.post(NEW, SAID, HTTP_ORIGIN="https://evil.example")

    assert answer.status_code == 400
    assert Concern.objects.count() == 0


def test_with_a_name_the_csrf_check_stands():
    strict = sign_in(Client(enforce_csrf_checks=True), user())

    answer = strict.post("/concerns/named/", SAID)

    assert answer.status_code == 403


def test_a_person_may_put_their_name_to_it_and_the_ledger_does_not(lines):
    person = user(name="Wilma Whistle")
    client = sign_in(Client(**SENDER), person)
    page = client.get("/concerns/named/")

    answer = client.post("/concerns/named/", SAID | {"token": token_of(page)})

    assert answer.status_code == 201
    assert Concern.objects.get().raised_by == person
    ledger = [line for line in dump().splitlines() if line.startswith("ledger_entry")]
    raised = [line for line in ledger if "concern.raised" in line]
    assert len(raised) == 1
    assert str(person.pk) not in raised[0]
    assert ADDRESS not in raised[0]


def test_one_source_is_slowed_and_others_are_not(settings, sender):
    settings.CONCERN_TRIES = 3
    other = Client(REMOTE_ADDR="192.0.2.1")
    codes = [sender.post(RECEIPT, {"code": "AAAA"}).status_code for _ in range(4)]

    assert codes[0] == 404
    assert codes[3] == 429
    assert other.post(RECEIPT, {"code": "AAAA"}).status_code == 404


def test_the_pace_knows_no_address(settings):
    settings.CONCERN_TRIES = 1
    pace = Pace()

    first, second = pace.is_too_fast(ADDRESS), pace.is_too_fast(ADDRESS)

    assert (first, second) == (False, True)
    assert ADDRESS not in repr(vars(pace))
    assert all(len(key) == 8 for key in pace.counts)


def test_the_pace_forgets_with_its_secret(settings, monkeypatch):
    settings.CONCERN_TRIES = 1
    pace = Pace()
    pace.is_too_fast(ADDRESS)
    before = pace.secret

    monkeypatch.setattr("config.nameless.time.monotonic", lambda: pace.since + 601)

    assert pace.is_too_fast(ADDRESS) is False
    assert pace.secret != before


def test_the_pages_refuse_to_serve_where_the_middleware_is_missing(settings, client):
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "nameless" not in one]

    answer = client.get(NEW)

    assert answer.status_code == 409
    assert "could not promise" in answer.content.decode()


def test_strangers_learn_no_system_unless_its_name_is_offered(client, settings):
    plain = client.get(NEW).content.decode()
    settings.CONCERN_SYSTEM_NAMES = ["Letters & replies"]
    offered = client.get(NEW).content.decode()

    assert "<datalist" not in plain
    assert '<option value="Letters &amp; replies">' in offered


def test_a_form_that_is_sent_twice_is_one_concern(client):
    token = token_of(client.get(NEW))

    first = client.post(NEW, SAID | {"token": token})
    second = client.post(NEW, SAID | {"token": token})

    assert (first.status_code, second.status_code) == (201, 409)
    assert Concern.objects.count() == 1


def test_what_was_typed_stays_when_the_form_was_open_too_long(client):
    answer = client.post(NEW, SAID | {"token": "old"})

    page = answer.content.decode()
    assert "It refuses widows." in page
    assert client.post(NEW, SAID | {"token": token_of(answer)}).status_code == 201


def test_what_is_said_is_shown_and_never_run(client):
    evil = "<script>alert(1)</script>"
    answer = sent(client, where=evil, what=evil)

    page = client.post(RECEIPT, {"code": code_of(answer), "text": evil}).content.decode()

    assert evil not in page
    assert page.count("&lt;script&gt;alert(1)") >= 3


def test_the_receipt_stands_in_no_address(client):
    answer = sent(client)
    code = code_of(answer)

    page = client.post(RECEIPT, {"code": code}).content.decode()

    assert not re.search(rf'(href|action)="[^"]*{code}', page)
    assert client.get(f"{RECEIPT}?code={code}").content.decode().count(code) == 0


@pytest.mark.parametrize("sender", [ADDRESS, "2001:db8::7", "::ffff:203.0.113.7"])
def test_the_servers_warning_names_no_address(monkeypatch, sender):
    held = []
    monkeypatch.setattr(
        "gunicorn.glogging.Logger.warning", lambda self, msg, *rest, **more: held.append(msg)
    )

    NamelessLogger.warning(object.__new__(NamelessLogger), f"Invalid request from ip={sender}: x")

    assert held == ["Invalid request: x"]


@pytest.mark.parametrize(("path", "written"), [(NEW, 0), ("/systems/", 1)])
def test_the_servers_access_log_leaves_these_pages_out(monkeypatch, path, written):
    held = []
    monkeypatch.setattr(
        "gunicorn.glogging.Logger.access", lambda self, *arguments: held.append(arguments)
    )

    NamelessLogger.access(object.__new__(NamelessLogger), None, None, {"PATH_INFO": path}, None)

    assert len(held) == written
