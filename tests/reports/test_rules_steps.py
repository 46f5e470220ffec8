"""Whose step a case waits for: every state, every part, and segregation."""

from uuid import UUID, uuid4

import pytest

from incidents.rules.segregation import PastAct
from incidents.rules.transitions import STATES
from reports.rules.steps import Case, Reader, has_it, step_for

OWNER, DEPUTY, OFFICER, RISK, CHAIR, MEMBER, ENGINEER = (UUID(int=n) for n in range(1, 8))
OWNERS = frozenset({OWNER, DEPUTY})
BOTH = frozenset({"compliance", "risk"})


def reader(person, *roles, principals=()):
    return Reader(person=person, roles=frozenset(roles), principals=frozenset(principals))


@pytest.mark.parametrize(
    ("case", "who", "step"),
    [
        (Case("OPEN", OWNERS), reader(OWNER), "acknowledge"),
        (Case("OPEN", OWNERS), reader(DEPUTY), "acknowledge"),
        (Case("OPEN", OWNERS), reader(OFFICER, "compliance"), None),
        (Case("OPEN", OWNERS), reader(MEMBER, principals=[OWNER]), "acknowledge"),
        (Case("INVESTIGATING", OWNERS), reader(OWNER), "first_assessment"),
        (Case("INVESTIGATING", OWNERS, assessed=True), reader(OWNER), "submit_findings"),
        (Case("VALIDATION", OWNERS, lines=BOTH), reader(OFFICER, "compliance"), "validate"),
        (Case("VALIDATION", OWNERS, lines=BOTH), reader(RISK, "risk"), "validate"),
        (
            Case("VALIDATION", OWNERS, lines=frozenset({"risk"}), both=True),
            reader(OFFICER, "compliance"),
            None,
        ),
        (Case("VALIDATION", OWNERS, lines=BOTH), reader(OFFICER, "compliance", "auditor"), None),
        (Case("VALIDATION", OWNERS, lines=BOTH), reader(OWNER), None),
        (Case("DECISION", OWNERS), reader(OWNER), "motion"),
        (Case("DECISION", OWNERS), reader(MEMBER), None),
        (
            Case("DECISION", OWNERS, round="draft", leaders=frozenset({CHAIR})),
            reader(CHAIR),
            "convene",
        ),
        (Case("DECISION", OWNERS, round="draft"), reader(MEMBER, "secretary"), "convene"),
        (Case("DECISION", OWNERS, round="draft"), reader(OWNER), None),
        (Case("DECISION", OWNERS, round="open", seats={MEMBER: False}), reader(MEMBER), "vote"),
        (Case("DECISION", OWNERS, round="open", seats={MEMBER: True}), reader(MEMBER), None),
        (Case("DECISION", OWNERS, round="open", seats={MEMBER: False}), reader(CHAIR), None),
        (Case("EXECUTION", OWNERS, executors=frozenset({ENGINEER})), reader(ENGINEER), "execute"),
        (Case("EXECUTION", OWNERS), reader(OFFICER, "compliance"), "confirm_action"),
        (Case("EXECUTION", OWNERS), reader(MEMBER), None),
        (Case("VERIFICATION", OWNERS, passed=True), reader(OFFICER, "compliance"), "close"),
        (Case("VERIFICATION", OWNERS, passed=False), reader(OFFICER, "compliance"), None),
        (Case("CLOSED", OWNERS), reader(OWNER), None),
    ],
)
def test_a_case_waits_for_the_right_step_of_the_right_person(case, who, step):
    assert step_for(case, who) == step


@pytest.mark.parametrize(
    ("state", "act"),
    [
        ("VALIDATION", "submitted"),
        ("VERIFICATION", "acknowledged"),
        ("VERIFICATION", "executes"),
        ("EXECUTION", "submitted"),
    ],
)
def test_what_segregation_would_refuse_is_not_offered(state, act):
    past = (PastAct(OFFICER, act),)
    case = Case(state, OWNERS, history=past, lines=BOTH, passed=True)

    step = step_for(case, reader(OFFICER, "compliance"))

    assert step is None


def test_a_delegate_of_the_owner_is_not_offered_the_validation():
    case = Case("VALIDATION", OWNERS, history=(PastAct(OWNER, "submitted"),), lines=BOTH)

    step = step_for(case, reader(OFFICER, "compliance", principals=[OWNER]))

    assert step is None


@pytest.mark.parametrize("state", [state for state in STATES if state != "RISK_ACCEPTED"])
def test_somebody_has_every_case(state):
    case = Case(state, OWNERS, lines=BOTH)

    assert has_it(case)


@pytest.mark.parametrize("state", STATES)
def test_a_stranger_is_never_asked(state):
    case = Case(state, OWNERS, lines=BOTH, passed=True, round="open", seats={MEMBER: False})

    step = step_for(case, reader(uuid4()))

    assert step is None
