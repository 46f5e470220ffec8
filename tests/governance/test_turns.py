"""Turns where governance has its part: the chair (SEG-14), voided rounds, recurrences (EVA-12..15).

T08 in DECISION, T19 by the evaluator, INC-E with the policy in force.
"""

import datetime as dt

import pytest

from governance.models import Decision, Hold, Recusal
from governance.selectors.chairs import chair_of
from governance.services.cases import note_recovery
from governance.services.electorates import declare_recusal
from incidents.models import Incident, PastCycle
from incidents.rules.plan import digest, from_text, to_text
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Missing
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message, Timer
from registry.models import Delegation, Leave
from tests.governance import organisation as org
from tests.incidents.factory import AT, SETUP, acting, clock_rule, do, fresh, person, plan

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def of():
    return org.organised()


def ended(of, incident, *, at=AT):
    """Dismissed by two persons: CLOSED (T07)."""
    house = of.house
    do(incident, "acknowledge", house.owner, at=at)
    do(incident, "add_evidence", house.owner, at=at)
    do(incident, "submit_findings", house.owner, at=at)
    do(incident, "dismiss", house.compliance, at=at)
    found = fresh(incident)
    return found if found.state == "CLOSED" else do(
        found, "dismiss", house.executive, at=at
    ).incident  # fmt: skip


def small():
    """An organisation at low tier, where a critical reading is minor and may be dismissed."""
    return org.organised(risk_tier="low")


def dismissed(of, *, at=AT):
    (incident,) = org.read(of, at=at)
    return ended(of, incident, at=at)


def cancelled(of, *, at=AT):
    (incident,) = org.read(of, at=at)
    do(incident, "withdraw", of.house.owner, at=at)
    return do(incident, "withdraw", of.house.executive, at=at).incident


def recover(of, at):
    note_recovery(standing_ids=[of.standing.pk], at=at)


# ---------------------------------------------------------------- T08 in DECISION


def test_in_decision_the_chair_alone_agrees(of):
    incident = org.decided(of)
    do(incident, "withdraw", of.house.owner)

    with pytest.raises(Forbidden) as caught:
        do(incident, "withdraw", of.house.executive)
    found = do(incident, "withdraw", of.chair).incident

    assert list(caught.value.who_can) == [of.chair.name]
    assert found.state == "CANCELLED"


def test_the_open_round_is_voided_visibly_and_its_electors_are_told(of):
    incident = org.decided(of)
    decision = org.convened(of, incident)
    org.vote(decision, of.members[1])
    do(incident, "withdraw", of.house.owner)

    do(incident, "withdraw", of.chair)

    after = Decision.objects.get(pk=decision.pk)
    told = Message.objects.filter(subject__startswith="Nothing to vote")
    assert after.state == "void"
    assert after.ballots.count() == 1
    assert told.count() == after.electors.exclude(seated=None).count()
    assert "motion.voided" in {line.verb for line in lines_of_incident(incident_id=incident.pk)}


def test_no_timer_of_the_round_is_left(of):
    incident = org.decided(of)
    org.convened(of, incident)
    do(incident, "withdraw", of.house.owner)

    do(incident, "withdraw", of.chair)

    assert not Timer.objects.filter(subject_id=incident.pk, state="armed").exists()


def test_a_draft_is_voided_as_well_and_tells_nobody(of):
    incident = org.decided(of)
    draft = org.moved(of, incident)
    do(incident, "withdraw", of.house.owner)

    do(incident, "withdraw", of.chair)

    assert Decision.objects.get(pk=draft.pk).state == "void"
    assert not Message.objects.filter(subject__startswith="Nothing to vote").exists()


def test_a_proposal_alone_voids_nothing(of):
    incident = org.decided(of)
    decision = org.convened(of, incident)

    do(incident, "withdraw", of.house.owner)

    assert Decision.objects.get(pk=decision.pk).state == "open"


def vice(of, place=1):
    """Somebody of the members becomes vice chair."""
    seat = of.committee.seats.get(person=of.members[place])
    seat.vice_chair = True
    with acting_as(SETUP):
        seat.save(at=AT)
    return of.members[place]


@pytest.mark.bypass
def test_seg_14_if_the_chair_is_recused_the_vice_chair_agrees(of):
    second, incident = vice(of), org.decided(of)
    decision = org.convened(of, incident)
    with acting_as(acting(of.chair)):
        declare_recusal(decision_id=decision.pk, reason="A cousin.", actor=acting(of.chair), at=AT)
    do(incident, "withdraw", of.house.owner)

    with pytest.raises(Forbidden):
        do(incident, "withdraw", of.chair)
    found = do(incident, "withdraw", second).incident

    assert Recusal.objects.filter(decision=decision, person=of.chair).exists()
    assert found.state == "CANCELLED"


@pytest.mark.bypass
def test_seg_14_a_chair_who_could_not_vote_by_rule_is_recused(of):
    second, incident = vice(of), org.decided(of)
    seat = of.committee.seats.get(person=of.chair)
    seat.person = of.house.compliance
    with acting_as(SETUP):
        seat.save(at=AT)

    assert chair_of(fresh(incident), AT) == [second]


@pytest.mark.bypass
def test_where_nobody_of_the_body_can_speak_the_body_above_does(of):
    incident = org.decided(of)
    with acting_as(SETUP):
        Leave(user=of.chair, from_at=AT - DAY, until_at=AT + 9 * DAY).save(force_insert=True)

    assert chair_of(fresh(incident), AT) == [of.house.executive]


def test_nobody_speaks_for_the_chair_by_delegation(of):
    incident = org.decided(of)
    stand_in = person(name="Stand-in", unit=of.house.unit)
    with acting_as(SETUP):
        Delegation(
            principal=of.chair, delegate=stand_in, from_at=AT - DAY, until_at=AT + DAY, reason="x"
        ).save(force_insert=True)
    do(incident, "withdraw", of.house.owner)

    with pytest.raises((Forbidden, Missing)):
        do(incident, "withdraw", stand_in, on_behalf_of=of.chair.pk)

    assert fresh(incident).state == "DECISION"


def test_clk_17_in_decision_a_confirmed_clock_stands_against_a_withdrawal(of):
    clock_rule()
    (incident,) = org.read(of)
    house = of.house
    do(incident, "acknowledge", house.owner, personal_data="yes")
    do(incident, "add_evidence", house.owner)
    do(incident, "submit_findings", house.owner)
    do(incident, "validate", house.compliance, implication="regime")

    with pytest.raises(Conflict, match="only a validation ends it"):
        do(incident, "withdraw", house.owner)


# ---------------------------------------------------------------- T19 on recurrence


def test_eva_12_while_the_hold_lasts_a_standing_breach_opens_and_reopens_nothing():
    of = small()
    incident = dismissed(of)

    assert org.read(of, at=AT + 6 * DAY) == []
    assert fresh(incident).state == "CLOSED"
    assert Hold.objects.filter(incident=incident, ended_at=None).exists()


def test_eva_12_after_the_hold_a_standing_breach_reopens_what_was_dismissed():
    of = small()
    incident = dismissed(of)

    found = org.read(of, at=AT + 7 * DAY)

    assert found == [incident]
    assert (fresh(incident).state, fresh(incident).cycle) == ("INVESTIGATING", 2)
    assert Incident.objects.filter(system=of.house.system).count() == 1


def test_eva_12_after_the_hold_a_withdrawn_one_opens_a_new_incident():
    of = small()
    incident = cancelled(of)

    (found,) = org.read(of, at=AT + 7 * DAY)

    assert found.pk != incident.pk
    assert found.recurs_from is None
    assert fresh(incident).state == "CANCELLED"


def test_eva_13_a_worse_band_ends_the_hold_and_reopens_at_once():
    of = small()
    (incident,) = org.read(of, to_state="CRITICAL")
    cause = incident.causes.get()
    ended(of, incident)
    assert cause.state == "CRITICAL"

    found = org.read(of, at=AT + DAY, instant=True)

    assert found == [incident]
    assert fresh(incident).severity == "moderate"


def test_eva_14_a_relapse_after_an_ok_reopens_within_the_hold():
    of = small()
    incident = dismissed(of)
    recover(of, AT + DAY)

    found = org.read(of, at=AT + 2 * DAY)

    assert found == [incident]
    assert fresh(incident).cycle == 2
    assert incident.causes.get().recovered_at is None


def test_eva_14_of_a_case_that_recovered_before_it_was_closed_no_hold_binds():
    of = small()
    (incident,) = org.read(of)
    recover(of, AT)
    ended(of, incident)

    assert org.read(of, at=AT + DAY) == [incident]


def test_after_the_reopen_window_a_new_incident_is_linked_and_begins_at_the_lowest_level():
    of = small()
    incident = dismissed(of)

    (found,) = org.read(of, at=AT + 30 * DAY)

    assert (found.recurs_from, found.level, found.cycle) == (incident, 0, 1)
    assert fresh(incident).state == "CLOSED"


def test_eva_15_with_cycles_used_up_a_new_incident_is_linked_one_level_up():
    of = small()
    at, incident = AT, None
    for _ in range(3):
        (incident,) = org.read(of, at=at)
        if incident.cycle == 1:
            ended(of, incident, at=at)
        else:
            again(of, incident, at)
        recover(of, at)
        at += DAY

    (found,) = org.read(of, at=at)

    assert fresh(incident).cycle == 3
    assert found.pk != incident.pk
    assert (found.recurs_from, found.level) == (incident, fresh(incident).level + 1)


def again(of, incident, at):
    house = of.house
    do(incident, "add_evidence", house.owner, at=at)
    do(incident, "submit_findings", house.owner, at=at)
    do(incident, "dismiss", house.compliance, at=at)
    if fresh(incident).state != "CLOSED":
        do(incident, "dismiss", house.executive, at=at)


def test_inc_e_the_new_cycle_is_bound_to_the_policy_in_force_then(monkeypatch):
    of = small()
    incident = dismissed(of)
    before = fresh(incident).plan_sha256
    changed = plan(policy_id="later")
    monkeypatch.setattr("incidents.plan_sources._source", [lambda incident, at: changed])

    org.read(of, at=AT + 7 * DAY)

    assert fresh(incident).plan == to_text(changed)
    assert fresh(incident).plan_sha256 == digest(changed) != before
    assert PastCycle.objects.get(incident=incident).plan_sha256 == before


def test_the_plan_of_a_new_cycle_comes_from_the_unit_s_policy():
    of = small()
    incident = dismissed(of)

    org.read(of, at=AT + 7 * DAY)

    frozen = from_text(fresh(incident).plan)
    assert frozen.policy_id == str(of.policy.pk)
    assert frozen.limits["ack_lapse_severe"] == "8h"
    assert frozen.limits["pause_longest"] == "5bd"
    assert frozen.limits["least_harmed"] == "major"


def test_a_reopened_case_that_is_closed_again_is_held_anew():
    of = small()
    incident = dismissed(of)
    org.read(of, at=AT + 7 * DAY)
    again(of, incident, AT + 7 * DAY)

    found = org.read(of, at=AT + 8 * DAY)

    assert found == []
    assert Hold.objects.filter(incident=incident).count() == 1
