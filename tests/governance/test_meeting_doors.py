"""Meetings by pages and API (INC-4): convened, held, lists signed, small cases, minutes."""

import datetime as dt

import pytest
from django.test import Client

from governance.models import AgendaItem, Ballot, Decision, Meeting, Minutes, SigningList
from governance.services.agendas import note_item
from incidents.models import Incident
from incidents.selectors.reviews import newest_findings
from ledger.context import acting_as
from ledger.models import Entry
from outbox import clock
from reports.services.printouts import make_waiting
from tests.governance import organisation as org
from tests.governance.meetings import START, in_session, meeting, small_waiting
from tests.governance.pages import AT, stand_at
from tests.governance.pages import signed_in as sign_in
from tests.governance.rounds import HOUR, all_vote, by, count
from tests.incidents.factory import PASSWORD, SETUP, grant, person
from tests.registry.factories import unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]


@pytest.fixture
def of():
    return org.organised()


@pytest.fixture
def agenda(of):
    """A meeting in session with two motions on its consent agenda."""
    drafts = [
        org.moved(of, org.decided(of, segment=one), title=f"Roll back in the {one}")
        for one in ("north", "south")
    ]
    return in_session(of, *[("consent", one) for one in drafts]), drafts


def signed_in(user):
    """A client of a person who entered the password long ago."""
    return sign_in(Client(), user, entered=None)


def again(decision):
    return Decision.objects.get(pk=decision.pk)


def post(user, path, body, **headers):
    """Send JSON as a signed-in person."""
    client = Client()
    client.force_login(user)
    return client.post(
        f"/api/v1/{path}", data=body, content_type="application/json", headers=headers
    )


def test_the_secretary_convenes_a_meeting_on_the_page(of):
    draft = org.moved(of, org.decided(of))
    client = signed_in(of.house.secretary)

    page = client.get("/meetings/new/")
    answer = client.post(
        "/meetings/new/",
        {
            "committee": str(of.committee.pk),
            "title": "November meeting",
            "starts_at": f"{START:%Y-%m-%dT%H:%M}",
            "place": "Room 2",
            "motions": [str(draft.pk)],
            "others": "Any other business",
        },
    )

    row = Meeting.objects.get()
    assert page.status_code == 200
    assert (answer.status_code, answer.url) == (302, f"/meetings/{row.number}/")
    assert row.items.count() == 2


def test_too_short_a_notice_is_told_at_its_field(of):
    client = signed_in(of.house.secretary)

    answer = client.post(
        "/meetings/new/",
        {
            "committee": str(of.committee.pk),
            "title": "Too soon",
            "starts_at": f"{AT + 8 * HOUR:%Y-%m-%dT%H:%M}",
            "place": "Room 2",
            "others": "Anything",
        },
    )

    assert answer.status_code == 400
    assert "notice ends at" in answer.content.decode()


def test_who_leads_no_body_convenes_none_and_the_page_says_who_does(of):
    assert signed_in(of.house.owner).get("/meetings/new/").status_code == 403


def test_a_stranger_does_not_see_a_meeting(of):
    row = meeting(of)
    stranger = org.organised().chair

    assert signed_in(stranger).get(f"/meetings/{row.number}/").status_code == 404
    assert row.number not in signed_in(stranger).get("/meetings/").content.decode()


def test_what_came_of_a_motion_is_told_to_nobody_who_may_not_see_its_case(of, agenda):
    row, (first, _second) = agenda
    note_of(of, row, first, "The kestrel flew.")
    elsewhere = person(unit=of.house.unit)
    grant(elsewhere, "secretary", unit=of.house.unit)
    theirs = signed_in(elsewhere).get(f"/meetings/{row.number}/")
    with acting_as(SETUP):
        of.house.system.unit = unit()
        of.house.system.save(at=AT)

    page = signed_in(elsewhere).get(f"/meetings/{row.number}/")
    sent = signed_in(elsewhere).get(f"/api/v1/meetings/{row.number}/")

    assert "The kestrel flew." in theirs.content.decode()
    assert (page.status_code, sent.status_code) == (200, 200)
    assert "kestrel" not in page.content.decode()
    assert "kestrel" not in sent.content.decode()


def note_of(of, row, decision, text):
    """Note what came of a motion on the agenda."""
    item = AgendaItem.objects.get(meeting=row, decision=decision)
    by(of.house.secretary, note_item, item_id=item.pk, note=text, at=START)


def test_a_member_signs_the_consent_agenda_on_the_page(of, agenda):
    row, drafts = agenda
    stand_at(START)
    client = signed_in(of.chair)
    fields = {"password": PASSWORD}
    for one in drafts:
        fields |= {f"vote_{one.pk}": "for", f"motion_{one.pk}": again(one).motion_sha256}

    page = client.get(f"/meetings/{row.number}/").content.decode()
    answer = client.post(f"/meetings/{row.number}/consent/", fields)

    assert answer.status_code == 302
    assert all(again(one).number in page for one in drafts)
    assert Ballot.objects.filter(person=of.chair).count() == 2


def test_a_member_lifts_an_item_out_on_the_page(of, agenda):
    row, drafts = agenda
    stand_at(START)
    item = AgendaItem.objects.get(decision=drafts[0])

    answer = signed_in(of.members[1]).post(
        f"/meetings/{row.number}/lift/", {"item": str(item.pk), "reason": "A question."}
    )

    assert answer.status_code == 302
    assert AgendaItem.objects.get(pk=item.pk).lifted_by == of.members[1]


def test_the_api_signs_a_list_of_ballots(of, agenda):
    row, drafts = agenda
    stand_at(START)
    votes = [
        {"motion": again(one).number, "motion_sha256": again(one).motion_sha256, "vote": "for"}
        for one in drafts
    ]

    answer = post(
        of.chair, f"meetings/{row.number}/consent", {"votes": votes, "password": PASSWORD}
    )

    assert answer.status_code == 201, answer.content
    assert len(answer.json()["items"]) == 2
    assert SigningList.objects.get().sha256 == answer.json()["sha256"]


@pytest.mark.parametrize(
    "body",
    [
        {"votes": []},
        {"votes": [{"motion": "\x00", "motion_sha256": "0" * 64, "vote": "for"}]},
        {"votes": [{"motion": "9", "motion_sha256": "x", "vote": "for"}]},
        {"votes": "all"},
    ],
)
def test_the_api_refuses_what_is_no_list(of, agenda, body):
    row, _ = agenda
    stand_at(START)

    answer = post(of.chair, f"meetings/{row.number}/consent", body | {"password": PASSWORD})

    assert answer.status_code in (400, 404)


def test_the_api_convenes_and_opens_a_meeting(of):
    draft = org.moved(of, org.decided(of))
    made = post(
        of.house.secretary,
        "meetings/",
        {
            "committee": str(of.committee.pk),
            "title": "November meeting",
            "starts_at": START.isoformat(),
            "place": "Room 2",
            "items": [{"kind": "motion", "motion": draft.number}],
        },
    )
    stand_at(START)

    opened = post(
        of.chair, f"meetings/{made.json()['number']}/open", {}, **{"If-Match": made["ETag"]}
    )

    assert made.status_code == 201, made.content
    assert (opened.status_code, opened.json()["state"]) == (200, "open")


def test_twelve_small_cases_are_closed_on_the_page_by_one_signature(of):
    waiting = small_waiting(of.house, 12)
    stand_at(AT + dt.timedelta(days=2))
    client = signed_in(of.house.compliance)
    chosen = [f"{one.number} {newest_findings(one).record_sha256}" for one in waiting]

    page = client.get("/validation/small/").content.decode()
    answer = client.post(
        "/validation/small/", {"case": chosen, "lessons": "", "password": PASSWORD}
    )

    assert all(one.number in page for one in waiting)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    ended = Incident.objects.filter(pk__in=[one.pk for one in waiting], state="CLOSED")
    assert ended.count() == 12
    assert SigningList.objects.get().items.count() == 12


def test_the_api_closes_small_cases(of):
    (waiting,) = small_waiting(of.house, 1)
    stand_at(AT + dt.timedelta(days=2))
    body = {
        "cases": [
            {
                "number": waiting.number,
                "findings_sha256": newest_findings(waiting).record_sha256,
            }
        ],
        "password": PASSWORD,
    }

    answer = post(of.house.compliance, "small-cases", body)

    assert answer.status_code == 201, answer.content
    assert Incident.objects.get(pk=waiting.pk).state == "CLOSED"


def test_the_owner_finds_no_small_case_to_close(of):
    (waiting,) = small_waiting(of.house, 1)
    stand_at(AT + dt.timedelta(days=2))

    page = signed_in(of.house.owner).get("/validation/small/").content.decode()

    assert waiting.number not in page


def test_a_member_demands_a_meeting_on_the_page_of_the_procedure(of):
    decision = org.convened(of, org.decided(of))
    client = signed_in(of.members[2])

    page = client.get(f"/committee/{decision.number}/procedure/")
    answer = client.post(
        f"/committee/{decision.number}/procedure/demand/", {"reason": "We must talk."}
    )

    assert (page.status_code, answer.status_code) == (200, 302)
    assert again(decision).procedure == "meeting"


@pytest.fixture
def minuted(of):
    """A round in writing that has ended."""
    decision = org.convened(of, org.decided(of))
    all_vote(decision)
    count(decision)
    stand_at(AT + 2 * HOUR)
    return decision


def test_minutes_are_drawn_up_signed_and_approved_on_their_page(of, minuted):
    url = f"/minutes/{minuted.number}/"
    secretary, chair = signed_in(of.house.secretary), signed_in(of.chair)
    secretary.post(f"{url}draft/")
    sha256 = Minutes.objects.get().sha256

    chair.post(f"{url}sign/", {"sha256": sha256, "password": PASSWORD})
    secretary.post(f"{url}sign/", {"sha256": sha256, "password": PASSWORD})

    page = secretary.get(url).content.decode()
    assert Minutes.objects.get().state == "approved"
    assert "3 for, 0 against" in page
    assert "Certified as chair" in page


def test_the_editable_document_and_the_pdf_are_sent(of, minuted):
    client = signed_in(of.house.secretary)
    client.post(f"/minutes/{minuted.number}/draft/")

    word = client.get(f"/minutes/{minuted.number}/minutes.docx")
    page = client.post("/papers/minutes/", {"number": minuted.number})["Location"]
    make_waiting(clock.now())
    paper = client.get(f"{page}file")

    assert word.content[:2] == b"PK"
    assert b"".join(paper.streaming_content)[:5] == b"%PDF-"
    assert Entry.objects.filter(verb="sheet.downloaded").exists()


def test_the_api_reads_and_draws_up_minutes(of, minuted):
    made = post(of.house.secretary, f"minutes/{minuted.number}/", {})

    assert made.status_code == 201, made.content
    assert made.json()["state"] == "draft"


def test_who_may_not_see_the_case_finds_no_minutes(of, minuted):
    stranger = org.organised().chair

    assert signed_in(stranger).get(f"/minutes/{minuted.number}/").status_code == 404
