"""T11, KOM-25: the committee asks before it decides; its own clock rests, but never when severe."""

import datetime as dt

import pytest

from incidents.rules.asking import Rest, answer_by, decision_deadline
from incidents.rules.plan import FrozenPlan, calendar_of, deadline
from incidents.selectors.requests import requests_left
from ledger.rules.refusals import Invalid
from tests.governance.organisation import AT, decided, moved, organised
from tests.governance.rounds import DAY, HOUR, adopted, again
from tests.governance.test_motion_kinds import put
from tests.incidents import factory as cases

TIMES = {"decision": "10d", "findings": "5d"}
PLAN = FrozenPlan(
    policy_id="",
    policy_sha256="",
    profile="small",
    times={one: TIMES for one in ("minor", "moderate", "major", "severe")},
    calendar={"zone": "UTC", "weekly": {}, "exceptions": {}},
)
DUE = deadline(PLAN, severity="major", stage="decision", starts_at=AT).due_at


def after(back_at, *, severity="major", longest="5d"):
    """When the decision is due after an answer that came at an instant; asked after four days."""
    rest = Rest(AT + 4 * DAY, back_at, DUE)
    found = decision_deadline(
        PLAN, rest, severity=severity, longest=longest, calendar=calendar_of(PLAN)
    )
    return found.due_at


def test_t11_the_clock_of_the_decision_rests_while_the_answer_is_awaited():
    assert after(AT + 7 * DAY) == AT + 7 * DAY + 6 * DAY


def test_t11_it_rests_no_longer_than_the_policy_allows():
    assert after(AT + 20 * DAY) == AT + 9 * DAY + 6 * DAY


def test_kom_25_at_severe_nothing_rests():
    assert after(AT + 7 * DAY, severity="severe") == DUE


def test_kom_25_at_severe_the_answer_is_due_before_the_decision_is():
    late = AT + 30 * DAY

    assert answer_by(late, severity="severe", decision_due=DUE) == DUE
    assert answer_by(late, severity="major", decision_due=DUE) == late


ASKED = {"questions": ["How many forms?"]}


@pytest.fixture
def of(db):
    """An organisation at medium tier."""
    return organised()


def ask(of, incident, *, at=AT):
    """A motion that requests information, adopted."""
    return adopted(
        of, incident, at=at, actions=put(of, "request_information", parameters=ASKED, due="3d")
    )


def answer(of, incident, *, at):
    """The owner answers in new findings, and they are validated."""
    cases.evidence(again(incident), of.house.owner, at)
    cases.do(incident, "submit_findings", of.house.owner, at=at,
             proposed_severity=again(incident).severity)  # fmt: skip
    cases.validated(of.house, again(incident), at)


def test_t11_after_the_answer_the_decision_has_what_was_left(of):
    incident = decided(of)
    before = incident.stage_due_at
    ask(of, incident)

    answer(of, incident, at=AT + 1 * DAY)

    found = again(incident)
    assert found.state == "DECISION"
    assert before < found.stage_due_at < before + 7 * DAY


def test_t11_information_is_requested_at_most_twice_in_a_cycle(of):
    incident = decided(of)
    for number in (0, 1):
        ask(of, incident, at=AT + number * DAY)
        answer(of, incident, at=AT + number * DAY + 3 * HOUR)

    with pytest.raises(Invalid, match="as often as the policy allows"):
        moved(of, again(incident), actions=put(of, "request_information", parameters=ASKED))

    assert requests_left(again(incident)) == 0


def test_a_request_ends_neither_the_case_nor_its_level(of):
    incident = decided(of)

    ask(of, incident)

    found = again(incident)
    assert (found.level, found.cycle) == (incident.level, incident.cycle)
    assert found.stage_due_at - (AT + HOUR) == dt.timedelta(days=3)
