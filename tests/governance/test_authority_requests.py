"""INC-15: requests of authorities, answered with evidence, sent by two persons."""

import datetime as dt
import json

import pytest
from django.db import DatabaseError, connection, transaction

from governance.models import AuthorityRequest, RequestAnswer, RequestScope
from governance.services.request_answers import (
    add_evidence,
    agree_withholding,
    answer_question,
    withhold,
)
from governance.services.requests import (
    Asked,
    mark_ready,
    record_receipt,
    register_request,
    send_answer,
    take_back,
)
from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from outbox.models import Message
from outbox.services.sweeps import sweep
from registry.models import LegalHold
from tests.governance.pages import signed_in, stand_at, text_of
from tests.incidents import factory as cases
from tests.incidents.factory import AT, acting
from tests.net import by_hand

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LIST = "/authority-requests/"
API = "/api/v1/authority-requests/"


@pytest.fixture(autouse=True)
def clock_stands():
    stand_at(AT)
    yield
    stand_at(None)


@pytest.fixture
def house():
    return cases.house()


def asked(**changes):
    arguments = {
        "authority": "Data protection authority",
        "basis": "GDPR Art. 58(1)(a)",
        "questions": ["Which data?", "Since when?"],
        "language": "German",
        "received_at": AT - DAY,
        "due_at": AT + 9 * DAY,
    }
    return Asked(**(arguments | changes))


def registered(of, *, by=None, hold=False, incidents=(), at=AT, systems=None, **changes):
    actor = acting(by or of.compliance)
    with acting_as(actor):
        return register_request(
            asked=asked(**changes),
            system_ids=[of.system.pk] if systems is None else systems,
            incident_numbers=incidents,
            hold=hold,
            actor=actor,
            at=at,
        )


def done(service, by, row, *, at=AT, **arguments):
    actor = acting(by)
    with acting_as(actor):
        return service(number=row.number, actor=actor, at=at, **arguments)


def answered(of, **changes):
    row = registered(of, **changes)
    for place in (1, 2):
        done(answer_question, of.compliance, row, place=place, text=f"Answer {place}.")
    return row


def ready(of, **changes):
    row = answered(of, **changes)
    return done(mark_ready, of.compliance, row, expected_version=None)


def sent(of, row, *, by=None, at=AT + HOUR, **changes):
    arguments = {"how": "portal", "sent_at": at, "late_reason": "", "expected_version": None}
    return done(send_answer, by or of.executive, row, at=at, **(arguments | changes))


def test_a_request_has_its_questions_and_what_it_is_about(house):
    row = registered(house)

    assert row.number.startswith("AR-2026-")
    assert [one.text for one in row.questions.order_by("place")] == ["Which data?", "Since when?"]
    assert row.scopes.get().system == house.system
    assert Entry.objects.filter(verb="request.registered").count() == 1


def test_a_hold_is_set_on_what_it_is_about(house):
    incident = cases.opened(house)

    row = registered(house, hold=True, systems=[], incidents=[incident.number])

    hold = row.scopes.get().hold
    assert (hold.scope, hold.incident_number) == ("incident", incident.number)
    assert hold.reason == f"{row.number}, Data protection authority"


def test_who_may_set_no_hold_registers_without_one(house):
    with pytest.raises(Forbidden):
        registered(house, by=house.risk, hold=True)

    assert AuthorityRequest.objects.count() == LegalHold.objects.count() == 0


@pytest.mark.parametrize("role", ["owner", "executive", "auditor", "stranger"])
def test_only_compliance_and_risk_register(house, role):
    with pytest.raises(Forbidden):
        registered(house, by=getattr(house, role))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"authority": " "}, "authority"),
        ({"questions": []}, "questions"),
        ({"questions": ["", "x"]}, "questions"),
        ({"received_at": AT + DAY, "due_at": AT + 2 * DAY}, "received_at"),
        ({"due_at": AT - 2 * DAY}, "due_at"),
        (
            {"period_from": dt.date(2026, 2, 1), "period_until": dt.date(2026, 1, 1)},
            "period_until",
        ),
    ],
)
def test_a_request_that_is_not_right_is_refused(house, changes, field):
    with pytest.raises(Invalid) as caught:
        registered(house, **changes)

    assert field in caught.value.fields


def test_a_system_that_one_does_not_see_cannot_be_named(house):
    other = cases.house()

    with pytest.raises(Missing):
        registered(house, systems=[other.system.pk])


def test_an_earlier_answer_stays(house):
    row = registered(house)
    done(answer_question, house.compliance, row, place=1, text="First.")

    done(answer_question, house.risk, row, place=1, text="Better.")

    texts = RequestAnswer.objects.order_by("version").values_list("version", "text")
    assert list(texts) == [(1, "First."), (2, "Better.")]


def test_evidence_has_a_hash(house):
    row = registered(house)

    piece = done(
        add_evidence,
        house.compliance,
        row,
        place=1,
        kind="ledger",
        title="Closing",
        reference="entry 12",
        sha256="",
    )

    assert len(piece.sha256) == 64


def test_an_answer_is_complete_when_every_question_has_one(house):
    row = registered(house)
    done(answer_question, house.compliance, row, place=1, text="Names.")

    with pytest.raises(Conflict) as caught:
        done(mark_ready, house.compliance, row, expected_version=None)

    assert "Question 2" in caught.value.reason


def test_a_withheld_item_takes_two_persons(house):
    row = registered(house)
    arguments = {"place": 1, "what": "source code", "reason": "trade secret, Art. 78"}
    item = done(withhold, house.compliance, row, **arguments)

    with pytest.raises(Forbidden) as caught:
        done(agree_withholding, house.compliance, row, item_id=item.pk)
    agreed = done(agree_withholding, house.risk, row, item_id=item.pk)

    assert caught.value.code == "not_separate"
    assert agreed.approved_by_id == house.risk.pk


def test_a_withheld_item_that_waits_stands_against_completing(house):
    row = answered(house)
    done(withhold, house.compliance, row, place=None, what="logs", reason="not ours")

    with pytest.raises(Conflict) as caught:
        done(mark_ready, house.compliance, row, expected_version=None)

    assert "waits for a second person" in caught.value.reason


def test_an_agreed_ground_stands_for_an_answer(house):
    row = registered(house, questions=["The source code?"])
    item = done(withhold, house.compliance, row, place=1, what="code", reason="trade secret")
    done(agree_withholding, house.risk, row, item_id=item.pk)

    after = done(mark_ready, house.compliance, row, expected_version=None)

    assert after.state == "ready"


def test_who_declares_it_complete_does_not_send_it(house):
    row = ready(house)

    with pytest.raises(Forbidden) as caught:
        sent(house, row, by=house.compliance)
    after = sent(house, row, by=house.risk)

    assert caught.value.code == "not_separate"
    assert (after.state, after.sent_by_id) == ("sent", house.risk.pk)


def test_the_database_knows_the_two_persons(house):
    row = ready(house)
    statement = (
        "UPDATE governance_authorityrequest SET state = 'sent', sent_by_id = ready_by_id"
        f" WHERE id = '{row.pk}'"
    )

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as raw:
        raw.execute(statement)


def test_answers_cannot_be_rewritten(house):
    answered(house)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as raw:
        raw.execute("UPDATE governance_requestanswer SET text = 'x'")


def test_nothing_of_a_complete_answer_changes(house):
    row = ready(house)

    with pytest.raises(Conflict):
        done(answer_question, house.compliance, row, place=1, text="Other.")


def test_an_answer_that_is_taken_back_can_be_changed(house):
    row = ready(house)

    done(take_back, house.risk, row, reason="The date is wrong.", expected_version=None)
    done(answer_question, house.compliance, row, place=2, text="Since May.")

    assert AuthorityRequest.objects.get().ready_by is None


def test_a_late_answer_says_why(house):
    row = ready(house)
    late = AT + 10 * DAY

    with pytest.raises(Invalid) as caught:
        sent(house, row, at=late)
    after = sent(house, row, at=late, late_reason="The translation took longer.")

    assert set(caught.value.fields) == {"late_reason"}
    assert after.late_reason == "The translation took longer."


def test_a_stale_version_is_refused(house):
    row = ready(house)

    with pytest.raises(Conflict) as caught:
        sent(house, row, expected_version=1)

    assert caught.value.code == "stale_version"


def test_a_receipt_ends_it(house):
    row = ready(house)
    sent(house, row)

    after = done(
        record_receipt,
        house.compliance,
        row,
        at=AT + 2 * HOUR,
        receipt="Received.",
        receipt_at=AT + 2 * HOUR,
        sha256="",
    )

    assert after.state == "receipted"
    assert len(after.receipt_sha256) == 64


def test_people_are_called_before_it_is_due_and_when_it_is(house):
    row = registered(house)

    sweep(at=AT + 8 * DAY + HOUR)
    before = Message.objects.filter(subject_id=row.pk).count()
    sweep(at=AT + 9 * DAY + HOUR)

    called = Message.objects.filter(subject_id=row.pk, key__contains=":request:due:")
    assert before > 0
    assert house.compliance.pk in {message.person_id for message in called}
    assert Entry.objects.filter(verb="request.overdue").count() == 1


def test_an_answered_request_calls_nobody(house):
    row = ready(house)
    sent(house, row)

    sweep(at=AT + 20 * DAY)

    assert not Message.objects.filter(subject_id=row.pk).exists()


def test_the_list_is_for_those_who_answer_for_it(client, house):
    row = registered(house)

    told = text_of(signed_in(client, house.auditor).get(LIST))
    refused = signed_in(client, house.owner).get(LIST)

    assert row.number in told
    assert refused.status_code == 403


def test_a_request_of_another_unit_is_not_there(client, house):
    row = registered(house)
    other = cases.house()

    page = signed_in(client, other.compliance).get(f"{LIST}{row.number}/")

    assert page.status_code == 404


def test_an_empty_list_says_what_to_do(client, house):
    page = signed_in(client, house.compliance).get(LIST)

    assert "No request waits for an answer" in text_of(page)


def test_a_request_is_registered_answered_and_sent_by_the_pages(client, house):
    officer = signed_in(client, house.compliance)
    form = {
        "authority": "Market surveillance",
        "basis": "Art. 74",
        "language": "English",
        "received_at": "2026-11-16T08:00",
        "due_at": "2026-11-30T08:00",
        "questions": "What is it?\n\nWho runs it?",
        "systems": [str(house.system.pk)],
    }
    officer.post(f"{LIST}new/", form)
    row = AuthorityRequest.objects.get()
    url = f"{LIST}{row.number}/"
    for place in (1, 2):
        officer.post(f"{url}answer/", {"place": place, "text": f"Answer {place}"})
    officer.post(f"{url}ready/", {"version": 1})

    sender = signed_in(client, house.executive)
    local = "2026-11-16T09:00"
    page = sender.post(f"{url}send/", {"version": 2, "how": "portal", "sent_at": local})

    row.refresh_from_db()
    assert page.status_code == 302
    assert (row.state, row.sent_by) == ("sent", house.executive)


def test_a_form_that_is_not_right_says_so_and_keeps_the_rest(client, house):
    row = registered(house)

    page = signed_in(client, house.compliance).post(
        f"{LIST}{row.number}/answer/", {"place": "1", "text": ""}
    )

    assert page.status_code == 400
    assert "Nothing is on record yet" in text_of(page)


def test_an_unknown_act_is_not_there(client, house):
    row = registered(house)

    page = signed_in(client, house.compliance).post(f"{LIST}{row.number}/burn/", {})

    assert page.status_code == 404


def test_the_api_does_what_the_pages_do(client, house):
    officer = signed_in(client, house.compliance)

    def send(tail, body, **headers):
        return officer.post(
            f"{API}{tail}", json.dumps(body), content_type="application/json", headers=headers
        )

    made = send(
        "",
        {
            "authority": "Supervisor",
            "basis": "DORA Art. 19",
            "language": "English",
            "received_at": "2026-11-16T08:00:00Z",
            "due_at": "2026-11-30T08:00:00Z",
            "questions": ["What happened?"],
            "systems": [house.system.slug],
        },
    )
    number = made.json()["number"]
    send(f"{number}/answers", {"place": 1, "text": "An outage."})
    told = send(f"{number}/ready", {}, **{"If-Match": '"1"'})

    assert made.status_code == 201
    assert made.json()["missing"] == ["Question 1 has neither an answer nor an agreed ground."]
    assert (told.status_code, told.json()["state"]) == (200, "ready")


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"place": 10**30, "text": "x"},
        {"place": 1, "text": "\x00"},
        {"place": "one", "text": "x"},
        {"place": 1, "text": "x" * 20_001},
    ],
)
def test_bad_input_to_the_api_is_400(client, house, body):
    row = registered(house)

    answer = signed_in(client, house.compliance).post(
        f"{API}{row.number}/answers", json.dumps(body), content_type="application/json"
    )

    assert answer.status_code == 400


def test_a_scope_is_named_once(house):
    row = registered(house)

    with by_hand(), pytest.raises(DatabaseError), transaction.atomic():
        RequestScope.objects.create(request=row, system=house.system, at=AT)
