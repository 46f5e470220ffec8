"""Motions: put, convened with a frozen electorate, counted, carried out."""

import datetime as dt

import pytest

from governance.models import Decision, Resolution
from governance.services.closings import close_round
from governance.services.committees import SeatPlan, fill_seat
from governance.services.electorates import activate_substitute, declare_recusal
from governance.services.motions import withdraw_motion
from governance.services.rounds import convene, send_up
from incidents.models import Action, Incident, Participation
from incidents.selectors.visibility import incidents_visible_to
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.models import Message, Timer
from outbox.services.sweeps import sweep
from registry.models import Leave
from tests.governance.organisation import (
    AT,
    as_setup,
    committee,
    convened,
    decided,
    moved,
    organised,
    read,
    roll_back,
    vote,
)
from tests.incidents.factory import SETUP, acting, ceremony, goes_live, person

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
RETURNING_OFFICER = machine("returning officer")


@pytest.fixture
def of():
    """An organisation at medium tier with three members and their substitutes."""
    return organised()


@pytest.fixture
def incident(of):
    """An incident that waits for its decision."""
    return decided(of)


def seats(decision):
    """Who sits where, by the state of the seat."""
    rows = decision.electors.select_related("seated").order_by("number")
    return [(row.state, row.seated.name if row.seated else None) for row in rows]


def count(decision, *, by=None, at=AT):
    """Close the round as somebody, or as the engine."""
    actor = acting(by) if by else RETURNING_OFFICER
    with acting_as(actor):
        return close_round(decision_id=decision.pk, actor=actor, at=at)


def again(incident):
    """The incident as it is now."""
    return Incident.objects.get(pk=incident.pk)


# ---------------------------------------------------------------- putting a motion
def test_a_motion_is_a_draft_with_a_hash_of_what_it_says(of, incident):
    decision = moved(of, incident)

    assert (decision.state, decision.committee) == ("draft", of.committee)
    assert len(decision.motion_sha256) == 64


def test_the_due_time_and_proof_of_an_action_have_the_defaults_of_the_policy(of, incident):
    decision = moved(of, incident)

    row = decision.motion_actions.get()
    assert (row.due, row.proof) == ("2bd", "measured")


def test_the_motion_text_names_version_and_digest_and_the_executor_by_id(of, incident):
    decision = moved(of, incident)

    assert '"target_version":"2.2"' in decision.motion
    assert '"target_digest":"sha256:2.2"' in decision.motion
    assert str(of.house.engineer.pk) in decision.motion
    assert of.house.engineer.name not in decision.motion


def test_only_one_motion_on_an_incident_is_under_way(of, incident):
    first = moved(of, incident)

    with pytest.raises(Conflict) as refusal:
        moved(of, incident)

    assert refusal.value.code == "one_round_at_a_time"
    assert first.number in refusal.value.reason


def test_no_motion_is_put_before_compliance_has_validated(of):
    (incident,) = read(of)

    with pytest.raises(Conflict, match="stands at Open") as refusal:
        moved(of, incident)

    assert refusal.value.code == "state_does_not_allow"


def test_an_auditor_puts_no_motion_and_is_told_who_can(of, incident):
    with pytest.raises(Forbidden) as refusal:
        moved(of, incident, by=of.house.auditor)

    assert refusal.value.recorded
    assert of.house.owner.name in refusal.value.who_can


@pytest.mark.parametrize(
    ("action", "field", "words"),
    [
        ({"type": "sing"}, "actions.0.type", "There is no action 'sing'"),
        ({"words": " "}, "actions.0.words", "Say what is done"),
        ({"target_version": None}, "actions.0.target_version", "Name the version"),
        ({"due": "soon"}, "actions.0.due", "is no duration"),
        ({"executor_id": "0" * 32}, "actions.0.executor_id", "Name an active person"),
        ({"proof": "programme"}, "actions.0.proof", "proved by measured or document"),
    ],
)
def test_each_fault_of_an_action_is_named_with_its_field(of, incident, action, field, words):
    with pytest.raises(Invalid) as refusal:
        moved(of, incident, actions=[roll_back(of, **action)])

    assert words in refusal.value.fields[field]


def test_a_version_that_is_the_cause_is_no_target(of, incident):
    with pytest.raises(Invalid) as refusal:
        moved(of, incident, actions=[roll_back(of, target_version=str(of.house.bad.pk))])

    assert incident.number in refusal.value.fields["actions.0.target_version"]


def test_a_revoked_version_is_no_target(of, incident):
    revoke(of)

    with pytest.raises(Invalid) as refusal:
        moved(of, incident)

    assert "revoked, not approved" in refusal.value.fields["actions.0.target_version"]


def test_kom_24_a_grave_case_at_high_tier_is_not_left_as_it_is():
    of = organised(risk_tier="high")
    incident = decided(of)

    with pytest.raises(Invalid, match="not left as it is"):
        moved(of, incident, actions=[{"type": "no_action", "words": "Nothing is done."}])


def test_no_action_stands_alone_in_a_motion(of, incident):
    actions = [roll_back(of), {"type": "no_action", "words": "Nothing is done."}]

    with pytest.raises(Invalid, match="stand alone"):
        moved(of, incident, actions=actions)


def test_a_draft_is_withdrawn_by_who_put_it_and_another_may_follow(of, incident):
    draft = moved(of, incident)

    with acting_as(acting(of.house.secretary)):
        withdraw_motion(
            decision_id=draft.pk, reason="A typing error.", actor=acting(of.house.secretary), at=AT
        )

    assert moved(of, incident).state == "draft"


# ---------------------------------------------------------------- convening
def test_convening_freezes_seats_charter_and_times(of, incident):
    decision = convened(of, incident)

    assert seats(decision) == [("seated", f"Member {n}") for n in (1, 2, 3)]
    assert '"majority":"simple"' in decision.charter
    assert (decision.state, decision.opens_at) == ("open", AT)
    assert decision.closes_at is not None


def test_the_chair_says_how_long_the_round_is_open(of, incident):
    decision = convened(of, incident, closes_in="36h")

    assert decision.closes_at == AT + 36 * HOUR


def test_the_owner_cannot_convene_and_is_told_who_can(of, incident):
    with pytest.raises(Forbidden) as refusal:
        convened(of, incident, by=of.house.owner)

    assert refusal.value.who_can == ("Member 1", of.house.secretary.name)


def test_seg_05_who_wrote_the_target_version_is_recused_by_rule_and_substituted(of, incident):
    take_seat(of, 2, of.house.author)

    decision = convened(of, incident)

    assert seats(decision)[1] == ("substituted", "Substitute 2")
    recusal = decision.recusals.get(person=of.house.author)
    assert recusal.by_rule
    assert "wrote a version" in recusal.reason


def test_seg_05_who_wrote_what_went_live_in_the_course_of_the_case_is_recused(of, incident):
    author = person(unit=of.house.unit)
    take_seat(of, 2, author)
    goes_live(of.house, "2.4", author)

    decision = convened(of, incident)

    assert seats(decision)[1] == ("substituted", "Substitute 2")
    assert "wrote a version" in decision.recusals.get(person=author).reason


def test_seg_02_who_answers_for_the_system_by_now_is_recused(of, incident):
    successor = person(unit=of.house.unit)
    take_seat(of, 2, successor)
    of.house.system.owner = successor
    with acting_as(SETUP):
        of.house.system.save(at=AT)

    decision = convened(of, incident)

    assert "owns the system" in decision.recusals.get(person=successor).reason


def test_a_member_who_carries_the_action_out_is_recused_by_rule(of, incident):
    action = roll_back(of, executor_id=str(of.members[1].pk))

    decision = convened(of, incident, actions=[action])

    assert seats(decision)[1] == ("substituted", "Substitute 2")


def test_a_member_who_validated_is_recused_by_rule(of, incident):
    take_seat(of, 3, of.house.compliance)

    decision = convened(of, incident)

    assert seats(decision)[2] == ("substituted", "Substitute 3")
    assert decision.recusals.get().reason == "signed for compliance"


def test_a_member_who_is_on_leave_is_substituted(of, incident):
    leave(of.members[2], until=AT + 30 * DAY)

    decision = convened(of, incident)

    assert seats(decision)[2] == ("substituted", "Substitute 3")
    assert decision.electors.get(number=3).note == "Member 3 is away"


def test_changes_of_the_committee_leave_a_running_round_as_it_is(of, incident):
    decision = convened(of, incident)

    take_seat(of, 1, person(unit=of.house.unit))

    assert seats(decision)[0] == ("seated", "Member 1")


def test_an_infeasible_round_says_so_with_the_ways_out():
    of = organised(substitutes=False, levels=())
    incident = decided(of)
    for member in of.members[1:]:
        leave(member, until=AT + 30 * DAY)

    decision = convened(of, incident)

    assert decision.feasible is False
    assert "The quorum cannot be reached" in decision.feasibility
    assert "Move the closing time" in decision.feasibility


def test_without_enough_eligible_seats_the_motion_goes_up_a_level_at_once(of, incident):
    recused_but_chair(of)

    first = convened(of, incident)

    following = Decision.objects.get(incident=incident, round=2)
    assert (first.state, first.resolution.outcome) == ("lapsed", "inquorate")
    assert (following.committee.level, following.state) == ("executive", "open")
    assert again(incident).level == incident.level + 1


def test_the_next_level_votes_by_who_holds_its_role(of, incident):
    recused_but_chair(of)

    convened(of, incident)

    following = Decision.objects.get(incident=incident, round=2)
    assert [row.seated for row in following.electors.all()] == [of.house.executive]


def test_where_nobody_stands_above_operations_are_told():
    of = organised(substitutes=False, levels=())
    incident = decided(of)
    recused_but_chair(of)

    decision = convened(of, incident)

    assert (decision.state, decision.feasible) == ("open", False)
    assert "Send it to the next level" in decision.feasibility


def test_the_chair_may_send_a_round_up_without_waiting_for_its_lapse(of, incident):
    decision = convened(of, incident)

    with acting_as(acting(of.chair)):
        following = send_up(
            decision_id=decision.pk, reason="Two are ill.", actor=acting(of.chair), at=AT
        )

    assert following.committee.level == "executive"


def test_electors_are_told_by_mail_once(of, incident):
    decision = convened(of, incident)

    told = Message.objects.filter(key__startswith=f"motion:{decision.pk}:elector")
    assert {row.address for row in told} == {member.email for member in of.members}


def test_members_and_substitutes_see_the_case_from_the_motion_on(of, incident):
    moved(of, incident)

    called = Participation.objects.filter(incident=incident, act="called")
    assert {row.person for row in called} == {*of.members, *of.substitutes}
    assert incident in incidents_visible_to(user=of.substitutes[0], at=AT)


def test_members_see_no_case_that_does_not_wait_for_them(of):
    (incident,) = read(of)

    assert incident not in incidents_visible_to(user=of.chair, at=AT)


def test_a_small_case_is_decided_by_the_delegate():
    of = organised(risk_tier="low")
    delegate = person(name="Delegate", unit=of.house.unit)
    committee(of.house, level="delegate", seats=[SeatPlan("delegate", delegate.pk, chair=True)])
    incident = decided(of)

    decision = convened(of, incident, by=delegate)

    assert seats(decision) == [("seated", "Delegate")]


def test_eva_19_a_fairness_breach_goes_to_the_committee_however_small():
    of = organised(risk_tier="low")
    delegate = person(name="Delegate", unit=of.house.unit)
    committee(of.house, level="delegate", seats=[SeatPlan("delegate", delegate.pk, chair=True)])
    incident = decided(of, kind="fairness", category="trust_compliance", to_state="WARNING")

    assert moved(of, incident).committee == of.committee


def test_seg_15_a_delegate_who_validated_is_recused_and_it_goes_to_the_committee():
    of = organised(risk_tier="low")
    committee(
        of.house,
        level="delegate",
        seats=[SeatPlan("delegate", of.house.compliance.pk, chair=True)],
    )
    incident = decided(of)

    convened(of, incident, by=of.house.secretary)

    assert Decision.objects.get(incident=incident, round=2).committee == of.committee


# ---------------------------------------------------------------- recusal and substitutes
def test_a_declared_recusal_gives_the_seat_to_the_substitute(of, incident):
    decision = convened(of, incident)

    recuse(decision, of.members[1], "My brother works there.")

    assert seats(decision)[1] == ("substituted", "Substitute 2")


def test_who_has_voted_cannot_recuse_without_the_chair(of, incident):
    decision = convened(of, incident)
    vote(decision, of.members[1])

    with pytest.raises(Forbidden) as refusal:
        recuse(decision, of.members[1], "I forgot an interest.")

    assert refusal.value.code == "voted_already"


def test_kom_06_a_recusal_accepted_by_the_chair_voids_the_ballot(of, incident):
    decision = convened(of, incident)
    vote(decision, of.members[1], "against")

    recuse(decision, of.chair, "Interest found.", of_whom=of.members[1])
    for voter in (of.chair, of.members[2], of.substitutes[1]):
        vote(decision, voter)
    count(decision, at=AT + HOUR)

    assert Resolution.objects.get(decision=decision).votes_against == 0


def test_a_recused_person_without_substitute_leaves_the_electorate():
    of = organised(substitutes=False)
    decision = convened(of, decided(of))

    recuse(decision, of.members[1], "An interest.")

    assert seats(decision)[1] == ("empty", None)


def test_the_chair_activates_a_substitute(of, incident):
    decision = convened(of, incident)

    with acting_as(acting(of.chair)):
        activate_substitute(
            decision_id=decision.pk,
            seat_number=3,
            reason="Ill since this morning.",
            actor=acting(of.chair),
            at=AT,
        )

    assert seats(decision)[2] == ("substituted", "Substitute 3")


def test_a_substitute_takes_no_seat_of_somebody_who_has_voted(of, incident):
    decision = convened(of, incident)
    vote(decision, of.members[2])

    with pytest.raises(Conflict, match="the ballot stands"), acting_as(acting(of.chair)):
        activate_substitute(
            decision_id=decision.pk, seat_number=3, reason="Ill.", actor=acting(of.chair), at=AT
        )


# ---------------------------------------------------------------- counting
def test_an_adopted_motion_orders_its_actions_with_their_proofs(of, incident):
    decision = convened(of, incident)
    for member in of.members:
        vote(decision, member)

    count(decision, at=AT + HOUR)

    action = Action.objects.get(incident=incident)
    assert (again(incident).state, action.type, action.executor) == (
        "EXECUTION",
        "rollback",
        of.house.engineer,
    )
    assert (action.verification[0]["series_id"], action.verification[0]["above"]) == (
        of.house.series.pk,
        0.95,
    )


def test_no_action_moves_to_verification_with_an_observation(of, incident):
    actions = [{"type": "no_action", "words": "The limit is watched for three weeks."}]
    decision = convened(of, incident, actions=actions)
    for member in of.members:
        vote(decision, member)

    count(decision, at=AT + HOUR)

    assert again(incident).state == "VERIFICATION"


def test_the_resolution_holds_the_counts_and_the_words(of, incident):
    decision = convened(of, incident)
    for member, choice in zip(of.members, ("for", "for", "against"), strict=True):
        vote(decision, member, choice)

    count(decision, at=AT + HOUR)

    found = Resolution.objects.get(decision=decision)
    assert (found.outcome, found.eligible, found.votes_for, found.votes_against) == (
        "adopted",
        3,
        2,
        1,
    )
    assert found.words.startswith("Adopted: 2 for, 1 against")


def test_the_round_is_counted_by_the_sweep_once_everybody_has_voted(of, incident):
    decision = convened(of, incident)
    for member in of.members:
        vote(decision, member)

    sweep(at=AT + dt.timedelta(seconds=1))

    assert Decision.objects.get(pk=decision.pk).state == "adopted"


def test_kom_17_a_round_stays_open_while_a_ballot_could_change_it(of, incident):
    decision = convened(of, incident)
    vote(decision, of.chair)

    with pytest.raises(Conflict) as refusal:
        count(decision, by=of.chair, at=AT + HOUR)

    assert refusal.value.code == "too_early"


def test_kom_18_a_decided_round_stays_open_for_its_shortest_time(of, incident):
    decision = convened(of, incident)
    vote(decision, of.chair)
    vote(decision, of.members[1])

    with pytest.raises(Conflict):
        count(decision, by=of.chair, at=AT + 2 * HOUR)
    closed = count(decision, by=of.chair, at=AT + 25 * HOUR)

    assert closed.state == "adopted"


def test_a_member_cannot_close_the_round(of, incident):
    decision = convened(of, incident)

    with pytest.raises(Forbidden) as refusal:
        count(decision, by=of.members[1], at=AT + 30 * DAY)

    assert refusal.value.who_can[0] == "Member 1"


def test_the_chair_signs_the_result(of, incident):
    decision = convened(of, incident)
    for member in of.members:
        vote(decision, member)

    with acting_as(acting(of.chair)):
        close_round(
            decision_id=decision.pk,
            actor=acting(of.chair),
            at=AT + HOUR,
            ceremony=ceremony(AT + HOUR),
        )

    assert Resolution.objects.get(decision=decision).certified_by == of.chair


def test_kom_11_a_motion_that_is_not_carried_stays_in_decision(of, incident):
    reject(of, incident)

    assert (again(incident).state, again(incident).level) == ("DECISION", incident.level)


def test_kom_11_the_second_rejection_goes_up(of, incident):
    reject(of, incident)
    reject(of, incident)

    assert again(incident).level == incident.level + 1
    assert moved(of, incident).committee.level == "executive"


def test_a_round_without_quorum_lapses_and_a_second_opens_by_itself(of, incident):
    decision = convened(of, incident)
    vote(decision, of.chair)

    count(decision, at=decision.closes_at)

    following = Decision.objects.get(incident=incident, round=2)
    assert Resolution.objects.get(decision=decision).outcome == "inquorate"
    assert (following.state, following.committee) == ("open", of.committee)
    assert following.number == f"{decision.number}.2"


def test_after_two_lapses_the_motion_goes_up(of, incident):
    first = convened(of, incident)
    count(first, at=first.closes_at)
    second = Decision.objects.get(incident=incident, round=2)

    count(second, at=second.closes_at)

    third = Decision.objects.get(incident=incident, round=3)
    assert (third.committee.level, third.state) == ("executive", "open")
    assert again(incident).level == incident.level + 1


def test_a_tie_is_not_carried(of, incident):
    recused_without_substitute(of, 3)
    decision = convened(of, incident)
    vote(decision, of.chair, "for")
    vote(decision, of.members[1], "against")

    count(decision, at=decision.closes_at)

    assert Resolution.objects.get(decision=decision).outcome == "tie"
    assert again(incident).state == "DECISION"


def test_a_target_revoked_before_the_close_voids_the_round_visibly(of, incident):
    decision = convened(of, incident)
    for member in of.members:
        vote(decision, member)
    revoke(of)

    closed = count(decision, at=AT + HOUR)

    assert (closed.state, again(incident).state) == ("void", "DECISION")
    assert not Action.objects.filter(incident=incident).exists()


def test_the_engine_finds_a_closed_round_closed(of, incident):
    decision = convened(of, incident)
    for member in of.members:
        vote(decision, member)
    count(decision, at=AT + HOUR)

    closed = count(decision, at=AT + 2 * HOUR)

    assert closed.state == "adopted"
    assert Action.objects.filter(incident=incident).count() == 1


def test_the_timers_of_a_counted_round_are_cancelled(of, incident):
    decision = convened(of, incident)
    for member in of.members:
        vote(decision, member)

    count(decision, at=AT + HOUR)

    waiting = Timer.objects.filter(key__startswith=f"round:{decision.pk}", state="armed")
    assert not waiting.exists()


# ---------------------------------------------------------------- small steps
def take_seat(of, number, who):
    """Give a seat of the committee to somebody; its substitute stays."""
    as_setup(
        fill_seat,
        committee_id=of.committee.pk,
        number=number,
        seat=SeatPlan(
            function="seat",
            person_id=who.pk,
            substitute_id=of.substitutes[number - 1].pk if of.substitutes else None,
            chair=number == 1,
        ),
        at=AT,
    )


def recused_without_substitute(of, number):
    """A seat whose holder validated and that has no substitute."""
    as_setup(
        fill_seat,
        committee_id=of.committee.pk,
        number=number,
        seat=SeatPlan(function="seat", person_id=of.house.compliance.pk),
        at=AT,
    )


def recused_but_chair(of):
    """Two of three seats held by people who took part in the case, without substitutes."""
    for number, who in ((2, of.house.owner), (3, of.house.compliance)):
        as_setup(
            fill_seat,
            committee_id=of.committee.pk,
            number=number,
            seat=SeatPlan(function="seat", person_id=who.pk),
            at=AT,
        )


def recuse(decision, by, reason, *, of_whom=None):
    """Declare a recusal, one's own or, as the chair, another's."""
    with acting_as(acting(by)):
        declare_recusal(
            decision_id=decision.pk,
            reason=reason,
            person_id=of_whom.pk if of_whom else None,
            actor=acting(by),
            at=AT,
        )


def reject(of, incident):
    """Put a motion, vote it down, count it."""
    decision = convened(of, incident)
    for member in of.members:
        vote(decision, member, "against")
    count(decision, at=AT + HOUR)


def leave(who, *, until):
    """Somebody is away."""
    with acting_as(SETUP):
        Leave(user=who, from_at=AT - DAY, until_at=until).save(force_insert=True)


def revoke(of):
    """The version to roll back to is revoked."""
    of.house.good.state = "revoked"
    with acting_as(SETUP):
        of.house.good.save()


def test_convening_twice_is_refused_with_the_present_state(of, incident):
    decision = convened(of, incident)

    with pytest.raises(Conflict) as refusal, acting_as(acting(of.chair)):
        convene(decision_id=decision.pk, closes_in=None, actor=acting(of.chair), at=AT)

    assert refusal.value.extra["present"]["state"] == "open"
