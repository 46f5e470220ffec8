"""What a person keeps of their desk: views with counts, the calendar's secret address (issue 8)."""

import datetime as dt
import uuid

import icalendar
import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client

from config.web_log import NamelessLogger
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from outbox import clock
from outbox.channels.mail import _mail
from outbox.models import Message
from outbox.services.messages import queue_mail
from outbox.services.sorting import sort_notices
from registry.services.notices import Choices, set_preference
from reports.models import CalendarFeed, DeskView
from reports.render.deadlines import calendar_file
from reports.selectors.deadlines import deadlines_of, feed_of_secret
from reports.selectors.desk import desk_of
from reports.selectors.desk_leads import lead_for
from reports.selectors.desk_views import counted, views_of
from reports.services.desk import MOST_VIEWS, make_feed, remove_view, revoke_feed, save_view
from tests.incidents import factory as cases
from tests.incidents.factory import AT, acting
from tests.net import told
from tests.registry.factories import sign_in

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def house():
    """A house at medium tier."""
    return cases.house()


@pytest.fixture
def now():
    """Let the clock stand at AT."""
    cache.clear()
    clock.shift(AT - dt.datetime.now(dt.UTC))
    yield
    clock.shift(dt.timedelta(0))


def by(who, service, **given):
    """Call a service as a person."""
    actor = acting(who)
    with acting_as(actor):
        return service(actor=actor, at=AT, **given)


def keep(who, name="Mine", query="due=today", page="desk"):
    """Keep a view."""
    return by(who, save_view, name=name, page=page, query=query)


def test_a_view_is_kept_by_name_with_how_much_it_shows(house):
    cases.opened(house)
    cases.opened(house, severity="minor")
    keep(house.owner)
    tasks = desk_of(user=house.owner, at=AT).tasks

    (found,) = counted(views_of(user=house.owner), tasks, user=house.owner, at=AT)

    assert (found.name, found.query, found.count) == ("Mine", "due=today", 1)


def test_a_name_that_is_known_shows_the_new_one_from_then_on(house):
    first, second = keep(house.owner), keep(house.owner, query="due=week")

    assert first.pk == second.pk
    assert [row.query for row in views_of(user=house.owner)] == ["due=week"]


def test_a_view_is_one_s_own_and_can_be_taken_away(house):
    row = keep(house.owner)

    with pytest.raises(Missing):
        by(house.deputy, remove_view, view_id=row.pk)
    by(house.owner, remove_view, view_id=row.pk)

    assert views_of(user=house.owner) == []
    assert views_of(user=house.deputy) == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"name": "a\x00"}, "name"),
        ({"page": "ledger"}, "page"),
        ({"query": "x" * 301}, "query"),
    ],
)
def test_what_cannot_be_kept_is_told_at_its_field(house, given, field):
    with pytest.raises(Invalid) as refused:
        keep(house.owner, **given)

    assert field in refused.value.fields


def test_only_so_many_are_kept(house):
    for number in range(MOST_VIEWS):
        keep(house.owner, name=f"View {number}")

    with pytest.raises(Conflict, match="Take one away first"):
        keep(house.owner, name="One more")


def test_the_database_keeps_one_view_by_a_name(house):
    keep(house.owner)

    with pytest.raises(IntegrityError), transaction.atomic(), acting_as(cases.SETUP):
        DeskView(user=house.owner, name="Mine", query="", made_at=AT).save(force_insert=True, at=AT)


def test_a_token_keeps_nothing(house):
    actor = cases.gateway()

    with acting_as(actor), pytest.raises(Forbidden):
        make_feed(actor=actor, at=AT)


def test_an_address_is_replaced_and_revoked_and_its_secret_is_kept_nowhere(house):
    first, old = by(house.owner, make_feed)
    second, new = by(house.owner, make_feed)

    replaced, holds = feed_of_secret(old), feed_of_secret(new)
    by(house.owner, revoke_feed)

    assert (replaced, holds.pk) == (None, second.pk)
    assert feed_of_secret(new) is None
    ended = dict(CalendarFeed.objects.values_list("pk", "ended_because"))
    assert ended == {first.pk: "replaced", second.pk: "revoked"}
    assert new not in str(list(CalendarFeed.objects.values_list()))


def test_who_has_left_has_no_calendar(house):
    _row, secret = by(house.owner, make_feed)
    leave(house.owner)

    assert feed_of_secret(secret) is None


@told
def leave(who):
    """Let somebody leave."""
    who.is_active = False
    with acting_as(cases.SETUP):
        who.save(update_fields=["is_active"], at=AT)


def test_a_calendar_says_number_system_and_stage_and_nothing_else(house):
    incident = cases.opened(house, title="A secret title", summary="A secret summary")

    content = calendar_file(deadlines_of(user=house.owner, at=AT), language="en")

    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert str(event["SUMMARY"]) == f"{incident.number} · Claims approval · Acknowledge"
    assert event.decoded("DTSTART") == incident.stage_due_at
    assert str(event["URL"]).endswith(f"/incidents/{incident.number}/")
    assert b"secret" not in content
    assert b"\r\n" in content


def test_the_same_deadlines_are_the_same_bytes_and_others_have_none(house):
    cases.opened(house)

    first, later = (
        calendar_file(deadlines_of(user=house.owner, at=at), language="en")
        for at in (AT, AT + HOUR)
    )
    none = deadlines_of(user=house.executive, at=AT)

    assert (first, none) == (later, [])


def test_a_clock_stands_in_the_calendar_of_who_acts_on_the_case(house):
    cases.clock_rule()
    incident = cases.opened(house)
    cases.do(incident, "acknowledge", house.owner, personal_data="yes")

    stages = [one.stage for one in deadlines_of(user=house.compliance, at=AT)]
    read_only = [one.stage for one in deadlines_of(user=house.auditor, at=AT)]

    assert stages == ["Regulatory clock"]
    assert read_only == []


def test_a_digest_begins_with_the_first_line_and_the_next_steps(house):
    incident = cases.opened(house, severity="major")

    lead = lead_for(house.owner.pk, AT)

    assert lead.sentence == "1 breach: it needs you today."
    (step,) = lead.steps
    assert (step.title, step.about) == (
        incident.title, f"{incident.number} · Claims approval · Major",
    )  # fmt: skip
    assert step.step.startswith("Acknowledge by ")


def test_a_digest_of_who_has_nothing_says_so_and_a_stranger_has_none(house):
    cases.opened(house)

    lead = lead_for(house.auditor.pk, AT)

    assert (lead.sentence, lead.more) == ("1 breach: somebody has it.", "No case needs you now.")
    assert lead_for(uuid.uuid4(), AT) is None


def test_a_digest_is_mailed_as_text_and_drawn_with_the_desk_first(house):
    incident = cases.opened(house, severity="major")
    choices = Choices(digest_hour=8, digest=["information"])
    by(house.owner, set_preference, choices=choices, expected_version=0)
    queue_mail(
        key="k", person_id=house.owner.pk, address=house.owner.email, subject="Read this <b>",
        body="x", kind="information", at=AT,
    )  # fmt: skip
    sort_notices(at=AT + HOUR)

    sort_notices(at=AT + 24 * HOUR)

    carrier = Message.objects.get(form="digest", person_id=house.owner.pk)
    (drawn,) = _mail(carrier).alternatives
    assert carrier.subject == "1 breach: it needs you today."
    assert carrier.body.index(incident.title) < carrier.body.index("Read this <b>")
    assert "Read this &lt;b&gt;" in drawn.content
    assert f'href="http://localhost:8000/incidents/{incident.number}/"' in drawn.content


def test_a_desk_that_cannot_be_read_keeps_no_notice_back(house, monkeypatch):
    monkeypatch.setattr("outbox.services.sorting.lead_of", lambda *_: 1 / 0)
    choices = Choices(digest_hour=8, digest=["information"])
    by(house.owner, set_preference, choices=choices, expected_version=0)
    queue_mail(
        key="k", person_id=house.owner.pk, address=house.owner.email, subject="Read this",
        body="x", kind="information", at=AT,
    )  # fmt: skip
    sort_notices(at=AT + HOUR)

    sort_notices(at=AT + 24 * HOUR)

    carrier = Message.objects.get(form="digest")
    assert (carrier.subject, _mail(carrier).alternatives) == ("Read this (digest of 1)", [])


def feed_path(who):
    """The path of a person's calendar."""
    _row, secret = by(who, make_feed)
    return f"/calendar/{secret}.ics"


def test_the_access_log_tells_no_address_of_a_calendar(monkeypatch):
    held = []
    monkeypatch.setattr(
        "gunicorn.glogging.Logger.access",
        lambda self, _answer, _asked, told, _took: held.append(told),
    )
    told = {"PATH_INFO": "/calendar/s3cret.ics", "RAW_URI": "/calendar/s3cret.ics?a=s3cret"}

    NamelessLogger.access(object.__new__(NamelessLogger), None, None, told, None)

    assert held
    assert "s3cret" not in str(held)


@pytest.mark.full
def test_a_calendar_program_reads_without_signing_in_and_asks_again_by_etag(house, now):
    cases.opened(house)
    path = feed_path(house.owner)

    first = Client().get(path)
    again = Client().get(path, headers={"If-None-Match": first["ETag"]})

    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" not in first["Cache-Control"]
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


@pytest.mark.full
@pytest.mark.parametrize("secret", ["x", "x" * 200, "%00"])
def test_a_wrong_address_is_no_page(now, secret):
    assert Client().get(f"/calendar/{secret}.ics").status_code == 404


@pytest.mark.full
def test_who_asks_too_often_is_told_to_wait(now):
    answers = [Client().get("/calendar/wrong.ics") for _ in range(61)]

    assert answers[59].status_code == 404
    assert (answers[60].status_code, answers[60]["Retry-After"]) == (429, "600")


@pytest.mark.full
def test_who_guesses_addresses_is_told_to_wait_each_guess_another(now):
    answers = [Client().get(f"/calendar/guess{n}.ics") for n in range(61)]

    assert answers[59].status_code == 404
    assert (answers[60].status_code, answers[60]["Retry-After"]) == (429, "600")


@pytest.mark.full
def test_the_address_is_shown_once(house, now):
    client = sign_in(Client(), house.owner)

    made = client.post("/me/calendar/", {"act": "make"}).content.decode()
    after = client.get("/me/calendar/").content.decode()
    ended = client.post("/me/calendar/", {"act": "revoke"})

    assert made.count(".ics") == 1
    assert ".ics" not in after
    assert ended.status_code == 302
    assert not CalendarFeed.objects.filter(ended_at=None).exists()


@pytest.mark.full
def test_the_api_keeps_views_and_makes_an_address_once(house, now):
    cases.opened(house)
    client = sign_in(Client(), house.owner)

    def post(path, body=None, **headers):
        return client.post(
            f"/api/v1/desk/{path}", body or {}, content_type="application/json", headers=headers
        )

    made = post("views/", {"name": "Today", "query": "due=today&x=1"})
    views = client.get("/api/v1/desk/views/").json()
    gone = client.delete(f"/api/v1/desk/views/{made.json()['id']}")
    address, again = (post("calendar", **{"Idempotency-Key": "k"}) for _ in range(2))
    desk = client.get("/api/v1/desk/?view=mine").json()

    assert (made.status_code, made.json()["query"], views[0]["count"]) == (201, "due=today", 1)
    assert gone.status_code == 204
    assert address.json()["url"].endswith(".ics")
    assert (again.status_code, ".ics" in again.content.decode()) == (409, False)
    assert desk["headline"] == "1 breach: it needs you today."
    assert desk["groups"][0]["causes"][0]["tasks"][0]["command"] == "acknowledge"


@pytest.mark.full
def test_the_page_keeps_and_shows_a_view_and_takes_it_away(house, now):
    cases.opened(house)
    client = sign_in(Client(), house.owner)

    kept = client.post("/desk/views/new/", {"name": "A & B", "page": "desk", "query": "due=week"})
    page = client.get("/?due=week").content.decode()
    gone = client.post(f"/desk/views/{DeskView.objects.get().pk}/remove/")

    assert (kept.status_code, kept["Location"]) == (302, "/?due=week")
    assert "A &amp; B" in page
    assert "You keep this as" in page
    assert gone.status_code == 302


@pytest.mark.full
def test_a_list_of_incidents_is_kept_and_stands_on_the_desk(house, now):
    client = sign_in(Client(), house.owner)

    asked = client.get("/desk/views/new/?page=incidents&state=OPEN").content.decode()
    client.post("/desk/views/new/", {"name": "Open", "page": "incidents", "query": "state=OPEN"})
    page = client.get("/").content.decode()

    assert 'value="state=OPEN"' in asked
    assert 'href="/incidents/?state=OPEN"' in page


@pytest.mark.full
def test_the_sheet_has_the_rows_that_are_shown(house, now):
    incident = cases.opened(house)
    client = sign_in(Client(), house.owner)

    whole, none = (
        client.get(f"/desk/list.csv{query}").content.decode() for query in ("", "?due=overdue")
    )

    assert incident.number in whole
    assert incident.number not in none


@pytest.mark.full
def test_the_keys_are_a_page_of_their_own(house, now):
    page = sign_in(Client(), house.auditor).get("/desk/keys/").content.decode()

    assert "acknowledge what is marked" in page
