"""The meeting on a projector (INC-4): one item at a time, no vote before the count."""

import pytest
from django.conf import settings as configured

from governance.models import Decision
from governance.selectors.pages.screen import screen_page
from governance.services.dissents import add_dissent
from governance.services.electorates import declare_recusal
from governance.services.meetings import end_meeting
from incidents.models import Incident
from incidents.services.notes import write_note
from tests.governance.meetings import START, in_session
from tests.governance.organisation import decided, moved, organised, vote
from tests.governance.pages import stand_at
from tests.governance.rounds import HOUR, by, count
from tests.incidents.factory import ceremony

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_the_meeting():
    stand_at(START)
    yield
    stand_at(None)


@pytest.fixture
def of():
    """An organisation at medium tier."""
    return organised()


@pytest.fixture
def held(of):
    """A meeting in session with a motion and an item without one."""
    draft = moved(of, decided(of), conditions=[{"text": "A fairness run first", "due": "30d"}])
    row = in_session(of, draft, ("free", "Any other business"))
    return row, Decision.objects.get(pk=draft.pk)


@pytest.fixture
def shown(client):
    """What the screen says to somebody."""

    def look(row, who, query=""):
        client.force_login(who, backend=configured.AUTHENTICATION_BACKENDS[-1])
        answer = client.get(f"/meetings/{row.number}/screen/{query}")
        assert answer.status_code == 200
        return answer.content.decode()

    return look


def test_it_begins_with_the_agenda_and_who_is_there(of, held, shown):
    row, decision = held

    page = shown(row, of.house.secretary)

    assert decision.title in page
    assert "Any other business" in page
    assert "Member 2" in page
    assert 'rel="next"' in page


def test_an_item_shows_the_motion_its_condition_and_how_many_voted(of, held, shown):
    row, decision = held
    vote(decision, of.members[1], "against", reason="Too soon.", at=START)

    page = shown(row, of.house.secretary, "?item=1")

    assert "Claims approval is rolled back to version 2.2." in page
    assert "A fairness run first" in page
    assert "1 of 3 votes are in" in page


def test_nobodys_vote_is_shown_before_the_count_not_even_to_who_has_voted(of, held, shown):
    row, decision = held
    vote(decision, of.members[1], "against", reason="Too soon.", at=START)

    page = shown(row, of.members[1], "?item=1")

    assert "Too soon." not in page
    assert "Against" not in page
    assert "Voted" in page


def test_the_result_stands_there_after_the_count(of, held, shown):
    row, decision = held
    for member, choice in zip(of.members, ("for", "against", "for"), strict=True):
        vote(decision, member, choice, at=START, reason="Because." if choice == "against" else "")
    count(decision, at=START + HOUR)

    page = shown(row, of.house.secretary, "?item=1")

    assert "Adopted: 2 for, 1 against, 0 abstained" in page
    assert "Because." not in page


def test_a_recusal_is_named_without_its_reason(of, held, shown):
    row, decision = held
    by(of.members[2], declare_recusal, decision_id=decision.pk, reason="My brother.", at=START)

    page = shown(row, of.house.secretary, "?item=1")

    assert "Recused on record:" in page
    assert "My brother." not in page


def test_privileged_notes_and_dissent_are_not_for_the_room(of, held, shown):
    row, decision = held
    by(of.house.compliance, write_note, incident_id=decision.incident_id, text="Counsel says.",
       at=START)  # fmt: skip
    for member in of.members:
        vote(decision, member, "against", at=START)
    count(decision, at=START + HOUR)
    by(of.members[0], add_dissent, decision_id=decision.pk, text="I would rather not say it here.",
       ceremony=ceremony(START + HOUR), at=START + HOUR)  # fmt: skip

    page = shown(row, of.house.compliance, "?item=1")

    assert "Counsel says." not in page
    assert "rather not say" not in page


def test_who_may_not_see_the_case_shows_a_covered_item(of, held):
    row, decision = held

    page = screen_page(meeting=row, visible=Incident.objects.none(), wanted=1, at=START)

    assert page["motion"] is None
    assert page["item"]["title"] == "A motion on a case that is not shown here"
    assert decision.title not in [one["title"] for one in page["items"]]


def test_a_stranger_finds_no_screen(of, held, client):
    row, _ = held
    client.force_login(of.house.stranger, backend=configured.AUTHENTICATION_BACKENDS[-1])

    answer = client.get(f"/meetings/{row.number}/screen/")

    assert answer.status_code == 404


@pytest.mark.parametrize("item", ["99", "-1", "x", "9" * 40, "%00", "²"])
def test_a_place_that_is_not_on_the_agenda_shows_the_nearest(of, held, shown, item):
    row, _ = held

    page = shown(row, of.house.secretary, f"?item={item}")

    assert row.number in page


def test_it_keeps_itself_up_to_date_until_the_meeting_has_ended(of, held, shown):
    row, _ = held
    live = shown(row, of.house.secretary)
    by(of.house.secretary, end_meeting, meeting_id=row.pk, at=START + HOUR)

    ended = shown(row, of.house.secretary)

    assert 'hx-trigger="every 5s"' in live
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in live
    assert "every 5s" not in ended
    assert "refresh" not in ended
