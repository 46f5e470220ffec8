"""INC-4: pages and API of what changes in a round, of conditions, interests and delegates."""

import pytest

from governance.models import Decision, DeclaredInterest
from governance.services.committees import SeatPlan, fill_seat
from outbox import clock
from tests.governance import organisation as org
from tests.governance.rounds import HOUR, all_vote, count
from tests.incidents.factory import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def standing_clock(monkeypatch):
    """Doors read the instant of the organisation."""
    monkeypatch.setattr(clock, "now", lambda: org.AT + HOUR)


@pytest.fixture
def of():
    """An organisation at medium tier."""
    return org.organised()


@pytest.fixture
def decision(of):
    """A round that is open for votes."""
    return org.convened(of, org.decided(of))


def door(client, who):
    """A browser in which somebody has signed in."""
    client.force_login(who)
    return client


def page(decision):
    """The address of a motion."""
    return f"/committee/{decision.number}/"


def test_the_page_says_why_this_body_decides(client, of, decision):
    html = door(client, of.chair).get(page(decision)).content.decode()

    assert "The committee decides what no rule takes higher." in html


def test_the_leader_moves_the_closing_time_on_the_page(client, of, decision):
    response = door(client, of.chair).post(
        f"{page(decision)}move/", {"later_by": "24h", "reason": "Two are back tomorrow."}
    )

    assert response.status_code == 302
    assert Decision.objects.get(pk=decision.pk).closes_at == decision.closes_at + 24 * HOUR


def test_an_edit_on_the_page_puts_another_text_in_its_place(client, of, decision):
    browser = door(client, of.chair)

    browser.post(
        f"{page(decision)}edit/", {"title": "Roll back", "reason": "It worked.", "why": "Shorter."}
    )

    html = browser.get(page(decision)).content.decode()
    assert f"{decision.number}.2" in html
    assert "Another text took its place" in html


def test_who_voted_asks_the_chair_who_accepts_on_the_page(client, of, decision):
    org.vote(decision, of.members[1])
    door(client, of.members[1]).post(f"{page(decision)}ask-recusal/", {"reason": "My brother."})
    asked = decision.recusal_requests.get()

    seen = door(client, of.chair).get(page(decision)).content.decode()
    door(client, of.chair).post(
        f"{page(decision)}recusal-requests/{asked.pk}/", {"accept": "yes", "reason": "Yes."}
    )

    assert "My brother." in seen
    assert decision.recusals.get().person == of.members[1]


def test_a_condition_is_shown_and_settled_on_the_page(client, of):
    incident = org.decided(of)
    decision = org.convened(of, incident, conditions=[{"text": "A sample each week."}])
    all_vote(decision)
    count(decision)
    browser = door(client, of.house.owner)

    browser.post(f"{page(decision)}conditions/1/show/", {"reference": "logs/7"})
    door(client, of.house.verifier).post(
        f"{page(decision)}conditions/1/settle/", {"outcome": "met", "reason": "Seen."}
    )

    assert decision.condition_rows.get().state == "met"
    assert "In force" in browser.get(page(decision)).content.decode()


def test_an_interest_is_declared_and_ended_on_the_page(client, of):
    browser = door(client, of.members[1])

    made = browser.post("/me/interests/", {"system": "", "words": "A share."})
    row = DeclaredInterest.objects.get()
    ended = browser.post(f"/me/interests/{row.pk}/end/")

    assert (made.status_code, ended.status_code) == (302, 302)
    assert "A share." in browser.get("/me/interests/").content.decode()
    assert DeclaredInterest.objects.get().until_at is not None


def test_an_interest_without_words_is_told_at_its_field(client, of):
    response = door(client, of.chair).post("/me/interests/", {"words": ""})

    assert response.status_code == 400


def test_seg_15_what_a_delegate_decided_is_reported_by_month(client, of):
    of = org.organised(risk_tier="low")
    delegate = org.person(name="Delegate", unit=of.house.unit)
    org.committee(of.house, level="delegate", seats=[SeatPlan("delegate", delegate.pk, chair=True)])
    decision = org.convened(of, org.decided(of), by=delegate)
    count(all_vote(decision))
    browser = door(client, of.house.compliance)

    listed = browser.get(f"/committee/delegated/?month={org.AT:%Y-%m}").content.decode()
    before = browser.get("/committee/delegated/?month=2025-01").content.decode()

    assert (decision.number in listed, decision.number in before) == (True, False)
    assert browser.get("/committee/delegated/?month=soon").status_code == 400


def test_the_api_edits_moves_and_declares(client, of, decision):
    api = door(client, of.chair)
    told = api.get(f"/api/v1/motions/{decision.number}/")
    match = {"HTTP_IF_MATCH": told["ETag"]}

    moved = api.post(
        f"/api/v1/motions/{decision.number}/closing-time",
        {"later_by": "24h", "reason": "Later."}, content_type="application/json", **match,
    )  # fmt: skip
    edited = api.post(
        f"/api/v1/motions/{decision.number}/edits",
        {"why": "Shorter.", "title": "Roll back"},
        content_type="application/json", HTTP_IF_MATCH=moved["ETag"],
    )  # fmt: skip
    interest = api.post(
        "/api/v1/me/interests", {"words": "A share."}, content_type="application/json"
    )

    assert (moved.status_code, edited.status_code, interest.status_code) == (200, 201, 201)
    assert edited.json()["replaces"] == decision.number
    assert told.json()["level_words"]


def test_a_casting_vote_through_the_api_is_signed(client, of):
    of.committee.charter = of.committee.charter | {"casting_vote": True}
    with org.acting_as(org.SETUP):
        of.committee.save(at=org.AT)
    org.as_setup(
        fill_seat, committee_id=of.committee.pk, number=3, at=org.AT,
        seat=SeatPlan("seat", of.house.compliance.pk),
    )  # fmt: skip
    decision = org.convened(of, org.decided(of))
    org.vote(decision, of.chair, "for")
    org.vote(decision, of.members[1], "against")
    api = door(client, of.chair)

    cast = api.post(
        f"/api/v1/motions/{decision.number}/casting",
        {
            "vote": "for", "reason": "Safer.", "motion_sha256": decision.motion_sha256,
            "password": PASSWORD,
        },
        content_type="application/json",
    )  # fmt: skip

    assert cast.status_code == 201, cast.content
    assert decision.ballots.get(casting=True).person == of.chair
