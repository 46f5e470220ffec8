"""Families of incidents: merged, taken along, split, linked (T26, T22; SEG-04, INC-H, CLK-17)."""

import datetime as dt

import pytest

from incidents.models import (
    Incident,
    IncidentLink,
    Participation,
    RegulatoryClock,
    VerificationWindow,
)
from incidents.rules.transitions import (
    CLOSED,
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    OPEN_STATES,
    VALIDATION,
    VERIFICATION,
)
from incidents.selectors.cast import Cast
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.models import Message, Timer
from tests.incidents import factory
from tests.incidents.factory import AT, bring, clock_rule, do, fresh, opened

pytestmark = pytest.mark.django_db


def merged(house, *, parent=None, child=None, at=AT):
    """A child that goes with a parent: proposed by the owner, agreed to by compliance."""
    parent = parent or opened(house)
    child = child or opened(house, severity="minor")
    do(child, "merge", house.owner, at=at, into=parent.number)
    do(child, "merge", house.compliance, at=at, into=None)
    return fresh(parent), fresh(child)


def armed(incident):
    kinds = ("incident.stage_deadline", "escalation.step")
    return Timer.objects.filter(subject_id=incident.pk, state="armed", kind__in=kinds)


def test_the_owner_proposes_a_merge_and_a_validator_confirms_it(house):
    parent, child = opened(house), opened(house, severity="minor")

    do(child, "merge", house.owner, into=parent.number)
    before = fresh(child).parent
    do(child, "merge", house.compliance, into=None)

    assert before is None
    assert fresh(child).parent == parent


def test_who_proposed_a_merge_does_not_agree_to_it(house):
    parent, child = opened(house), opened(house)
    factory.grant(house.owner, "compliance", unit=house.unit)
    do(child, "merge", house.owner, into=parent.number)

    with pytest.raises(Forbidden) as caught:
        do(child, "merge", house.deputy, into=None)

    assert caught.value.code in ("not_separate", "not_your_part")


def test_a_validator_alone_proposes_no_merge(house):
    parent, child = opened(house), opened(house)

    with pytest.raises(Forbidden) as caught:
        do(child, "merge", house.compliance, into=parent.number)

    assert caught.value.code == "not_your_part"
    assert house.owner.name in caught.value.who_can


def test_a_child_follows_its_parent_from_stage_to_stage(house):
    parent, child = merged(house)

    bring_on(house, parent, EXECUTION)

    assert fresh(child).state == EXECUTION
    followed = child.transitions.filter(command="follow_parent").order_by("entry_number")
    states = list(followed.values_list("to_state", flat=True))
    assert states == [INVESTIGATING, VALIDATION, DECISION, EXECUTION]


def bring_on(house, incident, state):
    """Walk a parent on, as the factory's walk does from its opening."""
    for target, steps in factory.WALK:
        for step in steps:
            step(house, incident, AT)
        if target == state:
            return fresh(incident)
    return fresh(incident)


def test_a_merge_takes_the_child_to_where_its_parent_stands(house):
    parent = bring(house, VALIDATION)

    parent, child = merged(house, parent=parent)

    assert child.state == VALIDATION
    assert child.stage_due_at == parent.stage_due_at


def test_a_child_keeps_its_own_proof_and_is_closed_before_its_parent(house):
    parent, child = merged(house)
    bring_on(house, parent, VERIFICATION)

    own = VerificationWindow.objects.filter(incident=child, superseded_at=None)
    with pytest.raises(Conflict) as caught:
        do(parent, "close", house.verifier)

    assert fresh(child).state == VERIFICATION
    assert own.exists()
    assert (caught.value.code, child.number in caught.value.reason) == ("children_open", True)


def test_children_first_then_the_parent_inc_h(house):
    parent, child = merged(house)
    bring_on(house, parent, VERIFICATION)
    window = VerificationWindow.objects.get(incident=child, superseded_at=None)
    do(child, "confirm_proof", house.executive, window_id=window.pk)

    do(child, "close", house.verifier)
    do(parent, "close", house.verifier)

    assert (fresh(child).state, fresh(parent).state) == (CLOSED, CLOSED)


def test_a_child_goes_nowhere_by_itself(house):
    parent, child = merged(house)

    with pytest.raises(Conflict) as caught:
        do(child, "acknowledge", house.owner)

    assert caught.value.code == "follows_parent"
    assert parent.number in caught.value.reason


def test_a_child_keeps_evidence_and_population_of_its_own(house):
    parent, child = merged(house)
    do(parent, "acknowledge", house.owner)

    do(child, "first_assessment", house.owner)
    factory.evidence(child, house.owner)

    assert child.assessments.count() == 1
    assert parent.assessments.count() == 0


def test_nobody_is_called_for_a_child_whose_parent_s_deadlines_run(house):
    parent, child = merged(house)

    do(parent, "acknowledge", house.owner)

    assert armed(parent).exists()
    assert not armed(child).exists()


def test_a_parent_takes_the_stricter_severity_of_its_child(house):
    parent, child = merged(house, child=opened(house, severity="major"))

    found = fresh(parent).severity

    assert found == "major"


def test_a_merge_unites_the_histories_of_both_seg_04(house):
    parent = bring(house, VALIDATION)
    child = opened(house)
    factory.took_part(child, house.executive, "voted")

    parent, child = merged(house, parent=parent, child=child)

    for one in (parent, child):
        acts = {(act.person, act.act) for act in Cast(one, AT).history}
        assert (house.owner.pk, "submitted") in acts
        assert (house.executive.pk, "voted") in acts


def test_what_is_done_on_the_parent_later_counts_for_the_child_seg_04(house):
    parent, child = merged(house)

    do(parent, "acknowledge", house.owner)

    acts = {(act.person, act.act) for act in Cast(child, AT).history}
    assert (house.owner.pk, "acknowledged") in acts


def test_a_split_child_inherits_the_history_seg_04(house):
    parent, child = merged(house)
    do(parent, "acknowledge", house.deputy)
    split(house, child)

    acts = Participation.objects.filter(incident=child, act="acknowledged")

    assert fresh(child).parent is None
    assert [row.person for row in acts] == [house.deputy]


def split(house, incident, **fields):
    do(incident, "split", house.owner, **fields)
    return do(incident, "split", house.compliance, **fields)


def test_a_split_child_has_deadlines_of_its_own_again(house):
    parent, child = merged(house)

    split(house, child)

    assert armed(child).exists()
    assert fresh(child).stage_due_at is not None


def test_a_child_that_leaves_a_carried_out_decision_needs_one_of_its_own(house):
    parent, child = merged(house)
    bring_on(house, parent, EXECUTION)

    split(house, child)

    assert fresh(child).state == DECISION
    assert fresh(parent).state == EXECUTION


def test_a_part_gets_a_number_of_its_own_and_its_people_seg_04(house):
    incident = bring(house, INVESTIGATING)

    split(house, incident)

    link = IncidentLink.objects.get(other=incident, kind="split")
    part = link.incident
    acts = set(Participation.objects.filter(incident=part).values_list("person_id", "act"))
    assert (part.state, part.title) == (OPEN, "The claims of March")
    assert "40 claims of March" in part.summary
    assert (house.owner.pk, "acknowledged") in acts


def test_a_part_needs_a_name_and_a_population(house):
    incident = opened(house)

    with pytest.raises(Invalid) as caught:
        do(incident, "split", house.owner, title=None, population=None)

    assert set(caught.value.fields) == {"title", "population"}


def test_a_child_whose_own_proof_fails_goes_its_own_way(house):
    parent, child = merged(house)
    bring_on(house, parent, VERIFICATION)

    do(child, "verification_failed", house.verifier)

    assert (fresh(child).state, fresh(child).parent) == (DECISION, None)
    assert fresh(parent).state == VERIFICATION
    assert armed(child).exists()


def test_clk_17_refuses_a_merge_while_a_clock_runs_on_the_child(house):
    clock_rule()
    parent, child = opened(house), bring(house, OPEN)
    do(child, "acknowledge", house.owner, personal_data="yes")
    assert RegulatoryClock.objects.filter(incident=child).exists()

    with pytest.raises(Conflict) as caught:
        do(child, "merge", house.owner, into=parent.number)

    assert caught.value.code == "clock_running"


@pytest.mark.parametrize("state", [DECISION, EXECUTION, VERIFICATION])
def test_what_was_validated_without_it_takes_no_child(house, state):
    parent, child = bring(house, state), opened(house)

    with pytest.raises(Invalid) as caught:
        do(child, "merge", house.owner, into=parent.number)

    assert "without this one" in caught.value.fields["into"]


def test_a_case_of_another_unit_is_not_merged_into(house):
    other = factory.house()
    factory.grant(house.owner, "compliance", unit=other.unit)
    elsewhere = opened(other)

    with pytest.raises(Invalid) as caught:
        do(opened(house), "merge", house.owner, into=elsewhere.number)

    assert "another unit" in caught.value.fields["into"]


def test_an_incident_that_is_not_seen_is_not_told_from_one_that_is_not_there(house):
    elsewhere = opened(factory.house())
    child = opened(house)

    found = []
    for number in (elsewhere.number, "INC-1999-0001"):
        with pytest.raises(Invalid) as caught:
            do(child, "merge", house.owner, into=number)
        found.append(caught.value.fields["into"])

    assert found[0] == found[1]


def test_families_have_one_level(house):
    parent, child = merged(house)
    third = opened(house)

    with pytest.raises(Invalid) as below:
        do(third, "merge", house.owner, into=child.number)
    with pytest.raises(Conflict) as above:
        do(parent, "merge", house.owner, into=third.number)

    assert parent.number in below.value.fields["into"]
    assert above.value.code == "has_children"


def test_whoever_agrees_agrees_to_what_was_proposed(house):
    parent, other, child = opened(house), opened(house), opened(house)
    do(child, "merge", house.owner, into=parent.number)

    with pytest.raises(Invalid) as caught:
        do(child, "merge", house.compliance, into=other.number)

    assert parent.number in caught.value.fields["into"]


def test_a_rehearsal_is_not_merged_with_a_case(house):
    drill, child = opened(house, drill=True), opened(house)

    with pytest.raises(Invalid) as caught:
        do(child, "merge", house.owner, into=drill.number)

    assert "rehearsal" in caught.value.fields["into"]


@pytest.mark.parametrize("kind", ["related", "duplicate", "recurs"])
def test_two_incidents_are_linked_by_a_kind_and_nothing_moves(house, kind):
    one, other = opened(house), opened(house)

    do(one, "link", house.owner, other=other.number, kind=kind)

    row = IncidentLink.objects.get()
    assert (row.incident, row.other, row.kind) == (one, other, kind)
    assert (fresh(one).state, fresh(other).state) == (OPEN, OPEN)


def test_the_same_link_is_not_made_twice(house):
    one, other = opened(house), opened(house)
    do(one, "link", house.owner, other=other.number)

    with pytest.raises(Invalid) as caught:
        do(one, "link", house.compliance, other=other.number)

    assert "already" in caught.value.fields["other"]


def test_being_taken_along_is_the_engine_s_alone(house):
    parent, child = merged(house)

    with pytest.raises(Forbidden) as caught:
        do(child, "follow_parent", house.compliance)

    assert caught.value.code == "not_your_part"


def test_a_further_breach_joins_the_child_and_raises_the_family(house):
    parent, child = merged(house)

    do(child, "join_breach", factory.EVALUATOR, severity="severe", at=AT + dt.timedelta(minutes=5))

    assert fresh(parent).severity == "severe"
    assert not armed(child).exists()


def test_every_open_state_can_be_followed_to(house):
    field = Incident._meta.get_field("state")

    drawn = {
        target
        for one in field.get_all_transitions(Incident)
        if one.name == "follow_parent"
        for target in one.target.allowed_states
    }

    assert drawn == set(OPEN_STATES)


def test_of_a_child_s_stages_nobody_is_told_but_of_its_own_proof(house):
    parent, child = merged(house)
    before = list(Message.objects.filter(subject_id=child.pk).values_list("pk", flat=True))

    bring_on(house, parent, VERIFICATION)

    told = Message.objects.filter(subject_id=child.pk).exclude(pk__in=before)
    assert {one.person_id for one in told} == {house.owner.pk, house.deputy.pk}
    assert all(one.subject.startswith("See to the proof of") for one in told)


def test_a_closed_child_that_comes_back_goes_its_own_way(house):
    parent, child = merged(house)
    bring_on(house, parent, VERIFICATION)
    window = VerificationWindow.objects.get(incident=child, superseded_at=None)
    do(child, "confirm_proof", house.executive, window_id=window.pk)
    do(child, "close", house.verifier)

    do(child, "reopen", factory.EVALUATOR, at=AT + dt.timedelta(days=2))

    found = fresh(child)
    assert (found.state, found.parent, found.cycle) == (INVESTIGATING, None, 2)
    assert armed(child).exists()
