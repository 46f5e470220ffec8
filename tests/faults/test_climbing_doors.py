"""GOV-4: what another site, a planted header or a borrowed browser can do at the doors: nothing.

The doors are walked as the resolver has them, so that one which is added later is held to this too.
"""

import io
import re

import pytest
from django.core import mail
from django.test import Client, RequestFactory
from rest_framework.views import APIView

from config import settings as set_for_tests
from config.doors import PrivateMiddleware, RefusalMiddleware
from ledger.rules.refusals import Forbidden
from registry.access import SessionAuthentication
from registry.access.uploads import file_answer
from tests.faults.climbing import changed, doors, mark, quiet, two_units
from tests.registry.factories import sign_in, user
from tests.walks.test_access_matrix import AT, address

pytestmark = pytest.mark.django_db
# Doors that the middleware's CSRF check leaves out, each with what stands in its place.
SIZE_FIRST = "the same check, after the size was looked at"
BY_ANOTHER_WAY = {
    "registry.views.concerns.new_concern": "without a session there is nothing to ride on; a signed"
    " form of ours is asked",
    "registry.views.concerns.receipt": "without a session; the code in the body is the only key",
    "registry.views.documents.system_documents": SIZE_FIRST,
    "registry.views.documents.organisation_documents": SIZE_FIRST,
    "registry.views.documents.document": SIZE_FIRST,
    "governance.views.uploads.uploads": SIZE_FIRST,
    "reports.views.own_frameworks.bring": SIZE_FIRST,
    "governance.views.comments.comments": SIZE_FIRST,
    "governance.views.minutes.act": SIZE_FIRST,
    "governance.views.procedure.act": SIZE_FIRST,
}
# Doors of the API that take a request without a session or a token.
NAMELESS = {"ConcernNew", "ConcernReceipt", "TicketNotes"}
ELSEWHERE = [
    "https://evil.example/", "//evil.example", "///evil.example", "https:evil.example",
    "http:///evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//evil", "data:text/html,evil", "%2f%2fevil.example", "%68ttps://evil.example",
    "/%09/evil.example", "\t//evil.example", "https://testserver@evil.example",
    "https://testserver.evil.example", "//evil.example%2f@testserver", "/\nevil: 1",
    "http://testserver:80@evil.example/", "ftp://evil.example", "https://evil\u3002example",
]  # fmt: skip


@pytest.fixture
def worlds():
    """Our unit and another one."""
    yield from two_units()


def is_of_api(view):
    """Whether a view is one of the API, which checks CSRF where a session came."""
    return isinstance(getattr(view, "cls", None), type) and issubclass(view.cls, APIView)


def test_every_door_that_is_left_out_of_the_csrf_check_is_known():
    found = {
        f"{view.__module__}.{getattr(view, '__name__', view)}"
        for _, view in doors()
        if getattr(view, "csrf_exempt", False) and not is_of_api(view)
    }

    assert found == set(BY_ANOTHER_WAY)


def test_every_door_of_the_api_takes_a_session_only_with_its_csrf_check():
    other = {}

    for route, view in doors():
        if is_of_api(view):
            names = {one.__name__ for one in view.cls.authentication_classes}
            if names - {"TokenAuthentication", "SessionAuthentication"} or not names:
                other[view.cls.__name__] = route

    assert set(other) == NAMELESS


def refusals_of(view):
    """How a door answers who is nobody to it; one that knows tokens alone sees no session."""
    knows_sessions = not is_of_api(view) or SessionAuthentication in view.cls.authentication_classes
    return (403, 404) if knows_sessions else (401, 404)


def posts_without_a_token(client, world, taken):
    """Return the doors that took a request without the token that only our pages know."""
    found = []
    for route, view in doors():
        if not taken(route, view) or getattr(view, "__name__", "") in ("new_concern", "receipt"):
            continue
        if is_of_api(view) and view.cls.__name__ in NAMELESS:
            continue
        answer = client.post(address(route, world), {})
        if answer.status_code not in refusals_of(view):
            found.append(f"{route}: {answer.status_code}")
    return found


@pytest.mark.full
def test_no_page_takes_a_request_without_its_token(worlds):
    ours, _ = worlds
    client = sign_in(quiet(enforce_csrf_checks=True), ours.people["compliance"], fresh_at=AT)
    before = mark()

    found = posts_without_a_token(
        client, ours, lambda route, view: not route.startswith(("api/", "admin/"))
    )

    assert found == []
    assert changed(before) == []


@pytest.mark.full
def test_no_door_of_the_api_takes_a_session_without_its_token(worlds):
    ours, _ = worlds
    client = sign_in(quiet(enforce_csrf_checks=True), ours.people["compliance"], fresh_at=AT)
    before = mark()

    found = posts_without_a_token(client, ours, lambda route, view: route.startswith("api/"))

    assert found == []
    assert changed(before) == []


@pytest.mark.parametrize("path", ["/theme/", "/api/v1/people/", "/people/new/", "/documents/"])
def test_a_token_of_another_browser_or_another_site_opens_nothing(path):
    client = sign_in(Client(enforce_csrf_checks=True), user())
    client.get("/systems/")
    own = client.cookies["csrftoken"].value

    kind = {"content_type": "application/json"} if path.startswith("/api/") else {}
    wrong = client.post(path, {}, headers={"X-CSRFToken": "x" * 32}, **kind)
    foreign = client.post(
        path, {}, headers={"X-CSRFToken": own, "Origin": "https://evil.example"}, **kind
    )

    assert (wrong.status_code, foreign.status_code) == (403, 403)


@pytest.mark.parametrize("there", ELSEWHERE)
def test_no_door_leads_to_another_site(there):
    client = sign_in(quiet(), user())
    asked = {name: there for name in ("next", "return", "url", "redirect", "back", "return_to")}
    asked |= {"theme": "dark"}

    answers = [
        client.post("/theme/", asked),
        client.get("/accounts/login/", asked),
        client.get("/accounts/reauthenticate/", asked),
        client.get("/accounts/2fa/", asked),
        client.get("/accounts/oidc/confirm/", asked),
        client.get("/admin/login/", asked),
        client.get("/systems/", asked, headers={"Referer": there}),
        client.get("/retention/", asked, headers={"Referer": there}),
    ]

    for answer in answers:
        assert leads_home(answer.headers.get("Location", "/")), answer["Location"]
        for link in re.findall(rb'(?:href|action)="([^"]*)"', answer.content):
            assert leads_home(link.decode()), link


def leads_home(there):
    """Whether an address stays with us, the way a browser reads it."""
    read = re.sub(r"[\t\r\n]", "", there.strip()).replace("\\", "/")
    return not read.startswith("//") and not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", read)


def test_a_refusal_does_not_lead_back_to_where_a_stranger_came_from():
    request = RequestFactory().get("/systems/", headers={"Referer": "https://evil.example/trap"})
    request.user = user()

    answer = RefusalMiddleware(lambda _: None).process_exception(
        request, Forbidden("no", "You cannot do this: it is not yours.")
    )

    assert answer.status_code == 403
    assert b"evil.example" not in answer.content


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "localhost:80@evil.example", "testserver, evil.com"],
)
def test_a_planted_host_gets_no_page_and_no_mail(host):
    who = user(password="a-long-enough-password")

    answer = quiet().post("/accounts/password/reset/", {"email": who.email}, headers={"Host": host})

    assert answer.status_code == 400
    assert mail.outbox == []


def test_where_every_host_is_taken_a_mail_still_names_ours(settings, mailoutbox):
    settings.ALLOWED_HOSTS = ["*"]
    who = user(password="a-long-enough-password")

    quiet().post(
        "/accounts/password/reset/", {"email": who.email}, headers={"Host": "evil.example"}
    )

    assert "evil.example" not in mailoutbox[0].body
    assert f"{settings.PUBLIC_URL}/accounts/password/reset/key/" in mailoutbox[0].body


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL",
                                  "X-Rewrite-URL"])  # fmt: skip
def test_a_reset_mail_leads_to_us_whatever_a_header_says(name):
    who = user(password="a-long-enough-password")

    answer = quiet().post(
        "/accounts/password/reset/", {"email": who.email}, headers={name: "evil.example"}
    )

    assert answer.status_code == 302
    assert mail.outbox
    assert "evil" not in mail.outbox[0].body


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_a_method_is_the_one_that_was_sent(header):
    client = sign_in(Client(), user())

    answer = client.get("/theme/", {"theme": "dark", "_method": "POST"}, headers={header: "POST"})

    assert answer.status_code == 405
    assert "theme" not in answer.cookies


def test_a_name_writes_no_header_of_its_own():
    for name in ("a\r\nSet-Cookie: x=1.pdf", 'a"; filename="b.html', "a\x00.pdf", "ä\n\nb.pdf"):
        answer = file_answer(
            io.BytesIO(b"x"), name=name, media_type="application/pdf", sha256="0" * 64
        )
        told = answer["Content-Disposition"]
        assert "\r" not in told
        assert "\n" not in told
        assert told.startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"


LOCKS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": ("same-origin", "no-referrer"),
}


def unlocked(client, world, routes):
    """Return the answers that lack what keeps them from frames, scripts and caches."""
    found = []
    for route in routes:
        answer = client.get(address(route, world))
        policy = answer.headers.get("Content-Security-Policy", "")
        for name, value in LOCKS.items():
            if answer.headers.get(name, "") not in value:
                found.append(f"{route}: {name} is {answer.headers.get(name)}")
        if "frame-ancestors 'none'" not in policy or "unsafe" in policy:
            found.append(f"{route}: {policy}")
        kept = answer.headers.get("Cache-Control", "")
        if "no-store" not in kept and not route.startswith(("ledger/checkpoint", "api/schema")):
            found.append(f"{route}: Cache-Control is {kept!r}")
    return found


def test_no_page_is_framed_kept_or_given_a_script(worlds):
    ours, _ = worlds
    client = sign_in(quiet(), ours.people["compliance"], fresh_at=AT)
    routes = [route for route, _ in doors() if "<" not in route and not route.startswith("api/")]

    found = unlocked(client, ours, dict.fromkeys(routes[::3]))

    assert found == []


@pytest.mark.full
@pytest.mark.parametrize("who", ["compliance", "administrator"])
def test_no_answer_is_framed_kept_or_given_a_script(worlds, who):
    ours, _ = worlds
    client = sign_in(quiet(), ours.people[who], fresh_at=AT)

    found = unlocked(client, ours, dict.fromkeys(route for route, _ in doors()))

    assert found == []


def test_what_a_door_says_of_keeping_stands():
    request = RequestFactory().get("/")
    said = PrivateMiddleware(lambda _: Client().get("/health/"))(request)

    assert "no-store" in said["Cache-Control"]


def test_cookies_are_locked_and_secure_where_it_is_not_a_demo():
    assert set_for_tests.SESSION_COOKIE_HTTPONLY is True
    assert {set_for_tests.SESSION_COOKIE_SAMESITE, set_for_tests.CSRF_COOKIE_SAMESITE} == {"Lax"}
    assert set_for_tests.SESSION_COOKIE_SECURE is set_for_tests._secure
    client = Client()
    who = user(password="a-long-enough-password")

    answer = client.post(
        "/accounts/login/", {"login": who.email, "password": "a-long-enough-password"}
    )

    cookie = answer.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
