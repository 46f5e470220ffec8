"""Meetings (INC-4, workflow section 5): convened with notice, demanded, attended, in session."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from governance.models import AgendaItem, Attendance, Decision, Meeting
from governance.services.agendas import Item as Put
from governance.services.agendas import add_item, note_item
from governance.services.meeting_rounds import demand_meeting
from governance.services.meetings import (
    cancel_meeting,
    end_meeting,
    open_meeting,
    record_attendance,
)
from governance.services.round_times import change_to_writing
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.models import Message, Timer
from tests.governance.meetings import START, attend, in_session, meeting
from tests.governance.organisation import AT, convened, decided, moved, organised, vote
from tests.governance.rounds import DAY, HOUR, by, count
from tests.incidents.factory import person


@pytest.fixture
def of(db):
    """An organisation at medium tier."""
    return organised()


def again(decision):
    """The round as it is now."""
    return Decision.objects.get(pk=decision.pk)


def test_the_vote_on_a_motion_opens_when_its_meeting_begins(of):
    draft = moved(of, decided(of))

    row = meeting(of, draft)

    decision = again(draft)
    assert (decision.state, decision.procedure, decision.opens_at) == ("open", "meeting", START)
    assert row.items.get().decision == draft


def test_before_it_begins_nobody_votes(of):
    draft = moved(of, decided(of))
    meeting(of, draft)

    with pytest.raises(Conflict) as refusal:
        vote(again(draft), of.chair, at=START - HOUR)

    assert refusal.value.code == "not_open_yet"
    assert vote(again(draft), of.chair, at=START).vote == "for"


def test_everybody_who_belongs_to_the_body_is_invited_with_time_and_place(of):
    row = meeting(of)

    told = Message.objects.filter(key__startswith=f"meeting:{row.pk}:")
    people = {*of.members, *of.substitutes, of.house.secretary}
    assert {one.person_id for one in told} == {one.pk for one in people}
    assert all("Attend meeting" in one.subject and "Room 2" in one.body for one in told)


def test_the_charters_notice_must_have_passed(of):
    with pytest.raises(Invalid) as refusal:
        meeting(of, starts_at=AT + HOUR)

    assert "notice ends at" in refusal.value.fields["starts_at"]


def test_an_urgent_meeting_needs_its_reason(of):
    with pytest.raises(Invalid) as refusal:
        meeting(of, starts_at=AT + DAY, urgent=True)

    assert "urgent_reason" in refusal.value.fields


def test_urgent_with_its_reason_the_short_notice_is_enough(of):
    row = meeting(of, starts_at=AT + DAY, urgent=True, urgent_reason="It refuses people now.")

    assert (row.urgent, row.urgent_reason) == (True, "It refuses people now.")


def test_who_does_not_lead_the_body_convenes_no_meeting_and_is_told_who_can(of):
    with pytest.raises(Forbidden) as refusal:
        meeting(of, who=of.house.owner)

    assert of.chair.name in refusal.value.who_can


def test_a_motion_of_another_body_is_not_taken(of):
    other = organised()
    strange = moved(other, decided(other))

    with pytest.raises(Invalid):
        meeting(of, strange)

    assert not Meeting.objects.exists()


def test_a_meeting_takes_no_motion_that_is_voted_on_already(of):
    decision = convened(of, decided(of))

    with pytest.raises(Invalid):
        meeting(of, decision)


def test_another_item_is_added_before_the_meeting_begins(of):
    row = meeting(of)

    added = by(
        of.chair, add_item, meeting_id=row.pk, item=Put("free", title="Holidays"), at=AT + HOUR
    )

    assert (added.position, added.kind) == (2, AgendaItem.Kind.FREE)


def test_a_motion_is_not_added_when_its_notice_would_be_too_short(of):
    row = meeting(of)
    draft = moved(of, decided(of))

    with pytest.raises(Invalid):
        by(
            of.chair,
            add_item,
            meeting_id=row.pk,
            item=Put("motion", decision_id=draft.pk),
            at=START - HOUR,
        )


def test_a_meeting_does_not_begin_before_its_time(of):
    row = meeting(of)

    with pytest.raises(Conflict):
        by(of.chair, open_meeting, meeting_id=row.pk, at=START - HOUR)


def test_a_meeting_ends_only_with_its_attendance(of):
    row = in_session(of, present=[])

    with pytest.raises(Conflict) as refusal:
        by(of.chair, end_meeting, meeting_id=row.pk, at=START + HOUR)

    assert refusal.value.code == "nobody_recorded"


def test_attendance_is_recorded_anew_and_both_records_stay(of):
    row = in_session(of, present=[of.chair])

    attend(of, row, of.chair, Attendance.Standing.RECUSED, at=START + HOUR)

    rows = Attendance.objects.filter(meeting=row, person=of.chair).order_by("pk")
    assert [one.standing for one in rows] == ["present", "recused"]


@pytest.mark.django_db(transaction=False)
def test_the_record_of_attendance_is_append_only(of):
    row = in_session(of, present=[of.chair])

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as raw:
        raw.execute("UPDATE governance_attendance SET standing = 'absent'")

    assert row.attendances.get().standing == "present"


def test_a_stranger_is_not_recorded_as_present(of):
    row = in_session(of, present=[])

    with pytest.raises(Invalid):
        attend(of, row, person(name="Stranger"))


def test_a_member_does_not_keep_the_attendance(of):
    row = in_session(of, present=[])

    with pytest.raises(Forbidden):
        by(
            of.members[1],
            record_attendance,
            meeting_id=row.pk,
            person_id=of.members[1].pk,
            standing="present",
            at=START,
        )


def test_what_came_of_an_item_is_noted(of):
    row = in_session(of)
    item = row.items.get()

    by(of.house.secretary, note_item, item_id=item.pk, note="Taken note of.", at=START)

    assert AgendaItem.objects.get(pk=item.pk).note == "Taken note of."


def test_after_a_cancelled_meeting_the_vote_opens_as_it_was_told(of):
    draft = moved(of, decided(of))
    row = meeting(of, draft)

    by(of.chair, cancel_meeting, meeting_id=row.pk, reason="The chair is ill.", at=AT + HOUR)

    assert Meeting.objects.get(pk=row.pk).state == "cancelled"
    assert vote(again(draft), of.chair, at=START).vote == "for"


def demand(of, decision, who, *, at=AT + HOUR):
    """A member demands a meeting."""
    return by(who, demand_meeting, decision_id=decision.pk, reason="We must talk.", at=at)


def test_any_member_may_demand_a_meeting_in_place_of_a_written_round(of):
    decision = convened(of, decided(of))

    demand(of, decision, of.members[2])

    found = again(decision)
    assert found.procedure == "meeting"
    assert found.opens_at > AT + DAY
    assert found.closes_at > found.opens_at


def test_after_a_demand_the_round_is_counted_at_its_new_close_and_never_at_the_old_one(of):
    decision = convened(of, decided(of))

    demand(of, decision, of.members[2])

    armed = Timer.objects.filter(kind="round.close", state="armed")
    assert [one.due_at for one in armed] == [again(decision).closes_at]


def test_ballots_that_were_cast_before_a_demand_stand_and_can_be_changed(of):
    decision = convened(of, decided(of))
    vote(decision, of.chair, "for")
    demand(of, decision, of.members[2])
    opens = again(decision).opens_at

    vote(again(decision), of.chair, "against", at=opens)
    for one in of.members[1:]:
        vote(again(decision), one, "against", at=opens)

    assert count(again(decision), at=opens + DAY).state == "rejected"


def test_who_is_no_member_demands_no_meeting(of):
    decision = convened(of, decided(of))

    with pytest.raises(Forbidden):
        demand(of, decision, of.house.owner)


def test_a_demanded_meeting_takes_the_motion_for_its_beginning(of):
    decision = convened(of, decided(of))
    demand(of, decision, of.members[2])

    meeting(of, again(decision), at=AT + HOUR)

    found = again(decision)
    assert found.opens_at == START
    assert found.electors.count() == 3


def test_who_leads_does_not_go_back_to_writing_over_a_members_demand(of):
    decision = convened(of, decided(of))
    demand(of, decision, of.members[2])

    with pytest.raises(Conflict) as refusal:
        by(of.chair, change_to_writing, decision_id=decision.pk, reason="No.", at=AT + 2 * HOUR)

    assert refusal.value.code == "meeting_demanded"


def test_a_meeting_is_convened_for_a_time_to_come(of):
    with pytest.raises(Invalid):
        meeting(of, starts_at=AT - dt.timedelta(minutes=1))
