"""TEL-8: the doors of answers: masked list, looks, reviews; by page and by API alike."""

import datetime as dt

import pytest
from django.test import Client

from ledger.models import Entry
from outbox import clock
from telemetry.models import AnswerLook, AnswerReview
from telemetry.rules.answers import key_of
from tests.registry.factories import role, sign_in, system, token, unit, user
from tests.telemetry.factory import event, take_events

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
ASKED = "Did <b>Ada</b> Lovelace pay?"
ANSWERED = "Ada Lovelace owes 312 euro."
WHY = {"reason": "A complaint"}


def answered(**changes):
    """A system with one event of an hour ago; the event's address."""
    of, at = system(of=unit()), clock.now() - HOUR
    given = {"question": ASKED, "answer": ANSWERED, "segment": {"born": "1815"}} | changes
    take_events([event(of, 0, at=at, topic="loans", **given)], at=clock.now())
    return of, key_of(at, "e-0")


def seen_by(who):
    return sign_in(Client(), who)


def posted(client, path, given):
    """Send JSON to the API."""
    return client.post(path, given, content_type="application/json")


def test_the_list_shows_nothing_of_what_was_asked_answered_or_who():
    of, key = answered(feedback="down")

    page = seen_by(of.owner).get("/answers/", {"system": of.slug}).content.decode()

    assert f"/answers/{of.slug}/{key}/" in page
    assert "thumbs down" in page
    assert "question of 4 words; answer of 5 words" in page
    assert "Lovelace" not in page
    assert "born" not in page


def test_systems_to_choose_from_are_read_together():
    of, _ = answered()
    system(of=of.unit)
    system(of=of.unit)
    reader = user()
    role(reader, "auditor", unit=of.unit)

    # django-zeal fails the page where a query goes out for each of them.
    page = seen_by(reader).get("/answers/").content.decode()

    assert page.count('<option value="') >= 3


def test_one_answer_is_masked_until_a_look_is_on_record():
    of, key = answered()
    client, path = seen_by(of.owner), f"/answers/{of.slug}/{key}/"

    before = client.get(path).content.decode()
    shown = client.post(path, {"act": "look"} | WHY).content.decode()
    again = client.get(path).content.decode()

    assert "Lovelace" not in before
    assert "Did &lt;b&gt;Ada&lt;/b&gt; Lovelace pay?" in shown
    assert ANSWERED in shown
    assert "born=1815" in shown
    assert "Lovelace" not in again
    assert "A complaint" in again
    assert Entry.objects.filter(verb="answer.looked").count() == 1


def test_a_look_without_a_reason_shows_nothing_and_says_so():
    of, key = answered()

    answer = seen_by(of.owner).post(f"/answers/{of.slug}/{key}/", {"act": "look", "reason": " "})

    assert answer.status_code == 400
    assert "Lovelace" not in answer.content.decode()
    assert not AnswerLook.objects.exists()


def test_the_pages_carry_a_review_through():
    of, key = answered()
    path = f"/answers/{of.slug}/{key}/"

    sent = seen_by(of.owner).post(path, {"act": "send", "reviewer": str(of.deputy_id)} | WHY)
    deputy = seen_by(of.deputy)
    waits = deputy.get("/answers/").content.decode()
    given = deputy.post(path, {"act": "verdict", "verdict": "harmful", "words": "Not her debt"})

    assert (sent.status_code, given.status_code) == (302, 302)
    assert "Waits for your verdict" in waits
    assert AnswerReview.objects.get().verdict == "harmful"
    page = deputy.get(path).content.decode()
    assert "It was wrong and could harm somebody" in page
    assert "Waits for your verdict" not in deputy.get("/answers/").content.decode()


@pytest.mark.parametrize("act", ["", "verdict", "nonsense"])
def test_an_act_that_is_not_there_is_missing(act):
    of, key = answered()

    answer = seen_by(of.owner).post(f"/answers/{of.slug}/{key}/", {"act": act} | WHY)

    assert answer.status_code == 404


def test_who_may_not_look_is_offered_no_look_and_gets_none():
    of, key = answered()
    who = user(of=unit())
    role(who, "engineer", system=of)
    client, path = seen_by(who), f"/answers/{of.slug}/{key}/"

    assert "Look at the answer" not in client.get(path).content.decode()
    assert client.post(path, {"act": "look"} | WHY).status_code == 404
    refused = posted(client, f"/api/v1/systems/{of.slug}/answers/{key}/looks", WHY)
    assert refused.status_code == 403
    assert not AnswerLook.objects.exists()


def test_a_stranger_finds_neither_page_nor_row():
    of, key = answered()
    client = seen_by(user())

    assert of.name not in client.get("/answers/").content.decode()
    for path in (f"/answers/{of.slug}/{key}/", f"/api/v1/systems/{of.slug}/answers/{key}/"):
        assert client.get(path).status_code == 404
    assert client.get("/api/v1/answers/").json()["results"] == []


@pytest.mark.parametrize("path", ["/answers/", "/answers/x/1.ZQ/"])
def test_nobody_is_sent_to_sign_in(path):
    assert Client().get(path).status_code == 302


@pytest.mark.parametrize(
    "query",
    ["after=x", "segment=north", "topic=%00", "after=%00", "topic=" + "x" * 300, "as_of=x"],
)
def test_bad_filters_are_a_clear_refusal(query):
    of, _key = answered()

    assert seen_by(of.owner).get(f"/answers/?{query}").status_code == 400


@pytest.mark.parametrize("query", ["days=x", "reaction=%00", "outcome=?", "system=%F0%9F%98%80"])
def test_choices_that_are_none_still_give_a_page(query):
    of, _key = answered()

    assert seen_by(of.owner).get(f"/answers/?{query}").status_code == 200


def test_the_list_can_be_read_as_it_was():
    of, key = answered()
    client, asked = seen_by(of.owner), {"system": of.slug}

    before = client.get("/answers/", asked | {"as_of": (clock.now() - 2 * HOUR).isoformat()})
    later = client.get("/answers/", asked | {"as_of": clock.now().isoformat()})

    assert (before.status_code, later.status_code) == (200, 200)
    assert key not in before.content.decode()
    assert key in later.content.decode()


def test_slices_stand_on_the_page_of_a_system_with_links_that_filter():
    of, at = system(of=unit()), clock.now() - HOUR
    rows = [
        event(of, n, at=at - n * HOUR / 60, topic="a&b", overridden=n < 8, segment={"r": "n=1"})
        for n in range(12)
    ]
    rows += [
        event(of, 20 + n, at=at - n * HOUR / 60, topic="c", overridden=False) for n in range(12)
    ]
    take_events(rows, at=clock.now())

    page = seen_by(of.owner).get("/answers/", {"system": of.slug}).content.decode()

    assert "Worst slices" in page
    assert f"system={of.slug}&amp;topic=a%26b&amp;days=30" in page
    assert "segment=r%3Dn%3D1" in page
    assert "n 12" in page


def test_the_api_lists_masked_rows_to_a_token_and_lets_it_look_at_none():
    of, key = answered()
    _row, plaintext = token(systems=[of])
    client = Client(headers={"authorization": f"Token {plaintext}"})

    answer = client.get("/api/v1/answers/")
    refused = posted(client, f"/api/v1/systems/{of.slug}/answers/{key}/looks", WHY)

    assert [row["key"] for row in answer.json()["results"]] == [key]
    assert "Lovelace" not in answer.content.decode()
    assert "question" not in answer.json()["results"][0]
    assert refused.status_code == 403
    assert client.get(f"/api/v1/systems/{of.slug}/answer-slices").json()["slices"] == []


def test_the_api_does_what_the_pages_do():
    of, key = answered()
    owner, deputy = seen_by(of.owner), seen_by(of.deputy)
    base = f"/api/v1/systems/{of.slug}/answers/{key}"

    shown = posted(owner, f"{base}/looks", WHY)
    sent = posted(owner, f"{base}/reviews", WHY | {"reviewer": str(of.deputy_id)})
    waiting = deputy.get("/api/v1/answer-reviews/").json()
    done = posted(
        deputy,
        f"/api/v1/answer-reviews/{waiting[0]['id']}/verdict",
        {"verdict": "right", "words": "It is as the contract says"},
    )

    assert (shown.status_code, sent.status_code, done.status_code) == (201, 201, 200)
    assert (shown.json()["question"], shown.json()["answer"]) == (ASKED, ANSWERED)
    assert waiting[0]["key"] == key
    assert owner.get(f"{base}/reviews").json()[0]["verdict"] == "right"


@pytest.mark.parametrize(
    "given",
    [{}, {"reason": ""}, {"reason": "x" * 2001}, {"reason": "a\x00"}, {"reason": ["a", {}]}],
)
def test_bad_looks_are_refused_by_the_api(given):
    of, key = answered()
    client = seen_by(of.owner)

    answer = posted(client, f"/api/v1/systems/{of.slug}/answers/{key}/looks", given)

    assert answer.status_code == 400
    assert not AnswerLook.objects.exists()


def test_a_verdict_on_a_review_of_another_unit_is_missing():
    of, key = answered()
    posted(
        seen_by(of.owner),
        f"/api/v1/systems/{of.slug}/answers/{key}/reviews",
        WHY | {"reviewer": str(of.deputy_id)},
    )
    stranger = seen_by(user())

    answer = posted(
        stranger,
        f"/api/v1/answer-reviews/{AnswerReview.objects.get().pk}/verdict",
        {"verdict": "right", "words": "x"},
    )

    assert answer.status_code == 404
