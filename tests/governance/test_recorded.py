"""Recorded votes (KOM-23, SEG-13) and decisions taken outside (KOM-22)."""

import pytest

from governance.models import Ballot, Decision, RecordedDecision
from governance.selectors.ballot_records import is_intact_ballot
from governance.services.recorded_decisions import (
    Taken,
    certify_decision,
    record_decision,
    refuse_decision,
)
from governance.services.recorded_votes import countersign_vote, record_vote
from governance.services.rounds import send_up
from incidents.models import Action, Incident
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.models import Message
from registry.models import Signature
from tests.governance.meetings import START, document, in_session
from tests.governance.organisation import AT, convened, decided, moved, organised, vote
from tests.governance.rounds import DAY, HOUR, by, count
from tests.incidents.factory import acting, ceremony, grant, person


@pytest.fixture
def of(db):
    """An organisation at medium tier."""
    return organised()


def again(decision):
    """The round as it is now."""
    return Decision.objects.get(pk=decision.pk)


@pytest.fixture
def decision(of):
    """A round of a meeting that is in session."""
    draft = moved(of, decided(of))
    in_session(of, draft)
    return again(draft)


def record(of, decision, seat=1, choice="for", *, who=None, at=START):
    """The secretary records a vote."""
    return by(
        who or of.house.secretary,
        record_vote,
        decision_id=decision.pk,
        seat_number=seat,
        vote=choice,
        at=at,
    )


def countersign(row, who, *, at=START + HOUR):
    """A member countersigns."""
    actor = acting(who)
    with acting_as(actor):
        return countersign_vote(
            recorded_id=row.pk,
            expected_motion_sha256=row.motion_sha256,
            ceremony=ceremony(at),
            actor=actor,
            at=at,
        )


def test_kom_23_a_recorded_vote_counts_for_nothing_until_it_is_countersigned(of, decision):
    for seat in (1, 2, 3):
        record(of, decision, seat)

    lapsed = count(decision, at=decision.closes_at)

    assert lapsed.state == "lapsed"
    assert not Ballot.objects.filter(decision=decision).exists()


def test_kom_23_countersigned_it_is_a_ballot_and_verifies(of, decision):
    row = record(of, decision)

    ballot = countersign(row, of.chair)

    found = Ballot.objects.get(pk=ballot.pk)
    assert (found.vote, found.person) == ("for", of.chair)
    assert is_intact_ballot(found)


def test_kom_23_countersigned_votes_carry_the_motion(of, decision):
    for seat, member in enumerate(of.members, start=1):
        countersign(record(of, decision, seat), member)

    assert count(decision, at=START + 2 * HOUR).state == "adopted"


def test_kom_23_after_the_close_nothing_is_countersigned(of, decision):
    row = record(of, decision)

    with pytest.raises(Conflict) as refusal:
        countersign(row, of.chair, at=decision.closes_at)

    assert refusal.value.code == "round_closed"


def test_kom_23_the_member_is_asked_to_countersign_with_the_deadline(of, decision):
    row = record(of, decision)

    told = Message.objects.get(key=f"recorded:{row.pk}:{of.chair.pk}")
    assert told.subject.startswith("Countersign by")
    assert told.due_at == decision.closes_at


def test_nobody_countersigns_another_members_vote(of, decision):
    row = record(of, decision)

    with pytest.raises(Forbidden):
        countersign(row, of.members[1])


def test_a_vote_recorded_anew_leaves_the_earlier_record_uncountersigned(of, decision):
    first = record(of, decision)
    second = record(of, decision, choice="against")

    with pytest.raises(Conflict):
        countersign(first, of.chair)

    assert countersign(second, of.chair).vote == "against"


def test_a_member_who_voted_otherwise_votes_instead(of, decision):
    record(of, decision)

    vote(decision, of.chair, "against", at=START)

    with pytest.raises(Conflict):
        record(of, decision)


def test_only_the_secretary_records_votes(of, decision):
    with pytest.raises(Forbidden) as refusal:
        record(of, decision, who=of.chair)

    assert of.house.secretary.name in refusal.value.who_can


def test_seg_13_a_secretary_of_the_owners_side_records_no_votes(of, decision):
    grant(of.house.owner, "secretary", unit=of.house.unit)

    with pytest.raises(Forbidden) as refusal:
        record(of, decision, who=of.house.owner)

    assert refusal.value.code == "not_separate"


def test_votes_are_recorded_of_those_only_who_are_there(of):
    draft = moved(of, decided(of))
    in_session(of, draft, present=[of.members[1]])

    with pytest.raises(Conflict) as refusal:
        record(of, again(draft))

    assert refusal.value.code == "not_present"


def test_without_a_meeting_in_session_no_vote_is_recorded(of):
    decision = convened(of, decided(of))

    with pytest.raises(Conflict) as refusal:
        record(of, decision, at=AT)

    assert refusal.value.code == "no_meeting"


def test_recorded_votes_are_off_at_high_tier(db):
    of = organised(risk_tier="high")
    draft = moved(of, decided(of))
    in_session(of, draft)

    with pytest.raises(Conflict) as refusal:
        record(of, again(draft))

    assert refusal.value.code == "recorded_votes_off"


@pytest.fixture
def above(of):
    """A round of the executive body, and two who hold that role."""
    people = [of.house.executive, person(name="Second executive", unit=of.house.unit)]
    grant(people[1], "executive", unit=of.house.unit)
    decision = convened(of, decided(of))
    by(of.chair, send_up, decision_id=decision.pk, reason="Too big.", at=AT + HOUR)
    found = Decision.objects.filter(incident=decision.incident).order_by("-round").first()
    assert found.committee.level == "executive"
    return found, people


def taken(**changes):
    """What was decided outside."""
    arguments = {
        "outcome": "adopted",
        "decided_at": AT + HOUR,
        "words": "The executive resolved to roll back to 2.2.",
        "eligible": 2,
        "votes_for": 2,
    }
    return Taken(**(arguments | changes))


def attach(decision, who, *, at=AT + 2 * HOUR, **changes):
    """Somebody attaches a decision and certifies it."""
    return by(
        who,
        record_decision,
        decision_id=decision.pk,
        taken=taken(**changes),
        document=document(),
        expected_motion_sha256=decision.motion_sha256,
        ceremony=ceremony(at),
        at=at,
    )


def certify(row, who, *, at=AT + 3 * HOUR):
    """A second person certifies it."""
    return by(
        who,
        certify_decision,
        recorded_id=row.pk,
        expected_record_sha256=row.record_sha256,
        ceremony=ceremony(at),
        at=at,
    )


def test_kom_22_one_certificate_is_no_resolution(above):
    decision, (first, _) = above

    attach(decision, first)

    assert again(decision).state == "open"
    assert not Action.objects.exists()


def test_kom_22_certified_by_two_persons_it_counts_as_the_resolution(above):
    decision, (first, second) = above

    done = certify(attach(decision, first), second)

    assert done.state == "adopted"
    assert Incident.objects.get(pk=decision.incident_id).state == "EXECUTION"
    resolution = done.resolution
    assert (resolution.votes_for, resolution.eligible) == (2, 2)
    assert resolution.certified_by == second
    assert Signature.objects.filter(subject_id=decision.pk, meaning="certification").count() == 2


def test_kom_22_nobody_certifies_twice(above):
    decision, (first, _) = above
    row = attach(decision, first)

    with pytest.raises(Forbidden) as refusal:
        certify(row, first)

    assert refusal.value.code == "second_person_needed"


def test_kom_22_what_the_second_person_refuses_counts_for_nothing(above):
    decision, (first, second) = above
    row = attach(decision, first)

    by(second, refuse_decision, recorded_id=row.pk, reason="Not what we said.", at=AT + 3 * HOUR)

    assert RecordedDecision.objects.get(pk=row.pk).state == "refused"
    assert attach(again(decision), first, at=AT + 4 * HOUR).state == "waiting"


def test_a_decision_outside_that_is_rejected_leaves_the_case_where_it_is(above):
    decision, (first, second) = above
    row = attach(decision, first, outcome="rejected", votes_for=0, votes_against=2)

    done = certify(row, second)

    assert done.state == "rejected"
    assert Incident.objects.get(pk=decision.incident_id).state == "DECISION"


def test_counts_that_say_otherwise_are_refused(above):
    decision, (first, _) = above

    with pytest.raises(Invalid):
        attach(decision, first, votes_for=0, votes_against=2)


def test_a_committee_does_not_decide_outside(of):
    decision = convened(of, decided(of))

    with pytest.raises(Conflict) as refusal:
        attach(decision, of.chair)

    assert refusal.value.code == "not_outside"


def test_who_does_not_belong_to_the_body_certifies_nothing(of, above):
    decision, _ = above

    with pytest.raises(Forbidden):
        attach(decision, of.house.owner, at=AT + DAY)
