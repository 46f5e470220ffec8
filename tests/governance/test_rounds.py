"""INC-4: what changes in a round that runs: recusals, absences, edits, ties, ways out (KOM, F)."""

import datetime as dt

import pytest

from governance.models import Ballot, BallotVoid, Decision, Resolution
from governance.selectors.electorates import round_of
from governance.services.casting import cast_casting
from governance.services.committees import SeatPlan, fill_seat
from governance.services.electorates import activate_substitute, declare_recusal
from governance.services.interests import declare_interest, end_interest
from governance.services.motion_edits import Edit, edit_motion
from governance.services.recusals import answer_recusal, ask_recusal, void_ballot
from governance.services.resolutions import void_rounds
from governance.services.round_times import change_to_writing, move_close, return_to_seat
from governance.services.round_watch import watch_rounds
from governance.services.rounds import convene
from incidents.rules.notices import in_zone
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden
from ledger.selectors.lines import lines_of_object
from outbox.models import Message
from outbox.services.sweeps import sweep
from tests.governance.organisation import (
    AT,
    as_setup,
    committee,
    convened,
    decided,
    moved,
    organised,
    vote,
)
from tests.governance.rounds import (
    DAY,
    HOUR,
    OFFICER,
    again,
    all_vote,
    by,
    count,
    leave,
    seats,
)
from tests.incidents import factory as cases
from tests.incidents.factory import SETUP, ceremony, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    """An organisation at medium tier with three members and their substitutes."""
    return organised()


@pytest.fixture
def incident(of):
    """An incident that waits for its decision."""
    return decided(of)


def take_seat(of, number, who, *, substitute=None, vice=False, at=AT):
    """Give a seat of the committee to somebody."""
    as_setup(
        fill_seat,
        committee_id=of.committee.pk,
        number=number,
        seat=SeatPlan("seat", who.pk, substitute, chair=number == 1, vice_chair=vice),
        at=at,
    )


def with_charter(of, **changes):
    """Change the charter of the committee: what a later policy would do."""
    of.committee.charter = of.committee.charter | changes
    with acting_as(SETUP):
        of.committee.save(at=AT)


def casting(decision, who, choice="for", *, at=AT, reason="It is the safer way."):
    """The casting ballot, signed."""
    return by(
        who,
        cast_casting,
        decision_id=decision.pk,
        vote=choice,
        reason=reason,
        ceremony=ceremony(at),
        expected_motion_sha256=decision.motion_sha256,
        at=at,
    )


# ---------------------------------------------------------------- frozen
def test_f13_a_charter_edited_in_a_round_changes_nothing_in_it(of, incident):
    decision = convened(of, incident)
    with_charter(of, minimum=1, quorum="0", majority="unanimous")
    vote(decision, of.chair)
    vote(decision, of.members[1])
    vote(decision, of.members[2], "against")

    closed = count(decision)

    assert closed.state == "adopted"
    assert Resolution.objects.get(decision=decision).eligible == 3


def test_f30_members_who_come_and_go_in_a_round_leave_the_electorate_as_it_is(of, incident):
    decision = convened(of, incident)

    take_seat(of, 3, person(unit=of.house.unit))
    take_seat(of, 4, person(unit=of.house.unit))

    found = round_of(decision=decision, at=AT)
    assert (found.tally.electorate, len(found.seats)) == (3, 3)


def test_who_lost_the_seat_before_voting_cannot_vote_and_the_seat_stays(of, incident):
    decision = convened(of, incident)
    take_seat(of, 2, person(unit=of.house.unit), at=AT + HOUR)

    with pytest.raises(Forbidden, match="no longer hold the seat") as refusal:
        vote(decision, of.members[1], at=AT + HOUR)

    assert refusal.value.code == "seat_lost"
    assert round_of(decision=decision, at=AT + HOUR).tally.electorate == 3


def test_a_ballot_stands_when_its_voter_loses_the_seat_and_is_void_only_for_cause(of, incident):
    decision = convened(of, incident)
    vote(decision, of.members[1])
    take_seat(of, 2, person(unit=of.house.unit), at=AT + HOUR)
    stands = round_of(decision=decision, at=AT + HOUR).tally.present

    by(
        of.chair, void_ballot, decision_id=decision.pk, seat_number=2,
        reason="Left to the supplier of the model.", at=AT + HOUR,
    )  # fmt: skip

    assert stands == 1
    assert round_of(decision=decision, at=AT + HOUR).tally.present == 0
    assert BallotVoid.objects.get().ballot.person == of.members[1]


def test_nobody_voids_the_ballot_of_who_still_sits(of, incident):
    decision = convened(of, incident)
    vote(decision, of.members[1])

    with pytest.raises(Conflict, match="still holds the seat"):
        by(of.chair, void_ballot, decision_id=decision.pk, seat_number=2, reason="No.", at=AT)


def test_only_who_chairs_voids_a_ballot(of, incident):
    decision = convened(of, incident)
    vote(decision, of.members[1])

    with pytest.raises(Forbidden) as refusal:
        by(
            of.house.secretary, void_ballot, decision_id=decision.pk, seat_number=2,
            reason="No.", at=AT,
        )  # fmt: skip

    assert refusal.value.who_can == (of.chair.name,)


# ---------------------------------------------------------------- substitutes, recusals
def test_kom_04_a_substitute_sits_for_who_is_recused_and_the_electorate_stays(of, incident):
    decision = convened(of, incident)

    by(of.members[1], declare_recusal, decision_id=decision.pk, reason="A share.", at=AT)

    assert seats(decision)[1] == ("substituted", "Substitute 2")
    assert round_of(decision=decision, at=AT).tally.electorate == 3


def test_kom_05_a_holder_who_returns_takes_the_seat_back_before_the_substitute_votes(of, incident):
    decision = convened(of, incident)
    by(of.chair, activate_substitute, decision_id=decision.pk, seat_number=3, reason="Ill.", at=AT)

    by(of.members[2], return_to_seat, decision_id=decision.pk, seat_number=3, at=AT + HOUR)

    assert seats(decision)[2] == ("seated", "Member 3")


def test_kom_05_a_substitute_who_has_voted_keeps_the_seat_for_the_round(of, incident):
    decision = convened(of, incident)
    by(of.chair, activate_substitute, decision_id=decision.pk, seat_number=3, reason="Ill.", at=AT)
    vote(decision, of.substitutes[2])

    with pytest.raises(Conflict, match="keeps it for the round"):
        by(of.members[2], return_to_seat, decision_id=decision.pk, seat_number=3, at=AT + HOUR)


def test_a_recused_holder_does_not_return(of, incident):
    decision = convened(of, incident)
    by(of.members[1], declare_recusal, decision_id=decision.pk, reason="A share.", at=AT)

    with pytest.raises(Forbidden, match="recused from this round"):
        by(of.members[1], return_to_seat, decision_id=decision.pk, seat_number=2, at=AT)


def test_kom_06_a_recusal_after_voting_waits_for_the_chair(of, incident):
    decision = convened(of, incident)
    vote(decision, of.members[1], "against")

    by(of.members[1], ask_recusal, decision_id=decision.pk, reason="My brother's firm.", at=AT)

    assert round_of(decision=decision, at=AT).tally.against == 1


def test_kom_06_accepted_the_ballot_is_void_and_all_is_computed_anew(of, incident):
    decision = convened(of, incident)
    vote(decision, of.members[1], "against")
    asked = by(of.members[1], ask_recusal, decision_id=decision.pk, reason="My brother.", at=AT)

    by(
        of.chair, answer_recusal, decision_id=decision.pk, request_id=asked.pk, accept=True,
        reason="He said so at once.", at=AT,
    )  # fmt: skip

    found = round_of(decision=decision, at=AT)
    assert (found.tally.against, found.tally.electorate) == (0, 3)
    assert "accepted after voting" in decision.recusals.get().reason


def test_kom_06_declined_the_ballot_counts(of, incident):
    decision = convened(of, incident)
    vote(decision, of.members[1], "against")
    asked = by(of.members[1], ask_recusal, decision_id=decision.pk, reason="Tired.", at=AT)

    by(
        of.chair, answer_recusal, decision_id=decision.pk, request_id=asked.pk, accept=False,
        reason="That is no interest.", at=AT,
    )  # fmt: skip

    assert round_of(decision=decision, at=AT).tally.against == 1


def test_kom_12_the_vice_chair_answers_for_a_chair_who_asks(of, incident):
    take_seat(of, 2, of.members[1], vice=True)
    decision = convened(of, incident)
    vote(decision, of.chair)
    asked = by(of.chair, ask_recusal, decision_id=decision.pk, reason="A share.", at=AT)

    with pytest.raises(Forbidden) as refusal:
        by(
            of.chair, answer_recusal, decision_id=decision.pk, request_id=asked.pk, accept=True,
            reason="Fine.", at=AT,
        )  # fmt: skip

    assert refusal.value.who_can == ("Member 2",)


def test_a_declared_interest_recuses_by_rule_in_every_round(of, incident):
    by(
        of.members[1], declare_interest, system_id=of.house.system.pk,
        words="holds shares of the supplier", at=AT,
    )  # fmt: skip

    decision = convened(of, incident)

    assert seats(decision)[1] == ("substituted", "Substitute 2")
    assert "declared an interest" in decision.recusals.get(by_rule=True).reason


def test_an_ended_interest_recuses_nobody(of, incident):
    row = by(of.members[1], declare_interest, system_id=None, words="a share", at=AT - DAY)
    by(of.members[1], end_interest, interest_id=row.pk, at=AT - HOUR)

    decision = convened(of, incident)

    assert seats(decision)[1] == ("seated", "Member 2")


# ---------------------------------------------------------------- feasibility and ways out
def test_an_absence_in_the_round_is_said_at_once_with_the_ways_out():
    of = organised(substitutes=False, levels=("executive",))
    decision = convened(of, decided(of))
    for member in of.members[1:]:
        leave(member, until=AT + 30 * DAY)

    watch_rounds(AT + HOUR)

    found = Decision.objects.get(pk=decision.pk)
    assert found.feasible is False
    assert "Move the closing time" in found.feasibility
    assert Message.objects.filter(key__startswith=f"motion:{decision.pk}:infeasible").exists()


def test_a_round_that_nobody_can_decide_any_more_goes_up_by_the_sweep(of, incident):
    for number in (2, 3):
        take_seat(of, number, of.members[number - 1])
    decision = convened(of, incident)
    for member in of.members[1:]:
        by(member, declare_recusal, decision_id=decision.pk, reason="A share.", at=AT)

    sweep(at=AT + HOUR)

    assert Decision.objects.get(pk=decision.pk).state == "lapsed"
    assert Decision.objects.get(number=f"{decision.number}.2").committee.level == "executive"


def test_a_look_that_finds_nothing_new_writes_nothing(of, incident):
    decision = convened(of, incident)
    leave(of.members[0], until=AT + HOUR)

    assert watch_rounds(AT + dt.timedelta(minutes=5)) == 0
    assert Decision.objects.get(pk=decision.pk).version == decision.version


def test_the_closing_time_is_moved_later_and_everybody_is_told(of, incident):
    decision = convened(of, incident)
    before = decision.closes_at

    by(
        of.chair, move_close, decision_id=decision.pk, later_by="24h",
        reason="Two are back tomorrow.", at=AT,
    )  # fmt: skip

    assert Decision.objects.get(pk=decision.pk).closes_at == before + 24 * HOUR
    assert Message.objects.filter(key__startswith=f"motion:{decision.pk}:moved").count() == 3


def test_a_moved_round_is_counted_at_its_new_time_only(of, incident):
    decision = convened(of, incident)
    before = decision.closes_at
    by(of.chair, move_close, decision_id=decision.pk, later_by="24h", reason="Wait.", at=AT)

    sweep(at=before + HOUR)
    still = Decision.objects.get(pk=decision.pk).state
    sweep(at=before + 25 * HOUR)

    assert (still, Decision.objects.get(pk=decision.pk).state) == ("open", "lapsed")


def test_a_meeting_becomes_a_written_procedure_and_is_open_at_once(of, incident):
    decision = convened(of, incident, procedure="meeting")

    changed = by(
        of.chair, change_to_writing, decision_id=decision.pk, reason="The room is shut.",
        at=AT + HOUR,
    )  # fmt: skip

    assert (changed.procedure, changed.opens_at) == ("written", AT + HOUR)
    assert vote(decision, of.chair, at=AT + HOUR).vote == "for"


# ---------------------------------------------------------------- edits
def test_kom_08_an_edit_before_the_first_ballot_lets_the_notice_start_anew(of, incident):
    decision = convened(of, incident, procedure="meeting")

    edited = by(
        of.chair, edit_motion, decision_id=decision.pk, edit=Edit(title="Roll back to 2.2 today"),
        why="The day was missing.", at=AT + HOUR,
    )  # fmt: skip

    assert Decision.objects.get(pk=decision.pk).state == "void"
    assert (edited.state, edited.replaces) == ("open", decision)
    assert edited.opens_at > decision.opens_at


def test_kom_08_an_urgent_edit_keeps_the_notice(of, incident):
    draft = moved(of, incident, procedure="meeting")
    decision = by(
        of.chair, convene, decision_id=draft.pk, closes_in=None, urgent=True, at=AT
    )  # fmt: skip

    edited = by(
        of.chair, edit_motion, decision_id=decision.pk, edit=Edit(title="Now"), why="Shorter.",
        at=AT + HOUR,
    )  # fmt: skip

    assert edited.opens_at == decision.opens_at


def test_f31_a_motion_edited_after_votes_starts_another_round_without_them(of, incident):
    decision = convened(of, incident)
    vote(decision, of.chair)
    vote(decision, of.members[1])

    edited = by(
        of.chair, edit_motion, decision_id=decision.pk, edit=Edit(reason="2.2 read them well!"),
        why="One character.", at=AT + HOUR,
    )  # fmt: skip

    assert round_of(decision=edited, at=AT + HOUR).tally.present == 0
    assert edited.motion_sha256 != decision.motion_sha256
    assert "void with its ballots" in last_words(decision)
    assert Ballot.objects.filter(decision=decision).count() == 2


def test_f31_a_text_changed_behind_the_back_leaves_no_valid_ballot(of, incident):
    decision = convened(of, incident)
    all_vote(decision)
    decision = Decision.objects.get(pk=decision.pk)
    decision.motion = decision.motion.replace("2.2", "2.1", 1)

    found = round_of(decision=decision, at=AT)

    assert found.tally.present == 0


def test_kom_09_a_voided_round_is_no_lapse(of, incident):
    first = convened(of, incident)
    edited = by(
        of.chair, edit_motion, decision_id=first.pk, edit=Edit(title="Better"), why="Clearer.",
        at=AT,
    )  # fmt: skip

    count(edited, at=edited.closes_at)

    following = Decision.objects.filter(incident=incident).order_by("-round").first()
    assert (following.state, following.committee) == ("open", of.committee)


def test_kom_09_a_motion_is_edited_three_times_at_most(of, incident):
    decision = moved(of, incident)
    for number in (1, 2, 3):
        decision = by(
            of.house.secretary, edit_motion, decision_id=decision.pk,
            edit=Edit(title=f"Wording {number}"), why="Clearer.", at=AT,
        )  # fmt: skip

    with pytest.raises(Conflict, match="edited 3 times"):
        by(
            of.house.secretary, edit_motion, decision_id=decision.pk, edit=Edit(title="More"),
            why="Clearer.", at=AT,
        )  # fmt: skip


def test_another_kind_of_action_is_another_motion(of, incident):
    decision = moved(of, incident)
    retire = {"type": "retire", "words": "It is retired.", "executor_id": of.house.engineer.pk}

    with pytest.raises(Exception, match="put that") as refusal:
        by(
            of.house.secretary, edit_motion, decision_id=decision.pk,
            edit=Edit(actions=[retire]), why="Stronger.", at=AT,
        )  # fmt: skip

    assert refusal.value.code == "another_motion"


def test_kom_07_new_evidence_voids_nothing_and_is_announced(of, incident):
    decision = convened(of, incident)
    vote(decision, of.chair)

    cases.evidence(again(incident), of.house.owner, AT + HOUR)

    assert round_of(decision=decision, at=AT + HOUR).tally.present == 1
    told = Message.objects.filter(key__startswith=f"motion:{decision.pk}:evidence")
    assert told.count() == 3


# ---------------------------------------------------------------- ties, early closes
def tied(of, incident, **charter):
    """A round of two seats, one for, one against, with a casting vote."""
    with_charter(of, **({"casting_vote": True} | charter))
    take_seat(of, 3, of.house.compliance)
    decision = convened(of, incident)
    vote(decision, of.chair, "for")
    vote(decision, of.members[1], "against")
    return decision


def test_kom_13_a_tie_waits_for_the_casting_vote_of_the_chair(of, incident):
    decision = tied(of, incident)

    sweep(at=AT + HOUR)

    assert Decision.objects.get(pk=decision.pk).state == "open"
    assert Message.objects.filter(key__startswith=f"motion:{decision.pk}:tie").count() == 1


def test_kom_13_a_casting_vote_breaks_the_tie_as_a_signed_ballot_of_its_own(of, incident):
    decision = tied(of, incident)

    ballot = casting(decision, of.chair)
    closed = count(decision)

    assert (ballot.casting, ballot.signature.signer) == (True, of.chair)
    assert closed.state == "adopted"
    assert "the casting vote is for" in closed.resolution.words
    assert closed.resolution.votes_for == 1


def test_kom_13_without_a_casting_vote_the_tie_is_not_carried(of, incident):
    decision = tied(of, incident)

    closed = count(decision, at=decision.closes_at)

    assert (closed.state, closed.resolution.outcome) == ("lapsed", "tie")


def test_kom_13_a_casting_vote_is_only_under_the_simple_majority(of, incident):
    decision = tied(of, incident, majority="absolute")

    with pytest.raises(Conflict, match="simple majority only"):
        casting(decision, of.chair)


def test_kom_13_a_casting_vote_has_its_reason(of, incident):
    decision = tied(of, incident)

    with pytest.raises(Exception, match="has its reason"):
        casting(decision, of.chair, reason=" ")


def test_a_member_who_does_not_chair_casts_nothing(of, incident):
    decision = tied(of, incident)

    with pytest.raises(Forbidden) as refusal:
        casting(decision, of.members[1])

    assert refusal.value.who_can == (of.chair.name,)


def test_nothing_is_cast_where_there_is_no_tie(of, incident):
    with_charter(of, casting_vote=True)
    decision = convened(of, incident)
    vote(decision, of.chair)

    with pytest.raises(Conflict, match="not tied"):
        casting(decision, of.chair)


def test_a_casting_vote_counts_for_nothing_once_the_votes_are_no_tie(of, incident):
    decision = tied(of, incident)
    casting(decision, of.chair, "for")

    vote(decision, of.chair, "against", at=AT)
    closed = count(decision)

    assert closed.state == "rejected"


def test_kom_12_the_vice_chair_casts_for_a_chair_who_is_recused(of, incident):
    with_charter(of, casting_vote=True)
    take_seat(of, 1, of.house.compliance)
    take_seat(of, 2, of.members[1], vice=True)
    decision = convened(of, incident, by=of.members[1])
    vote(decision, of.members[1], "for")
    vote(decision, of.members[2], "against")

    casting(decision, of.members[1], "against")

    assert count(decision).state == "rejected"


def test_kom_17_who_has_not_voted_is_told_ten_minutes_before_an_early_close(of, incident):
    decision = convened(of, incident)
    vote(decision, of.chair)
    vote(decision, of.members[1])

    told = Message.objects.filter(key__startswith=f"motion:{decision.pk}:early")

    assert [one.person_id for one in told] == [of.members[2].pk]


def test_who_sits_reads_until_when_to_vote_in_their_own_zone(of, incident):
    decision = convened(of, incident)

    told = Message.objects.get(key=f"motion:{decision.pk}:elector:{of.chair.pk}")

    assert f"Vote by {in_zone(decision.closes_at, of.chair.zone)} on motion" in told.subject


def test_kom_17_nobody_is_told_once_all_have_voted(of, incident):
    decision = convened(of, incident)
    for choice, member in zip(("for", "against", "for"), of.members, strict=True):
        vote(decision, member, choice)

    told = Message.objects.filter(key__startswith=f"motion:{decision.pk}:early")

    assert not told.exists()


def test_kom_01_too_few_effective_votes_lapse_like_a_missing_quorum(of, incident):
    decision = convened(of, incident)
    all_vote(decision, "abstain")

    closed = count(decision)

    assert closed.resolution.outcome == "inconclusive"
    assert Decision.objects.get(number=f"{decision.number}.2").state == "open"


# ---------------------------------------------------------------- levels
def test_a_withdrawn_case_voids_what_is_voted_on_visibly(of, incident):
    decision = convened(of, incident)
    vote(decision, of.chair)

    with acting_as(OFFICER):
        voided = void_rounds(incident=again(incident), words="It was none.", at=AT + HOUR)

    found = Decision.objects.get(pk=decision.pk)
    assert (voided, found.state, last_words(decision)) == (1, "void", "It was none.")


def last_words(decision):
    """How the ledger says that a round ended."""
    rows = lines_of_object(object_type="decision", object_id=str(decision.pk))
    return next(line.reason for line in rows if line.verb == "motion.voided")


def test_a_body_of_a_level_is_founded(of):
    assert committee(of.house, level="board").charter["electorate"] == "role:board"
