"""T08: a withdrawal by two persons. SEG-09: who agrees is separate. CLK-17: no clock runs."""

import datetime as dt

import pytest

from incidents.models import Incident, Participation
from incidents.rules.plan import from_text
from incidents.rules.transitions import CANCELLED, DECISION, INVESTIGATING, OPEN, VALIDATION
from incidents.selectors.attempts import attempt_of, people_who_can
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message, Timer
from registry.models import Delegation
from tests.incidents.factory import (
    AT,
    LONG_AGO,
    SETUP,
    bring,
    clock_rule,
    do,
    fresh,
    opened,
    usual_fields,
)

DAY = dt.timedelta(days=1)
BEFORE_DECISION = (OPEN, INVESTIGATING, VALIDATION)


def withdrawn(house, incident, *, by=None, **changes):
    do(incident, "withdraw", house.owner, **changes)
    return do(incident, "withdraw", by or house.executive, **changes).incident


def able(incident):
    attempt = attempt_of(
        command="withdraw", incident=fresh(incident), plan=from_text(incident.plan),
        actor=machine("test"), at=AT, user=None,
    )  # fmt: skip
    return people_who_can(attempt)


@pytest.mark.parametrize("state", BEFORE_DECISION)
def test_one_proposes_and_nothing_moves_until_another_agrees(house, state):
    incident = bring(house, state)

    proposed = do(incident, "withdraw", house.owner)
    agreed = do(incident, "withdraw", house.executive)

    assert (proposed.incident.state, proposed.transition.code) == (state, "T08")
    assert agreed.incident.state == CANCELLED
    assert (agreed.incident.resolution, agreed.incident.closed_at) == ("false_positive", AT)


def test_the_record_tells_a_proposal_from_the_withdrawal(house):
    incident = opened(house)

    withdrawn(house, incident)

    told = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert told[:2] == ["incident.withdrawn", "incident.withdrawal_asked"]


def test_nobody_agrees_with_themselves_they_only_propose_anew(house):
    incident = opened(house)
    do(incident, "withdraw", house.compliance)

    again = do(incident, "withdraw", house.compliance, reason="Said better.")

    assert again.incident.state == OPEN
    assert again.transition.payload["step"] == "asked"


@pytest.mark.parametrize("who", ["owner", "deputy"])
def test_seg_09_the_owners_side_never_agrees(house, who):
    incident = opened(house)
    do(incident, "withdraw", house.compliance)

    with pytest.raises(Forbidden) as caught:
        do(incident, "withdraw", getattr(house, who))

    assert house.executive.name in caught.value.who_can
    assert fresh(incident).state == OPEN


def test_seg_09_a_delegate_of_the_owner_never_agrees_not_even_in_another_role(house):
    incident = opened(house)
    with acting_as(SETUP):
        Delegation(
            principal=house.owner, delegate=house.risk, from_at=LONG_AGO, until_at=AT + DAY,
            reason="leave",
        ).save(force_insert=True)  # fmt: skip
    do(incident, "withdraw", house.compliance)

    with pytest.raises(Forbidden, match="you act for"):
        do(incident, "withdraw", house.risk)


def test_seg_09_who_agrees_for_the_proposer_has_only_proposed_again(house):
    incident = opened(house)
    with acting_as(SETUP):
        Delegation(
            principal=house.compliance, delegate=house.engineer, from_at=LONG_AGO,
            until_at=AT + DAY, reason="leave",
        ).save(force_insert=True)  # fmt: skip
    do(incident, "withdraw", house.compliance)

    again = do(incident, "withdraw", house.engineer, on_behalf_of=house.compliance.pk)

    assert again.incident.state == OPEN


def test_whoever_has_no_part_neither_proposes_nor_agrees(house):
    incident = opened(house)

    with pytest.raises(Forbidden, match="that takes the owner, the deputy"):
        do(incident, "withdraw", house.engineer)


@pytest.mark.parametrize("state", BEFORE_DECISION)
def test_every_timer_is_cancelled_with_the_reason(house, state):
    incident = bring(house, state)

    withdrawn(house, incident)

    rows = Timer.objects.filter(subject_id=incident.pk)
    assert not rows.filter(state="armed").exists()
    assert rows.filter(cancelled_reason="withdrawn: false positive").exists()


@pytest.mark.parametrize("answer", ["confirmed", "provisional"])
def test_clk_17_a_running_clock_stands_against_a_withdrawal(house, answer):
    clock_rule()
    incident = opened(house)
    do(incident, "acknowledge", house.owner, personal_data="yes")

    with pytest.raises(Conflict, match="only a validation ends it"):
        do(incident, "withdraw", house.owner)


def test_clk_17_also_at_the_agreement(house):
    clock_rule()
    incident = opened(house)
    do(incident, "withdraw", house.owner)
    do(incident, "acknowledge", house.owner, personal_data="yes")

    with pytest.raises(Conflict):
        do(incident, "withdraw", house.compliance)

    assert fresh(incident).state == INVESTIGATING


def test_a_proposal_lapses_when_the_case_moves_on(house):
    incident = opened(house)
    do(incident, "withdraw", house.compliance)
    do(incident, "acknowledge", house.owner)

    with pytest.raises(Forbidden, match="that takes the owner, the deputy"):
        do(incident, "withdraw", house.executive)


def test_a_proposal_stands_while_evidence_is_added(house):
    incident = bring(house, INVESTIGATING)
    do(incident, "withdraw", house.owner)
    do(incident, "add_evidence", house.owner)

    agreed = do(incident, "withdraw", house.risk)

    assert agreed.incident.state == CANCELLED


def test_whoever_agrees_agrees_to_the_ground_that_was_proposed(house):
    incident = opened(house)
    do(incident, "withdraw", house.owner)

    with pytest.raises(Invalid) as caught:
        do(incident, "withdraw", house.executive, ground="data_fault")

    assert "Proposed was: false_positive" in caught.value.fields["ground"]


def test_a_duplicate_names_the_incident_that_has_it(house):
    kept, incident = opened(house), opened(house)

    found = withdrawn(house, incident, ground="duplicate", duplicate_of=kept.number)

    assert (found.duplicate_of, found.resolution) == (kept, "duplicate")


def duplicate(house, incident, number):
    with pytest.raises(Invalid) as caught:
        do(incident, "withdraw", house.owner, ground="duplicate", duplicate_of=number)
    return caught.value.fields["duplicate_of"]


def test_a_duplicate_of_nothing_of_itself_or_of_nobody_s_is_refused(house):
    incident, other = opened(house), opened()

    assert "no duplicate of itself" in duplicate(house, incident, incident.number)
    assert "There is no such incident" in duplicate(house, incident, "INC-1999-0001")
    assert "There is no such incident" in duplicate(house, incident, other.number)
    assert "needs the number" in duplicate(house, incident, "")


def test_two_incidents_are_never_each_other_s_duplicate(house):
    first, second = opened(house), opened(house)
    do(second, "withdraw", house.owner, ground="duplicate", duplicate_of=first.number)
    withdrawn(house, first, ground="duplicate", duplicate_of=second.number)

    with pytest.raises(Invalid) as caught:
        do(second, "withdraw", house.executive, ground="duplicate", duplicate_of=first.number)

    assert "was withdrawn itself" in caught.value.fields["duplicate_of"]
    assert Incident.objects.filter(state=CANCELLED).count() == 1


def test_only_a_duplicate_names_another_incident(house):
    kept, incident = opened(house), opened(house)

    with pytest.raises(Invalid, match="not right|Only a duplicate"):
        do(incident, "withdraw", house.owner, duplicate_of=kept.number)


def test_a_decision_is_not_withdrawn_by_compliance_but_by_the_chair(house):
    incident = bring(house, DECISION)
    do(incident, "withdraw", house.owner)

    with pytest.raises(Forbidden) as caught:
        do(incident, "withdraw", house.risk)

    assert "the chair of the committee" in caught.value.reason


def test_who_can_agree_is_asked_and_the_owner_is_told(house):
    incident = opened(house)

    withdrawn(house, incident)

    told = Message.objects.filter(subject_id=incident.pk)
    asked = told.filter(subject__startswith="Agree or object to withdrawing")
    assert house.executive.pk in set(asked.values_list("person_id", flat=True))
    assert house.owner.pk not in set(asked.values_list("person_id", flat=True))
    assert told.filter(subject__startswith="For your information: withdrawn").exists()


def test_who_is_able_to_agree_is_neither_the_proposer_nor_the_owners_side(house):
    incident = opened(house)
    do(incident, "withdraw", house.compliance)

    people = set(able(incident))

    assert people == {house.risk, house.verifier, house.executive}


def test_agreeing_is_a_part_in_the_history(house):
    incident = opened(house)

    withdrawn(house, incident)

    part = Participation.objects.get(incident=incident, person=house.executive)
    assert part.act == "agreed_withdrawal"


def test_a_withdrawn_incident_is_nobody_s_to_change(house):
    incident = opened(house)
    withdrawn(house, incident)

    with pytest.raises(Conflict) as caught:
        do(incident, "reopen", house.compliance)

    assert caught.value.code == "state_does_not_allow"


def test_the_fields_ask_for_ground_evidence_and_reason(house):
    incident = opened(house)
    given = usual_fields("withdraw", incident) | {"evidence": "", "reason": "", "ground": "no"}

    with pytest.raises(Invalid) as caught:
        do(incident, "withdraw", house.owner, fields=given)

    assert set(caught.value.fields) == {"evidence", "reason", "ground"}
