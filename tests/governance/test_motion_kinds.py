"""INC-2, INC-4: every kind of action a motion can order, what it must say, and where it leads."""

import datetime as dt

import pytest

from governance.models import MotionAction
from governance.rules.motion_kinds import KINDS, after_tie, command_of, protective_rank
from governance.rules.motions import MotionCase, command_for, faults
from incidents.models import Action, RiskAcceptance, Transition
from incidents.rules.transitions import CLOSED, COMMANDS, EDGES, reachable
from ledger.rules.refusals import Invalid
from tests.governance.organisation import AT, convened, decided, moved, organised, vote
from tests.governance.rounds import adopted, again, all_vote, count

CASE = MotionCase(severity="major", risk_tier="medium", measurable=True)
GRAVE = MotionCase(severity="severe", risk_tier="high", measurable=True, has_conditions=True)


def action(kind, **more):
    """An action as a caller gives it."""
    return {"type": kind, "words": f"Let us {kind}.", "parameters": {}} | more


# ---------------------------------------------------------------- rules
def test_every_kind_is_one_that_the_table_of_motions_keeps():
    assert set(KINDS) == set(MotionAction.Kind.values)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_from_every_kind_of_decision_a_path_leads_to_closed(kind):
    targets = {edge.target for edge in EDGES if edge.command == command_of(kind)}

    assert command_of(kind) in COMMANDS
    assert all(CLOSED in reachable([target]) for target in targets)
    assert targets


@pytest.mark.parametrize(
    ("kind", "parameters", "field"),
    [
        ("retrain", {}, "parameters.criteria"),
        ("adjust", {}, "parameters.change"),
        ("adjust", {"change": "x", "settings": "no map"}, "parameters.settings"),
        ("exception", {"rule": "r", "controls": "c"}, "parameters.until_at"),
        ("request_information", {"questions": []}, "parameters.questions"),
        ("request_information", {"questions": [3]}, "parameters.questions"),
        ("ratify", {"containment_id": "x"}, "parameters.containment_id"),
        ("suspend", {"until": "soon"}, "parameters.until"),
        ("suspend", {"scope": "a\x00b"}, "parameters.scope"),
        ("rollback", {"colour": "red"}, "parameters.colour"),
    ],
)
def test_what_a_kind_must_say_is_named_with_its_field(kind, parameters, field):
    target = {"target_version": "2.2"} if kind == "rollback" else {}

    found = faults([action(kind, parameters=parameters, **target)], CASE)

    assert f"actions.0.{field}" in found


@pytest.mark.parametrize(("kind", "words"), [("pin", "switch to"), ("rollback", "roll back to")])
def test_a_version_is_named_where_one_is_needed(kind, words):
    assert words in faults([action(kind)], CASE)["actions.0.target_version"]


def test_a_kind_without_target_takes_none():
    assert (
        "no target"
        in faults([action("retire", target_version="1")], CASE)["actions.0.target_version"]
    )


@pytest.mark.parametrize("kind", ["accept_risk", "exception", "no_action", "revoke"])
def test_a_decision_of_its_own_stands_alone(kind):
    found = faults([action(kind), action("restrict")], CASE)

    assert "stand" in found["actions"]


def test_to_continue_with_conditions_takes_a_condition():
    assert "conditions" in faults([action("continue")], CASE)


def test_kom_24_a_boundary_violation_at_high_tier_is_told_what_is_left():
    case = MotionCase("severe", "high", measurable=True, boundary=True)

    words = faults([action("no_action")], case)["actions"]

    assert "never accepted either" in words
    assert "suspend, restrict or retire" in words


@pytest.mark.parametrize("kind", ["no_action", "continue", "exception"])
def test_kom_24_what_keeps_running_is_refused_at_high_tier_when_grave(kind):
    parameters = {"rule": "r", "controls": "c", "until_at": "2027-01-01T00:00:00Z"}
    given = parameters if kind == "exception" else {}

    assert "not left as it is" in faults([action(kind, parameters=given)], GRAVE)["actions"]


def test_information_is_not_requested_a_third_time():
    case = MotionCase("major", "medium", measurable=True, requests_left=0)
    asked = action("request_information", parameters={"questions": ["Why?"]})

    assert "as often as" in faults([asked], case)["actions"]


def test_a_motion_of_several_actions_is_carried_out_by_one_command():
    assert command_for(["rollback", "compensate"]) == "adopt"
    assert command_for(["accept_risk"]) == "accept_risk"
    assert command_for(["exception"]) == "keep_running"


def test_kom_14_after_a_tie_the_most_protective_comes_next_and_nothing_is_adopted():
    assert after_tie(frozenset({"suspend"})) == ("rollback", "retrain", "continue")
    assert after_tie(frozenset({"rollback"})) == ("suspend", "retrain", "continue")
    assert protective_rank(frozenset({"suspend"})) < protective_rank(frozenset({"continue"}))
    assert protective_rank(frozenset({"inform"})) == 4


# ---------------------------------------------------------------- carried out
@pytest.fixture
def of(db):
    """An organisation at medium tier with three members and their substitutes."""
    return organised()


def put(of, kind, *, parameters=None, **more):
    """A single action by the engineer."""
    return [
        action(
            kind,
            parameters=parameters or {},
            executor_id=str(of.house.engineer.pk),
            **more,
        )
    ]


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("retrain", {"criteria": "Recall above 0.95 on the gold set."}),
        ("adjust", {"change": "The cut-off goes from 0.5 to 0.6.", "settings": {"cutoff": "0.6"}}),
        ("suspend", {"scope": "payouts above 500 EUR"}),
        ("restrict", {"scope": "a person confirms each claim"}),
        ("retire", {"successor": "clerks"}),
        ("inform", {"population": 120}),
        ("supplier_fix", {"demand": "A model that reads the new form."}),
    ],
)
def test_an_adopted_action_is_ordered_with_its_parameters(of, kind, parameters):
    incident = decided(of)

    adopted(of, incident, actions=put(of, kind, parameters=parameters))

    row = Action.objects.get(incident=incident)
    assert (row.type, row.parameters) == (kind, parameters)


def test_a_version_is_pinned(of):
    incident = decided(of)

    adopted(of, incident, actions=put(of, "pin", target_version=str(of.house.good.pk)))

    assert Action.objects.get(incident=incident).target_version == of.house.good
    assert again(incident).state == "EXECUTION"


def test_a_policy_exception_is_observed(of):
    incident = decided(of)
    terms = {
        "rule": "No release on Fridays",
        "controls": "A person looks at each answer.",
        "until_at": (AT + dt.timedelta(days=20)).isoformat(),
    }

    adopted(of, incident, actions=put(of, "exception", parameters=terms))

    assert again(incident).state == "VERIFICATION"


def acceptance(of, **changes):
    """The terms of an acceptance."""
    terms = {
        "treatment": "mitigate",
        "residual_risk": "Some forms are read wrongly.",
        "controls": "A clerk samples every tenth claim.",
        "versions": [of.house.bad.label],
        "environment": "production",
        "limit_words": "More than five complaints a week.",
        "owner_id": str(of.house.owner.pk),
        "until_at": (AT + dt.timedelta(days=20)).isoformat(),
    }
    return terms | changes


def test_an_accepted_risk_is_accepted_until_its_date(of):
    incident = decided(of)

    adopted(of, incident, actions=put(of, "accept_risk", parameters=acceptance(of)))

    assert again(incident).state == "RISK_ACCEPTED"
    assert RiskAcceptance.objects.get(incident=incident).until_at == AT + dt.timedelta(days=20)


def test_what_an_acceptance_lacks_is_told_before_anybody_votes(of):
    incident = decided(of)

    with pytest.raises(Invalid) as refusal:
        moved(
            of, incident, actions=put(of, "accept_risk", parameters=acceptance(of, until_at=None))
        )

    assert "actions.0.parameters.until_at" in refusal.value.fields


def test_kom_26_an_acceptance_is_carried_without_dissent_of_those_who_vote(of):
    incident = decided(of)
    decision = convened(of, incident, actions=put(of, "accept_risk", parameters=acceptance(of)))
    for member, choice in zip(of.members, ("for", "for", "against"), strict=True):
        vote(decision, member, choice)

    closed = count(decision)

    assert closed.state == "rejected"
    assert "no dissent" in closed.resolution.words


def test_t11_information_is_requested_and_the_owner_answers(of):
    incident = decided(of)
    questions = ["How many forms?", "Since when?"]

    adopted(
        of, incident, actions=put(of, "request_information", parameters={"questions": questions},
                                  due="3d")
    )  # fmt: skip

    found = again(incident)
    assert found.state == "INVESTIGATING"
    assert found.stage_due_at == AT + dt.timedelta(hours=1) + dt.timedelta(days=3)
    assert (
        Transition.objects.get(incident=incident, command="request_information").payload[
            "questions"
        ]
        == questions
    )


def test_a_resolution_that_the_incident_refuses_is_void_in_words(of):
    incident = decided(of)
    decision = convened(of, incident, actions=put(of, "accept_risk", parameters=acceptance(of)))
    all_vote(decision)

    closed = count(decision, at=AT + dt.timedelta(days=21))

    assert closed.state == "void"
    assert again(incident).state == "DECISION"
