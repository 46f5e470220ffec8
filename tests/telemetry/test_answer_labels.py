"""TEL-7, TEL-8, IMP-2: verdicts label events, two measure agreement, labels go along."""

import datetime as dt
import json

import pytest
from django.test import Client

from incidents.models import Incident
from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Forbidden, Invalid
from telemetry.models import AnswerReview, EventLabel, Measurement
from telemetry.rules.answers import key_of, labels_of_verdict, reviewer_code
from telemetry.selectors.answer_reviews import reviews_of
from telemetry.selectors.answers import event_by_key
from telemetry.services.answer_reads import export_labels
from telemetry.services.answers import give_verdict, send_to_review
from tests.net import told
from tests.registry.factories import AT, call, person_as_actor, role, sign_in, system, user
from tests.telemetry.factory import (
    catalogue,
    computed,
    event,
    label,
    measured,
    series_of,
    take_events,
    take_labels,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
BEGIN = AT.replace(hour=0, minute=0) - DAY


def instant(number):
    return BEGIN + number * MINUTE


def asked(of, count=12, **changes):
    """Events of yesterday, answered with 'a'."""
    take_events([event(of, n, at=instant(n), answer="a", **changes) for n in range(count)])


def officer(of):
    who = user()
    role(who, "compliance", system=of)
    return who


def reviewed(of, number, verdict, *, by=None, truth=""):
    """An event sent by the owner, with the verdict of the deputy or somebody else."""
    by = by or of.deputy
    sent = call(
        send_to_review, system=of, key=key_of(instant(number), f"e-{number}"), reason="A look",
        reviewer_id=by.pk, actor=person_as_actor(of.owner),
    )  # fmt: skip
    return call(
        give_verdict, review_id=sent.pk, verdict=verdict, words="As I read it", truth=truth,
        actor=person_as_actor(by),
    )  # fmt: skip


def labels():
    return {(row.kind, row.value) for row in EventLabel.objects.filter(event_id="e-0")}


@told
def waits(of, event_id):
    """A review by the deputy that the owner sent, of an event that is not there."""
    return AnswerReview.objects.create(
        system=of, event_at=instant(0), event_id=event_id, reason="A look", sent_by=of.owner,
        sent_at=AT, reviewer=of.deputy,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "truth", "expected"),
    [
        ("right", "", {"factual": True, "truth": "a"}),
        ("wrong", "", {"factual": False}),
        ("wrong", "b", {"factual": False, "truth": "b"}),
        ("harmful", "b", {"factual": False, "truth": "b"}),
        ("unclear", "", {}),
    ],
)
def test_what_each_verdict_says_of_its_event(verdict, truth, expected):
    assert labels_of_verdict(verdict, answer="a", truth=truth) == expected


def test_a_verdict_labels_its_event_by_a_code_and_never_a_name():
    of = system()
    asked(of, 1)

    reviewed(of, 0, "wrong", truth="b")

    assert labels() == {("factual", False), ("truth", "b")}
    codes = set(EventLabel.objects.values_list("reviewer", flat=True))
    assert codes == {reviewer_code(of.deputy_id)}
    assert of.deputy.name not in str(codes)
    assert Entry.objects.filter(verb="labels.received").count() == 1


def test_what_would_have_been_right_stands_in_no_ledger_entry():
    of = system()
    asked(of, 1)

    reviewed(of, 0, "wrong", truth="Ada Lovelace owes nothing")

    assert not any(b"Lovelace" in bytes(entry.body) for entry in Entry.objects.all())


def test_what_cannot_be_told_labels_nothing():
    of = system()
    asked(of, 1)

    reviewed(of, 0, "unclear")

    assert labels() == set()


def test_a_verdict_on_an_event_that_is_gone_stands_without_a_label():
    of = system()

    with acting_as(person_as_actor(of.owner)):
        row = waits(of, "gone")

    found = call(
        give_verdict, review_id=row.pk, verdict="wrong", words="So", truth="b",
        actor=person_as_actor(of.deputy),
    )  # fmt: skip

    assert found.state == "reviewed"
    assert not EventLabel.objects.exists()


@pytest.mark.parametrize(
    ("verdict", "truth"), [("right", "b"), ("unclear", "b"), ("wrong", "a"), ("wrong", "b\x00")]
)
def test_a_truth_that_does_not_go_with_the_verdict_is_refused(verdict, truth):
    of = system()
    asked(of, 1)

    with pytest.raises(Invalid) as refused:
        reviewed(of, 0, verdict, truth=truth)

    assert "truth" in refused.value.fields
    assert not EventLabel.objects.exists()


def test_a_verdict_computes_the_window_of_its_event_anew():
    of = measured(stated=None)
    computed(of)
    asked(of, truth="a")

    reviewed(of, 3, "wrong", truth="b")

    rows = Measurement.objects.filter(series=series_of(of)).order_by("revision")
    assert [row.value for row in rows] == [1.0, pytest.approx(11 / 12)]


def test_a_verdict_is_judged_like_a_label_from_outside():
    of = measured()
    computed(of)
    asked(of, 12, truth="a")
    take_events([event(of, f"x{n}", at=instant(n) - DAY, answer="a", truth="b") for n in range(12)])

    take_labels([label(of, n, at=instant(n), value="b") for n in range(5)])
    reviewed(of, 6, "wrong", truth="b")

    assert Incident.objects.filter(system=of).exists()


def test_two_verdicts_measure_the_agreement_of_reviewers():
    catalogue()
    of = measured(stated=None)
    computed(of, kpi="reviewer_agreement")
    asked(of)
    second = officer(of)
    for number in range(12):
        reviewed(of, number, "wrong")
        reviewed(of, number, "harmful" if number else "right", by=second)

    (row,) = Measurement.objects.filter(series=series_of(of, kpi="reviewer_agreement")).order_by(
        "-revision"
    )[:1]

    assert (row.value, row.n) == (pytest.approx(11 / 12), 12)


def test_who_still_has_to_say_does_not_see_what_others_said():
    of = system()
    asked(of, 1)
    second, key = officer(of), key_of(instant(0), "e-0")
    reviewed(of, 0, "wrong")
    call(
        send_to_review, system=of, key=key, reason="A second look", reviewer_id=second.pk,
        actor=person_as_actor(of.owner),
    )  # fmt: skip
    found = event_by_key(system=of, key=key)

    hers = reviews_of(found, reader=second.pk)
    owners = reviews_of(found, reader=of.owner_id)

    assert ([one.state for one in hers.rows], hers.hidden) == (["waiting"], 1)
    assert (len(owners.rows), owners.hidden) == (2, 0)


def taken_along(of, *, by=None, content=False, reason="An evaluation set", days=30):
    return call(
        export_labels, system=of, days=days, content=content, reason=reason,
        actor=person_as_actor(by or of.owner),
    )  # fmt: skip


def test_labels_are_taken_along_as_json_lines_and_the_file_is_on_record():
    of = system()
    asked(of, 3, question="How much?")
    reviewed(of, 1, "wrong", truth="b")

    found = taken_along(of, content=True)

    (line,) = [json.loads(one) for one in found.content.splitlines()]
    assert line["labels"] == {"factual": False, "truth": "b"}
    assert (line["event_id"], line["question"], line["answer"]) == ("e-1", "How much?", "a")
    assert {one["reviewer"] for one in line["by_reviewer"]} == {reviewer_code(of.deputy_id)}
    entry = Entry.objects.get(pk=found.entry)
    assert (entry.verb, found.events) == ("answer.exported", 1)


def test_without_content_the_file_holds_neither_answer_nor_truth():
    of = system()
    asked(of, 1, question="How much does Ada owe?")
    reviewed(of, 0, "wrong", truth="Ada owes nothing")

    found = taken_along(of)

    assert json.loads(found.content)["labels"] == {"factual": False}
    assert b"Ada" not in found.content


@pytest.mark.parametrize("held", ["engineer", "executive"])
def test_who_may_not_look_takes_nothing_along(held):
    of, who = system(), user()
    role(who, held, system=of)

    with pytest.raises(Forbidden):
        taken_along(of, by=who)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001])
def test_a_file_needs_a_reason(reason):
    of = system()

    with pytest.raises(Invalid):
        taken_along(of, reason=reason)


def test_the_doors_hand_out_the_file_and_refuse_a_stranger():
    of = system()
    asked(of, 2)
    reviewed(of, 0, "right")
    mine, stranger = sign_in(Client(), of.owner), sign_in(Client(), user())
    api, given = f"/api/v1/systems/{of.slug}/label-sets", {"reason": "A set", "days": 90}

    by_api = mine.post(api, given, content_type="application/json")
    by_page = mine.post(f"/answers/{of.slug}/labels.jsonl", given | {"content": "on"})
    no = stranger.post(api, given, content_type="application/json")
    bad = mine.post(api, {"reason": "A set", "days": 31}, content_type="application/json")

    assert (by_api.status_code, by_page.status_code, no.status_code, bad.status_code) == (
        200, 200, 404, 400,
    )  # fmt: skip
    assert by_page["Content-Disposition"].endswith('.jsonl"')
    assert by_page["Content-Type"].startswith("application/jsonl")
