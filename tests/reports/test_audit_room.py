"""The auditors' room: scope that ends, questions with answers on record, samples (AUD-1, GOV-4)."""

import csv
import datetime as dt
import io
from hashlib import sha256

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from outbox import clock
from reports.models import AuditAnswer, AuditQuestion
from reports.selectors.desk import desk_of
from reports.selectors.populations import POPULATIONS, Within, sample_of
from reports.selectors.room import acts_on, question_by_number, visible_questions
from reports.services.asking import Asking
from reports.services.room import (
    accept_answer,
    add_audit_evidence,
    answer_auditor,
    ask_auditee,
    send_back,
    withdraw_question,
)
from tests.incidents import factory as cases
from tests.registry.factories import AT, call, person_as_actor, role, system, unit, user, version
from tests.registry.law_house import words_of

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ENDS = AT + 30 * DAY


class Audited:
    """A unit with a system, an auditor until ENDS, compliance, and another unit beside it."""

    def __init__(self):
        self.unit, self.other = unit(), unit()
        self.auditor = user(of=self.unit, name="Iris Audit")
        role(self.auditor, "auditor", unit=self.unit, until_at=ENDS)
        self.officer = user(of=self.unit, name="Maren Vogt")
        role(self.officer, "compliance", unit=self.unit)
        self.system = system(of=self.unit, name="Claims")

    def ask(self, *, by=None, at=AT, **changes):
        given = {"text": "Who tests the stop?", "due_at": at + 7 * DAY} | changes
        if not {"system_id", "unit_id"} & given.keys():
            given["system_id"] = self.system.pk
        who = person_as_actor(by or self.auditor)
        return call(ask_auditee, asking=Asking(**given), actor=who, at=at)

    def answered(self, *, by=None, at=AT + HOUR, number=None, text="Every month, see the drills."):
        number = number or self.ask().number
        who = person_as_actor(by or self.system.owner)
        return call(answer_auditor, number=number, text=text, actor=who, at=at)


@pytest.fixture
def of():
    stand_at(AT)
    yield Audited()
    stand_at(None)


def stand_at(at):
    """Let doors read an instant."""
    clock.shift(at - dt.datetime.now(dt.UTC) if at else dt.timedelta(0))


def client_of(who):
    """Return a client of somebody who is signed in."""
    found = Client()
    found.force_login(who)
    return found


def test_a_question_is_asked_answered_with_evidence_and_accepted_each_on_record(of):
    row = of.ask(about="incident", about_key="INC-2026-00041")
    owner, auditor = person_as_actor(of.system.owner), person_as_actor(of.auditor)
    of.answered(number=row.number)
    named = {"kind": "document", "title": "Drill", "reference": "/documents/1/"}

    call(add_audit_evidence, number=row.number, actor=owner, at=AT + 2 * HOUR, **named)
    done = call(accept_answer, number=row.number, actor=auditor, at=AT + 3 * HOUR)

    assert (done.state, done.settled_by) == ("accepted", of.auditor)
    entries = Entry.objects.filter(object_id=str(row.pk)).order_by("id")
    assert list(entries.values_list("verb", flat=True)) == [
        "audit.asked", "audit.answered", "audit.evidence_added", "audit.accepted",
    ]  # fmt: skip


def test_an_answer_that_is_not_enough_goes_back_and_both_stay(of):
    first = of.answered()
    number = first.question.number

    call(
        send_back, number=number, text="Which?", actor=person_as_actor(of.auditor), at=AT + 2 * HOUR
    )
    of.answered(number=number, at=AT + 3 * HOUR, text="Drills 3 and 4.", by=of.officer)

    said = AuditAnswer.objects.order_by("place").values_list("kind", "text")
    assert list(said) == [
        ("answer", "Every month, see the drills."),
        ("back", "Which?"),
        ("answer", "Drills 3 and 4."),
    ]  # fmt: skip
    assert AuditQuestion.objects.get().state == "answered"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports_auditanswer SET text = 'other'",
        "DELETE FROM reports_auditanswer",
        "UPDATE reports_auditquestion SET text = 'other'",
        "UPDATE reports_auditquestion SET due_at = due_at + interval '1 day'",
    ],
)
def test_the_database_refuses_to_change_what_was_asked_or_said(of, statement):
    of.answered()

    with (
        pytest.raises(DatabaseError, match=r"append-only|is fixed|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_an_auditor_changes_nothing_but_asks(of):
    number = of.ask().number

    with pytest.raises(Forbidden, match="that takes the owner, the deputy or a compliance officer"):
        of.answered(number=number, by=of.auditor)


def test_who_asked_does_not_answer_even_as_compliance(of):
    role(of.officer, "auditor", unit=of.unit, until_at=ENDS)
    number = of.ask(by=of.officer).number

    with pytest.raises(Forbidden, match="somebody of the auditee answers"):
        of.answered(number=number, by=of.officer)


def test_only_who_audits_it_asks(of):
    with pytest.raises(Forbidden, match="that takes an auditor"):
        of.ask(by=of.officer)


def test_an_auditor_of_one_unit_neither_asks_about_another_nor_sees_its_questions(of):
    far = system(of=of.other, name="Far away")
    colleague = user(of=of.other)
    role(colleague, "auditor", unit=of.other, until_at=ENDS)
    theirs = of.ask(by=colleague, system_id=far.pk)

    assert list(visible_questions(user=of.auditor, at=AT)) == []
    with pytest.raises(Missing):
        question_by_number(number=theirs.number, user=of.auditor, at=AT)
    with pytest.raises(Missing):
        of.ask(system_id=far.pk)
    with pytest.raises(Missing):
        of.ask(unit_id=of.other.pk)
    with pytest.raises(Missing):
        of.answered(number=theirs.number, by=of.officer)


def test_the_room_closes_in_words_when_the_time_is_over(of):
    number, client = of.ask().number, client_of(of.auditor)
    stand_at(ENDS + HOUR)

    pages = [
        client.get(one) for one in ("/audit/", f"/audit/questions/{number}/", "/audit/sample/")
    ]
    told = client.get("/api/v1/audit/room")

    assert [one.status_code for one in pages] == [403, 403, 403]
    assert all("Your audit ended on" in words_of(one.content.decode()) for one in pages)
    assert told.status_code == 403
    assert told.json()["detail"].startswith("Your audit ended on")
    with pytest.raises(Forbidden, match="Your audit ended on"):
        of.ask(at=ENDS + HOUR)


def test_an_answer_is_due_within_the_auditor_s_own_time(of):
    with pytest.raises(Invalid, match="Your audit ends on"):
        of.ask(due_at=ENDS + DAY)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "  "}, "text"),
        ({"due_at": AT - DAY}, "due_at"),
        ({"about": "moon"}, "about"),
        ({"about": "incident"}, "about_key"),
    ],
)
def test_what_cannot_be_asked_is_told_at_its_field(of, changes, field):
    with pytest.raises(Invalid) as refused:
        of.ask(**changes)

    assert field in refused.value.fields


def test_a_settled_question_stays_as_it_is(of):
    number = of.ask().number
    who = person_as_actor(of.auditor)
    call(withdraw_question, number=number, reason="found it", actor=who, at=AT + HOUR)

    with pytest.raises(Conflict, match="Withdrawn"):
        of.answered(number=number, at=AT + 2 * HOUR)


def test_a_stale_version_is_refused(of):
    number = of.answered().question.number

    with pytest.raises(Conflict, match="You saw version 1"):
        call(
            accept_answer, number=number, expected_version=1,
            actor=person_as_actor(of.auditor), at=AT + 2 * HOUR,
        )  # fmt: skip


def test_each_sees_what_they_can_do(of):
    row = of.answered().question

    row.refresh_from_db()

    assert acts_on(row=row, user=of.system.owner, at=AT) == ["answer", "evidence"]
    assert acts_on(row=row, user=of.auditor, at=AT) == ["accept", "back", "withdraw"]
    assert acts_on(row=row, user=user(of=of.unit), at=AT) == []


def test_it_stands_on_the_desk_of_who_must_answer_then_of_who_asked(of):
    number = of.ask().number
    waiting = [one.title for one in desk_of(user=of.system.owner, at=AT + HOUR).also]
    officers = [one.title for one in desk_of(user=of.officer, at=AT + HOUR).also]
    of.answered(number=number)
    after = [one.title for one in desk_of(user=of.system.owner, at=AT + 2 * HOUR).also]
    asker = [one.title for one in desk_of(user=of.auditor, at=AT + 2 * HOUR).also]

    assert f"Question {number} of an auditor" in waiting
    assert f"Question {number} of an auditor" in officers
    assert after == []
    assert f"Answer to your question {number}" in asker


def test_a_question_about_a_unit_is_for_its_compliance_officers(of):
    row = of.ask(unit_id=of.unit.pk)

    titles = [one.title for one in desk_of(user=of.officer, at=AT + HOUR).also]

    assert f"Question {row.number} of an auditor" in titles
    assert of.answered(number=row.number, by=of.officer).place == 1
    assert not visible_questions(user=of.system.owner, at=AT).exists()


def test_the_pages_take_a_question_an_answer_and_its_acceptance(of):
    auditor, owner = client_of(of.auditor), client_of(of.system.owner)
    given = {"scope": f"system:{of.system.pk}", "text": "Why?", "due_at": "2026-03-20T10:00"}
    given["due_at"] = (AT + 5 * DAY).strftime("%Y-%m-%dT%H:%M")
    asked = auditor.post("/audit/questions/", given)
    number = AuditQuestion.objects.get().number
    said = owner.post(f"/audit/questions/{number}/answer/", {"text": "Because."})
    page = words_of(auditor.get(f"/audit/questions/{number}/").content.decode())
    done = auditor.post(f"/audit/questions/{number}/accept/", {"version": 2})

    assert [asked.status_code, said.status_code, done.status_code] == [302, 302, 302]
    assert "Because." in page
    assert "Accept the answer" in page
    assert AuditQuestion.objects.get().state == "accepted"


def test_the_room_says_what_is_in_scope_and_until_when(of):
    words = words_of(client_of(of.auditor).get("/audit/").content.decode())

    assert of.unit.name in words
    assert "Packs ready to download" in words
    assert "Ledger" in words
    assert "Ask the auditee" in words


def test_the_list_of_questions_costs_the_same_queries_for_any_number(of):
    client = client_of(of.auditor)
    of.answered()
    with CaptureQueriesContext(connection) as one:
        client.get("/api/v1/audit/questions")
    for _ in range(5):
        of.answered()
    with CaptureQueriesContext(connection) as six:
        found = client.get("/api/v1/audit/questions").json()

    assert len(found) == 6
    assert len(six) == len(one)


def test_older_questions_are_on_the_next_page(of):
    first, second = of.ask(at=AT), of.ask(at=AT + HOUR)

    older = client_of(of.auditor).get(f"/api/v1/audit/questions?before={second.number}").json()

    assert [one["number"] for one in older] == [first.number]


def test_compliance_reads_the_room_and_an_engineer_does_not(of):
    engineer = user(of=of.unit)
    role(engineer, "engineer", unit=of.unit)

    words = words_of(client_of(of.officer).get("/audit/").content.decode())
    refused = client_of(engineer).get("/audit/")

    assert "Iris Audit" in words
    assert "Ask the auditee" not in words
    assert refused.status_code == 403


def test_questions_and_answers_come_down_as_csv_and_the_download_is_on_record(of):
    of.answered(text="=1+1")

    answer = client_of(of.auditor).get("/audit/questions/list.csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [one["question"] for one in rows] == ["Who tests the stop?"]
    assert not rows[0]["words"].startswith("=")
    assert Entry.objects.filter(verb="sheet.downloaded").exists()


def test_the_api_does_what_the_pages_do(of):
    auditor, owner = client_of(of.auditor), client_of(of.system.owner)
    given = {"text": "Why?", "due_at": (AT + DAY).isoformat(), "system": of.system.slug}
    asked = auditor.post("/api/v1/audit/questions", given, content_type="application/json")
    url = f"/api/v1/audit/questions/{asked.json()['number']}"
    said = owner.post(f"{url}/answers", {"text": "So."}, content_type="application/json")
    bare = auditor.post(f"{url}/acceptance")
    done = auditor.post(f"{url}/acceptance", headers={"If-Match": said.headers["ETag"]})
    listed = auditor.get("/api/v1/audit/questions").json()

    assert [asked.status_code, said.status_code, bare.status_code] == [201, 201, 428]
    assert done.json()["state"] == "accepted"
    assert [one["text"] for one in listed[0]["answers"]] == ["So."]


@pytest.mark.parametrize("text", ["\x00", "x" * 20_001, ""])
def test_bad_words_are_refused_not_failed(of, text):
    number = of.ask().number
    url = f"/api/v1/audit/questions/{number}/answers"

    answer = client_of(of.system.owner).post(url, {"text": text}, content_type="application/json")

    assert answer.status_code == 400


def test_a_sample_is_drawn_again_by_another_run_and_by_hand(of):
    labels = [version(of.system).label for _ in range(12)]
    within = Within((of.system.pk,), AT - DAY, AT + DAY)

    first = sample_of(name="versions", within=within, seed="root", n=5)
    again = sample_of(name="versions", within=within, seed="root", n=3)

    assert first.size == len(labels)
    assert [one.draw.key for one in first.rows][:3] == [one.draw.key for one in again.rows]
    assert [one.draw.key for one in first.rows] == by_digest("root", "versions", of, labels)[:5]


def by_digest(seed, name, of, labels):
    """Return the keys of versions in the order that the page tells to compute by hand."""
    keys = [f"{of.system.slug}/{label}" for label in labels]
    return sorted(keys, key=lambda key: sha256(f"{seed}\n{name}\n{key}".encode()).hexdigest())


def test_a_sample_holds_nothing_of_another_unit(of):
    version(system(of=of.other))
    mine = version(of.system)
    days = f"since={AT - DAY:%Y-%m-%d}&until={AT + DAY:%Y-%m-%d}"

    found = client_of(of.auditor).get(f"/api/v1/audit/sample?list=versions&seed=s&{days}").json()

    assert found["size"] == 1
    assert found["rows"][0]["key"] == f"{of.system.slug}/{mine.label}"


@pytest.mark.parametrize("name", list(POPULATIONS))
def test_every_list_can_be_drawn_from_in_two_queries_and_one_for_deliveries(
    of, name, django_assert_max_num_queries
):
    within = Within((of.system.pk,), AT - DAY, AT + DAY)

    with django_assert_max_num_queries(6):
        found = sample_of(name=name, within=within, seed="s", n=5)

    assert found.rows == []


def test_the_sample_page_draws_incidents_and_says_how(of):
    house = cases.house()
    incident = cases.opened(house)
    auditor = user(of=house.unit)
    role(auditor, "auditor", unit=house.unit, until_at=ENDS)
    days = f"since={incident.opened_at - DAY:%Y-%m-%d}&until={incident.opened_at + DAY:%Y-%m-%d}"

    stand_at(max(AT, incident.opened_at + HOUR))
    words = client_of(auditor).get(f"/audit/sample/?list=incidents&seed=abc&n=5&system=&{days}")

    text = words_of(words.content.decode())
    assert incident.number in text
    assert "sha256sum" in text
    assert "1 of 1: Incidents" in text


def test_a_sample_of_no_list_is_not_there(of):
    client = client_of(of.auditor)

    assert client.get("/audit/sample.csv").status_code == 404
    assert client.get("/api/v1/audit/sample").status_code == 404
    assert client.get("/audit/sample/").status_code == 200


def test_the_drawn_rows_come_down_as_csv(of):
    version(of.system)
    days = f"since={AT - DAY:%Y-%m-%d}&until={AT + DAY:%Y-%m-%d}"

    answer = client_of(of.auditor).get(f"/audit/sample.csv?list=versions&seed=s&n=5&{days}")

    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert row["sha256"] == sha256(f"s\nversions\n{row['key']}".encode()).hexdigest()


@pytest.mark.parametrize(
    "query",
    [
        "list=moon&seed=s&since=2026-01-01&until=2026-01-02",
        "list=incidents&seed=%00&since=2026-01-01&until=2026-01-02",
        "list=incidents&seed=s&since=0001-01-01&until=0001-01-02",
        "list=incidents&seed=s&since=9999-12-30&until=9999-12-31",
        "list=incidents&seed=s&since=2026-02-01&until=2026-01-02",
        "list=incidents&seed=s&since=2024-02-01&until=2026-01-02",
        "list=incidents&seed=s&since=2026-01-01&until=2026-01-02&n=99999999999999999999",
        "list=incidents&seed=&since=x&until=2026-01-02",
    ],
)
def test_a_sample_that_cannot_be_is_refused_in_words(of, query):
    client = client_of(of.auditor)

    told = client.get(f"/api/v1/audit/sample?{query}")
    page = client.get(f"/audit/sample/?{query}")

    assert told.status_code == 400
    assert page.status_code == 400
