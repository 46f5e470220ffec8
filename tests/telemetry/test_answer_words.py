"""TEL-8: answers are found by their words, by nobody who may not look; searches are on record."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client

from ledger.models import Entry
from ledger.rules.refusals import Invalid
from outbox import clock
from registry.models import System
from telemetry.selectors.answer_words import systems_to_look_into
from telemetry.selectors.answers import PAGE, Asked, answers_page, asked_of
from tests.registry.factories import AT, role, sign_in, system, unit, user
from tests.telemetry.factory import event, take_events

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


def said(of, number, question, answer="None.", *, at=AT, **changes):
    take_events(
        [
            event(
                of, number, at=at - HOUR - number * MINUTE, question=question, answer=answer,
                **changes,
            )
        ],
        at=at,
    )  # fmt: skip


def found(who, words, **changes):
    """The ids that a person's search lists."""
    systems = System.objects.all()
    lookable = systems_to_look_into(user=who, systems=systems, at=AT)
    page = answers_page(
        asked=Asked(words=words, **changes), systems=systems, at=AT, lookable=lookable
    )
    return [one.event_id for one in page.events]


@pytest.fixture
def of():
    made = system()
    said(made, 1, "May I return the red shoes?", "Within thirty days.", topic="returns")
    said(made, 2, "Where is my parcel?", "On its way.", topic="red letters")
    said(made, 3, "Where are the blue shoes?", "Sold out.")
    return made


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("shoes", ["e-1", "e-3"]),
        ("SHOES red", ["e-1"]),
        ('"thirty days"', ["e-1"]),
        ("shoes -blue", ["e-1"]),
        ("red", ["e-1", "e-2"]),
        ("parcel or sold", ["e-2", "e-3"]),
        ("nothing", []),
        ("!!! ' \\ & | :*", []),
    ],
)
def test_words_are_found_in_question_answer_and_topic(of, words, expected):
    assert found(of.owner, words) == expected


@pytest.mark.parametrize("held", ["engineer", "executive"])
def test_masked_words_find_nothing_for_who_may_not_look(of, held):
    who = user()
    role(who, held, system=of)

    assert found(who, "shoes") == []
    assert found(who, "-parcel shoes") == []
    assert found(who, "red") == ["e-2"]


def test_a_token_finds_topics_alone(of):
    assert found(None, "shoes") == []
    assert found(None, "returns") == ["e-1"]


def test_each_system_is_searched_by_what_the_reader_may_there(of):
    other = system()
    said(other, 4, "Red shoes?", topic="red tape")
    said(other, 5, "Red boots?")

    assert found(of.owner, "red") == ["e-1", "e-2", "e-4"]


def test_who_may_look_is_told_set_wise_as_one_by_one():
    place = unit()
    below, far = system(of=unit(parent=place)), system(of=unit())
    who = user()
    role(who, "compliance", unit=place)

    seen = systems_to_look_into(user=who, systems=System.objects.all(), at=AT)

    assert below.pk in seen
    assert far.pk not in seen


def test_pages_of_found_words_go_on_where_the_last_ended(of):
    for number in range(10, 10 + PAGE + 5):
        said(of, number, "A green hat?")
    systems = System.objects.all()
    lookable = systems_to_look_into(user=of.owner, systems=systems, at=AT)

    first = answers_page(asked=Asked(words="green"), systems=systems, at=AT, lookable=lookable)
    rest = answers_page(
        asked=Asked(words="green", after=first.older), systems=systems, at=AT, lookable=lookable
    )

    ids = [one.event_id for one in (*first.events, *rest.events)]
    assert (len(first.events), len(rest.events)) == (PAGE, 5)
    assert len(set(ids)) == PAGE + 5


@pytest.mark.parametrize("words", ["x" * 201, "a\x00b"])
def test_words_that_no_text_holds_are_refused(words):
    with pytest.raises(Invalid):
        asked_of({"words": words})


def test_the_index_has_the_expression_that_is_asked_for():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'telemetry_decision_event_words'"
        )
        ((defined,),) = cursor.fetchall()
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute(
            "EXPLAIN SELECT 1 FROM telemetry_decision_event e"
            " WHERE to_tsvector('simple'::regconfig, e.topic || ' ' ||"
            " coalesce(e.question, '') || ' ' || coalesce(e.answer, ''))"
            " @@ websearch_to_tsquery('simple'::regconfig, 'shoes')"
        )
        plan = " ".join(line for (line,) in cursor.fetchall())

    assert "gin" in defined
    assert "Bitmap Index Scan" in plan


def test_a_search_is_on_record_once_an_hour_with_its_words_sealed():
    made = system(of=unit())
    said(made, 1, "Does Lovelace owe money?", at=clock.now())
    client = sign_in(Client(), made.owner)

    shown = client.get("/answers/", {"words": "Lovelace"}).content.decode()
    client.get("/answers/", {"words": "Lovelace"})
    client.get("/api/v1/answers/", {"words": "money"})

    entries = Entry.objects.filter(verb="answer.searched")
    assert "question of 4 words" in shown
    assert entries.count() == 2
    assert not any(b"Lovelace" in bytes(one.body) for one in entries)


def test_a_search_by_who_may_look_nowhere_searches_no_answer_and_leaves_no_entry():
    made = system(of=unit())
    said(made, 1, "Does Lovelace owe money?", at=clock.now())
    who = user(of=made.unit)
    role(who, "engineer", system=made)

    answer = sign_in(Client(), who).get("/api/v1/answers/", {"words": "Lovelace"})

    assert answer.json()["results"] == []
    assert not Entry.objects.filter(verb="answer.searched").exists()
