"""Minutes five minutes after (INC-4): drawn up as the meeting ends, with what is left to do."""

import pytest

from governance.models import Decision, Minutes
from governance.selectors.minutes import sections_of_minutes, standing_minutes
from governance.selectors.minutes_left import left_for_people
from governance.services.agendas import note_item
from governance.services.meetings import end_meeting
from governance.services.minutes import sign_minutes
from governance.services.minutes_drafts import complete_drafts
from ledger.models import Entry
from tests.governance.meetings import START, attend, in_session
from tests.governance.organisation import decided, moved, organised, vote
from tests.governance.pages import signed_in, stand_at
from tests.governance.rounds import HOUR, all_vote, by, count
from tests.incidents.factory import ceremony

pytestmark = pytest.mark.django_db
END = START + 2 * HOUR


@pytest.fixture
def of():
    """An organisation at medium tier."""
    return organised()


@pytest.fixture
def held(of):
    """A meeting in session whose motion everybody voted for; the count is in."""
    draft = moved(of, decided(of))
    row = in_session(of, draft, ("free", "Any other business"))
    count(all_vote(Decision.objects.get(pk=draft.pk), at=START), at=START + HOUR)
    return row


def ended(of, row):
    """The meeting ends; returns the minutes that stand."""
    by(of.house.secretary, end_meeting, meeting_id=row.pk, at=END)
    return standing_minutes(meeting=row, decision=None)


def text_of(minutes):
    """What is printed, as one text."""
    found = []
    for section in sections_of_minutes(minutes):
        found += [section.heading, *section.lines, *section.after]
        found += [" | ".join(one) for one in section.table.rows] if section.table else []
    return "\n".join(found)


def test_as_the_meeting_ends_its_minutes_are_there_whole(of, held):
    minutes = ended(of, held)

    told = text_of(minutes)

    assert minutes.state == Minutes.State.DRAFT
    assert "Member 1 | chair | present" in told
    assert "3 for, 0 against, 0 abstained" in told
    assert f"ended {END:%Y-%m-%d}"[:16] in told or "not yet" not in told
    assert Entry.objects.filter(verb="minutes.drafted").count() == 1


def test_two_signatures_are_all_that_is_left_to_do(of, held):
    minutes = ended(of, held)

    for who in (of.chair, of.house.secretary):
        minutes = by(who, sign_minutes, minutes_id=minutes.pk, expected_sha256=minutes.sha256,
                     ceremony=ceremony(END), at=END)  # fmt: skip

    assert minutes.state == Minutes.State.APPROVED


def test_what_only_a_person_can_add_is_listed_and_goes_once_it_is_added(of, held):
    ended(of, held)
    before = left_for_people(held)

    by(of.house.secretary, note_item, item_id=held.items.get(kind="free").pk, note="Nothing.",
       at=END)  # fmt: skip

    assert [(one.kind, one.needed) for one in before] == [("note", True)]
    assert "Any other business" in before[0].words
    assert left_for_people(held) == []


def test_what_is_added_after_the_end_stands_in_the_draft_at_once(of, held):
    first = ended(of, held)

    by(of.house.secretary, note_item, item_id=held.items.get(kind="free").pk, note="Nothing.",
       at=END)  # fmt: skip
    attend(of, held, of.house.compliance, "guest", at=END)

    standing = standing_minutes(meeting=held, decision=None)
    assert "Nothing." in text_of(standing)
    assert "in attendance, without a vote" in text_of(standing)
    assert (first.number, standing.number) == (1, 3)


def test_who_is_not_recorded_who_dissented_and_which_vote_is_open_are_told(of):
    draft = moved(of, decided(of))
    row = in_session(of, draft, present=of.members[:1])
    vote(Decision.objects.get(pk=draft.pk), of.members[1], "against", at=START)

    found = left_for_people(row)

    assert [one.kind for one in found] == ["vote", "attendance", "attendance"]
    assert "Member 2" in found[1].words


def test_a_vote_that_is_counted_after_the_meeting_completes_the_draft_in_the_next_sweep(of):
    draft = moved(of, decided(of))
    row = in_session(of, draft)
    decision = Decision.objects.get(pk=draft.pk)
    all_vote(decision, at=START)
    open_then = ended(of, row)
    idle = complete_drafts(END)
    count(decision, at=END + HOUR)

    done = complete_drafts(END + HOUR)

    standing = standing_minutes(meeting=row, decision=None)
    assert "No result yet" in text_of(open_then)
    assert (idle, done, complete_drafts(END + HOUR)) == (0, 1, 0)
    assert "3 for, 0 against" in text_of(standing)
    assert standing.drafted_by_id == of.house.secretary.pk


def test_signed_minutes_are_left_alone(of, held):
    minutes = ended(of, held)
    by(of.chair, sign_minutes, minutes_id=minutes.pk, expected_sha256=minutes.sha256,
       ceremony=ceremony(END), at=END)  # fmt: skip

    assert complete_drafts(END + HOUR) == 0
    assert left_for_people(held)


def test_ending_it_on_its_page_leads_to_the_minutes_and_to_what_is_left(of, held, client):
    stand_at(END)
    secretary = signed_in(client, of.house.secretary)

    answer = secretary.post(f"/meetings/{held.number}/end/")
    page = secretary.get(answer.url).content.decode()
    stand_at(None)

    assert answer.url == f"/minutes/{held.number}/"
    assert "What only a person can add" in page
    assert "What came of item 2, Any other business, is not noted." in page
